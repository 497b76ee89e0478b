/* SPDX-License-Identifier: ISC */
/*
 * conf -- what the operator may say about DHCPv4.
 *
 * Lists are in file order.  "The last match wins" is the business of whoever
 * walks them.  Durations are seconds; LEASE_INFINITE never ends.
 */
#pragma once

#include "base/addr.h"
#include "base/origin.h"
#include "conf/conf.h"
#include "lan/conf.h"
#include "lan/tag.h"

#define LEASE_INFINITE UINT32_MAX
#define LEASE_DEFAULT_S 3600		/* dnsmasq's DEFLEASE */
#define LEASE_MIN_S 120			/* dnsmasq's floor */

enum range_mode { RANGE_DYNAMIC, RANGE_STATIC, RANGE_PROXY };

struct dhcp_range {
	struct origin origin;
	struct tag_cond *when;
	const char *set;		/* tag that a client of this range gets, or NULL */
	struct addr start, end;		/* in order; equal for static and proxy */
	enum range_mode mode;
	bool has_netmask, has_broadcast;	/* else from the interface, or the class */
	uint32_t netmask, broadcast;	/* host order */
	uint32_t lease_s;
	struct dhcp_range *next;
};

struct hwaddr_pattern {			/* 11:22:*:44:55:66, 06-11:22:… */
	struct hwaddr hw;		/* type 0: any */
	uint16_t wild;			/* bit i: byte i matches anything */
	struct hwaddr_pattern *next;
};

struct dhcp_host {
	struct origin origin;
	struct tag_cond *when;
	struct hwaddr_pattern *hw;
	bool has_clid, any_clid;	/* id:xx:yy or id:text; id:* means ignore the client id */
	struct span clid;
	const char *name;		/* "printer" or "printer.lan"; NULL: none */
	struct addr addr;		/* IPv4 or unset */
	const struct origin *addr_origin;	/* of the line of another file that says it; or NULL */
	struct tag_cond *set;		/* names only */
	bool has_lease;
	uint32_t lease_s;
	bool ignore;
	bool from_file;			/* of dhcp-hostsfile: replaced by SIGHUP */
	const struct dhcp_host *replaces;	/* of the configuration, changed by /etc/ethers; or NULL */
	struct dhcp_host *next;
};

enum opt_space {
	OPT_TOP,			/* an option of the packet itself */
	OPT_ENCAP,			/* a sub-option of option `encap` */
	OPT_VENDOR,			/* of option 43, if the vendor class contains .vendor */
	OPT_VI_VENDOR,			/* of RFC 3925 enterprise .enterprise */
};

struct dhcp_opt {
	struct origin origin;
	struct tag_cond *when;
	enum opt_space space;
	uint8_t encap;
	uint32_t enterprise;
	const char *vendor;		/* OPT_VENDOR: "" matches any */
	uint16_t code;
	bool force;
	bool is_addrs;			/* value is IPv4 addresses; 0.0.0.0 means the server's */
	bool is_text;			/* value may get a NUL at its end for old clients */
	struct span value;		/* as on the wire; empty: suppress the default */
	bool from_file;
	struct dhcp_opt *next;
};

struct dhcp_boot {
	struct origin origin;
	struct tag_cond *when;
	const char *file;
	const char *server_name;	/* or NULL */
	struct addr server;		/* unset: this server */
	struct dhcp_boot *next;
};

enum match_kind {
	MATCH_OPTION,			/* dhcp-match: value empty means presence */
	MATCH_VENDOR_CLASS,		/* substring of option 60 */
	MATCH_USER_CLASS,		/* substring of option 77 */
	MATCH_MAC,
	MATCH_CIRCUIT_ID, MATCH_REMOTE_ID, MATCH_SUBSCRIBER_ID,
	MATCH_NAME,			/* dhcp-name-match */
	MATCH_VI_VENDOR,		/* vi-encap: enterprise */
};

struct dhcp_match {
	struct origin origin;
	enum match_kind kind;
	const char *set;
	uint16_t code;			/* MATCH_OPTION */
	uint32_t enterprise;
	bool has_value;
	bool value_text;		/* searched anywhere; else at_start or element by element */
	bool at_start;			/* value in hex: compared with the option's first bytes */
	uint8_t element;		/* bytes of one element of the value; at least 1 */
	struct span value;		/* the bytes to look for; of a relay's id, all of it */
	struct span wild;		/* as long as value, 0xff where any byte fits; or empty */
	bool prefix;			/* MATCH_NAME: name*; the value is without the star */
	struct hwaddr_pattern hw;	/* MATCH_MAC */
	struct dhcp_match *next;
};

struct tag_rule {			/* tag-if */
	struct origin origin;
	struct tag_cond *when;
	struct tag_cond *set;		/* names only */
	struct tag_rule *next;
};

struct tag_list {			/* dhcp-ignore, dhcp-broadcast, dhcp-ignore-names */
	struct origin origin;
	struct tag_cond *when;		/* empty: always */
	struct tag_list *next;
};

struct reply_delay {			/* dhcp-reply-delay */
	struct origin origin;
	struct tag_cond *when;
	uint32_t delay_s;
	struct reply_delay *next;
};

struct dhcp_proxy {			/* dhcp-proxy: a relay that all packets pass through */
	struct origin origin;
	struct addr relay;		/* unset: every relay */
	struct dhcp_proxy *next;
};

