/* SPDX-License-Identifier: ISC */
/*
 * A block list of any bytes; each name that it blocks is found again, with a line of the list.
 *
 * fuzzes: dns/block_line.c dns/name_set.c dns/name_store.c dns/name_index.c dns/name_hash.c
 */
#include "base/must.h"
#include "conf/chars.h"
#include "dns/block_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
	struct name_key key;
	struct name_set *set;
	uint32_t line;
};

static void take(void *arg, const struct block_name *n)
{
	struct reading *r = arg;
	struct name_tails tails;
	struct dname name;

	must(dname_of_span(n->name, &name) && name.labels > 0);
	name_tails_of(&r->key, n->name, &tails);
	name_set_add(r->set, &tails, n->reach, n->exception, r->line);
}

static void look_up(const struct reading *r, uint32_t place)
{
	struct name_tails tails;
	struct name_member m;
	struct dname name;

	name_set_name(r->set, place, &name);
	name_tails_of(&r->key, dname_span(&name), &tails);
	must(name_set_find(r->set, &tails, &m) && m.tail == 0);
	must(name_set_where(r->set, m.place).line <= r->line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading r = { .line = 0 };
	struct block_reader reader = { .told = take, .arg = &r };
	struct span text = span_of(data, size), line;

	name_key_draw(&r.key);
	r.set = name_set_new(&r.key);
	while (text_line(&text, &line)) {
		r.line += size % 200 + 1;	/* lines without names lie between those of a list */
		block_line_read(&reader, line);
	}
	name_set_expect(r.set, 4 * name_set_count(r.set));
	name_set_seal(r.set);
	for (uint32_t place = 0; place < name_set_end(r.set); name_set_step(r.set, &place))
		look_up(&r, place);
	must(name_set_bytes(r.set) > 0);
	name_set_free(r.set);
	return 0;
}
