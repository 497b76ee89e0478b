/* SPDX-License-Identifier: ISC */
/*
 * Where questions are sent, what is added to them, and what is kept of the
 * answers.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/conf_private.h"
#include "dns/form.h"
#include "dns/rrtypes.h"
#include "dns/server_lines.h"

#define PORT_MAX 65535
#define USE_STALE_S 86400			/* dnsmasq's */

static struct rule_list rules_of(struct dns_conf *c)
{
	return (struct rule_list){ &c->rules, &c->rules_last, &c->rule_names };
}

static bool take_server(struct args *a, void *section)
{
	return server_line_take(a, rules_of(section));
}

static bool take_rev_server(struct args *a, void *section)
{
	return rev_server_line_take(a, rules_of(section));
}

static bool take_address(struct args *a, void *section)
{
	return address_line_take(a, rules_of(section));
}

static bool take_plain_server(struct span value, struct origin o, struct arena *arena, void *section)
{
	return server_line_take_plain(value, o, arena, rules_of(section));
}

static bool take_plain_address(struct span value, struct origin o, struct arena *arena,
			       void *section)
{
	return address_line_take_plain(value, o, arena, rules_of(section));
}

/* The value whole; one that is empty or missing names nothing, as in dnsmasq. */
static bool take_path(struct args *a, struct dns_path **list)
{
	const char *path = "";

	if (args_more(a))
		args_rest(a, &path);
	if (!*path)
		return true;
	while (*list)
		list = &(*list)->next;
	*list = arena_new(args_arena(a), struct dns_path);
	**list = (struct dns_path){ .origin = args_origin(a), .path = path };
	return true;
}

static bool take_resolv_file(struct args *a, void *section)
{
	return take_path(a, &((struct dns_conf *)section)->resolv_files);
}

static bool take_servers_file(struct args *a, void *section)
{
	return take_path(a, &((struct dns_conf *)section)->servers_files);
}

static bool take_fast_retry(struct args *a, void *section)
{
	struct dns_conf *c = section;
	uint64_t ms = 1000, in_all_ms = 10000;

	if (args_more(a) && !args_uint(a, 50, UINT32_MAX, &ms, "milliseconds"))
		return false;
	if (args_more(a) && !form_number(a, UINT32_MAX, "milliseconds in all", &in_all_ms))
		return false;
	c->fast_retry_ms = (uint32_t)ms;
	c->fast_retry_in_all_ms = (uint32_t)in_all_ms;
	return true;
}

static bool take_stale(struct args *a, void *section)
{
	struct dns_conf *c = section;
	uint64_t seconds = USE_STALE_S;

	if (args_more(a) && !form_number(a, INT32_MAX, "seconds", &seconds))
		return false;
	c->use_stale = true;
	c->use_stale_s = (uint32_t)seconds;
	return true;
}

static bool take_types(struct args *a, struct dns_types **list)
{
	while (*list)
		list = &(*list)->next;
	while (args_more(a)) {
		const struct word *w = args_take(a);
		uint16_t type;

		if (!*w->s)
			continue;
		if (!rrtype_parse(w->s, &type))
			return args_error(a, "bad type \"%s\"; write a type such as TXT or 16, or ANY",
					  w->s);
		*list = arena_new(args_arena(a), struct dns_types);
		(*list)->type = type;
		list = &(*list)->next;
	}
	return true;
}

static bool take_filter_rr(struct args *a, void *section)
{
	return take_types(a, &((struct dns_conf *)section)->filter_types);
}

static bool take_cache_rr(struct args *a, void *section)
{
	return take_types(a, &((struct dns_conf *)section)->cache_types);
}

