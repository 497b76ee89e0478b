/* SPDX-License-Identifier: ISC */
/*
 * What holds for the rows of all sections together.
 */
#include "app/sections.h"
#include "base/must.h"
#include "conf/conf.h"
#include "test/test.h"

enum { NO = CONF_NO_VALUE, MAY = CONF_MAY_VALUE, MUST = CONF_MUST_VALUE };

/*
 * The options of dnsmasq 2.90 as its binary takes them: whether a value follows, and whether a
 * second line is an "illegal repeated keyword".
 */
/* clang-format off */
static const struct { const char *name; char flag; unsigned arity; bool once; } dnsmasq[] = {
	{ "add-cpe-id", 0, MUST, 1 }, { "add-mac", 0, MAY, 0 }, { "add-subnet", 0, MAY, 1 },
	{ "addn-hosts", 'H', MUST, 0 }, { "address", 'A', MUST, 0 }, { "alias", 'V', MUST, 0 },
	{ "all-servers", 0, NO, 0 }, { "auth-peer", 0, MUST, 0 },
	{ "auth-sec-servers", 0, MUST, 0 }, { "auth-server", 0, MUST, 1 },
	{ "auth-soa", 0, MUST, 1 }, { "auth-ttl", 0, MUST, 1 }, { "auth-zone", 0, MUST, 0 },
	{ "bind-dynamic", 0, NO, 0 }, { "bind-interfaces", 'z', NO, 0 },
	{ "bogus-nxdomain", 'B', MUST, 0 }, { "bogus-priv", 'b', NO, 0 },
	{ "bootp-dynamic", '3', MAY, 0 }, { "bridge-interface", 0, MUST, 0 },
	{ "caa-record", 0, MUST, 0 }, { "cache-rr", 0, MUST, 0 }, { "cache-size", 'c', MAY, 1 },
	{ "clear-on-reload", 0, NO, 0 }, { "cname", 0, MUST, 0 }, { "conf-dir", '7', MUST, 0 },
	{ "conf-file", 'C', MAY, 0 }, { "conf-script", 0, MUST, 0 },
	{ "connmark-allowlist", 0, MUST, 0 }, { "connmark-allowlist-enable", 0, MAY, 1 },
	{ "conntrack", 0, NO, 0 }, { "dhcp-alternate-port", 0, MAY, 1 },
	{ "dhcp-authoritative", 'K', NO, 0 }, { "dhcp-boot", 'M', MUST, 0 },
	{ "dhcp-broadcast", 0, MAY, 0 }, { "dhcp-circuitid", 0, MUST, 0 },
	{ "dhcp-client-update", 0, NO, 0 }, { "dhcp-duid", 0, MUST, 1 },
	{ "dhcp-fqdn", 0, NO, 0 }, { "dhcp-generate-names", 0, MAY, 0 },
	{ "dhcp-host", 'G', MUST, 0 }, { "dhcp-hostsdir", 0, MUST, 0 },
	{ "dhcp-hostsfile", 0, MUST, 0 }, { "dhcp-ignore", 'J', MUST, 0 },
	{ "dhcp-ignore-clid", 0, NO, 0 }, { "dhcp-ignore-names", 0, MAY, 0 },
	{ "dhcp-lease", 0, MUST, 1 }, { "dhcp-lease-max", 'X', MUST, 1 },
	{ "dhcp-leasefile", 'l', MAY, 1 }, { "dhcp-luascript", 0, MUST, 0 },
	{ "dhcp-mac", '4', MUST, 0 }, { "dhcp-match", 0, MUST, 0 },
	{ "dhcp-name-match", 0, MUST, 0 }, { "dhcp-no-override", 0, NO, 0 },
	{ "dhcp-option", 'O', MUST, 0 }, { "dhcp-option-force", 0, MUST, 0 },
	{ "dhcp-optsdir", 0, MUST, 0 }, { "dhcp-optsfile", 0, MUST, 0 },
	{ "dhcp-proxy", 0, MAY, 0 }, { "dhcp-pxe-vendor", 0, MUST, 0 },
	{ "dhcp-range", 'F', MUST, 0 }, { "dhcp-rapid-commit", 0, NO, 0 },
	{ "dhcp-relay", 0, MUST, 0 }, { "dhcp-remoteid", 0, MUST, 0 },
	{ "dhcp-reply-delay", 0, MUST, 0 /* dnsmasq takes one */ }, { "dhcp-script", '6', MUST, 1 },
	{ "dhcp-scriptuser", 0, MUST, 1 }, { "dhcp-sequential-ip", 0, NO, 0 },
	{ "dhcp-subscrid", 0, MUST, 0 }, { "dhcp-ttl", 0, MUST, 1 },
	{ "dhcp-userclass", 'j', MUST, 0 }, { "dhcp-vendorclass", 'U', MUST, 0 },
	{ "dns-forward-max", '0', MUST, 1 }, { "dns-loop-detect", 0, NO, 0 },
	{ "dns-rr", 0, MUST, 0 }, { "dnssec", 0, NO, 0 }, { "dnssec-check-unsigned", 0, MAY, 0 },
	{ "dnssec-debug", 0, NO, 0 }, { "dnssec-limits", 0, MUST, 1 },
	{ "dnssec-no-timecheck", 0, NO, 0 }, { "dnssec-timestamp", 0, MUST, 1 },
	{ "domain", 's', MUST, 0 }, { "domain-needed", 'D', NO, 0 },
	{ "domain-suffix", 's', MUST, 0 }, { "dumpfile", 0, MUST, 1 },
	{ "dumpmask", 0, MUST, 1 }, { "dynamic-host", 0, MUST, 0 },
	{ "edns-packet-max", 'P', MUST, 1 }, { "enable-dbus", '1', MAY, 1 },
	{ "enable-ra", 0, NO, 0 }, { "enable-tftp", 0, MAY, 0 }, { "enable-ubus", 0, MAY, 1 },
	{ "except-interface", 'I', MUST, 0 }, { "expand-hosts", 'E', NO, 0 },
	{ "fast-dns-retry", 0, MAY, 1 }, { "filter-A", 0, NO, 0 }, { "filter-AAAA", 0, NO, 0 },
	{ "filter-rr", 0, MUST, 0 }, { "filterwin2k", 'f', NO, 0 }, { "group", 'g', MAY, 1 },
	{ "help", 'w', NO, 0 }, { "host-record", 0, MUST, 0 }, { "hostsdir", 0, MUST, 0 },
	{ "ignore-address", 0, MUST, 0 }, { "interface", 'i', MUST, 0 },
	{ "interface-name", 0, MUST, 0 }, { "ipset", 0, MUST, 0 },
	{ "keep-in-foreground", 'k', NO, 0 }, { "leasefile-ro", '9', NO, 0 },
	{ "listen-address", 'a', MUST, 0 }, { "local", 0, MUST, 0 },
	{ "local-service", 0, MAY, 1 }, { "local-ttl", 'T', MUST, 1 },
	{ "localise-queries", 'y', NO, 0 }, { "localmx", 'L', NO, 0 },
	{ "log-async", 0, MAY, 1 }, { "log-debug", 0, NO, 0 }, { "log-dhcp", 0, NO, 0 },
	{ "log-facility", '8', MUST, 1 }, { "log-queries", 'q', MAY, 0 },
	{ "max-cache-ttl", 0, MUST, 1 }, { "max-port", 0, MUST, 1 },
	{ "max-tcp-connections", 0, MUST, 1 }, { "max-ttl", 0, MUST, 1 },
	{ "min-cache-ttl", 0, MUST, 1 }, { "min-port", 0, MUST, 1 }, { "mx-host", 'm', MUST, 0 },
	{ "mx-target", 't', MUST, 1 }, { "naptr-record", 0, MUST, 0 }, { "neg-ttl", 0, MUST, 1 },
	{ "nftset", 0, MUST, 0 }, { "no-daemon", 'd', NO, 0 },
	{ "no-dhcp-interface", '2', MUST, 0 }, { "no-dhcpv4-interface", 0, MUST, 0 },
	{ "no-dhcpv6-interface", 0, MUST, 0 }, { "no-hosts", 'h', NO, 0 },
	{ "no-ident", 0, NO, 0 }, { "no-negcache", 'N', NO, 0 }, { "no-ping", '5', NO, 0 },
	{ "no-poll", 'n', NO, 0 }, { "no-resolv", 'R', NO, 0 }, { "no-round-robin", 0, NO, 0 },
	{ "pid-file", 'x', MAY, 1 }, { "port", 'p', MUST, 1 }, { "port-limit", 0, MUST, 1 },
	{ "proxy-dnssec", 0, NO, 0 }, { "ptr-record", 0, MUST, 0 }, { "pxe-prompt", 0, MUST, 0 },
	{ "pxe-service", 0, MUST, 0 }, { "query-port", 'Q', MUST, 1 },
	{ "quiet-dhcp", 0, NO, 0 }, { "quiet-dhcp6", 0, NO, 0 }, { "quiet-ra", 0, NO, 0 },
	{ "quiet-tftp", 0, NO, 0 }, { "ra-param", 0, MUST, 0 }, { "read-ethers", 'Z', NO, 0 },
	{ "rebind-domain-ok", 0, MUST, 0 }, { "rebind-localhost-ok", 0, NO, 0 },
	{ "resolv-file", 'r', MAY, 0 }, { "rev-server", 0, MUST, 0 }, { "script-arp", 0, NO, 0 },
	{ "script-on-renewal", 0, NO, 0 }, { "selfmx", 'e', NO, 0 }, { "server", 'S', MUST, 0 },
	{ "servers-file", 0, MUST, 1 }, { "shared-network", 0, MUST, 0 },
	{ "srv-host", 'W', MUST, 0 }, { "stop-dns-rebind", 0, NO, 0 },
	{ "strict-order", 'o', NO, 0 }, { "strip-mac", 0, NO, 0 }, { "strip-subnet", 0, NO, 0 },
	{ "synth-domain", 0, MUST, 0 }, { "tag-if", 0, MUST, 0 }, { "test", 0, NO, 0 },
	{ "tftp-lowercase", 0, NO, 0 }, { "tftp-max", 0, MUST, 1 }, { "tftp-mtu", 0, MUST, 1 },
	{ "tftp-no-blocksize", 0, NO, 0 }, { "tftp-no-fail", 0, NO, 0 },
	{ "tftp-port-range", 0, MUST, 1 }, { "tftp-root", 0, MUST, 0 },
	{ "tftp-secure", 0, NO, 0 }, { "tftp-single-port", 0, NO, 0 },
	{ "tftp-unique-root", 0, MAY, 0 }, { "trust-anchor", 0, MUST, 0 },
	{ "txt-record", 'Y', MUST, 0 }, { "umbrella", 0, MAY, 1 },
	{ "use-stale-cache", 0, MAY, 1 }, { "user", 'u', MAY, 1 }, { "version", 'v', NO, 0 },
};

