/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "conf/args.h"
#include "lan/conf.h"

#define RESOLV_MAX 16384
#define EXIT_MISC 5			/* dnsmasq's exit code for this mistake alone */

/* ---- interfaces ------------------------------------------------------------- */

static void add_name(struct args *a, struct if_name **list, const char *text)
{
	struct if_name *n = arena_new(args_arena(a), struct if_name);
	size_t length = strlen(text);

	n->origin = args_origin(a);
	n->prefix = text[length - 1] == '*';
	n->name = n->prefix ? arena_textn(args_arena(a), text, length - 1) : text;
	while (*list)
		list = &(*list)->next;
	*list = n;
}

/* Names with commas between; empty ones name nothing.  False if nothing was named. */
static bool take_names(struct args *a, struct if_name **list)
{
	const struct word *w;
	bool named = false;

	while ((w = args_take(a))) {
		if (*w->s == '\0')
			continue;
		named = true;
		add_name(a, list, w->s);
	}
	return named;
}

static bool take_interface(struct args *a, void *section)
{
	struct lan_conf *c = section;

	if (!take_names(a, &c->interfaces))
		c->loopback_only = true;
	return true;
}

static bool take_except(struct args *a, void *section)
{
	take_names(a, &((struct lan_conf *)section)->except);
	return true;
}

static bool take_no_dhcp(struct args *a, void *section)
{
	take_names(a, &((struct lan_conf *)section)->no_dhcp);
	return true;
}

static bool take_no_dhcp4(struct args *a, void *section)
{
	take_names(a, &((struct lan_conf *)section)->no_dhcp4);
	return true;
}

static bool take_no_dhcp6(struct args *a, void *section)
{
	take_names(a, &((struct lan_conf *)section)->no_dhcp6);
	return true;
}

static bool take_listen(struct args *a, void *section)
{
	struct listen_addr **at = &((struct lan_conf *)section)->listen;
	struct addr addr;

	while (*at)
		at = &(*at)->next;
	if (!args_addr(a, &addr, "an address of this machine"))
		return args_fail(a);
	do {
		*at = arena_new(args_arena(a), struct listen_addr);
		**at = (struct listen_addr){ .origin = args_origin(a), .addr = addr };
		at = &(*at)->next;
	} while (args_addr(a, &addr, "an address of this machine"));
	return true;
}

/* ---- domains ------------------------------------------------------------------ */

static bool take_domain(struct args *a, void *section)
{
	return domain_take(a, &((struct lan_conf *)section)->domains);
}

/* ---- the section -------------------------------------------------------------- */

