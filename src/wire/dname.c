/* SPDX-License-Identifier: ISC */
#include "wire/dname.h"

#define POINTER 0xc0			/* the two top bits of a length that is none */
#define POINTERS_MAX DNAME_LABELS_MAX	/* who writes names has one label before each */

/* Lengths are below the letters, so a whole name may be folded byte by byte. */
static uint8_t fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fold(a[i]) != fold(b[i]))
			return false;
	return true;
}

/* ---- taking names apart ------------------------------------------------------- */

struct span dname_take(struct reader *r)
{
	struct reader start = *r;

	for (;;) {
		uint8_t length = reader_u8(r);

		if (length > DNAME_LABEL_MAX)
			reader_fail(r);
		reader_take(r, length);
		if (!reader_ok(r))
			return span_of(r->end, 0);
		if (length == 0)
			break;
	}

	size_t n = reader_offset(r) - reader_offset(&start);

	if (n > DNAME_MAX)
		reader_fail(r);
	return n > DNAME_MAX ? span_of(r->end, 0) : span_of(start.at, n);
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
	struct dname n = { 0 };

	if (!read_parts(&at, &end, &n))
		return reader_fail(r);
	*r = end;
	memcpy(out, &n, offsetof(struct dname, bytes) + n.n);
	return true;
}

bool dname_of_span(struct span name, struct dname *out)
{
	struct reader r = reader_of(name);
	struct span whole = dname_take(&r);
	uint8_t labels = 0;

	if (!reader_ok(&r) || reader_left(&r) != 0)
		return false;
	for (struct span rest = whole; rest.n > 1; rest = dname_parent(rest, 1))
		labels++;
	out->n = (uint8_t)whole.n;
	out->labels = labels;
	memcpy(out->bytes, whole.p, whole.n);
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
	for (size_t i = 0; i < n->n; i++)
		n->bytes[i] = fold(n->bytes[i]);
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
