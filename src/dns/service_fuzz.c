/* SPDX-License-Identifier: ISC */
/*
 * The way of a question and of its answer, with what dnsmasq's options make of them.
 */
#include "dns/server_fuzz.h"

const char server_fuzz_lines[] =
	"no-resolv\nno-hosts\nserver=198.51.100.1\nserver=198.51.100.2\nserver=/corp/198.51.100.3\n"
	"host-record=a.lan,192.0.2.9,2001:db8::9\ncname=b.lan,a.lan\nlocal=/lan/\nbogus-priv\n"
	"stop-dns-rebind\nbogus-nxdomain=203.0.113.1\nignore-address=203.0.113.2\n"
	"alias=203.0.113.64-203.0.113.127,192.0.2.64,255.255.255.192\nfilter-rr=HTTPS,ANY\n"
	"cache-rr=TXT,MX\ndomain-needed\nmax-ttl=300\nmax-tcp-connections=2\n";
