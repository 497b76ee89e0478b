/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dhcp/conf_private.h"
#include "lan/conf.h"
#include "wire/dhcp4.h"

#define LEASE_MAX_DEFAULT 1000
#define PROBE_DEFAULT_MS 500
#define PROBE_MAX_MS 10000
#define OFFER_HOLD_DEFAULT_S 60
#define OFFER_HOLD_MAX_S 3600
#define ETHERS_FILE "/etc/ethers"
#define LEASE_FILE_DEFAULT "/var/lib/misc/dnsmasq.leases"

/* ---- options of one value ---- */

static bool take_lease_file(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	const char *path = "";

	if (args_more(a))
		args_rest(a, &path);
	c->lease_file = *path ? path : LEASE_FILE_DEFAULT;
	return true;
}

static bool take_path(struct args *a, struct dhcp_path **list)
{
	struct dhcp_path *p = arena_new(args_arena(a), struct dhcp_path);

	p->origin = args_origin(a);
	if (!args_rest(a, &p->path) || !*p->path)
		return args_error(a, "names no file; write the path of a file or a folder");
	LIST_ADD(*list, p);
	return true;
}

static bool take_hosts_file(struct args *a, void *section)
{
	return take_path(a, &((struct dhcp_conf *)section)->hosts_files);
}

static bool take_opts_file(struct args *a, void *section)
{
	return take_path(a, &((struct dhcp_conf *)section)->opts_files);
}

static bool take_hosts_dir(struct args *a, void *section)
{
	return take_path(a, &((struct dhcp_conf *)section)->hosts_dirs);
}

static bool take_opts_dir(struct args *a, void *section)
{
	return take_path(a, &((struct dhcp_conf *)section)->opts_dirs);
}

static bool take_read_ethers(struct args *a, void *section)
{
	struct dhcp_path *p = arena_new(args_arena(a), struct dhcp_path);

	*p = (struct dhcp_path){ args_origin(a), ETHERS_FILE, NULL };
	((struct dhcp_conf *)section)->ethers = p;
	return true;
}

/* Up to three digits behind the point, in thousandths: "5" after "0." is 500. */
static bool thousandths(const char *s, uint64_t *out)
{
	static const uint64_t scale[] = { 1000, 100, 10, 1 };
	size_t n = strlen(s);

	if (n == 0 || n > 3 || !text_uint(s, 999, out))
		return false;
	*out *= scale[n];
	return true;
}

static bool take_fqdn(struct args *a, void *section)
{
	struct dhcp_conf *c = section;

	c->fqdn = true;
	c->fqdn_origin = args_origin(a);
	return true;
}

static bool take_probe_timeout(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	uint64_t whole_s = 0, ms = 0;
	const char *s;
	size_t n;

	if (!args_text(a, &s, "seconds, such as 0.5"))
		return false;
	n = strcspn(s, ".");
	if (!text_uint(arena_textn(args_arena(a), s, n), PROBE_MAX_MS / 1000, &whole_s) ||
	    (s[n] && !thousandths(s + n + 1, &ms)) || whole_s * 1000 + ms > PROBE_MAX_MS ||
	    whole_s * 1000 + ms == 0)
		return args_error(a, "%s is not a time from 0.001 to %u seconds; write one such as "
				  "0.5, or no-ping for none", s, PROBE_MAX_MS / 1000);
	c->probe_timeout_ms = (uint32_t)(whole_s * 1000 + ms);
	return true;
}

/* Nothing is 0, as in dnsmasq. */
static bool take_dhcp_ttl(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	uint64_t ttl_s = 0;

	if (!args_keyword(a, "") && args_more(a) &&
	    !args_uint(a, 0, UINT32_MAX, &ttl_s, "seconds"))
		return false;
	c->has_dns_ttl = true;
	c->dns_ttl_s = (uint32_t)ttl_s;
	return true;
}

static bool take_lease_store(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	const char *path = NULL;

	if (args_keyword(a, "file")) {
		c->lease_store = "file";
		return true;
	}
	if (args_keyword(a, "sqlite")) {
		c->lease_store = NULL;
		return true;
	}
	if (!args_prefixed(a, "sqlite:", &path))
		return false;
	if (*path != '/')
		return args_error(a, "%s is no absolute path; write sqlite:/path/of/the.db", path);
	c->lease_store = path;
	return true;
}

