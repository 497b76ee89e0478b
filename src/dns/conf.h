/* SPDX-License-Identifier: ISC */
/*
 * conf -- what the operator may say about DNS.
 *
 * The sections fill one struct dns_conf (see dns_conf_of); lists are in file
 * order.  Names that live here are spans in wire form and small letters, in the
 * configuration's arena.  With port=0 DNS is off: every option is read in full,
 * so that a mistake is told, and has no effect, as in dnsmasq.  While DNS is on,
 * an option that is not served yet is an error by name.  A name that no message
 * can hold (an empty label, too many) is left out with its line.
 */
#pragma once

#include "base/addr.h"
#include "base/origin.h"
#include "conf/conf.h"
#include "conf/row.h"
#include "dns/cookies.h"
#include "net/kernel_set.h"

struct rule_names;
struct tag_cond;
struct lan_authority;

/* ---- where questions go ------------------------------------------------------------ */

struct dns_server {			/* one upstream server */
	struct endpoint at;		/* port 53 where none was given; 0 is dnsmasq's "no port" */
	const char *host;		/* the name that .at is an address of, or NULL; it has none
					 * before it was looked up */
	const char *interface;		/* ask through this device, or NULL */
	struct endpoint source;		/* ask from this address and port; ADDR_NONE: any */
	char scope[16];			/* fe80::1%eth0 */
};

enum dns_rule_kind {
	RULE_SERVER,			/* ask .server */
	RULE_DEFAULT,			/* "#": ask the servers of no domain, after all */
	RULE_LOCAL,			/* server=/x/, local=/x/, address=/x/: from local data alone */
	RULE_ADDRESS,			/* address=/x/192.0.2.1 */
	RULE_ZEROS,			/* address=/x/#: 0.0.0.0 and :: */
};

enum dns_rule_reach {
	REACH_ALL,			/* no domain was given (servers), or /#/ */
	REACH_DOMAIN,			/* the domain and all below it */
	REACH_BELOW,			/* *.domain: all below it, and not itself */
	REACH_WILD,			/* *domain: names that end so, at a label's border or not */
	REACH_PLAIN,			/* "//": names of one label */
};

/* One server=, local=, address= or rev-server= for one domain; a line with many makes many. */
struct dns_rule {
	struct origin origin;
	enum dns_rule_kind kind;
	enum dns_rule_reach reach;
	struct span domain;		/* but of REACH_ALL, REACH_PLAIN: wire form, small letters */
	struct addr addr;		/* RULE_ADDRESS */
	const struct dns_server *server;	/* RULE_SERVER; shared by the rules of one line */
	uint32_t after;			/* the members of rule_names up to this place came before it */
	struct dns_rule *next;
};

struct dns_path {			/* resolv-file, addn-hosts, hostsdir, servers-file */
	struct origin origin;
	const char *path;
	struct dns_path *next;
};

/* ---- local data ------------------------------------------------------------------------ */

/* host-record, cname, txt-record, srv-host, mx-host, ptr-record, naptr-record, caa-record, dns-rr:
 * each record that they make.  A host-record makes A and AAAA of each of its names, and is told
 * apart from others because it names addresses too (PTR: the first name of its line). */
struct dns_record {
	struct origin origin;
	struct span owner;
	uint16_t type;
	bool has_ttl;			/* else local-ttl */
	uint32_t ttl_s;
	struct span rdata;		/* wire form, names uncompressed and in small letters */
	bool from_host_record;
	bool names_address;		/* the first name of its host-record */
	struct dns_record *next;
};

struct dns_interface_name {		/* interface-name, dynamic-host */
	struct origin origin;
	struct span owner;
	const char *interface;
	bool ip4, ip6;			/* which addresses */
	struct addr host4, host6;	/* dynamic-host: what follows the network in the interface's
					 * stead; ADDR_NONE: its own addresses */
	struct dns_interface_name *next;
};

struct dns_synth {			/* synth-domain */
	struct origin origin;
	struct span domain;
	struct addr start, end;		/* inclusive; out of order: no address */
	const char *prefix;		/* "" */
	bool counted;			/* prefix*: names count from 0 */
	struct dns_synth *next;
};

/* ---- what answers may hold -------------------------------------------------------------- */

