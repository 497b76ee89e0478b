/* SPDX-License-Identifier: ISC */
/*
 * dhcp-option and dhcp-boot: what is sent.
 */
#include "dhcp/conf_private.h"

#define CODE_SERVER_IP 255		/* dnsmasq's: the address of the boot server */

static enum dhcp_form form_of(const struct dhcp_option *table, uint64_t code)
{
	return code < DHCP_OPTIONS ? (enum dhcp_form)table[code].form : FORM_ANY;
}

/* What follows option: or option6:. */
static bool code_of_name(const struct opt_name *o, enum value_use use, const char *name,
			 uint64_t *out)
{
	int code = o->v6 ? dhcp6_option_code(name) :
		   use == VALUE_MATCHED ? dhcp4_option_code_sent(name) : dhcp4_option_code(name);

	if (code >= 0)
		*out = (uint64_t)code;
	return code >= 0 || (o->v6 && text_uint(name, UINT16_MAX, out));
}

bool args_opt_name(struct args *a, enum value_use use, struct opt_name *out, bool *wrong)
{
	struct opt_name o = { .v6 = false };
	const char *name = NULL;
	uint64_t code;

	*wrong = false;
	o.v6 = args_prefixed(a, "option6:", &name);
	if (o.v6 || args_prefixed(a, "option:", &name)) {
		*wrong = !code_of_name(&o, use, name, &code);
		if (*wrong)
			return args_error(a, "no option of DHCP%s is called %s; --help dhcp%s "
					  "lists the names", o.v6 ? "v6" : "", name,
					  o.v6 ? "6" : "");
	} else if (!args_uint(a, 0, UINT16_MAX, &code, "an option's number")) {
		return false;
	}
	o.named = name != NULL;
	o.code = (uint16_t)code;
	o.form = form_of(o.v6 ? dhcp6_options : dhcp4_options, code);
	*out = o;
	return true;
}

static bool set_space(struct args *a, struct dhcp_opt *o, enum opt_space space)
{
	if (o->space != OPT_TOP && o->space != space)
		return args_error(a, "encap:, vi-encap: and vendor: do not go together; write one "
				  "of them");
	o->space = space;
	return true;
}

/* encap:175, vi-encap:343, vendor:PXEClient or vendor: for any. */
static bool take_space(struct args *a, struct dhcp_opt *o, const char *word, bool *taken)
{
	const char *s;
	uint64_t n;

	*taken = true;
	if (args_prefixed(a, "encap:", &s)) {
		if (!text_uint(s, 254, &n) || n == 0)
			return args_error(a, "encap:%s names no option; write its number, "
					  "encap:175", s);
		o->encap = (uint8_t)n;
		return set_space(a, o, OPT_ENCAP);
	}
	if (args_prefixed(a, "vi-encap:", &s)) {
		if (!text_uint(s, UINT32_MAX, &n))
			return args_error(a, "vi-encap:%s names no enterprise; write its number, "
					  "vi-encap:343", s);
		o->enterprise = (uint32_t)n;
		return set_space(a, o, OPT_VI_VENDOR);
	}
	*taken = strncmp(word, "vendor:", 7) == 0;
	if (!*taken)
		return true;
	args_take(a);
	o->vendor = word + 7;
	return set_space(a, o, OPT_VENDOR);
}

/* Everything before the option; a bare word there is a tag. */
static bool take_front(struct args *a, struct dhcp_opt *o, struct opt_name *name)
{
	const char *tag;
	bool taken, wrong;

	while (args_more(a)) {
		if (args_tags(a, &o->when))
			continue;
		if (!take_space(a, o, args_peek(a)->s, &taken))
			return false;
		if (taken)
			continue;
		if (args_opt_name(a, VALUE_SENT, name, &wrong))
			return true;
		if (wrong || args_left(a) < 2 || word_is_only(args_peek(a), "0123456789") ||
		    word_is_empty_tag(args_peek(a)))
			return false;
		if (!args_set(a, &tag) && !args_text(a, &tag, "a tag"))
			return false;
		tag_cond_add(args_arena(a), &o->when, tag, TAG_STAR_PLAIN);
	}
	return args_error(a, "names no option; write option:NAME or its number, then the value");
}

/* The dictionary tells the form of an option of the packet itself, and of any that is named. */
static enum dhcp_form value_form(const struct dhcp_opt *o, const struct opt_name *name)
{
	return o->space == OPT_TOP || name->named ? name->form : FORM_ANY;
}

static bool check_code(struct args *a, const struct dhcp_opt *o)
{
	if (o->space == OPT_TOP && o->code == 0)
		return args_error(a, "option 0 only fills gaps; write a number from 1 to 254");
	if (o->code > UINT8_MAX)
		return args_error(a, "DHCP has no option %u; write a number from 1 to 254",
				  o->code);
	return true;
}

bool args_dhcp_opt(struct args *a, struct dhcp_opt **out)
{
	struct dhcp_opt *o = arena_new(args_arena(a), struct dhcp_opt);
	struct opt_value value;
	struct opt_name name = { .v6 = false };

	o->origin = args_origin(a);
	if (!take_front(a, o, &name))
		return false;
	*out = NULL;
	if (name.v6)
		return args_opt6_value(a, name.form);
	o->code = name.code;
	if (!check_code(a, o))
		return false;
	if (!args_opt_value(a, value_form(o, &name), VALUE_SENT, &value))
		return false;
	o->value = value.bytes;
	o->is_addrs = value.is_addrs && o->space == OPT_TOP;
	o->is_text = value.is_text;
	if (o->space == OPT_TOP && o->code == CODE_SERVER_IP && o->value.n == 0)
		return args_error(a, "server-ip-address needs the address of the boot server; "
				  "write option:server-ip-address,192.0.2.1");
	*out = o;
	return true;
}

static bool add_option(struct args *a, struct dhcp_conf *c, bool force)
{
	struct dhcp_opt *o;

	if (!args_dhcp_opt(a, &o))
		return false;
	if (!o)
		return true;
	o->force = force;
	LIST_ADD_LAST(c->opts, c->opts_last, o);
	return true;
}

bool take_dhcp_option(struct args *a, void *section)
{
	return add_option(a, section, false);
}

bool take_dhcp_option_force(struct args *a, void *section)
{
	return add_option(a, section, true);
}

/* dnsmasq also takes a host's name and looks it up for each answer. */
static bool take_boot_server(struct args *a, struct dhcp_boot *b)
{
	const struct word *w = args_peek(a);

	if (!w || !*w->s || args_addr4(a, &b->server, NULL))
		return true;
	args_take(a);
	return args_error(a, "%s is no address, and names are not looked up yet; write the boot "
			  "server's IPv4 address", w->s);
}

bool take_dhcp_boot(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	struct dhcp_boot *b = arena_new(args_arena(a), struct dhcp_boot);

	b->origin = args_origin(a);
	args_tags(a, &b->when);
	if (!args_more(a))
		return args_error(a, "names no file; write the boot file's name, then if need be "
				  "the server's name and address");
	b->file = args_take(a)->s;
	if (strlen(b->file) > OPTION_MAX)
		return args_error(a, "a boot file's name has at most %u letters; shorten it",
				  OPTION_MAX);
	if (args_more(a) && !args_text(a, &b->server_name, "the server's name"))
		args_take(a);			/* left empty: file,,address */
	if (b->server_name && strlen(b->server_name) > OPTION_MAX)
		return args_error(a, "a server's name has at most %u letters; shorten it",
				  OPTION_MAX);
	if (!take_boot_server(a, b))
		return false;
	LIST_ADD(c->boots, b);
	return true;
}