/* ---- the rows ---- */

#define PART(g) .group = (g)
#define LATER .kind = CONF_TEXT, .service = CONF_NOT_SERVED

static const struct conf_row rows[] = {
	{ "dhcp-range", 'F', CONF_MUST_VALUE, ROW_TAKE(take_dhcp_range), PART(GROUP_DHCP_RANGE),
	  .syntax = "[tag:<tag>,…][set:<tag>,]<first>,<last>|static[,<netmask>[,<broadcast>]]"
		    "[,<lease time>]",
	  .deflt = "no DHCP; lease time 1h",
	  .help = "Give out addresses from here to there; static: only to hosts that have one.",
	  .example = "192.0.2.10,192.0.2.100,255.255.255.0,12h" },
	{ "shared-network", 0, CONF_MUST_VALUE, ROW_TAKE(take_shared_network),
	  PART(GROUP_DHCP_RANGE), .syntax = "<interface>|<address>,<address>",
	  .help = "Let clients of one interface or relay use ranges of another subnet, which need a "
		  "netmask, and a router by dhcp-option.",
	  .example = "eth0,192.0.2.1" },

	{ "dhcp-host", 'G', CONF_MUST_VALUE, ROW_TAKE(take_dhcp_host), PART(GROUP_DHCP_HOST),
	  .syntax = "[<hardware address>,…][id:<client id>|id:*][,set:<tag>…][,tag:<tag>…]"
		    "[,<address>][,<name>][,<lease time>][,ignore]",
	  .help = "What is special about one client: its address, name, tags, or to ignore it.",
	  .example = "02:00:00:00:00:01,192.0.2.5,printer,infinite" },
	{ "dhcp-hostsfile", 0, CONF_MUST_VALUE, ROW_TAKE(take_hosts_file), PART(GROUP_DHCP_HOST),
	  .syntax = "<path>",
	  .help = "Read a file of dhcp-host values, or a folder of them; again on SIGHUP.",
	  .example = "/etc/dnsmasq.hosts" },
	{ "dhcp-hostsdir", 0, CONF_MUST_VALUE, ROW_TAKE(take_hosts_dir), PART(GROUP_DHCP_HOST),
	  .syntax = "<folder>",
	  .help = "Read a folder of dhcp-host values, and again when a file of it changes or goes.",
	  .example = "/etc/dnsmasq.hosts.d" },
	{ "read-ethers", 'Z', CONF_NO_VALUE, ROW_TAKE(take_read_ethers), PART(GROUP_DHCP_HOST),
	  .help = "Take hosts' names and addresses from /etc/ethers too; again on SIGHUP." },

	{ "dhcp-option", 'O', CONF_MUST_VALUE, ROW_TAKE(take_dhcp_option), PART(GROUP_DHCP_OPTION),
	  .syntax = "[tag:<tag>,…][encap:<option>,|vi-encap:<enterprise>,|vendor:[<class>],]"
		    "<number>|option:<name>|option6:<name>[,<value>…]",
	  .help = "Send this option to clients that ask for it; without a value, keep back "
		  "lanlord's own.", .example = "option:router,192.0.2.1" },
	{ "dhcp-option-force", 0, CONF_MUST_VALUE, ROW_TAKE(take_dhcp_option_force),
	  PART(GROUP_DHCP_OPTION), .syntax = "as dhcp-option",
	  .help = "Send this option whether or not the client asks for it.",
	  .example = "208,f1:00:74:7e" },
	{ "dhcp-optsfile", 0, CONF_MUST_VALUE, ROW_TAKE(take_opts_file), PART(GROUP_DHCP_OPTION),
	  .syntax = "<path>",
	  .help = "Read a file of dhcp-option values, or a folder of them; again on SIGHUP.",
	  .example = "/etc/dnsmasq.opts" },
	{ "dhcp-optsdir", 0, CONF_MUST_VALUE, ROW_TAKE(take_opts_dir), PART(GROUP_DHCP_OPTION),
	  .syntax = "<folder>",
	  .help = "Read a folder of dhcp-option values, and again when a file of it changes or goes.",
	  .example = "/etc/dnsmasq.opts.d" },

	{ "dhcp-match", 0, CONF_MUST_VALUE, ROW_TAKE(take_dhcp_match), PART(GROUP_DHCP_TAGS),
	  .syntax = "set:<tag>,<number>|option:<name>|vi-encap:<enterprise>[,<value>]",
	  .help = "Set a tag when the client sends this option, or this value in it.",
	  .example = "set:efi,option:client-arch,7" },
	{ "dhcp-vendorclass", 'U', CONF_MUST_VALUE, ROW_TAKE(take_dhcp_vendorclass),
	  PART(GROUP_DHCP_TAGS), .syntax = "set:<tag>,[enterprise:<number>,]<text>",
	  .help = "Set a tag when the client's vendor class contains this text.",
	  .example = "set:pxe,PXEClient" },
	{ "dhcp-userclass", 'j', CONF_MUST_VALUE, ROW_TAKE(take_dhcp_userclass),
	  PART(GROUP_DHCP_TAGS), .syntax = "set:<tag>,<text>",
	  .help = "Set a tag when the client's user class contains this text.",
	  .example = "set:ipxe,iPXE" },
	{ "dhcp-mac", '4', CONF_MUST_VALUE, ROW_TAKE(take_dhcp_mac), PART(GROUP_DHCP_TAGS),
	  .syntax = "set:<tag>,<hardware address>",
	  .help = "Set a tag when the hardware address is this one; * stands for any byte.",
	  .example = "set:pi,b8:27:eb:*:*:*" },
	{ "dhcp-circuitid", 0, CONF_MUST_VALUE, ROW_TAKE(take_dhcp_circuitid),
	  PART(GROUP_DHCP_TAGS), .syntax = "set:<tag>,<id>",
	  .help = "Set a tag when the relay's circuit id is this one.",
	  .example = "set:port1,00:04:00:01" },
	{ "dhcp-remoteid", 0, CONF_MUST_VALUE, ROW_TAKE(take_dhcp_remoteid), PART(GROUP_DHCP_TAGS),
	  .syntax = "set:<tag>,<id>", .help = "Set a tag when the relay's remote id is this one.",
	  .example = "set:switch1,switch1" },
	{ "dhcp-subscrid", 0, CONF_MUST_VALUE, ROW_TAKE(take_dhcp_subscrid), PART(GROUP_DHCP_TAGS),
	  .syntax = "set:<tag>,<id>",
	  .help = "Set a tag when the relay's subscriber id is this one.",
	  .example = "set:alice,alice" },
	{ "dhcp-name-match", 0, CONF_MUST_VALUE, ROW_TAKE(take_dhcp_name_match),
	  PART(GROUP_DHCP_TAGS), .syntax = "set:<tag>,<name>[*]",
	  .help = "Set a tag when the client calls itself this; * at the end stands for any rest.",
	  .example = "set:wpad,wpad" },
	{ "tag-if", 0, CONF_MUST_VALUE, ROW_TAKE(take_tag_if), PART(GROUP_DHCP_TAGS),
	  .syntax = "set:<tag>[,set:<tag>…][,tag:<tag>…]",
	  .help = "Set tags when all of these others are set, or, with tag:!<tag>, are not.",
	  .example = "set:boot,tag:efi,tag:!ipxe" },

	{ "dhcp-authoritative", 'K', CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, authoritative),
	  PART(GROUP_DHCP),
	  .help = "This is the network's only DHCP server: answer clients that it does not know." },
	{ "dhcp-ignore", 'J', CONF_MUST_VALUE, ROW_TAKE(take_dhcp_ignore), PART(GROUP_DHCP),
	  .syntax = "tag:<tag>[,tag:<tag>…]",
	  .help = "Do not answer clients with all of these tags.",
	  .example = "tag:!known" },
	{ "dhcp-broadcast", 0, CONF_MAY_VALUE, ROW_TAKE(take_dhcp_broadcast), PART(GROUP_DHCP),
	  .syntax = "[tag:<tag>…]",
	  .help = "Answer clients with all of these tags by broadcast, even if they do not ask.",
	  .example = "tag:needs-broadcast" },
	{ "dhcp-ignore-names", 0, CONF_MAY_VALUE, ROW_TAKE(take_dhcp_ignore_names),
	  PART(GROUP_DHCP), .syntax = "[tag:<tag>…]",
	  .help = "Do not believe the names that clients with all of these tags give themselves.",
	  .example = "tag:guest" },
	{ "dhcp-generate-names", 0, CONF_MAY_VALUE, ROW_TAKE(take_dhcp_generate_names),
	  PART(GROUP_DHCP), .syntax = "[tag:<tag>…]",
	  .help = "Name clients without a name after their hardware address.",
	  .example = "tag:guest" },
	{ "dhcp-fqdn", 0, CONF_NO_VALUE, ROW_TAKE(take_fqdn), PART(GROUP_DHCP),
	  .help = "Only the full names of clients are known to DNS." },
	{ "dhcp-client-update", 0, CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, client_update),
	  PART(GROUP_DHCP),
	  .help = "Tell clients that send option 81 to update DNS themselves." },
	{ "dhcp-alternate-port", 0, CONF_MAY_VALUE, ROW_TAKE(take_dhcp_alternate_port),
	  PART(GROUP_DHCP), .once = true, .syntax = "<server>[,<client>]",
	  .deflt = "67,68; without a value 1067,1068",
	  .help = "Use these ports; the clients' is the next one where it is not given.",
	  .example = "1067,1068" },
	{ "dhcp-proxy", 0, CONF_MAY_VALUE, ROW_TAKE(take_dhcp_proxy), PART(GROUP_DHCP),
	  .syntax = "[<address>…]",
	  .help = "Treat these relays, or all, as full proxies: clients are told the relay's address "
		  "as the server's, so that all packets pass through it.",
	  .example = "192.0.2.1" },
	{ "dhcp-relay", 0, CONF_MUST_VALUE, ROW_TAKE(take_dhcp_relay), PART(GROUP_DHCP),
	  .syntax = "<local address>[,<server>[#<port>]][,<interface>]",
	  .help = "Relay DHCP from the network of this address to a server, or to all on the "
		  "interface; replies count from there alone, if one is named.",
	  .example = "192.0.2.1,198.51.100.1" },
	{ "dhcp-split-relay", 0, CONF_MUST_VALUE, .newer = true, ROW_TAKE(take_dhcp_split_relay),
	  PART(GROUP_DHCP),
	  .syntax = "<local address>,<server>[#<port>],<interface>",
	  .help = "Relay DHCP to a server that cannot reach the clients' network: it is told that "
		  "by option 82, and everything passes through the relay.",
	  .example = "192.0.2.1,198.51.100.1,eth1" },
	{ "bootp-dynamic", '3', CONF_MAY_VALUE, ROW_TAKE(take_bootp_dynamic), PART(GROUP_DHCP),
	  .flag_alone = true, .syntax = "[tag:<tag>…]", .help = "Give addresses of ranges to BOOTP clients, for ever.",
	  .example = "tag:old" },
	{ "no-ping", '5', CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, no_ping), PART(GROUP_DHCP),
	  .help = "Offer addresses without probing whether somebody uses them." },
	{ "dhcp-sequential-ip", 0, CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, sequential_ip),
	  PART(GROUP_DHCP),
	  .help = "Give out addresses in their order, not by a hash of the hardware address." },
	{ "dhcp-ignore-clid", 0, CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, ignore_clid),
	  PART(GROUP_DHCP),
	  .help = "Tell clients apart by hardware address only, never by client id." },
	{ "dhcp-reply-delay", 0, CONF_MUST_VALUE, ROW_TAKE(take_dhcp_reply_delay), PART(GROUP_DHCP),
	  .syntax = "[tag:<tag>,…]<seconds>", .deflt = "0",
	  .help = "Wait so long before an offer; of several lines the last with tags that match "
		  "counts, else the last without.",
	  .example = "2" },
	{ "dhcp-rapid-commit", 0, CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, rapid_commit),
	  PART(GROUP_DHCP),
	  .help = "Give clients that ask for it a lease in two packets (RFC 4039)." },
	{ "bridge-interface", 0, CONF_MUST_VALUE, ROW_TAKE(take_bridge_interface), PART(GROUP_DHCP),
	  .syntax = "<interface>,<alias>[,<alias>…]",
	  .help = "Treat what arrives on the aliases as if it had arrived on the interface.",
	  .example = "br0,tap*" },
	{ "leasequery", 0, CONF_MAY_VALUE, .newer = true, ROW_TAKE(take_leasequery),
	  PART(GROUP_DHCP), .syntax = "[<address>[/<length>]]",
	  .help = "Answer questions about leases (RFC 4388), of everybody or of such addresses.",
	  .example = "192.0.2.1" },
	{ "probe-timeout", 0, CONF_MUST_VALUE, ROW_TAKE(take_probe_timeout), PART(GROUP_DHCP),
	  .once = true, .own = true, .syntax = "<seconds>", .deflt = "0.5",
	  .help = "How long an address is probed before it is offered.", .example = "0.5" },
	{ "offer-hold", 0, CONF_MUST_VALUE, ROW_COUNT(struct dhcp_conf, offer_hold_s),
	  PART(GROUP_DHCP), .once = true, .own = true, .max = OFFER_HOLD_MAX_S,
	  .syntax = "<seconds>", .deflt = "60",
	  .help = "How long an offered address waits for its client while others are free; 0: not.",
	  .example = "0" },

	{ "dhcp-leasefile", 'l', CONF_MAY_VALUE, ROW_TAKE(take_lease_file), PART(GROUP_DHCP_LEASE),
	  .once = true, .syntax = "<path>", .deflt = LEASE_FILE_DEFAULT,
	  .help = "The text file of leases, for other programs to read and to edit.",
	  .example = "/var/lib/misc/dnsmasq.leases" },
	{ "dhcp-lease", 0, CONF_MUST_VALUE, .kind = CONF_ALIAS, PART(GROUP_DHCP_LEASE),
	  .help = "dhcp-leasefile" },
	{ "dhcp-lease-max", 'X', CONF_MUST_VALUE, ROW_COUNT(struct dhcp_conf, lease_max),
	  PART(GROUP_DHCP_LEASE), .once = true, .syntax = "<number>", .deflt = "1000",
	  .help = "How many leases there may be at once.", .example = "1000" },
	{ "lease-store", 0, CONF_MUST_VALUE, ROW_TAKE(take_lease_store), PART(GROUP_DHCP_LEASE),
	  .once = true, .own = true, .syntax = "sqlite[:<path>]|file",
	  .deflt = "sqlite, beside dhcp-leasefile",
	  .help = "Where leases are kept: in a database, or in the text file alone.",
	  .example = "sqlite:/var/lib/misc/leases.db" },
	{ "leasefile-ro", '9', CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, leasefile_ro),
	  PART(GROUP_DHCP_LEASE),
	  .help = "Leave the lease file alone: dhcp-script keeps the leases, is told of every "
		  "renewal too, and prints them when it is run with the word init; without a script "
		  "they are forgotten at the end." },
	{ "dhcp-ttl", 0, CONF_MUST_VALUE, ROW_TAKE(take_dhcp_ttl), PART(GROUP_DHCP_LEASE),
	  .once = true, .syntax = "<seconds>", .deflt = "local-ttl",
	  .help = "How long DNS answers about leases may be kept.", .example = "60" },

	{ "dhcp-boot", 'M', CONF_MUST_VALUE, ROW_TAKE(take_dhcp_boot), PART(GROUP_PXE),
	  .syntax = "[tag:<tag>,…]<file>[,[<server name>][,<server address>]]",
	  .help = "The file that a client boots, and the server that it loads it from.",
	  .example = "pxelinux.0,,192.0.2.1" },
	{ "dhcp-no-override", 0, CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, no_override),
	  PART(GROUP_PXE),
	  .help = "Leave file and server name where BOOTP has them, never in options." },
	{ "dhcp-option-pxe", 0, CONF_MUST_VALUE, .newer = true, LATER, PART(GROUP_PXE), .syntax = "as dhcp-option",
	  .help = "Send this option to PXE clients only.", .example = "3,192.0.2.1" },
	{ "dhcp-pxe-vendor", 0, CONF_MUST_VALUE, LATER, PART(GROUP_PXE), .syntax = "<vendor>[,…]",
	  .help = "Vendor classes that tell of a PXE client.", .example = "PXEClient" },
	{ "pxe-prompt", 0, CONF_MUST_VALUE, LATER, PART(GROUP_PXE),
	  .syntax = "[tag:<tag>,…]<text>[,<seconds>]",
	  .help = "What PXE firmware shows before its menu.",
	  .example = "Boot menu,10" },
	{ "pxe-service", 0, CONF_MUST_VALUE, LATER, PART(GROUP_PXE),
	  .syntax = "[tag:<tag>,…]<system>,<menu text>[,<base name>|<type>][,<server>]",
	  .help = "An entry of the menu of PXE firmware.", .example = "x86PC,Install,pxelinux" },

	{ "dhcp-script", '6', CONF_MUST_VALUE, ROW_TEXT(struct dhcp_conf, script),
	  PART(GROUP_SCRIPT), .once = true, .syntax = "<path>",
	  .help = "Run this program whenever a lease changes.", .example = "/usr/local/bin/lease" },
	{ "dhcp-luascript", 0, CONF_MUST_VALUE, LATER, PART(GROUP_SCRIPT), .syntax = "<path>",
	  .help = "Call functions of this Lua file whenever a lease changes.",
	  .example = "/etc/lease.lua" },
	{ "dhcp-scriptuser", 0, CONF_MUST_VALUE, ROW_TEXT(struct dhcp_conf, script_user),
	  PART(GROUP_SCRIPT), .once = true, .syntax = "<user>", .deflt = "root",
	  .help = "The user that the script runs as.", .example = "nobody" },
	{ "script-arp", 0, CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, script_arp), PART(GROUP_SCRIPT),
	  .help = "Run the script when a neighbour comes or goes, too." },
	{ "script-on-renewal", 0, CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, script_on_renewal),
	  PART(GROUP_SCRIPT), .help = "Run the script when a lease is renewed, too." },

	{ "log-dhcp", 0, CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, log_dhcp), PART(GROUP_LOGGING),
	  .help = "Log every option sent and every tag." },
	{ "quiet-dhcp", 0, CONF_NO_VALUE, ROW_FLAG(struct dhcp_conf, quiet), PART(GROUP_LOGGING),
	  .help = "Do not log the course of DHCP, only what goes wrong." },
};

