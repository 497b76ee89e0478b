/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "wire/dname.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct dname_key key = { { 1, 2 } };

/* A name survives text, its other spellings are it, and it lies below what is left of it. */
static void check_name(const struct dname *n)
{
	struct span whole = dname_span(n);
	struct dname again, lowered = *n;
	struct dname_text text = dname_text(n);
	struct prefix p;

	must(n->n >= 1 && whole.p[whole.n - 1] == 0);
	must(dname_parse(text.s, &again) && span_eq(dname_span(&again), whole));
	must(again.labels == n->labels);
	must(dname_of_span(whole, &again) && again.labels == n->labels);
	dname_lower(&lowered);
	must(dname_eq(&lowered, n) && dname_hash(whole, &key) == dname_hash(dname_span(&lowered), &key));
	must(dname_parent(whole, n->labels).n == 1);
	for (unsigned i = 0; i <= n->labels; i++)
		must(dname_below(whole, dname_parent(whole, i)));
	if (dname_reverse(whole, &p) && p.bits == 8 * addr_bytes(&p.addr).n) {
		dname_of_reverse(&p.addr, &again);
		must(dname_eq(&again, n));
	}
}

/* The first byte says where in the message to read. */
static void read_one(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(span_of(data + 1, size - 1)), take = r;
	struct dname n;
	struct span whole;

	reader_take(&r, data[0]);
	reader_take(&take, data[0]);
	whole = dname_take(&take);
	if (dname_read(&r, &n)) {
		must(!whole.n || span_eq(whole, dname_span(&n)));
		check_name(&n);
	} else {
		must(!whole.n && !reader_ok(&r));
	}
}

static void parse_one(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct dname n;

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = 0;
	if (dname_parse(text, &n))
		check_name(&n);
	free(text);
}

/*
 * fuzzes: wire/dname.c wire/dname_text.c wire/dname_reverse.c wire/dname_hash.c
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dname n;

	if (size == 0)
		return 0;
	read_one(data, size);
	parse_one(data, size);
	if (dname_of_span(span_of(data, size), &n))
		check_name(&n);
	return 0;
}