/* clang-format off */
static const struct conf_row rows[] = {
	{ ROW_OF("resolv-file", 'r', GROUP_DNS_UPSTREAM), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_resolv_file),
	  .syntax = "<path>", .deflt = "/etc/resolv.conf",
	  .help = "Read upstream servers from this file; of several the newest counts.",
	  .example = "/run/resolv.conf" },
	{ ROW_OF("no-resolv", 'R', GROUP_DNS_UPSTREAM), DNS_FLAG(no_resolv),
	  .help = "Use the configured servers alone; read no resolv.conf." },
	{ ROW_OF("no-poll", 'n', GROUP_DNS_UPSTREAM), DNS_FLAG(no_poll),
	  .help = "Do not watch resolv.conf for changes; read it again on SIGHUP." },
	{ ROW_OF("strict-order", 'o', GROUP_DNS_UPSTREAM), DNS_FLAG(strict_order),
	  .help = "Ask the servers strictly in the order in which they are listed." },
	{ ROW_OF("all-servers", 0, GROUP_DNS_UPSTREAM), DNS_FLAG(all_servers),
	  .help = "Ask all servers and take the first answer." },
	{ ROW_OF("server", 'S', GROUP_DNS_UPSTREAM), FORM_TAKE(take_server),
	  .take_plain = take_plain_server, .syntax = "[/<domain>/…][<ipaddr>|<host>][#<port>][@<interface>|@<ipaddr>]",
	  .help = "Ask this server, for these domains or for all.",
	  .example = "/lan.example/192.0.2.1#53@eth0" },
	{ ROW_OF("rev-server", 0, GROUP_DNS_UPSTREAM), FORM_TAKE(take_rev_server),
	  .syntax = "<ipaddr>[/<prefix>][,<ipaddr>[#<port>][@…]]",
	  .help = "Ask this server for the names of the addresses in a subnet.",
	  .example = "192.0.2.0/24,198.51.100.1" },
	{ ROW_OF("local", 0, GROUP_DNS_UPSTREAM), FORM_TAKE(take_server),
	  .take_plain = take_plain_server, .syntax = "/<domain>/…",
	  .help = "Answer for these domains from local data alone.", .example = "/lan.example/" },
	{ ROW_OF("servers-file", 0, GROUP_DNS_UPSTREAM), FORM_TAKE(take_servers_file), .once = true, .syntax = "<path>",
	  .help = "Read server and rev-server lines from this file, again on SIGHUP.",
	  .example = "/etc/lanlord.servers" },
	{ ROW_OF("query-port", 'Q', GROUP_DNS_UPSTREAM), DNS_COUNT(query_port), .max = PORT_MAX,
	  .syntax = "<integer>", .deflt = "a random one for each query",
	  .help = "Ask from this port always; 0 chooses one at start.", .example = "0" },
	{ ROW_OF("min-port", 0, GROUP_DNS_UPSTREAM), DNS_COUNT(min_port), .max = PORT_MAX, .syntax = "<port>",
	  .deflt = "1024", .help = "Ask from no port below this one.", .example = "2048" },
	{ ROW_OF("max-port", 0, GROUP_DNS_UPSTREAM), DNS_COUNT(max_port), .max = PORT_MAX, .syntax = "<port>",
	  .deflt = "65535", .help = "Ask from no port above this one.", .example = "60000" },
	{ ROW_OF("port-limit", 0, GROUP_DNS_UPSTREAM), DNS_COUNT(port_limit), .min = 1, .max = PORT_MAX,
	  .syntax = "#ports",
	  .deflt = "1", .help = "Ask again for one query from at most so many ports.",
	  .example = "2" },
	{ ROW_OF("fast-dns-retry", 0, GROUP_DNS_UPSTREAM), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_fast_retry), .once = true, .syntax = "<milliseconds>[,<in all>]",
	  .deflt = "off; 1000,10000 without a value",
	  .help = "Ask again after so long without waiting for the client to.",
	  .example = "1000,10000" },
	{ ROW_OF("upstream-retry", 0, GROUP_DNS_UPSTREAM), .own = true, DNS_COUNT(upstream_retry_ms), .max = 60000,
	  .syntax = "<milliseconds>",
	  .deflt = "as measured, 50 to 250; with strict-order 1000",
	  .help = "Ask another server of the same list when one has been silent for so long; 0 leaves "
		  "that to clients that ask again.", .example = "200" },
	{ ROW_OF("upstream-timeout", 0, GROUP_DNS_UPSTREAM), .own = true, DNS_COUNT(upstream_timeout_s), .min = 1,
	  .max = 3600, .syntax = "<seconds>", .deflt = "10",
	  .help = "Wait so long for any server to answer a question.", .example = "5" },
	{ ROW_OF("upstream-tcp-idle", 0, GROUP_DNS_UPSTREAM), .own = true, DNS_COUNT(upstream_tcp_idle_s),
	  .max = 3600, .syntax = "<seconds>", .deflt = "10",
	  .help = "Keep a TCP connection to a server open for so long without a question; 0: one for each question.",
	  .example = "30" },
	{ ROW_OF("dns-forward-max", '0', GROUP_DNS_UPSTREAM), DNS_COUNT(forward_max), .clamp = true,
	  .max = 100000, .syntax = "<integer>",
	  .deflt = "10000", .help = "Have at most so many questions open upstream, for each list of servers.",
	  .example = "150" },
	{ ROW_OF("dns-loop-detect", 0, GROUP_DNS_UPSTREAM), DNS_FLAG(loop_detect),
	  .help = "Find servers that ask us back, and leave them out." },
	{ ROW_OF("no-0x20-encode", 0, GROUP_DNS_UPSTREAM), .newer = true, DNS_FLAG(mix_case_never),
	  .help = "Never mix upper and lower case in questions." },
	{ ROW_OF("do-0x20-encode", 0, GROUP_DNS_UPSTREAM), .newer = true, DNS_FLAG(mix_case_asked),
	  .help = "Mix upper and lower case in questions and check it in answers." },

	{ ROW_OF("clear-on-reload", 0, GROUP_DNS_CACHE), DNS_FLAG(clear_on_reload),
	  .help = "Empty the cache when the list of servers changes." },
	{ ROW_OF("cache-size", 'c', GROUP_DNS_CACHE), DNS_COUNT(cache_size), .clamp = true, .max = 5000000,
	  .syntax = "<integer>", .deflt = "10000", .help = "Keep so many answers; 0 keeps none.",
	  .example = "1000" },
	{ ROW_OF("no-negcache", 'N', GROUP_DNS_CACHE), DNS_FLAG(no_negcache),
	  .help = "Do not keep answers that say no." },
	{ ROW_OF("neg-ttl", 0, GROUP_DNS_CACHE), DNS_COUNT(neg_ttl_s), .clamp = true, .syntax = "<integer>",
	  .help = "Keep answers that say no, and not for how long, so many seconds.",
	  .example = "60" },
	{ ROW_OF("max-ttl", 0, GROUP_DNS_CACHE), DNS_COUNT(max_ttl_s), .clamp = true, .syntax = "<integer>",
	  .deflt = "0, no limit", .help = "Tell clients a time to live of at most so many seconds.",
	  .example = "3600" },
	{ ROW_OF("max-cache-ttl", 0, GROUP_DNS_CACHE), DNS_COUNT(max_cache_ttl_s), .clamp = true,
	  .syntax = "<integer>", .deflt = "0, no limit",
	  .help = "Keep answers at most so many seconds.", .example = "3600" },
	{ ROW_OF("min-cache-ttl", 0, GROUP_DNS_CACHE), DNS_COUNT(min_cache_ttl_s), .clamp = true, .max = 3600,
	  .syntax = "<integer>", .deflt = "0", .help = "Keep answers at least so many seconds.",
	  .example = "60" },
	{ ROW_OF("use-stale-cache", 0, GROUP_DNS_CACHE), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_stale), .once = true, .syntax = "<seconds>",
	  .deflt = "off; 86400 without a value",
	  .help = "Answer from what is out of date by so much, 0: by any time, while asking anew.",
	  .example = "3600" },
	{ ROW_OF("cache-rr", 0, GROUP_DNS_CACHE), FORM_TAKE(take_cache_rr), .syntax = "<RR-type>[,…]",
	  .help = "Keep records of these types too; all types are kept whether named or not.", .example = "TXT,MX" },

	{ ROW_OF("address", 'A', GROUP_DNS_LOCAL), FORM_TAKE(take_address),
	  .take_plain = take_plain_address, .syntax = "/<domain>/…[<ipaddr>|#]",
	  .help = "Answer for all names in these domains with this address.",
	  .example = "/lan.example/192.0.2.1" },
	{ ROW_OF("filter-rr", 0, GROUP_DNS_FILTER), FORM_TAKE(take_filter_rr), .syntax = "<RR-type>[,…]",
	  .help = "Leave records of these types out of answers.", .example = "HTTPS" },
};
/* clang-format on */

const struct conf_section dns_upstream_section = {
	.name = "dns-upstream", .rows = rows, .n = COUNT_OF(rows),
	.size = sizeof(struct dns_conf), .init = dns_conf_init, .check = dns_conf_check,
};