static const struct conf_row rows[] = {
	{ "interface", 'i', CONF_MUST_VALUE, ROW_TAKE(take_interface), .group = GROUP_INTERFACES,
	  .syntax = "<interface>", .deflt = "all interfaces", .example = "eth0,br*",
	  .help = "Serve these interfaces and the loopback; a * at the end stands for any rest." },
	{ "except-interface", 'I', CONF_MUST_VALUE, ROW_TAKE(take_except),
	  .group = GROUP_INTERFACES, .syntax = "<interface>", .example = "wan0",
	  .help = "Do not serve these interfaces; stronger than interface." },
	{ "listen-address", 'a', CONF_MUST_VALUE, ROW_TAKE(take_listen),
	  .group = GROUP_INTERFACES, .syntax = "<ipaddr>", .deflt = "all addresses",
	  .example = "192.0.2.1,127.0.0.1",
	  .help = "Serve these addresses of this machine, beside what interface names." },
	{ "no-dhcp-interface", '2', CONF_MUST_VALUE, ROW_TAKE(take_no_dhcp),
	  .group = GROUP_INTERFACES, .syntax = "<interface>", .example = "eth1",
	  .help = "No DHCP, TFTP or router advertisement on these interfaces." },
	{ "no-dhcpv4-interface", 0, CONF_MUST_VALUE, ROW_TAKE(take_no_dhcp4),
	  .group = GROUP_INTERFACES, .syntax = "<interface>", .example = "eth1",
	  .help = "No DHCPv4 on these interfaces." },
	{ "no-dhcpv6-interface", 0, CONF_MUST_VALUE, ROW_TAKE(take_no_dhcp6),
	  .group = GROUP_INTERFACES, .syntax = "<interface>", .example = "eth1",
	  .help = "No DHCPv6 and no router advertisement on these interfaces." },
	{ "bind-interfaces", 'z', CONF_NO_VALUE, ROW_FLAG(struct lan_conf, bind_interfaces),
	  .group = GROUP_INTERFACES,
	  .help = "Bind the served addresses, not the wildcard; all must be there at start." },
	{ "bind-dynamic", 0, CONF_NO_VALUE, ROW_FLAG(struct lan_conf, bind_dynamic),
	  .group = GROUP_INTERFACES,
	  .help = "Bind the served addresses as they come and go." },
	{ "port", 'p', CONF_MUST_VALUE, ROW_COUNT(struct lan_conf, port), .group = GROUP_DNS_MISC,
	  .once = true, .max = 65535, .syntax = "<integer>", .deflt = "53", .example = "0",
	  .help = "The port for DNS; 0 turns it off." },
	{ "domain", 's', CONF_MUST_VALUE, ROW_TAKE(take_domain), .group = GROUP_DNS_LOCAL,
	  .syntax = "<domain>[,<range>]", .example = "lan.example,192.0.2.0/24,local",
	  .help = "The domain of DHCP clients, of all or of a range, a network or an interface; "
		  "# takes it from resolv.conf." },
	{ "domain-suffix", 0, CONF_MUST_VALUE, CONF_ALIAS, .help = "domain" },
};

static void init(void *section)
{
	((struct lan_conf *)section)->port = 53;
}

/* The plain rule that counts: the last. */
static struct domain_rule *plain_domain(const struct lan_conf *c)
{
	struct domain_rule *plain = NULL;

	for (struct domain_rule *d = c->domains; d; d = d->next)
		if (d->all)
			plain = d;
	return plain;
}

static ssize_t read_start(struct conf *conf, const char *path, char *out, size_t size)
{
	int fd = conf_open(conf, path);
	ssize_t n = fd >= 0 ? read(fd, out, size) : -1;

	if (fd >= 0)
		close(fd);
	return n;
}

static void search_in(struct conf *conf, struct domain_rule *d, const char *path)
{
	char text[RESOLV_MAX];
	ssize_t n = read_start(conf, path, text, sizeof text);

	if (n < 0)
		conf_file_error(conf, &d->origin, "domain: failed to read %s: %s", path,
				strerror(errno));
	else if (!domain_set_search(conf_arena(conf), d, span_of(text, (size_t)n)))
		conf_error_exit(conf, &d->origin, EXIT_MISC, "domain: no search directive found "
				"in %s; write the domain itself instead of #", path);
}

void lan_find_search(struct conf *conf, struct lan_conf *c, const char *resolv_conf)
{
	struct domain_rule *plain = plain_domain(c);

	if (!plain || !plain->search)
		return;
	if (resolv_conf)
		search_in(conf, plain, resolv_conf);
	else
		conf_error(conf, &plain->origin, "domain: # takes the domain from the one resolv.conf, "
			   "and there is none, or more than one; write the domain itself");
}

const struct conf_section lan_section = {
	.name = "lan", .rows = rows, .n = COUNT_OF(rows), .size = sizeof(struct lan_conf),
	.init = init,
};

const char *lan_start_error(const struct lan_conf *c)
{
	if (c->bind_interfaces && c->bind_dynamic)
		return "cannot set --bind-interfaces and --bind-dynamic";
	return c->auth_zone && !c->auth_server
		? "--auth-server required when an auth zone is defined." : NULL;
}
