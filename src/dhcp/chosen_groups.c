/* SPDX-License-Identifier: ISC */
/*
 * Sub-options that go together into one option: encap:N, vendor:, vi-encap:.
 * Clients exist that read the first instance of an option alone, so a second one
 * begins only where the next sub-option would not fit, never inside one.
 */
#include "dhcp/chosen.h"
#include "dhcp/out.h"

enum { OPTION_MAX = 255, SUB_HEAD = 2 };

/* Which lines make one group, and how its bytes begin and end. */
struct group {
	enum opt_space space;
	uint8_t code;			/* of the option that carries it */
	uint32_t enterprise;		/* OPT_VI_VENDOR */
	bool end_mark;			/* after the last sub-option of all */
};

static bool in_group(const struct group *g, const struct dhcp_opt *o)
{
	return o && o->space == g->space && (g->space != OPT_ENCAP || o->encap == g->code) &&
	       (g->space != OPT_VI_VENDOR || o->enterprise == g->enterprise);
}

/* RFC 3925: the enterprise and a length stand before its sub-options. */
static struct hole begin(const struct group *g, struct writer *w, uint8_t bytes[OPTION_MAX])
{
	*w = writer_of(bytes, OPTION_MAX - g->end_mark);
	if (g->space != OPT_VI_VENDOR)
		return (struct hole){ w->at, 0 };
	writer_u32(w, g->enterprise);
	return writer_hole(w, 1);
}

static void end(const struct group *g, struct writer *w, struct hole len, bool is_last,
		const struct origin *origin, struct dhcp_verdict *v)
{
	struct span made;
	uint8_t *p;

	if (len.bytes)
		writer_fill(w, len);
	w->end += g->end_mark;
	if (g->end_mark && is_last)	/* a client that joins them would stop at an earlier one */
		writer_u8(w, DHCP4_END);
	made = writer_done(w);
	p = dhcp_out_scratch(v, made.n);
	if (!p)
		return;
	memcpy(p, made.p, made.n);
	dhcp_out_again(v, g->code, span_of(p, made.n), origin);
}

/* Later lines come first, as with other options. */
static void add_group(const struct dhcp_chosen *c, const struct group *g, struct dhcp_verdict *v)
{
	uint8_t bytes[OPTION_MAX];
	struct writer w;
	struct hole len = begin(g, &w, bytes);
	size_t empty = writer_done(&w).n;
	const struct origin *origin = NULL;

	for (size_t i = c->n; i-- > 0;) {
		const struct dhcp_opt *o = c->c[i].opt;

		if (!in_group(g, o))
			continue;
		if (writer_left(&w) < SUB_HEAD + o->value.n && writer_done(&w).n > empty) {
			end(g, &w, len, false, origin, v);
			len = begin(g, &w, bytes);
		}

		struct writer before = w;

		writer_u8(&w, o->code & 0xff);
		writer_uint(&w, 1, o->value.n);
		writer_span(&w, o->value);
		if (writer_ok(&w))
			origin = &o->origin;
		else
			w = before;		/* no option could hold it */
	}
	if (writer_done(&w).n > empty)
		end(g, &w, len, true, origin, v);
}

/* Is this line the first of its group, seen from the end?  And does the client want it? */
static bool opens_group(const struct dhcp_chosen *c, size_t at, const struct group *g)
{
	for (size_t i = at + 1; i < c->n; i++)
		if (in_group(g, c->c[i].opt))
			return false;
	return true;
}

static bool group_wanted(const struct dhcp_chosen *c, const struct group *g,
			 const struct dhcp_request *r)
{
	if (dhcp_request_wants(r, g->code))
		return true;
	for (size_t i = 0; i < c->n; i++)
		if (in_group(g, c->c[i].opt) && c->c[i].opt->force)
			return true;
	return false;
}

static struct group group_of(const struct dhcp_opt *o)
{
	if (o->space == OPT_VENDOR)
		return (struct group){ OPT_VENDOR, DHCP4_VENDOR_OPTS, 0, true };
	if (o->space == OPT_VI_VENDOR)
		return (struct group){ OPT_VI_VENDOR, DHCP4_VI_OPTS, o->enterprise, false };
	return (struct group){ OPT_ENCAP, o->encap, 0, true };
}

/* Groups too come by their last lines, later before earlier; those of option 43 at the end. */
static void add_groups(const struct dhcp_chosen *c, bool of_vendor, const struct dhcp_request *r,
		       struct dhcp_verdict *v)
{
	for (size_t i = c->n; i-- > 0;) {
		const struct dhcp_opt *o = c->c[i].opt;
		struct group g;

		if (!o || o->space == OPT_TOP || (o->space == OPT_VENDOR) != of_vendor)
			continue;
		g = group_of(o);
		if (opens_group(c, i, &g) && group_wanted(c, &g, r))
			add_group(c, &g, v);
	}
}

void dhcp_chosen_add_groups(const struct dhcp_chosen *c, const struct dhcp_request *r,
			    struct dhcp_verdict *v)
{
	size_t before;

	add_groups(c, false, r, v);
	before = v->outs;
	add_groups(c, true, r, v);
	/* Vendor options mean something to a client that sees its class again. */
	if (v->outs > before && r->vendor_class.n)
		dhcp_out_add(v, DHCP4_VENDOR_CLASS, r->vendor_class, NULL);
}
