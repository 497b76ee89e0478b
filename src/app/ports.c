/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "app/ports.h"
#include "base/must.h"
#include "dhcp/server.h"
#include "dns/conf.h"
#include "wire/tftp.h"

/* ---- what each service listens on ------------------------------------------------ */

static bool serves_dns(const void *service, const struct lan_conf *lan, const struct netif *n,
		       const struct addr *to)
{
	(void)service;
	return lan_serves(lan, n, to) || lan_has_authority(lan, n, to);
}

static bool serves_tftp(const void *service, const struct lan_conf *lan, const struct netif *n,
			const struct addr *to)
{
	return boot_serves_tftp(service, lan, n, to);
}

static bool serves_http(const void *service, const struct lan_conf *lan, const struct netif *n,
			const struct addr *to)
{
	const struct boot_conf *b = service;

	return lan_serves(lan, n, to) && boot_root_for(b->http_roots, n->name);
}

static void none(struct bindings *out)
{
	out->n = 0;
	out->overflow = false;
}

void ports_dns(struct bindings *out, const struct generation *g, const struct loop *l)
{
	none(out);
	if (g->lan->port)
		lan_bindings(out, g->lan, l, serves_dns, NULL);
}

static void ports_dhcp4(struct bindings *out, const struct generation *g, const struct loop *l)
{
	none(out);
	if (dhcp_conf_is_on(g->dhcp))
		dhcp_bindings(out, g->dhcp, g->lan, l);
}

void ports_tftp(struct bindings *out, const struct generation *g, const struct loop *l)
{
	none(out);
	if (g->boot->tftp)
		lan_bindings(out, g->lan, l, serves_tftp, g->boot);
}

void ports_http(struct bindings *out, const struct generation *g, const struct loop *l)
{
	none(out);
	if (g->boot->http_roots)
		lan_bindings(out, g->lan, l, serves_http, g->boot);
}

/* ---- is a socket one of them? ------------------------------------------------------ */

static uint32_t dns_port(const struct generation *g)
{
	return g->lan->port;
}

static uint32_t dhcp4_port(const struct generation *g)
{
	return g->dhcp->server_port;
}

static uint32_t tftp_port(const struct generation *g)
{
	(void)g;
	return TFTP_PORT;
}

static uint32_t http_port(const struct generation *g)
{
	return g->boot->http_port;
}

static const struct {
	enum socket_type type;
	uint32_t (*port)(const struct generation *g);
	void (*wanted)(struct bindings *out, const struct generation *g, const struct loop *l);
} services[] = {
	{ SOCKET_UDP, dns_port, ports_dns },	 { SOCKET_TCP, dns_port, ports_dns },
	{ SOCKET_UDP, dhcp4_port, ports_dhcp4 }, { SOCKET_UDP, tftp_port, ports_tftp },
	{ SOCKET_TCP, http_port, ports_http },
};

/* A socket may tell the interface of any address; one that takes from it alone is another. */
static bool is_wanted(const struct bindings *b, const struct socket_want *want)
{
	for (size_t i = 0; i < b->n; i++)
		if (addr_eq(&b->at[i].addr, &want->at.addr) &&
		    (strcmp(b->at[i].device, want->device) == 0 ||
		     (!b->at[i].device[0] && !want->only_device)))
			return true;
	return false;
}

/* A transfer's own: of an address that was asked, or of all. */
static bool is_transfer(const struct generation *g, const struct loop *l,
			const struct socket_want *want)
{
	const struct boot_conf *b = g->boot;
	const struct netif *n = loop_netif_having(l, &want->at.addr);

	return b->tftp && want->type == SOCKET_UDP && want->at.port >= b->port_first &&
	       want->at.port <= b->port_last && !want->only_device &&
	       (addr_is_any(&want->at.addr) ||
		(n && boot_serves_tftp(b, g->lan, n, &want->at.addr)));
}

/* The source that a server= line names: its port, or any that questions are asked from. */
static bool is_source(const struct dns_server *s, bool asks_from, const struct socket_want *want)
{
	return (s->source.port ? s->source.port == want->at.port : asks_from) &&
	       (addr_is_any(&want->at.addr) || addr_eq(&s->source.addr, &want->at.addr)) &&
	       (!want->only_device || (s->interface && strcmp(s->interface, want->device) == 0));
}

/* What DNS asks its servers from. */
static bool is_query(const struct generation *g, const struct socket_want *want)
{
	const struct dns_conf *c = dns_conf_of(g->conf);
	uint16_t port = want->at.port;
	bool asks_from = c->has_query_port ? port == c->query_port
					   : port >= c->min_port && port <= c->max_port;

	if (!g->lan->port || want->type != SOCKET_UDP)
		return false;
	if (asks_from && addr_is_any(&want->at.addr) && !want->only_device)
		return true;
	for (const struct dns_rule *r = c->rules; r; r = r->next)
		if (r->server && is_source(r->server, asks_from, want))
			return true;
	return false;
}

bool ports_name(const struct generation *g, const struct loop *l, const struct socket_want *want)
{
	struct bindings wanted;

	for (size_t i = 0; i < COUNT_OF(services); i++) {
		if (services[i].type != want->type || services[i].port(g) != want->at.port)
			continue;
		services[i].wanted(&wanted, g, l);
		if (is_wanted(&wanted, want))
			return true;
	}
	return is_transfer(g, l, want) || is_query(g, want);
}
