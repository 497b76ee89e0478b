/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "conf/conf.h"
#include "dns/conf.h"
#include "dns/rrtypes.h"
#include "test/test.h"

static const struct conf_section *const sections[] = {
	&dns_upstream_section, &dns_record_section, &dns_filter_section, &dns_auth_section,
	&dns_edns_section,
	&dns_beyond_section, &dns_sets_section,
};

static bool is_good(const char *line)
{
	struct conf *c = conf_new(sections, COUNT_OF(sections), NULL);
	bool good;

	conf_read_text(c, "f", span_text(line));
	good = conf_errors(c) == 0;
	conf_free(c);
	return good;
}

static void check_all(const char *const *lines, size_t n, bool good)
{
	for (size_t i = 0; i < n; i++)
		if (is_good(lines[i]) != good)
			test_failed(good ? "should be good" : "should be bad", (int)i, lines[i]);
}

TEST(dns_options_of_good_form_pass)
{
	static const char *const lines[] = {
		"server=1.2.3.4", "server=1.2.3.4#53", "server=1.2.3.4#0", "server=1.2.3.4#",
		"server=1.2.3.4@eth0", "server=1.2.3.4@5.6.7.8", "server=1.2.3.4@5.6.7.8#99",
		"server=1.2.3.4#53@eth0#77", "server=1.2.3.4#53@eth0@5.6.7.8#77",
		"server=1.2.3.4@averyveryverylonginterfacename", "server=1.2.3.4@",
		"server=fe80::1%eth0", "server=fe80::1%eth0#53", "server=fe80::1@eth0",
		"server=::1", "server=", "server=#", "server=//", "server=//1.2.3.4",
		"server=/a/", "server=/a/#", "server=/a/b/", "server=/a/1.2.3.4",
		"server=/a.b/c.d/1.2.3.4#53@eth0", "server=/*a/1.2.3.4", "server=/*.a/1.2.3.4",
		"server=/a.*/1.2.3.4", "server=/#/1.2.3.4", "server=/", "server=/a/1.2.3.4/",
		"server=/a b/1.2.3.4", "server=/-a/1.2.3.4", "server=/a_b/1.2.3.4",
		"server=/a..b/1.2.3.4", "server=/.a/1.2.3.4", "server=/a./1.2.3.4",
		"server=localhost", "server=localhost#53", "server=1.2.3", "server=/a/ 1.2.3.4",
		"server=/ a /1.2.3.4", "local=/a/", "local=//", "local=/a/1.2.3.4",
		"local=1.2.3.4", "local=", "local=/a/b/", "local=/", "address=/a/1.2.3.4",
		"address=/a/::1", "address=/a/#", "address=/a/", "address=/a/b/1.2.3.4",
		"address=//1.2.3.4", "address=/#/1.2.3.4", "address=/#/", "address=1.2.3.4",
		"address=::1", "address=#", "address=", "address=/",
		"rev-server=1.2.3.0/24,5.6.7.8", "rev-server=1.2.3.0/24,5.6.7.8#53",
		"rev-server=1.2.3.0/24,5.6.7.8@eth0", "rev-server=1.2.3.0/24",
		"rev-server=1.2.3.4,5.6.7.8", "rev-server=1.2.3.4",
		"rev-server=1.2.3.0/23,5.6.7.8", "rev-server=1.2.0.0/9,5.6.7.8",
		"rev-server=1.2.0.0/7,5.6.7.8", "rev-server=fd00::/64,5.6.7.8",
		"rev-server=fd00::/63,5.6.7.8", "rev-server=fd00::/3,5.6.7.8",
		"rev-server=fd00::1", "rev-server=1.2.3.0/24,#", "resolv-file=", "resolv-file",
		"resolv-file=/x", "resolv-file=a,b", "servers-file=", "servers-file=/none",
		"query-port=", "query-port=0", "query-port=65535", "min-port=0", "port-limit=1",
		"fast-dns-retry", "fast-dns-retry=50", "fast-dns-retry=1000,",
		"fast-dns-retry=1000,10000", "fast-dns-retry=1000,10", "dns-forward-max=0",
		"dns-forward-max=", "add-mac", "add-mac=base64", "add-mac=text", "add-subnet",
		"add-subnet=", "add-subnet=24", "add-subnet=24,64", "add-subnet=33",
		"add-subnet=32,129", "add-subnet=1.2.3.4/24", "add-subnet=1.2.3.4/24,1.2.3.0/24",
		"add-subnet=1.2.3.4/24,fd00::/64", "add-subnet=fd00::/64,1.2.3.4/24",
		"add-subnet=,64", "add-subnet=24,", "add-cpe-id=x", "add-cpe-id=",
		"add-cpe-id=a,b", "umbrella", "umbrella=deviceid:0102030405060708",
		"umbrella=orgid:1", "umbrella=orgid:", "umbrella=orgid:4294967295",
		"umbrella=assetid:5,orgid:1,deviceid:0102030405060708", "cache-size=",
		"cache-size=0", "neg-ttl=", "max-ttl=1", "min-cache-ttl=5000", "use-stale-cache",
		"use-stale-cache=", "use-stale-cache=0", "cache-rr=ANY", "cache-rr=any",
		"cache-rr=TXT", "cache-rr=txt,MX", "cache-rr=16", "cache-rr=0", "cache-rr=65535",
		"cache-rr=", "cache-rr=TXT,", "filter-rr=ANY", "filter-rr=HTTPS,SVCB",
		"filter-rr=", "filter-rr=0", "addn-hosts=", "addn-hosts=/none", "addn-hosts=a,b",
		"hostsdir=", "hostsdir=/none", "host-record=a,1.2.3.4", "host-record=a,b",
		"host-record=a,b,1.2.3.4", "host-record=a,1.2.3.4,b",
		"host-record=a,1.2.3.4,fd00::1", "host-record=a,1.2.3.4,1.2.3.5",
		"host-record=a,1.2.3.4,60", "host-record=a,60,1.2.3.4", "host-record=60,1.2.3.4",
		"host-record=1.2.3.4,a", "host-record=a,[fd00::1]", "host-record=a b,1.2.3.4",
		"host-record=-a,1.2.3.4", "host-record=a.b.c.,1.2.3.4",
		"host-record=*.a,1.2.3.4", "host-record=a_b,1.2.3.4", "host-record=a,,1.2.3.4",
		"host-record=a,1.2.3.4,", "host-record=a/b,1.2.3.4", "host-record=a,1.2.3.4,-1",
		"host-record=a,1.2.3.4,99999999999", "host-record=a,1.2.3",
		"dynamic-host=a,0.0.0.5,eth0", "dynamic-host=a,0.0.0.5,::5,eth0",
		"dynamic-host=a,::5,eth0", "dynamic-host=a,::5,0.0.0.5,eth0",
		"dynamic-host=a,0.0.0.5,0.0.0.6,eth0", "dynamic-host=,0.0.0.5,eth0",
		"dynamic-host=-,0.0.0.5,eth0", "interface-name=a,eth0",
		"interface-name=a,eth0/4", "interface-name=a,eth0/6", "interface-name=a,",
		"interface-name=a b,eth0", "cname=a,b", "cname=a,b,c", "cname=a,b,60",
		"cname=a,60", "cname=*.a,b", "cname=a,*.b", "cname=a b,c", "cname=,a",
		"cname=a,", "cname=a,b,", "cname=a,b,c,60", "cname=*,b", "cname=a.*,b",
		"cname=a,b,60,c", "cname=60,b", "cname=a,b c", "cname=a,\"b,c\"", "mx-host=a",
		"mx-host=a,b", "mx-host=a,b,10", "mx-host=a,,10", "mx-host=a,10", "mx-host=",
		"mx-host=a b", "mx-host=-", "mx-host=a,-b", "mx-target=a", "mx-target=",
		"mx-target=a b", "srv-host=_a._tcp", "srv-host=_a._tcp.b,c",
		"srv-host=_a._tcp.b,c,389", "srv-host=_a._tcp.b,c,389,1,2",
		"srv-host=_a._tcp.b,c,,1", "srv-host=_a._tcp.b,,1", "srv-host=_a._tcp.b,",
		"srv-host=", "srv-host=a b", "srv-host=_a._tcp.b,c d", "txt-record=a",
		"txt-record=a,b", "txt-record=a,b,c", "txt-record=a,\"b,c\"", "txt-record=",
		"txt-record=,b", "txt-record=a b,c", "txt-record=a,", "txt-record=-a,x",
		"caa-record=a,0,issue,b", "caa-record=a,0,,b", "caa-record=a,0,issue,",
		"caa-record=a,0,issue,b,c", "caa-record=,0,issue,b", "caa-record=a b,0,issue,b",
		"dns-rr=a,257,00", "dns-rr=a,16", "dns-rr=a,16,", "dns-rr=a,16,00:01",
		"dns-rr=a,16,0001", "dns-rr=a,16,00 01", "dns-rr=a,16,0", "dns-rr=a,0,00",
		"dns-rr=a,16,000:1", "ptr-record=a,b", "ptr-record=a", "ptr-record=a,",
		"ptr-record=", "ptr-record=,b", "ptr-record=a b,c", "ptr-record=a,b c",
		"ptr-record=-,b", "ptr-record=1.2.3.4,a", "naptr-record=a,1,2,s,SIP,!x!y!",
		"naptr-record=a,1,2,s,SIP,!x!y!,b", "naptr-record=a,1,2,s,SIP,",
		"naptr-record=a,1,2,,,", "naptr-record=a b,1,2,s,SIP,r",
		"naptr-record=a,1,2,s,SIP,r,-b", "synth-domain=a,1.2.3.0/24",
		"synth-domain=a,1.2.3.0/24,p", "synth-domain=a,1.2.3.0/24,p*",
		"synth-domain=a,1.2.3.1,1.2.3.9", "synth-domain=a,1.2.3.1,1.2.3.9,p",
		"synth-domain=a,1.2.3.1,1.2.3.9,p*", "synth-domain=a,1.2.3.9,1.2.3.1",
		"synth-domain=a,1.2.3.1", "synth-domain=a,fd00::/64",
		"synth-domain=a,fd00::/64,p*", "synth-domain=a,fd00::1,fd00::9",
		"synth-domain=a,fd00::9,fd00::1", "synth-domain=a,fd00::1",
		"synth-domain=a,1.2.3.1/24", "synth-domain=a,1.2.3.0/23",
		"synth-domain=a,1.2.3.0/24,", "synth-domain=a,1.2.3.0/24,p q",
		"synth-domain=a b,1.2.3.0/24", "synth-domain=#,1.2.3.0/24",
		"synth-domain=,1.2.3.0/24", "synth-domain=a,1.2.3.0/31",
		"synth-domain=a,fd00::/128", "synth-domain=a,1.2.3.0/0",
		"synth-domain=a,fd00:0:0:0:ffff::1,fd00:0:0:0:0:ffff::2",
		"bogus-nxdomain=1.2.3.4", "bogus-nxdomain=1.2.3.0/24",
		"bogus-nxdomain=fd00::/64", "bogus-nxdomain=1.2.3.0/0",
		"ignore-address=1.2.3.4/8", "alias=1.2.3.4,5.6.7.8",
		"alias=1.2.3.4,5.6.7.8,255.255.255.0",
		"alias=1.2.3.4-1.2.3.9,5.6.7.8,255.255.255.0",
		"alias=1.2.3.4,5.6.7.8,255.0.255.0", "rebind-domain-ok=/a/",
		"rebind-domain-ok=/a/b/", "rebind-domain-ok=a", "rebind-domain-ok=a/b",
		"rebind-domain-ok=", "rebind-domain-ok=/", "rebind-domain-ok=/a",
		"rebind-domain-ok=//", "rebind-domain-ok=a b", "rebind-domain-ok=/a b/",
		"rebind-domain-ok=/-/", "rebind-domain-ok=a,b",
		"trust-anchor=.,20326,8,2,E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
		"trust-anchor=.,20326,8,2,E06D4", "trust-anchor=.,20326,8,2,",
		"trust-anchor=.,1,8,2,E0 6D", "trust-anchor=a b,1,8,2,E0",
		"trust-anchor=.,1,8,2,E0:6D", "trust-anchor=-a,1,8,2,E0",
		"dnssec-check-unsigned", "dnssec-check-unsigned=no", "dnssec-timestamp=",
		"dnssec-timestamp=/x", "dnssec-limits=", "dnssec-limits=1",
		"dnssec-limits=1,2,3,4", "dnssec-limits=1,,3", "dnssec-limits=,2",
		"dnssec-limits=1,2,3,4,", "auth-server=a", "auth-server=a,eth0",
		"auth-server=a,eth0,1.2.3.4,fd00::1,eth1/4,eth2/6", "auth-server=a,1.2.3.4/4",
		"auth-server=a,", "auth-server=", "auth-server=a b,eth0", "auth-server=,eth0",
		"auth-server=a,1.2.3.4#53", "auth-server=a,eth0,", "auth-zone=a",
		"auth-zone=a,1.2.3.0/24", "auth-zone=a,1.2.3.0", "auth-zone=a,fd00::/64",
		"auth-zone=a,fd00::", "auth-zone=a,eth0", "auth-zone=a,eth0/4",
		"auth-zone=a,eth0/6", "auth-zone=a,exclude:1.2.3.0/24",
		"auth-zone=a,exclude:fd00::/64", "auth-zone=a,exclude:eth0", "auth-zone=a,",
		"auth-zone=", "auth-zone=a b", "auth-zone=,1.2.3.0",
		"auth-zone=a,1.2.3.0/24,fd00::/64,eth0", "auth-zone=a,x y",
		"auth-zone=a,exclude:", "auth-zone=a,1.2.3.0/0", "auth-ttl=", "auth-soa=1",
		"auth-soa=1,h.a,1,2,3", "auth-soa=1,h@a", "auth-soa=1,", "auth-soa=1,,5",
		"auth-soa=", "auth-soa=1,h i", "auth-soa=1,h,,2", "auth-sec-servers=a",
		"auth-sec-servers=a,b", "auth-sec-servers=", "auth-sec-servers=a,",
		"auth-sec-servers=a b", "auth-peer=1.2.3.4", "auth-peer=1.2.3.4,fd00::1",
		"edns-packet-max=0", "edns-packet-max=999999", "local-service",
		"local-service=net", "local-service=host", "ipset=/a/s", "ipset=/a/b/s",
		"ipset=/a/s,t", "ipset=a,s", "ipset=s", "ipset=/a", "ipset=//s", "ipset=/#/s",
		"ipset=/a b/s", "ipset=/a/s,", "ipset=/a/b/c/d,e", "ipset=/-/s",
		"ipset=/a/averyveryveryveryverylongsetnameindeed1234567890",
		"nftset=/a/4#ip#t#s", "nftset=/a/t#s", "nftset=/a/inet#t#s",
		"nftset=/a/6#inet#t#s,4#inet#t#s", "nftset=/a/s", "nftset=/a/5#inet#t#s",
		"nftset=/a/4#s", "nftset=/a/inet#t#s#u", "nftset=a", "nftset=/a/4#",
		"nftset=//t#s", "connmark-allowlist-enable", "connmark-allowlist-enable=255",
		"connmark-allowlist=1", "connmark-allowlist=1,a.b", "connmark-allowlist=1,*.a.b",
		"connmark-allowlist=1,*", "connmark-allowlist=1,a.b/c.d",
		"connmark-allowlist=1/1,a.b/*/c.d", "connmark-allowlist=0",
		"connmark-allowlist=1/0", "connmark-allowlist=2/1",
		"connmark-allowlist=1,a*.b.c", "connmark-allowlist=1,**.b.c",
		"connmark-allowlist=1,A.B", "connmark-allowlist=1,a.b.c1",
		"host-record=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,1.2.3.4",
		"trust-anchor=.,IN,20326,8,2,E06D44", "trust-anchor=.,CH,20326,8,2,E06D44",
		"trust-anchor=.,HS,20326,8,2,E06D44", "synth-domain=a,fd00::/63,p",
		"server=1.2.3.4@eth0#77", "server=localhost@eth0", "mx-host=a,b,",
		"srv-host=a,b,", "srv-host=a,b,1,", "host-record=a,", "dynamic-host=a,0.0.0.5,",
		"naptr-record=a,,2,s,SIP,r", "caa-record=a,,issue,b", "dns-rr=a,,00",
		"alias=1.2.3.4-1.2.3.9,5.6.7.8,255.255.0.0",
		"alias=0.0.0.0-1.2.3.4,5.6.7.8,0.0.0.0", "alias=1.2.3.4-1.2.3.4,5.6.7.8",
		"rev-server=1.2.3.0/24,5.6.7.8@eth0@1.2.3.4", "bogus-priv", "localise-queries",
		"auth-zone=a,exclude:eth0/6", "connmark-allowlist-enable=4294967295",
		"connmark-allowlist=1,a.xn--p1ai", "connmark-allowlist=1,a-b.c-d",
		"connmark-allowlist=1,*.b.c.d", "connmark-allowlist=1,a.*.c.d",
		"connmark-allowlist=1,1.c", "connmark-allowlist=1,a.2b",
		"add-subnet=1.2.3.4/24,64", "add-subnet=24,fd00::/64", "cache-rr=65280",
		"cache-rr=DNSKEY,RRSIG,TLSA", "cache-rr=RESINFO", "cache-rr=UNSPEC",
		"cache-rr=AVC", "cache-rr=DOA", "cache-rr=AMTRELAY", "cache-rr=NSAP_PTR",
	};

	check_all(lines, COUNT_OF(lines), true);
}

