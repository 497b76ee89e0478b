/* SPDX-License-Identifier: ISC */
#include "base/uncleared.h"
#include "wire/dname.h"
#include "wire/dname_fold.h"

#define POINTER 0xc0			/* the two top bits of a length that is none */
#define POINTERS_MAX DNAME_LABELS_MAX	/* who writes names has one label before each */

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (; n >= 8; a += 8, b += 8, n -= 8)
		if (fold_eight(eight_bytes(a)) != fold_eight(eight_bytes(b)))
			return false;
	return fold_eight(few_bytes(a, n)) == fold_eight(few_bytes(b, n));
}

/* ---- taking names apart ------------------------------------------------------- */

/* The name that begins these bytes, and how many labels it has; empty: there is none. */
static struct span name_in(struct span bytes, unsigned *out_labels)
{
	size_t room = bytes.n < DNAME_MAX ? bytes.n : DNAME_MAX, at = 0;
	unsigned labels = 0;

	while (at < room && bytes.p[at] != 0) {
		if (bytes.p[at] > DNAME_LABEL_MAX)
			return span_of(bytes.p, 0);
		at += 1u + bytes.p[at];
		labels++;
	}
	*out_labels = labels;
	return span_of(bytes.p, at < room ? at + 1 : 0);
}

struct span dname_take(struct reader *r)
{
	unsigned labels;
	struct span name = name_in(span_of(r->at, reader_left(r)), &labels);

	if (name.n == 0) {
		reader_fail(r);
		return span_of(r->end, 0);
	}
	return reader_take(r, name.n);
}

static void copy(struct dname *out, struct span name, unsigned labels)
{
	out->n = (uint8_t)name.n;
	out->labels = (uint8_t)labels;
	memcpy(out->bytes, name.p, name.n);
}

bool dname_take_copy(struct reader *r, struct dname *out)
{
	unsigned labels;
	struct span name = name_in(span_of(r->at, reader_left(r)), &labels);

	if (name.n == 0)
		return reader_fail(r);
	copy(out, name, labels);
	reader_take(r, name.n);
	return true;
}

/* False: no room for it, or it is the root and so the last. */
static bool add_label(struct dname *n, struct reader *r, uint8_t length)
{
	struct span label = reader_take(r, length);

	if (!reader_ok(r) || n->n + 1 + length > DNAME_MAX)
		return reader_fail(r);
	n->bytes[n->n] = length;
	memcpy(n->bytes + n->n + 1, label.p, label.n);
	n->n = (uint8_t)(n->n + 1 + length);
	n->labels = (uint8_t)(n->labels + (length != 0));
	return length != 0;
}

/* The reader that goes on where the pointer leads: before `part`, where this part began. */
static bool follow(struct reader *r, uint8_t high, size_t *part)
{
	size_t to = (size_t)(high & ~POINTER) << 8;

	to |= reader_u8(r);
	if (!reader_ok(r) || to >= *part)
		return reader_fail(r);
	*part = to;
	*r = reader_back_to(r, to);
	return true;
}

/* Labels until the root or a pointer, which is left in *out_pointer; 0: there was none. */
static bool add_part(struct dname *n, struct reader *r, uint8_t *out_pointer)
{
	uint8_t length;

	*out_pointer = 0;
	do {
		length = reader_u8(r);
		if (length >= POINTER) {
			*out_pointer = length;
			return true;
		}
		if (length > DNAME_LABEL_MAX)
			return reader_fail(r);
	} while (add_label(n, r, length));
	return reader_ok(r);
}

/* The whole name; *end stands behind the bytes that are here. */
static bool read_parts(struct reader *r, struct reader *end, struct dname *n)
{
	size_t part = reader_offset(r);
	uint8_t pointer;

	for (unsigned pointers = 0; pointers <= POINTERS_MAX; pointers++) {
		if (!add_part(n, r, &pointer))
			return false;
		if (pointers == 0) {
			*end = *r;
			reader_take(end, pointer ? 1 : 0);
		}
		if (pointer == 0)
			return true;
		if (!follow(r, pointer, &part))
			return false;
	}
	return false;
}

bool dname_read(struct reader *r, struct dname *out)
{
	struct reader at = *r, end = *r;
	struct dname n UNCLEARED;

	n.n = n.labels = 0;
	if (!read_parts(&at, &end, &n))
		return reader_fail(r);
	*r = end;
	memcpy(out, &n, offsetof(struct dname, bytes) + n.n);
	return true;
}

bool dname_of_span(struct span name, struct dname *out)
{
	unsigned labels;
	struct span whole = name_in(name, &labels);

	if (whole.n == 0 || whole.n != name.n)
		return false;
	copy(out, whole, labels);
	return true;
}

struct span dname_parent(struct span name, unsigned labels)
{
	while (labels-- > 0 && name.n > 1 && name.p[0] < name.n) {
		size_t step = 1u + name.p[0];

		name = span_of(name.p + step, name.n - step);
	}
	return name;
}

struct span dname_first(struct span name)
{
	if (name.n < 2 || name.p[0] >= name.n)
		return span_of(name.p, 0);
	return span_of(name.p + 1, name.p[0]);
}

/* ---- comparing ---------------------------------------------------------------- */

void dname_lower(struct dname *n)
{
	size_t i = 0;

	for (; i + 8 <= n->n; i += 8) {
		uint64_t w = htole64(fold_eight(eight_bytes(n->bytes + i)));

		memcpy(n->bytes + i, &w, sizeof w);
	}
	for (; i < n->n; i++)
		n->bytes[i] = (uint8_t)fold_eight(n->bytes[i]);
}

bool dname_span_eq(struct span a, struct span b)
{
	return a.n == b.n && same_bytes(a.p, b.p, a.n);
}

bool dname_eq(const struct dname *a, const struct dname *b)
{
	return dname_span_eq(dname_span(a), dname_span(b));
}

bool dname_below(struct span name, struct span zone)
{
	if (zone.n == 0)
		return false;
	while (name.n > zone.n && name.p[0] < name.n)
		name = dname_parent(name, 1);
	return dname_span_eq(name, zone);
}