/* Newer than 2.90. */
static const char *const newer[] = {
	"no-0x20-encode", "do-0x20-encode", "dhcp-split-relay", "leasequery", "dhcp-option-pxe",
};

/* dnsmasq lets these stand without a value, and means nothing by it. */
static const char *const mended[] = { "cache-size" };
/* clang-format on */

static struct conf *conf_of_all(void)
{
	return conf_new(sections, sections_n, NULL);
}

static bool listed(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

TEST(every_option_of_dnsmasq_has_a_row_that_takes_what_dnsmasq_takes)
{
	struct conf *c = conf_of_all();

	for (size_t i = 0; i < COUNT_OF(dnsmasq); i++) {
		const struct conf_row *row = conf_row_named(c, dnsmasq[i].name);

		if (!row) {
			test_failed("no row", 0, dnsmasq[i].name);
			continue;
		}
		if (!listed(mended, COUNT_OF(mended), row->name) && row->arity != dnsmasq[i].arity &&
		    strcmp(row->name, dnsmasq[i].name) == 0)
			test_failed("its arity differs", (int)dnsmasq[i].arity, row->name);
		if (row->service != CONF_NOT_SERVED && row->once != dnsmasq[i].once)
			test_failed("may it be repeated?", dnsmasq[i].once, row->name);
		if (row->flag != dnsmasq[i].flag && strcmp(row->name, dnsmasq[i].name) == 0)
			test_failed("its letter differs", dnsmasq[i].flag, row->name);
		CHECK(!row->own);
	}
	for (size_t i = 0; i < COUNT_OF(newer); i++)
		if (!conf_row_named(c, newer[i]))
			test_failed("no row", 0, newer[i]);
	conf_free(c);
}

static void check_row(const struct conf_row *row)
{
	if (row->kind == CONF_ALIAS)
		return;
	if (!row->help || row->help[strlen(row->help) - 1] != '.')
		test_failed("its help is no sentence", 0, row->name);
	if (row->arity != CONF_NO_VALUE && !row->syntax)
		test_failed("its value has no syntax", 0, row->name);
	if ((row->service == CONF_QUALIFIES) != (row->feature != NULL))
		test_failed("what does it qualify?", 0, row->name);
	if (row->service == CONF_SERVED && row->arity != CONF_NO_VALUE && !row->example)
		test_failed("it has no example", 0, row->name);
}

TEST(every_row_has_its_place_in_the_manual)
{
	for (size_t s = 0; s < sections_n; s++)
		for (size_t i = 0; i < sections[s]->n; i++)
			check_row(&sections[s]->rows[i]);
}

TEST(no_two_rows_share_a_letter)
{
	const struct conf_row *seen[256] = { NULL };

	for (size_t s = 0; s < sections_n; s++) {
		for (size_t i = 0; i < sections[s]->n; i++) {
			const struct conf_row *row = &sections[s]->rows[i];
			unsigned char flag = (unsigned char)row->flag;

			if (flag && row->kind != CONF_ALIAS && seen[flag])
				test_failed("its letter is taken", flag, row->name);
			if (row->kind != CONF_ALIAS)
				seen[flag] = row;
		}
	}
}

/* "not served yet" is all that may be said against an example. */
static void check_example(const struct conf_row *row)
{
	struct conf *c = conf_of_all();
	char line[500];

	snprintf(line, sizeof line, "%s%s%s", row->name, row->example ? "=" : "",
		 row->example ? row->example : "");
	conf_read_text(c, "f", span_text(line));
	if (conf_errors(c) != (row->service == CONF_NOT_SERVED))
		test_failed(conf_errors(c) ? conf_error_text(c, 0) : "no error", 0, line);
	else if (conf_errors(c) && !strstr(conf_error_text(c, 0), " is not served yet"))
		test_failed(conf_error_text(c, 0), 0, line);
	conf_free(c);
}

TEST(every_example_parses)
{
	for (size_t s = 0; s < sections_n; s++)
		for (size_t i = 0; i < sections[s]->n; i++)
			if (sections[s]->rows[i].kind != CONF_ALIAS &&
			    (sections[s]->rows[i].arity == CONF_NO_VALUE ||
			     sections[s]->rows[i].example))
				check_example(&sections[s]->rows[i]);
}
