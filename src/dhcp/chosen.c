/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dhcp/chosen.h"

enum { LEVEL_NONE, LEVEL_UNTAGGED, LEVEL_RANGE, LEVEL_TAGGED };

static unsigned level_of(const struct dhcp_opt *o, const struct dhcp_verdict *v)
{
	if (!o->when)
		return LEVEL_UNTAGGED;
	if (!tags_match(&v->tags, o->when))
		return LEVEL_NONE;
	return tags_match(&v->class.tags, o->when) ? LEVEL_TAGGED : LEVEL_RANGE;
}

static bool contains(struct span s, const char *text)
{
	size_t n = strlen(text);

	return s.p && (n == 0 || (n <= s.n && memmem(s.p, s.n, text, n)));
}

/* Where the line for the same option stands, plus 1; 0: none yet. */
static size_t rival_of(const struct dhcp_chosen *c, const struct dhcp_opt *o)
{
	return o->space == OPT_TOP && o->code < 256 ? c->top[o->code] : 0;
}

static bool consider(struct dhcp_chosen *c, const struct dhcp_opt *o, unsigned level)
{
	size_t rival = rival_of(c, o);

	if (rival && c->c[rival - 1].level > level)
		return true;
	if (rival)
		c->c[rival - 1].opt = NULL;
	if (c->n == DHCP_OUT_MAX)
		return false;
	c->c[c->n].opt = o;
	c->c[c->n++].level = level;
	if (o->space == OPT_TOP && o->code < 256)
		c->top[o->code] = (uint16_t)c->n;
	return true;
}

/* Lines of one kind at a time: vendor options depend on an option 60 that we send. */
static bool consider_all(const struct dhcp_opt *o, const struct dhcp_verdict *v, bool vendor,
			 struct dhcp_chosen *out)
{
	bool kept = true;

	for (; o; o = o->next) {
		unsigned level = level_of(o, v);

		if (level == LEVEL_NONE || (o->space == OPT_VENDOR) != vendor)
			continue;
		if (!vendor || contains(out->vendor_class, o->vendor))
			kept &= consider(out, o, level);
	}
	return kept;
}

bool dhcp_choose(const struct dhcp_env *e, const struct dhcp_request *r,
		 const struct dhcp_verdict *v, struct dhcp_chosen *out)
{
	const struct dhcp_files *folders = e->files ? e->files->folders : NULL;
	const struct dhcp_opt *lists[] = { e->conf->opts, e->files ? e->files->opts : NULL,
					   folders ? folders->opts : NULL };
	const struct dhcp_opt *class;
	bool kept = true;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		kept &= consider_all(lists[i], v, false, out);
	class = dhcp_chosen_top(out, DHCP4_VENDOR_CLASS);
	out->vendor_class = class && class->value.n ? class->value : r->vendor_class;
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		kept &= consider_all(lists[i], v, true, out);
	return kept;
}

const struct dhcp_opt *dhcp_chosen_top(const struct dhcp_chosen *c, uint8_t code)
{
	return c->top[code] ? c->c[c->top[code] - 1].opt : NULL;
}
