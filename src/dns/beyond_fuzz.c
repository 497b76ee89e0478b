/* SPDX-License-Identifier: ISC */
/*
 * The same with what goes beyond dnsmasq, and with zones that strangers on the outer side ask
 * and copy.
 *
 * fuzzes: dns/any.c dns/auth.c dns/cookies.c dns/rate.c dns/server_cookies.c dns/server_rate.c
 * fuzzes: dns/server_stale.c dns/server_zone.c dns/stale.c dns/zone.c
 */
#include "dns/server_fuzz.h"

const char server_fuzz_lines[] =
	"no-resolv\nno-hosts\nserver=198.51.100.1\nhost-record=a.lan,192.0.2.9\nlocal=/lan/\n"
	"dns-cookies=enforce\ndns-cookie-secret=e5e973e5a6b2a43f48e7dc849e37bfcf\n"
	"rate-limit=1,burst:4,slip:2\nany-small\nserve-stale=1h,1000\nprefetch=50\n"
	"extended-errors\nno-formerr\n"
	"auth-server=ns.zone.test,eth1\nauth-zone=zone.test,198.18.0.0/24,eth1,exclude:198.18.0.128/25\n"
	"auth-sec-servers=ns2.zone.test\nauth-peer=203.0.113.7\nauth-soa=7\n"
	"host-record=h.zone.test,198.18.0.9,2001:db8::9\nhost-record=far.zone.test,192.0.2.9\n"
	"txt-record=h.zone.test,hello\ncname=www.zone.test,h\ncname=out.zone.test,a.lan\n"
	"mx-host=zone.test,h.zone.test,10\ninterface-name=if.zone.test,eth1\n"
	"synth-domain=zone.test,198.18.0.64/26,syn-\nptr-record=p.zone.test,h.zone.test\n";