struct dns_net {			/* bogus-nxdomain, ignore-address */
	struct origin origin;
	struct prefix net;
	struct dns_net *next;
};

struct dns_domain {			/* rebind-domain-ok */
	struct origin origin;
	struct span domain;
	struct dns_domain *next;
};

struct dns_alias {			/* alias */
	struct origin origin;
	bool one;			/* no range was given: an address fits where it is as start
					 * under the mask (which may have holes) */
	uint32_t start, end;		/* IPv4, host order, inclusive */
	uint32_t to, mask;		/* what the mask has becomes as in `to` */
	struct dns_alias *next;
};

struct dns_rate {			/* rate-limit */
	struct origin origin;
	uint32_t a_second;		/* answers to one network; 0: no limit */
	uint32_t burst;			/* at once, after a silence */
	uint32_t slip;			/* one in so many that are left out is cut instead; 0: none */
	uint8_t bits4, bits6;		/* of a network */
	bool near;			/* those of this machine's networks too */
};

struct dns_types {			/* filter-rr, cache-rr */
	uint16_t type;			/* 255: ANY */
	struct dns_types *next;
};

struct dns_block_list {			/* block-list */
	struct origin origin;
	const char *path;		/* a file, or a folder of them */
	struct tag_cond *when;		/* whom it is for: tags of the client's lease; NULL: all */
	struct dns_block_list *next;
};

enum dns_block_answer { BLOCK_ZEROS, BLOCK_NXDOMAIN, BLOCK_NODATA };

/* What servers are told of who asks: EDNS options of our own, and which of a client's stay behind. */
struct dns_subnet {			/* add-subnet, for clients of one family */
	struct addr fixed;		/* said of all of them; ADDR_NONE: the client's own */
	unsigned bits;			/* 0: that nothing may be said */
};

struct dns_disclosure {
	bool mac, mac_base64, mac_text;	/* add-mac and its forms; text goes before base64 */
	bool strip_mac, strip_subnet;
	bool subnet, umbrella;		/* add-subnet, umbrella */
	struct dns_subnet subnet4, subnet6;
	const char *cpe_id;		/* or NULL */
	bool has_device;
	uint8_t device[8];
	uint32_t org, asset;		/* 0: not said */
};

/* ---- sets and marks of the kernel ----------------------------------------------------------- */

struct dns_sets {			/* ipset, nftset: one domain of a line */
	struct origin origin;
	struct span domain;		/* the root: all names */
	const struct kernel_set *set;	/* shared by the domains of a line */
	size_t n;
	struct dns_sets *next;
};

struct dns_marked {			/* connmark-allowlist */
	struct origin origin;
	uint32_t mark, mask;		/* the line is for marks that are `mark` under the mask */
	bool all;			/* "*": any name */
	const struct span *pattern;	/* names in wire form, with * in labels; none: no name */
	size_t n;
	struct dns_marked *next;
};
enum dns_cookies { COOKIES_OFF, COOKIES_ON, COOKIES_ENFORCED };

/* ---- authoritative zones ------------------------------------------------------------------ */

struct dns_zone_net {			/* which addresses a zone may tell */
	struct prefix net;		/* or those of an interface, as they are now: */
	const char *interface;		/* NULL: none */
	bool ip4, ip6;
	bool exclude;
	struct dns_zone_net *next;
};

struct dns_zone {			/* auth-zone */
	struct origin origin;
	struct span domain;
	struct dns_zone_net *nets;	/* none but excluded ones: all other addresses */
	struct dns_zone *next;
};

struct dns_peer {			/* auth-peer */
	struct origin origin;
	struct addr addr;
	struct dns_peer *next;
};

struct dns_auth {			/* what all zones say of themselves */
	struct span server;		/* auth-server; empty: none was given */
	struct lan_authority *places;	/* where strangers may ask them */
	struct dns_domain *secondaries;	/* auth-sec-servers, file order */
	struct dns_peer *peers;		/* who may copy them; none: anybody, if there are secondaries */
	uint32_t ttl_s;			/* 600 */
	bool has_serial;
	uint32_t serial;		/* else the time of the start */
	struct span mailbox;		/* empty: hostmaster of the server */
	uint32_t refresh_s, retry_s, expire_s;	/* 1200, 180, 1209600 */
};

enum dns_local_service { SERVICE_ALL, SERVICE_NET, SERVICE_HOST };