TEST(dns_options_of_bad_form_are_mistakes)
{
	static const char *const lines[] = {
		"server=1.2.3.4#65536", "server=1.2.3.4#x", "server=1.2.3.4@5.6.7.8@eth0",
		"server=1.2.3.4#53@fe80::1", "server=[::1]",
		"server=/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/1.2.3.4",
		"server=1.2.3.4,5.6.7.8", "server=1.2.3.4 5.6.7.8", "server=/a/1.2.3.4, 5",
		"server", "address=a", "address=/a/x", "address=/a/1.2.3.4#53",
		"address=/a/1.2.3.4@eth0", "address=/a/1.2.3.4,1.2.3.5", "address=/a",
		"address=/a/localhost", "rev-server=1.2.3.0/33,5.6.7.8",
		"rev-server=1.2.3.0/0,5.6.7.8", "rev-server=1.2.3.0/,5.6.7.8",
		"rev-server=fd00::/129,5.6.7.8", "rev-server=fd00::/0,5.6.7.8",
		"rev-server=x/24,5.6.7.8", "rev-server=,5.6.7.8", "rev-server=1.2.3.0/24,",
		"rev-server=1.2.3.0/24,5.6.7.8,x", "rev-server=", "servers-file", "query-port=x",
		"min-port=65536", "max-port=65536", "min-port=70000", "port-limit=0",
		"port-limit=x", "port-limit=", "fast-dns-retry=", "fast-dns-retry=0",
		"fast-dns-retry=49", "fast-dns-retry=1000,x", "fast-dns-retry=x",
		"fast-dns-retry=1,2,3", "fast-dns-retry=1000,2000,3", "dns-forward-max=x",
		"dns-forward-max=-1", "add-mac=", "add-mac=raw", "add-mac=x",
		"add-mac=base64,text", "add-subnet=x", "add-subnet=1.2.3.4,fd00::1",
		"add-subnet=24,64,5", "add-subnet=/24", "add-subnet=x/24", "add-subnet=24/24",
		"add-subnet=1.2.3.4/x", "add-subnet=-1", "umbrella=",
		"umbrella=deviceid:010203040506070", "umbrella=deviceid:01020304050607080",
		"umbrella=deviceid:xx02030405060708", "umbrella=orgid:x",
		"umbrella=orgid:4294967296", "umbrella=foo", "umbrella=foo:1",
		"umbrella=orgid:1,", "cache-size=x", "neg-ttl=x", "max-cache-ttl=x",
		"use-stale-cache=-1", "use-stale-cache=x", "use-stale-cache=1,2", "cache-rr=FOO",
		"cache-rr=TYPE16", "filter-rr=foo", "local-ttl=x", "host-record=a",
		"host-record=1.2.3.4", "host-record=", "dynamic-host=a,eth0", "dynamic-host=a",
		"dynamic-host=a,0.0.0.5", "dynamic-host=a,,eth0", "dynamic-host=a,,,eth0",
		"interface-name=a,eth0/5", "interface-name=a,eth0/", "interface-name=a",
		"interface-name=", "interface-name=a.b,eth0/46", "cname=a", "cname=a,a",
		"mx-host=a,b,x", "mx-host=a,b,65536", "mx-host=a,b,-1", "mx-host=a,b,10,20",
		"srv-host=_a._tcp.b,c,389,1,2,3", "srv-host=_a._tcp.b,c,x",
		"srv-host=_a._tcp.b,c,65536", "srv-host=_a._tcp.b,c,1,x",
		"srv-host=_a._tcp.b,c,1,1,x", "srv-host=_a._tcp.b,c,1,70000",
		"srv-host=_a._tcp.b,c,-1", "srv-host=_a._tcp.b,c,1,-1,-1",
		"caa-record=a,0,issue", "caa-record=a,0", "caa-record=a",
		"caa-record=a,x,issue,b", "dns-rr=a,TXT,00", "dns-rr=a,16,xx", "dns-rr=a,x,00",
		"dns-rr=a", "dns-rr=", "dns-rr=a,16,00,01", "dns-rr=a,-1,00",
		"dns-rr=a,16,00:x1", "naptr-record=a,1,2,s,SIP", "naptr-record=a,1,2,s",
		"naptr-record=a,x,2,s,SIP,r", "naptr-record=a,1,x,s,SIP,r",
		"naptr-record=a,65536,2,s,SIP,r", "naptr-record=", "synth-domain=a",
		"synth-domain=a,fd00::/48,p*", "synth-domain=a,1.2.3.0/33",
		"synth-domain=a,1.2.3.1,fd00::9", "synth-domain=", "synth-domain=a,1.2.3.0/x",
		"synth-domain=a,x/24", "synth-domain=a,eth0", "synth-domain=a,fd00::/129",
		"bogus-nxdomain=1.2.3.0/33", "bogus-nxdomain=fd00::/129", "bogus-nxdomain=x",
		"bogus-nxdomain=", "bogus-nxdomain=1.2.3.4,1.2.3.5", "bogus-nxdomain=1.2.3.0/x",
		"ignore-address=x", "alias=1.2.3.4-1.2.3.9,5.6.7.8",
		"alias=1.2.3.9-1.2.3.4,5.6.7.8", "alias=1.2.3.4", "alias=", "alias=1.2.3.4,",
		"alias=1.2.3.4,x", "alias=x,1.2.3.4", "alias=1.2.3.4,5.6.7.8,x",
		"alias=1.2.3.4,5.6.7.8,255.255.255.0,x", "alias=fd00::1,fd00::2",
		"alias=1.2.3.4-,5.6.7.8", "alias=1.2.3.4-1.2.4.9,5.6.7.8,255.255.255.0",
		"alias=1.2.3.4,5.6.7.8,", "trust-anchor=IN,.,20326,8,2,E06D44",
		"trust-anchor=CH,.,20326,8,2,E06D44", "trust-anchor=HS,.,20326,8,2,E06D44",
		"trust-anchor=.,20326,8,2,xx", "trust-anchor=.,20326,8,2",
		"trust-anchor=.,20326,8", "trust-anchor=.,20326", "trust-anchor=.",
		"trust-anchor=a.b", "trust-anchor=", "trust-anchor=.,65536,8,2,E0",
		"trust-anchor=.,1,256,2,E0", "trust-anchor=.,1,8,256,E0",
		"trust-anchor=.,x,8,2,E0", "trust-anchor=.,1,8,2,E06D,x", "trust-anchor=IN,a",
		"trust-anchor=IN", "dnssec-check-unsigned=yes", "dnssec-check-unsigned=",
		"dnssec-limits=x", "dnssec-limits=1,x", "dnssec-limits=-1",
		"auth-server=a,eth0/5", "auth-zone=a,eth0/5", "auth-zone=a,1.2.3.0/x",
		"auth-ttl=x", "auth-peer=x", "auth-peer=", "auth-peer=1.2.3.4,",
		"auth-peer=1.2.3.0/24", "edns-packet-max=x", "max-tcp-connections=",
		"max-tcp-connections=0", "max-tcp-connections=x", "local-service=",
		"local-service=x", "ipset=/a/", "ipset=/", "ipset=", "nftset=/a/", "nftset=",
		"connmark-allowlist-enable=", "connmark-allowlist-enable=0xff",
		"connmark-allowlist-enable=0", "connmark-allowlist-enable=x",
		"connmark-allowlist-enable=0xfffffffff", "connmark-allowlist=1/0xff",
		"connmark-allowlist=1,*.com", "connmark-allowlist=x", "connmark-allowlist=",
		"connmark-allowlist=1,", "connmark-allowlist=1,a",
		"connmark-allowlist=1,a.b,c.d", "connmark-allowlist=1/x",
		"connmark-allowlist=1,a.*b.c", "connmark-allowlist=1,*.*.c",
		"connmark-allowlist=1,a.b.", "connmark-allowlist=1,a..b",
		"connmark-allowlist=1,a.b/", "connmark-allowlist=1,a_b.c",
		"connmark-allowlist=1,-a.b", "connmark-allowlist=1,a.*",
		"connmark-allowlist=1,a.1", "connmark-allowlist=1,a.local",
		"connmark-allowlist=1,a b.c", "connmark-allowlist=0xffffffff",
		"connmark-allowlist=-1",
		"host-record=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,1.2.3.4",
		"ptr-record=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,b",
		"txt-record=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,b",
		"server=/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/",
		"trust-anchor=.,in,20326,8,2,E06D44", "trust-anchor=.,XX,20326,8,2,E06D44",
		"trust-anchor=.,IN,", "synth-domain=a,1.2.3.1,p",
		"synth-domain=a,fd00::1,fd00::2,p*", "synth-domain=a,fd00::/63,p*",
		"server=1.2.3.4@eth0@eth1", "server=fe80::1@5.6.7.8", "server=1.2.3.4#53#54",
		"server=a/b", "server=1.2.3.4@eth0@fe80::1",
		"alias=1.2.3.9-1.2.3.4,5.6.7.8,255.255.0.0", "domain-needed=1",
		"auth-zone=a,1.2.3.0/24/4", "auth-zone=a,eth0/24", "auth-server=a,eth0/4/4",
		"connmark-allowlist-enable=4294967296", "connmark-allowlist=5/,a.b",
		"connmark-allowlist=1,a.b-.c", "connmark-allowlist=1,a.b*",
		"connmark-allowlist=1,a.LOCAL", "connmark-allowlist=1,*a*b*.c.d",
		"connmark-allowlist=1,a***.c.d", "umbrella=deviceid:0102030405060708,foo",
		"umbrella=deviceid:", "umbrella=assetid:-1", "fast-dns-retry=,5",
		"cache-rr=NXNAME", "cache-rr=WALLET", "cache-rr=CLA", "cache-rr=IPN",
		"cache-rr=TYPE5", "cache-rr=NSAP-PTR", "cache-rr=DSYNC",
	};

	check_all(lines, COUNT_OF(lines), false);
}