struct shared_network {			/* whose clients may use ranges of `network`, too */
	struct origin origin;
	const char *interface;		/* or NULL: by address */
	struct addr from;		/* of ours, or of a relay */
	struct addr network;		/* an address in it */
	struct shared_network *next;
};

struct dhcp_relay {			/* dhcp-relay, dhcp-split-relay */
	struct origin origin;
	struct addr local;		/* of ours, in the clients' network */
	struct addr server;		/* unset: all on the interface */
	uint16_t port;			/* of the server; 0: where servers listen */
	const struct if_name *interface;	/* towards the server; or NULL: any */
	bool split;			/* the server cannot reach the clients' network */
	struct dhcp_relay *next;
};

struct dhcp_asker {			/* leasequery */
	struct origin origin;
	struct prefix from;		/* who may ask; unset: the line names nobody */
	struct dhcp_asker *next;
};

struct dhcp_bridge {			/* bridge-interface */
	struct origin origin;
	const char *interface;		/* what arrives on an alias arrives here */
	struct if_name *aliases;
	struct dhcp_bridge *next;
};

struct dhcp_path {			/* dhcp-hostsfile, dhcp-optsfile, dhcp-hostsdir, dhcp-optsdir */
	struct origin origin;
	const char *path;		/* a file, or a directory of them */
	struct dhcp_path *next;
};

struct dhcp_conf {
	struct dhcp_range *ranges;
	struct dhcp_host *hosts;
	struct dhcp_opt *opts;		/* dhcp-option and dhcp-option-force, file order */
	struct dhcp_boot *boots;
	struct dhcp_match *matches;
	struct tag_rule *tag_rules;
	struct tag_list *ignore, *broadcast, *ignore_names, *generate_names, *bootp_dynamic;
	struct reply_delay *delays;
	struct dhcp_proxy *proxies;
	struct shared_network *shared;
	struct dhcp_bridge *bridges;
	struct dhcp_relay *relays;
	struct dhcp_asker *askers;	/* NULL: nobody may ask about leases; no line names one: all may */
	uint16_t server_port, client_port;	/* dhcp-alternate-port; 67 and 68 */
	bool client_update;		/* dhcp-client-update: who sends option 81 updates DNS itself */
	struct dhcp_path *hosts_files, *opts_files;
	struct dhcp_path *hosts_dirs, *opts_dirs;	/* of each change of a file in them we are told */
	struct dhcp_path *ethers;	/* read-ethers: /etc/ethers; or NULL */
	bool authoritative, no_ping, sequential_ip, no_override, ignore_clid, rapid_commit;
	bool quiet, log_dhcp;		/* quiet-dhcp, log-dhcp */
	const char *script;		/* dhcp-script, or NULL */
	const char *script_user;	/* dhcp-scriptuser; NULL: root */
	bool script_on_renewal;
	bool script_arp;		/* the script is told of neighbours, too */
	bool leasefile_ro;		/* the script keeps the leases; nobody, where there is none */
	uint32_t lease_max;		/* 1000 */
	uint32_t probe_timeout_ms;	/* probe-timeout=, 500 */
	bool fqdn;			/* dhcp-fqdn: DNS knows full names alone */
	struct origin fqdn_origin;
	bool has_dns_ttl;		/* dhcp-ttl: how long DNS answers about leases may be kept */
	uint32_t dns_ttl_s;
	uint32_t offer_hold_s;		/* offer-hold=, 60; 0: an offer holds no address */
	const char *lease_file;		/* dhcp-leasefile; default /var/lib/misc/dnsmasq.leases */
	const char *lease_store;	/* lease-store=: NULL (sqlite beside the file), "file", or
					 * the absolute path of the database */
	struct dhcp_host *hosts_last;	/* where the long lists end; for conf.c */
	struct dhcp_opt *opts_last;
	struct dhcp_match *matches_last;
};

extern const struct conf_section dhcp_section;

/* Is there anything to do for DHCPv4: to serve, or to relay? */
static inline bool dhcp_conf_is_on(const struct dhcp_conf *c)
{
	return c->ranges || c->relays;
}

/*
 * What files hold now: /etc/ethers, dhcp-hostsfile and dhcp-optsfile, and beside it the same of
 * the folders dhcp-hostsdir and dhcp-optsdir.  Re-read on SIGHUP, or when a file of a folder
 * changes, beside a snapshot that itself never changes.  Bad lines are reported and skipped.
 */
struct dhcp_files {
	struct arena arena;
	struct dhcp_host *hosts, *hosts_last;	/* those of /etc/ethers first */
	struct dhcp_opt *opts, *opts_last;
	size_t ethers;			/* lines of /etc/ethers that count */
	struct dhcp_files *folders;	/* or NULL */
};
/* All of it. */
struct dhcp_files *dhcp_files_read(const struct dhcp_conf *c, struct conf_files *from,
				   conf_bad_line *bad, void *arg);
/* The folders alone; an address that a line of `beside`, its own folders apart, has is not given
 * to another. */
struct dhcp_files *dhcp_folders_read(const struct dhcp_conf *c, struct conf_files *from,
				     const struct dhcp_files *beside, conf_bad_line *bad, void *arg);
void dhcp_files_free(struct dhcp_files *f);

/* Every path that is read beside the configuration, files and folders. */
void dhcp_conf_each_path(const struct dhcp_conf *c, void (*told)(void *arg, const char *path),
			 void *arg);
