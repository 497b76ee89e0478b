/* SPDX-License-Identifier: ISC */
/*
 * The options that give a client its tags, and those that hang on tags alone.
 */
#include "dhcp/conf_private.h"

static struct dhcp_match *new_match(struct args *a, enum match_kind kind)
{
	struct dhcp_match *m = arena_new(args_arena(a), struct dhcp_match);

	m->origin = args_origin(a);
	m->kind = kind;
	m->element = 1;
	return m;
}

static bool add_match(void *section, struct dhcp_match *m)
{
	struct dhcp_conf *c = section;

	LIST_ADD_LAST(c->matches, c->matches_last, m);
	return true;
}

/* ---- dhcp-match ---- */

static void set_value(struct dhcp_match *m, const struct opt_value *v)
{
	m->has_value = v->bytes.n != 0;
	m->value = v->bytes;
	m->wild = v->wild;
	m->value_text = m->has_value && v->is_text;
	m->at_start = v->is_hex;
	m->element = v->bytes.n && !v->is_text ? (uint8_t)v->bytes.n : 1;
}

static bool take_match_value(struct args *a, struct dhcp_match *m, enum dhcp_form form)
{
	struct opt_value v;

	if (!args_opt_value(a, form, VALUE_MATCHED, &v))
		return false;
	set_value(m, &v);
	return true;
}

static bool take_enterprise(struct args *a, const char *text, uint32_t *out)
{
	uint64_t n;

	if (!text_uint(text, UINT32_MAX, &n))
		return args_error(a, "%s is no enterprise's number; write one, such as 343", text);
	*out = (uint32_t)n;
	return true;
}

static bool refuse_space(struct args *a)
{
	const char *s;

	if (args_prefixed(a, "encap:", &s))
		return args_error(a, "inappropriate encap:; write the number of the option itself");
	if (strncmp(args_peek(a) ? args_peek(a)->s : "", "vendor:", 7) != 0)
		return true;
	args_take(a);
	return args_error(a, "inappropriate vendor:; write dhcp-vendorclass for a vendor class");
}

bool take_dhcp_match(struct args *a, void *section)
{
	struct dhcp_match *m = new_match(a, MATCH_OPTION);
	struct opt_name name;
	const char *enterprise;
	bool wrong;

	if (!args_set_or_bare(a, &m->set) || !refuse_space(a))
		return false;
	if (args_prefixed(a, "vi-encap:", &enterprise)) {
		m->kind = MATCH_VI_VENDOR;
		return take_enterprise(a, enterprise, &m->enterprise) &&
		       take_match_value(a, m, FORM_ANY) && add_match(section, m);
	}
	if (!args_opt_name(a, VALUE_MATCHED, &name, &wrong))
		return false;
	if (name.v6)
		return args_opt6_value(a, name.form);
	if (name.code == 0 || name.code >= UINT8_MAX)
		return args_error(a, "no client sends an option %u; write a number from 1 to 254",
				  name.code);
	m->code = name.code;
	return take_match_value(a, m, name.form) && add_match(section, m);
}

/* ---- classes ---- */

/* One word of text; quotes let it have commas. */
static bool take_class(struct args *a, struct dhcp_match *m)
{
	const char *text;

	if (!args_text(a, &text, "the text to look for in the class"))
		return false;
	m->has_value = m->value_text = true;
	m->value = span_text(text);
	return true;
}

/* The enterprise tells vendor classes of DHCPv6 apart; those of DHCPv4 have none. */
bool take_dhcp_vendorclass(struct args *a, void *section)
{
	struct dhcp_match *m = new_match(a, MATCH_VENDOR_CLASS);
	const char *enterprise;

	if (!args_set_or_bare(a, &m->set))
		return false;
	if (args_prefixed(a, "enterprise:", &enterprise) &&
	    !take_enterprise(a, enterprise, &m->enterprise))
		return false;
	return take_class(a, m) && add_match(section, m);
}

bool take_dhcp_userclass(struct args *a, void *section)
{
	struct dhcp_match *m = new_match(a, MATCH_USER_CLASS);

	return args_set_or_bare(a, &m->set) && take_class(a, m) && add_match(section, m);
}

/* ---- hardware, relay and name ---- */

