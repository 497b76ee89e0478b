/* SPDX-License-Identifier: ISC */
#include "app/identity.h"
#include "app/start_lines.h"
#include "base/log.h"
#include "dns/rule_names.h"
#include "lan/bind.h"
#include "wire/dhcp_options.h"

void start_lines_range(struct text *out, const struct dhcp_range *r)
{
	if (r->mode == RANGE_PROXY) {
		text_addf(out, "DHCP, proxy on subnet %s", addr_text(&r->start).s);
		return;
	}
	if (r->mode == RANGE_STATIC)
		text_addf(out, "DHCP, static leases only on %s", addr_text(&r->start).s);
	else
		text_addf(out, "DHCP, IP range %s -- %s", addr_text(&r->start).s,
			  addr_text(&r->end).s);
	text_add(out, ", lease time ");
	dhcp_seconds_text(out, r->lease_s);
}

/* dnsmasq's order: the last of the file first. */
static void say_ranges(const struct dhcp_range *r)
{
	char line[160];
	struct text t = TEXT(line);

	if (!r)
		return;
	say_ranges(r->next);
	start_lines_range(&t, r);
	log_info(LOG_DHCP, "%s", line);
}

void start_lines_relay(struct text *out, const struct dhcp_relay *r)
{
	text_addf(out, "DHCP relay from %s", addr_text(&r->local).s);
	if (addr_is_set(&r->server))
		text_addf(out, " to %s", addr_text(&r->server).s);
	if (r->port)
		text_addf(out, "#%u", r->port);
	if (r->interface)
		text_addf(out, " via %s%s", r->interface->name, r->interface->prefix ? "*" : "");
}

static void say_relays(const struct dhcp_relay *r)
{
	char line[160];
	struct text t = TEXT(line);

	if (!r)
		return;
	say_relays(r->next);
	start_lines_relay(&t, r);
	log_info(LOG_DHCP, "%s", line);
}

static void say_missing_interfaces(const struct server *s)
{
	const struct if_name *n = lan_missing(s->now->lan->interfaces, s->loop);

	for (; n; n = lan_missing(n->next, s->loop))
		log_warning(LOG_MAIN, "warning: interface %s does not currently exist", n->name);
}

/* The one interface that sockets are bound to, by dnsmasq's reckoning; NULL when there are more. */
static const char *only_interface(const struct server *s)
{
	const struct lan_conf *lan = s->now->lan;
	const struct if_name *first = lan->interfaces;

	if (!first || (!lan->bind_interfaces && !lan->bind_dynamic))
		return NULL;
	for (const struct if_name *n = first; n; n = n->next)
		if (n->prefix || strcmp(n->name, first->name) != 0 ||
		    !loop_netif_named(s->loop, n->name))
			return NULL;
	return first->name;
}

static void say_exclusive(const struct server *s)
{
	const char *only = s->dhcp ? only_interface(s) : NULL;

	if (only)
		log_info(LOG_DHCP, "DHCP, sockets bound exclusively to interface %s", only);
}

static void say_sandbox(const struct sandbox *b)
{
	if (b->missing[0])
		log_warning(LOG_MAIN, "warning: this system gives no %s; running without",
			    b->missing);
}

static void say_user(const struct server *s)
{
	if (s->run_as.kept_by)
		log_warning(LOG_MAIN, "warning: cannot become user %s: %s; running as user %u",
			    s->now->app->user, s->run_as.kept_by, (unsigned)s->run_as.uid);
}

static void say_frames(const struct server *s)
{
	if (s->dhcp && !frames_work(s->loop))
		log_warning(LOG_DHCP, "warning: this system gives no packet sockets; clients "
			    "without an address are answered by the neighbour table or by "
			    "broadcast, and addresses are probed by ping");
}

/* ---- DNS ------------------------------------------------------------------------ */

static void say_started(const struct server *s)
{
	if (!s->dns)
		log_info(LOG_MAIN, "started, version %s DNS disabled", identity_version());
	else if (!s->now->dns->cache_size)
		log_info(LOG_MAIN, "started, version %s cache disabled", identity_version());
	else
		log_info(LOG_MAIN, "started, version %s cachesize %u", identity_version(),
			 s->now->dns->cache_size);
}

static bool names_servers(const struct dns_conf *c)
{
	struct rule_walk w = { .next = c->rules, .names = c->rule_names };

	while (rule_walk_next(&w))
		if (w.rule->kind == RULE_SERVER)
			return true;
	return false;
}

static void say_dns(const struct server *s)
{
	const struct dns_conf *c = s->now->dns;

	if (!s->dns)
		return;
	switch (dns_restriction(c, s->now->lan)) {
	case SERVICE_NET: log_info(LOG_MAIN, "DNS service limited to local subnets"); break;
	case SERVICE_HOST: log_info(LOG_MAIN, "DNS service limited to localhost"); break;
	case SERVICE_ALL: break;
	}
	if (c->no_resolv && c->resolv_files)
		log_warning(LOG_MAIN, "warning: ignoring resolv-file flag because no-resolv is set");
	if (c->no_resolv && !names_servers(c) && !c->servers_files)
		log_warning(LOG_MAIN, "warning: no upstream servers configured");
}

void start_lines(const struct server *s)
{
	say_started(s);
	log_info(LOG_MAIN, "compile time options: %s", identity_options());
	say_dns(s);
	say_missing_interfaces(s);
	say_sandbox(&s->sandbox);
	say_user(s);
	say_frames(s);
	say_ranges(s->now->dhcp->ranges);
	say_relays(s->now->dhcp->relays);
	say_exclusive(s);
	boot_log_start(s->now->boot);
}