struct dns_conf {
	struct dns_rule *rules, *rules_last;
	struct rule_names *rule_names;		/* plain lines for one domain; NULL: there are none */
	struct dns_path *resolv_files;		/* none given: /etc/resolv.conf */
	struct dns_path *servers_files, *hosts_files, *hosts_dirs;
	struct dns_record *records, *records_last;
	struct dns_interface_name *interface_names;
	struct dns_synth *synths;
	struct dns_zone *zones;			/* file order; of those that fit the last counts */
	struct dns_auth auth;
	struct dns_net *bogus_nxdomain, *ignore_addresses;
	struct dns_domain *rebind_ok;
	struct dns_alias *aliases;
	struct dns_types *filter_types, *cache_types;
	struct dns_block_list *block_lists;
	enum dns_block_answer block_answer;
	struct dns_sets *ipsets, *ipsets_last, *nftsets, *nftsets_last;
	struct dns_disclosure disclosure;
	struct dns_marked *marked;
	bool conntrack;
	bool connmark;				/* connmark-allowlist-enable */
	uint32_t connmark_mask;
	enum dns_cookies cookies;		/* dns-cookies */
	struct cookie_secrets cookie_secrets;	/* dns-cookie-secret; none: drawn at start */

	bool no_resolv, no_poll, strict_order, all_servers, clear_on_reload, no_negcache;
	bool no_hosts, expand_hosts, localise, no_round_robin;
	bool bogus_priv, domain_needed, filter_win2k, filter_a, filter_aaaa;
	bool stop_rebind, rebind_localhost_ok, no_ident;
	bool use_stale, serve_stale;		/* not both */
	uint32_t use_stale_s, serve_stale_s;	/* past the time of an answer; 0: no limit */
	uint32_t serve_stale_ms;		/* how long a client waits for a better one */
	uint32_t prefetch_percent;		/* of an answer's life at its end; 0: off */
	bool proxy_dnssec;
	struct dns_rate rate;
	bool any_small, extended_errors, no_formerr;
	bool mx_self, mx_local;			/* selfmx, localmx */
	const char *mx_target;			/* or NULL: this machine's name */
	enum dns_local_service local_service;

	uint32_t cache_size;			/* 150 */
	uint32_t local_ttl_s, neg_ttl_s, max_ttl_s, min_cache_ttl_s, max_cache_ttl_s;
	uint32_t forward_max;			/* 150 */
	uint32_t min_port, max_port;		/* 1024, 65535 */
	bool has_query_port;
	uint32_t query_port;			/* 0: one random port, chosen at start */
	uint32_t port_limit;			/* 1: ports that one server sees of one question */
	bool mix_case;				/* do-0x20-encode, and not no-0x20-encode */
	bool mix_case_asked, mix_case_never;	/* as they were given */
	bool loop_detect;
	uint32_t fast_retry_ms;			/* 0: off */
	uint32_t fast_retry_in_all_ms;
	uint32_t upstream_timeout_s;		/* 10 */
	uint32_t upstream_tcp_idle_s;		/* 10; 0: a connection for each question */
	bool has_upstream_retry;		/* else as measured */
	uint32_t upstream_retry_ms;		/* 0: others are asked by clients' repeats alone */
	uint32_t edns_max;			/* 1232; at least 512 */
	uint32_t tcp_max;			/* 20: max-tcp-connections */
	uint32_t tcp_idle_s;			/* 150: of a client that says nothing */
	uint32_t workers;			/* dns-workers; 0: not said */
};

extern const struct conf_section dns_upstream_section;	/* servers and the cache */
extern const struct conf_section dns_record_section;	/* local data */
extern const struct conf_section dns_filter_section;	/* what answers may hold; DNSSEC */
extern const struct conf_section dns_edns_section;	/* what servers are told of who asks */
extern const struct conf_section dns_auth_section;	/* authoritative zones, limits */
extern const struct conf_section dns_beyond_section;	/* what dnsmasq has not */
extern const struct conf_section dns_sets_section;	/* sets and marks of the kernel */

/* Does serving need to send the kernel's netfilter messages? */
bool dns_conf_needs_netfilter(const struct dns_conf *c);

/* The struct that they all fill. */
const struct dns_conf *dns_conf_of(const struct conf *c);
