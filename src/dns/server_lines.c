/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/form.h"
#include "dns/rule_names.h"
#include "dns/server_lines.h"
#include "wire/dname.h"

#define PORT_MAX 65535
#define DNS_PORT 53

/* ---- one server ----------------------------------------------------------------------- */

/* A host's name, to be looked up when DNS starts. */
static bool host_fits(struct arena *arena, const char *s)
{
	struct span wire;

	for (const char *p = s; *p; p++)
		if (!((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') && !(*p >= '0' && *p <= '9') &&
		    !strchr("-._", *p))
			return false;
	return *s && name_parse(arena, s, &wire);
}

/* A port after #; an empty one is 0. */
static bool take_port(struct args *parts, uint16_t *port)
{
	uint64_t v;

	if (!args_more(parts))
		return true;
	if (!form_number(parts, PORT_MAX, "a port after #", &v))
		return args_fail(parts);
	*port = (uint16_t)v;
	return args_finish(parts);
}

/* A scope that is no interface's name can be none. */
static void set_scope(struct dns_server *s, const char *scope)
{
	if (strlen(scope) < sizeof s->scope)
		snprintf(s->scope, sizeof s->scope, "%s", scope);
}

/* ADDRESS[%SCOPE][#PORT] */
static bool take_address_part(struct args *a, struct endpoint *at, struct dns_server *scoped)
{
	struct args *parts = args_split(a, args_take(a), '#');
	const struct word *text = args_take(parts);
	struct args *halves = args_split(parts, text, '%');
	struct addr addr;

	if (text->s[0] == '[' || !args_addr(halves, &addr, NULL))
		return false;
	if (scoped && args_more(halves))
		set_scope(scoped, args_take(halves)->s);
	at->addr = addr;
	return take_port(parts, &at->port);
}

/* Begins a word with an address?  Then it is one, and not a name. */
static bool begins_with_address(struct args *a)
{
	struct args *parts = args_split(a, args_peek(a), '#');
	struct args *halves = args_split(parts, args_peek(parts), '%');
	struct addr addr;

	return args_peek(parts)->s[0] != '[' && args_addr(halves, &addr, NULL);
}

/* NAME[#PORT] */
static bool take_host(struct args *a, struct dns_server *s)
{
	struct args *parts = args_split(a, args_take(a), '#');
	const char *host = args_take(parts)->s;

	if (!host_fits(args_arena(a), host))
		return args_error(parts, "bad address \"%s\"; write an address such as 192.0.2.1 "
				  "or 2001:db8::1", host);
	s->host = host;
	return take_port(parts, &s->at.port);
}

/* INTERFACE[#PORT]; empty for none */
static bool take_interface(struct args *a, struct dns_server *s)
{
	struct args *parts = args_split(a, args_take(a), '#');
	const char *name = args_take(parts)->s;

	if (*name)
		s->interface = name;
	return take_port(parts, &s->source.port);
}

/* [@INTERFACE[#PORT]][@SOURCE[#PORT]] behind a server. */
static bool take_from(struct args *a, struct dns_server *s)
{
	if (args_more(a) && !begins_with_address(a) && !take_interface(a, s))
		return args_fail(a);
	if (!args_more(a))
		return true;
	if (!begins_with_address(a) || !take_address_part(a, &s->source, NULL))
		return args_fail(a);
	if (!s->host && s->at.addr.family != s->source.addr.family)
		return args_error(a, "the source address is of another family than the server; "
				  "write two of one family");
	return args_finish(a);
}

static bool take_one_server(struct args *a, struct dns_server *s)
{
	struct args *parts = args_split(a, args_take(a), '@');

	s->at.port = DNS_PORT;
	if (begins_with_address(parts) ? !take_address_part(parts, &s->at, s) : !take_host(parts, s))
		return args_fail(parts);
	return take_from(parts, s);
}

/* What stands behind the domains: a server; # for the usual ones; nothing for none. */
static bool take_target(struct args *a, struct dns_rule *rule)
{
	struct dns_server *s;

	if (args_keyword(a, "")) {
		rule->kind = RULE_LOCAL;
		return true;
	}
	if (args_keyword(a, "#")) {
		rule->kind = RULE_DEFAULT;
		return true;
	}
	if (!args_more(a))
		return args_fail(a);
	s = arena_new(args_arena(a), struct dns_server);
	rule->kind = RULE_SERVER;
	rule->server = s;
	return take_one_server(a, s);
}

/* ---- rules ------------------------------------------------------------------------------ */

static void append(struct arena *arena, struct rule_list to, const struct dns_rule *rule)
{
	struct dns_rule *r = arena_new(arena, struct dns_rule);

	*r = *rule;
	r->after = rule_names_end(*to.names);
	if (*to.last)
		(*to.last)->next = r;
	else
		*to.first = r;
	*to.last = r;
}

/* "*.a" is below a, "*a" ends so, ".a" is a; "*" alone is as # is. */
static const char *reach_of(const char *text, enum dns_rule_reach *out)
{
	bool star = *text == '*';

	if (!*text) {
		*out = REACH_PLAIN;
		return text;
	}
	text += star;
	*out = !star ? REACH_DOMAIN : *text == '.' ? REACH_BELOW : REACH_WILD;
	if (*out == REACH_BELOW)
		text++;
	while (*out == REACH_DOMAIN && *text == '.')
		text++;
	if (!*text || (!star && strcmp(text, "#") == 0))
		*out = REACH_ALL;
	return text;
}

/* The rule for one domain; none where no question can have its name. */
static void add_domain(struct arena *arena, struct rule_list to, struct dns_rule rule,
		       const char *text)
{
	text = reach_of(text, &rule.reach);
	if (rule.reach != REACH_ALL && rule.reach != REACH_PLAIN &&
	    (!name_parse(arena, text, &rule.domain) || rule.domain.n == 0))
		return;
	append(arena, to, &rule);
}

static void add_domains(struct args *a, struct rule_list to, const struct form_domains *d,
			struct dns_rule *rule)
{
	rule->origin = args_origin(a);
	rule->reach = REACH_ALL;
	if (d->n == 0)
		append(args_arena(a), to, rule);
	for (size_t i = 0; i < d->n; i++)
		add_domain(args_arena(a), to, *rule, d->names[i]);
}

bool server_line_take(struct args *a, struct rule_list to)
{
	struct dns_rule rule = { 0 };
	struct form_domains d;

	if (!form_domains(a, &d) || !take_target(d.rest, &rule) || !args_finish(a))
		return false;
	add_domains(a, to, &d, &rule);
	return true;
}

bool address_line_take(struct args *a, struct rule_list to)
{
	struct dns_rule rule = { 0 };
	struct form_domains d;

	if (!form_domains(a, &d))
		return false;
	if (args_keyword(d.rest, "#"))
		rule.kind = RULE_ZEROS;
	else if (args_keyword(d.rest, ""))
		rule.kind = RULE_LOCAL;
	else if (args_addr(d.rest, &rule.addr, "an address, # for zeros"))
		rule.kind = RULE_ADDRESS;
	else
		return args_fail(d.rest);
	if (!args_finish(a))
		return false;
	add_domains(a, to, &d, &rule);
	return true;
}

bool server_line_take_plain(struct span value, struct origin o, struct arena *arena,
			    struct rule_list to)
{
	return rule_names_take(arena, to.names, OPTION_SERVER, value, o);
}

bool address_line_take_plain(struct span value, struct origin o, struct arena *arena,
			     struct rule_list to)
{
	return rule_names_take(arena, to.names, OPTION_ADDRESS, value, o);
}

/* ---- reverse domains ---------------------------------------------------------------------- */

/* The bits of one label of a reverse name: RFC 1035 3.5, RFC 3596 2.5. */
static unsigned label_bits(const struct addr *a)
{
	return a->family == ADDR_IP4 ? 8 : 4;
}

/* The domain of the leading `bits`, a whole number of labels. */
static struct span reverse_domain(struct arena *arena, const struct addr *a, unsigned bits)
{
	unsigned labels = (unsigned)(8 * addr_bytes(a).n) / label_bits(a);
	struct dname whole;

	dname_of_reverse(a, &whole);
	return arena_span(arena, dname_parent(dname_span(&whole), labels - bits / label_bits(a)));
}

/* The address with `number` in the bits up to `bits`, and none behind them. */
static struct addr with_bits(const struct prefix *p, unsigned bits, unsigned number)
{
	struct addr a = p->addr;

	for (unsigned i = p->bits; i < 8 * addr_bytes(&a).n; i++) {
		unsigned value = i < bits ? number >> (bits - 1 - i) & 1 : 0;
		uint8_t mask = (uint8_t)(0x80 >> i % 8);

		a.bytes[i / 8] = (uint8_t)(value ? a.bytes[i / 8] | mask : a.bytes[i / 8] & ~mask);
	}
	return a;
}

/* A prefix within a label is as many domains as it has numbers there. */
bool rev_server_line_take(struct args *a, struct rule_list to)
{
	struct dns_rule rule = { .kind = RULE_LOCAL, .reach = REACH_DOMAIN };
	struct prefix net;
	unsigned step, bits;

	if (!form_prefix(a, 1, "a network such as 192.0.2.0/24", &net))
		return false;
	if (args_more(a) && args_peek(a)->s[0] == 0)
		return args_error(a, "no server behind the comma; leave the comma out to answer here");
	if ((args_more(a) && !take_target(a, &rule)) || !args_finish(a))
		return false;
	rule.origin = args_origin(a);
	step = label_bits(&net.addr);
	bits = (net.bits + step - 1) / step * step;
	for (unsigned i = 0; i < 1u << (bits - net.bits); i++) {
		struct addr one = with_bits(&net, bits, i);

		rule.domain = reverse_domain(args_arena(a), &one, bits);
		append(args_arena(a), to, &rule);
	}
	return true;
}

void server_line_add(struct arena *arena, struct rule_list to, struct origin o,
		     const struct addr *addr, const char *scope)
{
	struct dns_server *s = arena_new(arena, struct dns_server);
	struct dns_rule rule = { .origin = o, .kind = RULE_SERVER, .reach = REACH_ALL, .server = s };

	s->at = (struct endpoint){ *addr, DNS_PORT };
	set_scope(s, scope);
	append(arena, to, &rule);
}
