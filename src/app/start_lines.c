/* SPDX-License-Identifier: ISC */
#include "app/identity.h"
#include "app/start_lines.h"
#include "base/log.h"
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

void start_lines_tftp(struct text *out, const struct boot_conf *b)
{
	const struct boot_root *root = b->tftp_roots;

	while (root && root->interface)
		root = root->next;
	text_addf(out, "TFTP %s%s %s %s", root ? "root is " : "enabled", root ? root->path : "",
		  b->secure ? "secure mode" : "", b->single_port ? "single port mode" : "");
}

static void say_tftp(const struct boot_conf *b)
{
	char line[1200];
	struct text t = TEXT(line);

	if (!b->tftp)
		return;
	start_lines_tftp(&t, b);
	log_info(LOG_TFTP, "%s", line);
	if (boot_tftp_max(b) < b->max)
		log_warning(LOG_TFTP, "restricting maximum simultaneous TFTP transfers to %u",
			    boot_tftp_max(b));
}

static void say_http(const struct boot_conf *b)
{
	for (const struct boot_root *r = b->http_roots; r; r = r->next)
		log_info(LOG_HTTP, "HTTP root is %s%s%s, port %u", r->path,
			 r->interface ? " on " : "", r->interface ? r->interface : "", b->http_port);
}

static void say_missing_interfaces(const struct server *s)
{
	for (const struct if_name *n = s->now->lan->interfaces; n; n = n->next)
		if (!n->prefix && !loop_netif_named(s->loop, n->name))
			log_warning(LOG_MAIN, "warning: interface %s does not currently exist",
				    n->name);
}

static void say_sandbox(const struct sandbox *b)
{
	if (b->missing[0])
		log_warning(LOG_MAIN, "warning: this system gives no %s; running without",
			    b->missing);
}

void start_lines(const struct server *s)
{
	log_info(LOG_MAIN, "started, version %s DNS disabled", identity_version());
	log_info(LOG_MAIN, "compile time options: %s", identity_options());
	say_missing_interfaces(s);
	say_sandbox(&s->sandbox);
	say_ranges(s->now->dhcp->ranges);
	say_tftp(s->now->boot);
	say_http(s->now->boot);
}
