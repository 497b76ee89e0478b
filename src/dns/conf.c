/* SPDX-License-Identifier: ISC */
/*
 * What the sections of DNS share: the struct that they all fill, its defaults, and
 * what only shows once all lines are read.
 */
#include <unistd.h>

#include "base/must.h"
#include "dns/conf.h"
#include "dns/conf_private.h"
#include "dns/form.h"
#include "dns/rule_names.h"
#include "dns/server_hosts.h"
#include "lan/conf.h"
#include "wire/dns.h"

#define HOST_NAME 256

void dns_conf_init(void *section)
{
	struct dns_conf *c = section;

	c->cache_size = 10000;
	c->forward_max = 10000;
	c->min_port = 1024;
	c->max_port = 65535;
	c->port_limit = 1;
	c->upstream_timeout_s = 10;
	c->upstream_tcp_idle_s = 10;
	c->edns_max = 1232;
	c->tcp_max = 20;
	c->tcp_idle_s = 150;
	c->auth.ttl_s = 600;
	c->auth.refresh_s = 1200;
	c->auth.retry_s = 180;
	c->auth.expire_s = 1209600;
}

const struct dns_conf *dns_conf_of(const struct conf *c)
{
	return conf_section((struct conf *)c, &dns_upstream_section);
}

/* ---- what is not served yet -------------------------------------------------------------- */

static const struct conf_section *const all[] = {
	&dns_upstream_section, &dns_record_section, &dns_filter_section, &dns_auth_section, &dns_beyond_section, &dns_sets_section,
};

static void check_served(struct conf *conf, const struct conf_section *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct conf_row *row = &s->rows[i];
		const struct origin *o = conf_given(conf, row->name);

		if (o && row->feature && strcmp(row->feature, DNS_FEATURE) == 0)
			conf_error(conf, o, "%s is not served yet; leave it out, or write port=0 to "
				   "turn DNS off", row->name);
	}
}

/* Of several without an address the first is told. */
static void find_servers(struct conf *conf, struct dns_conf *c)
{
	const struct rule_list rules = { &c->rules, &c->rules_last, &c->rule_names };
	const struct dns_rule *failed;
	const char *why;

	if (!server_hosts_look_up(conf_arena(conf), rules, NULL, conf_files_of(conf), &failed, &why))
		conf_error(conf, &failed->origin, "server: no address of %s was found (%s); write an "
			   "address, or a name that this machine knows at the start",
			   failed->server->host, why);
}

/* domain=# is lan's, and which file it is about ours. */
static void find_search(struct conf *conf, const struct dns_conf *c, struct lan_conf *lan)
{
	const char *usual = c->no_resolv ? NULL : RESOLV_CONF;

	if (c->resolv_files)
		usual = c->no_resolv || c->resolv_files->next ? NULL : c->resolv_files->path;
	lan_find_search(conf, lan, usual);
}

/* Which of several is the newest shows only to who watches them. */
static void check_resolv_files(struct conf *conf, const struct dns_conf *c)
{
	if (c->no_poll && !c->no_resolv && c->resolv_files && c->resolv_files->next)
		conf_error(conf, &c->resolv_files->next->origin, "resolv-file: only one resolv.conf file "
			   "allowed in no-poll mode; leave out one of them, or no-poll");
}

/* With query-port there is one port, and nothing to spread over. */
static void check_port_limit(struct conf *conf, const struct dns_conf *c)
{
	const struct origin *o = conf_given(conf, "port-limit");

	if (o && c->max_port >= c->min_port && c->port_limit > c->max_port - c->min_port + 1)
		conf_error(conf, o, "port-limit: %u ports are more than min-port and max-port leave; "
			   "write at most %u", c->port_limit, c->max_port - c->min_port + 1);
}

/* ---- aliases -------------------------------------------------------------------------------- */

static bool is_alias(const struct dns_record *r)
{
	return r->type == DNS_CNAME;
}

static const struct dns_record *alias_of(const struct dns_conf *c, struct span name)
{
	for (const struct dns_record *r = c->records; r; r = r->next)
		if (is_alias(r) && span_eq(r->owner, name))
			return r;
	return NULL;
}

/* Does a chain of aliases lead back to where it began?  One that leads into another's loop ends
 * after as many steps as there are aliases. */
static bool leads_back(const struct dns_conf *c, const struct dns_record *from, size_t aliases)
{
	const struct dns_record *r = from;

	while (r && aliases--) {
		r = alias_of(c, r->rdata);
		if (r == from)
			return true;
	}
	return false;
}

static void check_aliases(struct conf *conf, const struct dns_conf *c)
{
	size_t aliases = 0;

	for (const struct dns_record *r = c->records; r; r = r->next)
		aliases += is_alias(r);
	for (const struct dns_record *r = c->records; r; r = r->next)
		if (is_alias(r) && leads_back(c, r, aliases))
			conf_error(conf, &r->origin, "cname: the aliases of %s lead back to it; write "
				   "another target", dname_span_text(r->owner).s);
}

/* ---- mail and services ------------------------------------------------------------------------ */