bool take_dhcp_mac(struct args *a, void *section)
{
	struct dhcp_match *m = new_match(a, MATCH_MAC);
	const char *s;

	if (!args_set_or_bare(a, &m->set))
		return false;
	if (args_hw_pattern(a, &m->hw))
		return add_match(section, m);
	if (args_text(a, &s, "a hardware address such as 02:00:00:*:*:*"))
		return args_error(a, "%s is no hardware address; write one such as "
				  "02:00:00:*:*:*", s);
	return false;
}

/* Sub-options of option 82 match as a whole: hex where there are colons, else text. */
static bool take_relay_id(struct args *a, void *section, enum match_kind kind)
{
	struct dhcp_match *m = new_match(a, kind);
	const struct word *w;
	const char *text;
	struct hex h;

	if (!args_set_or_bare(a, &m->set))
		return false;
	w = args_peek(a);
	if (!args_text(a, &text, "the relay's id, a text or bytes as 01:02:0a"))
		return false;
	m->has_value = true;
	if (word_has(w, ':') && hex_parse(text, HEX_ADDRESS, &h) && !h.any_wild)
		m->value = arena_span(args_arena(a), span_of(h.bytes, h.n));
	else
		m->value = span_text(text);
	return add_match(section, m);
}

bool take_dhcp_circuitid(struct args *a, void *section)
{
	return take_relay_id(a, section, MATCH_CIRCUIT_ID);
}

bool take_dhcp_remoteid(struct args *a, void *section)
{
	return take_relay_id(a, section, MATCH_REMOTE_ID);
}

bool take_dhcp_subscrid(struct args *a, void *section)
{
	return take_relay_id(a, section, MATCH_SUBSCRIBER_ID);
}

bool take_dhcp_name_match(struct args *a, void *section)
{
	struct dhcp_match *m = new_match(a, MATCH_NAME);
	const char *name;
	size_t n;

	if (!args_set_or_bare(a, &m->set) || !args_text(a, &name, "a client's name, or name*"))
		return false;
	n = strlen(name);
	m->prefix = name[n - 1] == '*';
	m->has_value = m->value_text = true;
	m->value = span_of(name, m->prefix ? n - 1 : n);
	return add_match(section, m);
}

/* ---- rules and lists of tags ---- */

bool take_tag_if(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	struct tag_rule *r = arena_new(args_arena(a), struct tag_rule);
	const char *name;

	r->origin = args_origin(a);
	while (args_more(a)) {
		if (args_prefixed(a, "set:", &name))
			tag_cond_add(args_arena(a), &r->set, name, TAG_STAR_PLAIN);
		else if (args_prefixed(a, "tag:", &name))
			tag_cond_add(args_arena(a), &r->when, name, TAG_STAR_WILD);
		else
			return false;
	}
	if (!r->set)
		return args_error(a, "sets no tag; write set:NAME,tag:CONDITION");
	LIST_ADD(c->tag_rules, r);
	return true;
}

/* tag:red, or legacy red; a word left empty is passed over. */
static bool take_condition(struct args *a, struct tag_list *l)
{
	const char *name;

	if (args_tags(a, &l->when))
		return true;
	if (word_is_empty_tag(args_peek(a)))
		return args_text(a, &name, NULL) &&
		       args_error(a, "%s names no tag; write tag:NAME", name);
	if (!args_text(a, &name, NULL))
		return args_take(a) != NULL;
	tag_cond_add(args_arena(a), &l->when, name, TAG_STAR_PLAIN);
	return true;
}

bool args_tag_list(struct args *a, struct tag_list **list)
{
	struct tag_list *l = arena_new(args_arena(a), struct tag_list);

	l->origin = args_origin(a);
	while (args_more(a))
		if (!take_condition(a, l))
			return false;
	LIST_ADD(*list, l);
	return true;
}

bool take_dhcp_ignore(struct args *a, void *section)
{
	return args_tag_list(a, &((struct dhcp_conf *)section)->ignore);
}

bool take_dhcp_ignore_names(struct args *a, void *section)
{
	return args_tag_list(a, &((struct dhcp_conf *)section)->ignore_names);
}

bool take_dhcp_broadcast(struct args *a, void *section)
{
	return args_tag_list(a, &((struct dhcp_conf *)section)->broadcast);
}

bool take_dhcp_generate_names(struct args *a, void *section)
{
	return args_tag_list(a, &((struct dhcp_conf *)section)->generate_names);
}

bool take_bootp_dynamic(struct args *a, void *section)
{
	return args_tag_list(a, &((struct dhcp_conf *)section)->bootp_dynamic);
}