static void init(void *section)
{
	struct dhcp_conf *c = section;

	c->lease_max = LEASE_MAX_DEFAULT;
	c->probe_timeout_ms = PROBE_DEFAULT_MS;
	c->offer_hold_s = OFFER_HOLD_DEFAULT_S;
	c->lease_file = LEASE_FILE_DEFAULT;
	c->server_port = DHCP4_SERVER_PORT;
	c->client_port = DHCP4_CLIENT_PORT;
}

static bool has_default_domain(const struct lan_conf *lan)
{
	for (const struct domain_rule *d = lan ? lan->domains : NULL; d; d = d->next)
		if (d->all)
			return true;
	return false;
}

static void check(struct conf *conf, void *section)
{
	struct dhcp_conf *c = section;
	struct arena scratch;
	const bool *taken;

	if (c->fqdn && !has_default_domain(conf_section(conf, &lan_section)))
		conf_error(conf, &c->fqdn_origin, "there must be a default domain when --dhcp-fqdn "
			   "is set; write domain=lan or another without a range");
	arena_init(&scratch, 0);
	taken = hosts_with_taken_address(&scratch, (const struct dhcp_host *[]){ c->hosts }, 1);
	for (const struct dhcp_host *h = c->hosts; h; h = h->next)
		if (*taken++)
			conf_error(conf, &h->origin, "duplicate dhcp-host IP address %s; each "
				   "address can have one host, so put both hardware addresses into "
				   "one line", addr_text(&h->addr).s);
	arena_done(&scratch);
}

const struct conf_section dhcp_section = {
	.name = "dhcp", .rows = rows, .n = COUNT_OF(rows), .size = sizeof(struct dhcp_conf),
	.init = init, .check = check,
};