/* This machine's name; false where it has none. */
static bool host_name(struct arena *arena, struct span *out)
{
	char name[HOST_NAME];

	if (gethostname(name, sizeof name) != 0)
		return false;
	name[sizeof name - 1] = 0;
	return name_parse(arena, name, out) && out->n > 1;
}

static bool has_mx(const struct dns_conf *c, struct span owner)
{
	for (const struct dns_record *r = c->records; r; r = r->next)
		if (r->type == DNS_MX && span_eq(r->owner, owner))
			return true;
	return false;
}

/* Where MX records lead that say no target. */
static struct span mx_target(struct arena *arena, const struct dns_conf *c, struct span self)
{
	struct span target;

	if (c->mx_target && name_parse(arena, c->mx_target, &target) && target.n)
		return target;
	return self;
}

/* MX records without a target, and this machine's own one. */
static void finish_mx(struct conf *conf, struct dns_conf *c)
{
	const struct origin *o = conf_given(conf, c->mx_target ? "mx-target" : "localmx");
	struct arena *arena = conf_arena(conf);
	struct span self = NAME_ROOT, target;

	host_name(arena, &self);
	target = mx_target(arena, c, self);
	for (struct dns_record *r = c->records; r; r = r->next)
		if (r->type == DNS_MX && r->rdata.n == MX_WITHOUT_TARGET)
			r->rdata = mx_rdata(arena, r->rdata, target);
	if (o && self.n > 1 && !has_mx(c, self))
		record_add(arena, c, *o, self, DNS_MX)->rdata =
			mx_rdata(arena, SPAN(((uint8_t[MX_WITHOUT_TARGET]){ 0 })), target);
}

static bool plain_domain(struct arena *arena, const struct lan_conf *lan, struct span *out)
{
	bool found = false;

	for (const struct domain_rule *d = lan->domains; d; d = d->next)
		if (d->all && d->name)
			found = name_parse(arena, d->name, out) && out->n > 1;
	return found;
}

static unsigned labels(struct span name)
{
	unsigned n = 0;

	for (size_t at = 0; at < name.n && name.p[at]; at += 1u + name.p[at])
		n++;
	return n;
}

/* _service._proto without a domain is in ours. */
static void finish_srv(struct conf *conf, struct dns_conf *c, const struct lan_conf *lan)
{
	struct span domain;

	if (!plain_domain(conf_arena(conf), lan, &domain))
		return;
	for (struct dns_record *r = c->records; r; r = r->next) {
		uint8_t whole[2 * DNAME_MAX];
		struct writer w = writer_of(whole, sizeof whole);

		if (r->type != DNS_SRV || labels(r->owner) != 2)
			continue;
		writer_span(&w, span_of(r->owner.p, r->owner.n - 1));
		writer_span(&w, domain);
		if (writer_done(&w).n <= DNAME_MAX)
			r->owner = arena_span(conf_arena(conf), writer_done(&w));
	}
}

/* ---- authority ------------------------------------------------------------------------------------ */

/* hostmaster.SERVER, unless auth-soa says another. */
static void finish_auth(struct arena *arena, struct dns_conf *c)
{
	static const char hostmaster[] = "\012hostmaster";
	uint8_t whole[sizeof hostmaster + DNAME_MAX];
	struct writer w = writer_of(whole, sizeof whole);

	writer_span(&w, span_of(hostmaster, sizeof hostmaster - 1));
	writer_span(&w, c->auth.server);
	if (!c->auth.mailbox.n && writer_done(&w).n <= DNAME_MAX)
		c->auth.mailbox = arena_span(arena, writer_done(&w));
}

/* Where zones alone are answered for is about interfaces, and so lan's to know. */
static void check_auth(struct conf *conf, struct dns_conf *c, struct lan_conf *lan)
{
	finish_auth(conf_arena(conf), c);
	lan->auth_server = conf_given(conf, "auth-server") != NULL;
	lan->auth_zone = c->zones != NULL;
	lan->authority = c->auth.places;
}

/* ---- the whole ---------------------------------------------------------------------------------- */

void dns_conf_check(struct conf *conf, void *section)
{
	struct lan_conf *lan = conf_section(conf, &lan_section);
	struct dns_conf *c = section;
	const struct origin *max = conf_given(conf, "max-port");

	rule_names_seal(c->rule_names);
	check_aliases(conf, c);
	finish_mx(conf, c);
	c->has_query_port = conf_given(conf, "query-port") != NULL;
	c->has_upstream_retry = conf_given(conf, "upstream-retry") != NULL;
	c->mix_case = c->mix_case_asked && !c->mix_case_never;
	check_resolv_files(conf, c);
	if (lan) {
		find_search(conf, c, lan);	/* which domain there is, the rest asks */
		finish_srv(conf, c, lan);
		check_auth(conf, c, lan);
	}
	if (lan && lan->port == 0)
		return;
	for (size_t i = 0; i < COUNT_OF(all); i++)
		check_served(conf, all[i]);
	find_servers(conf, c);
	if (c->min_port > c->max_port && max)
		conf_error(conf, max, "max-port: %u is below min-port, %u; write a larger number",
			   c->max_port, c->min_port);
	check_port_limit(conf, c);
}
