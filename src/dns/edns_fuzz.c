/* SPDX-License-Identifier: ISC */
/*
 * The same with EDNS options: those of clients, what is told of clients, and what servers say.
 *
 * fuzzes: dns/edns_ask.c dns/edns_reply.c dns/server_edns.c
 */
#include "dns/server_fuzz.h"

const char server_fuzz_lines[] =
	"no-resolv\nno-hosts\nserver=198.51.100.1\nadd-mac=base64\nadd-subnet=20,56\nadd-cpe-id=id\n"
	"umbrella=orgid:1,assetid:2,deviceid:0123456789abcdef\nstrip-mac\nproxy-dnssec\n";