TEST(every_row_of_dns_has_a_sentence_and_an_example_that_parses)
{
	for (size_t s = 0; s < COUNT_OF(sections); s++) {
		for (size_t i = 0; i < sections[s]->n; i++) {
			const struct conf_row *row = &sections[s]->rows[i];
			char line[300];

			CHECK(row->help != NULL);
			CHECK((row->service == CONF_QUALIFIES) == (row->feature != NULL));
			CHECK((row->arity == CONF_NO_VALUE) == (row->example == NULL));
			snprintf(line, sizeof line, "%s%s%s", row->name, row->example ? "=" : "",
				 row->example ? row->example : "");
			if (!is_good(line))
				test_failed("example", 0, line);
		}
	}
}

TEST(record_types_have_names_and_numbers)
{
	uint16_t type = 0;

	CHECK(rrtype_parse("txt", &type));
	CHECK_EQ(type, 16);
	CHECK(rrtype_parse("ANY", &type));
	CHECK_EQ(type, 255);
	CHECK(rrtype_parse("65535", &type));
	CHECK_EQ(type, 65535);
	CHECK(!rrtype_parse("65536", &type));
	CHECK(!rrtype_parse("TYPE16", &type));
	CHECK(!rrtype_parse("", &type));
	CHECK_EQ(type, 65535);
}
