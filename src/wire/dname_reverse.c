/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/must.h"
#include "wire/dname.h"

/* The two trees of names that stand for addresses (RFC 1035 3.5, RFC 3596 2.5). */
static const struct tree {
	enum addr_family family;
	struct span zone;
	unsigned bits;			/* that each label stands for */
	unsigned labels;		/* of a whole address */
	unsigned base;
	size_t digits;			/* at most, in a label */
} trees[] = {
	{ ADDR_IP4, { (const uint8_t *)"\7in-addr\4arpa", 14 }, 8, 4,  10, 3 },
	{ ADDR_IP6, { (const uint8_t *)"\3ip6\4arpa",     10 }, 4, 32, 16, 1 },
};

void dname_of_reverse(const struct addr *a, struct dname *out)
{
	char text[80], *at = text;
	struct span bytes = addr_bytes(a);

	must(bytes.n != 0);
	for (size_t i = bytes.n; i-- > 0; )
		if (a->family == ADDR_IP4)
			at += snprintf(at, 5, "%u.", bytes.p[i]);
		else
			at += snprintf(at, 5, "%x.%x.", bytes.p[i] & 15u, bytes.p[i] >> 4);
	snprintf(at, sizeof text - (size_t)(at - text), "%s",
		 a->family == ADDR_IP4 ? "in-addr.arpa" : "ip6.arpa");
	must(dname_parse(text, out));
}

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The number in a label as dname_of_reverse writes it; -1: it is none. */
static int number_of(struct span label, const struct tree *t)
{
	int v = 0;

	if (label.n == 0 || label.n > t->digits || (label.n > 1 && label.p[0] == '0'))
		return -1;
	for (size_t i = 0; i < label.n; i++) {
		int d = digit_of(label.p[i]);

		if (d < 0 || d >= (int)t->base)
			return -1;
		v = v * (int)t->base + d;
	}
	return v < 1 << t->bits ? v : -1;
}

static unsigned count_labels_below(struct span name, struct span zone)
{
	unsigned n = 0;

	for (; name.n > zone.n; name = dname_parent(name, 1))
		n++;
	return n;
}

/* The labels from the left are the address from the right. */
static bool read_labels(struct span name, const struct tree *t, struct prefix *out)
{
	unsigned labels = count_labels_below(name, t->zone);
	struct prefix p = { .addr.family = (uint8_t)t->family };

	if (labels > t->labels)
		return false;
	p.bits = (uint8_t)(labels * t->bits);
	for (; labels > 0; name = dname_parent(name, 1)) {
		int v = number_of(dname_first(name), t);
		unsigned at = --labels * t->bits;

		if (v < 0)
			return false;
		p.addr.bytes[at / 8] |= (uint8_t)(v << (8 - t->bits - at % 8));
	}
	*out = p;
	return true;
}

bool dname_reverse(struct span name, struct prefix *out)
{
	for (size_t i = 0; i < sizeof trees / sizeof *trees; i++)
		if (dname_below(name, trees[i].zone))
			return read_labels(name, &trees[i], out);
	return false;
}
