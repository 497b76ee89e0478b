/* SPDX-License-Identifier: ISC */
/*
 * edns_lab_test -- clients and servers of a server_lab that speak EDNS; options are written in hex.
 */
#pragma once

#include "dns/server_lab_test.h"

extern const struct endpoint edns_lab_here;
/* 192.0.2.LAST, a port of its own. */
struct endpoint edns_lab_client(uint8_t last);

/* Asks for the address of a name, flags beside RD; options NULL: without an OPT record. */
void edns_lab_ask(struct server_lab *o, uint8_t from, const char *name, uint16_t flags,
		  const char *options);
/* "SIZE OPTIONS" of the OPT record of what went upstream, "plain" without one; "nothing". */
const char *edns_lab_asked(struct server_lab *o, struct dgram *d);
/* The same of what went by TCP; *p: the connection, NULL: the next one. */
const char *edns_lab_asked_by_tcp(struct server_lab *o, struct sim_peer **p, struct dgram *d);
/* The server answers with an address, flags, a code, and an OPT record of these options (NULL: none). */
void edns_lab_reply(struct server_lab *o, const struct dgram *query, uint16_t flags, unsigned rcode,
		    const char *options);
void edns_lab_reply_by_tcp(struct server_lab *o, struct sim_peer *p, const struct dgram *query,
			   unsigned rcode, const char *options);
/* "RCODE [ad ]ANSWERS [SIZE OPTIONS]" of what a client hears; "nothing". */
const char *edns_lab_heard(struct server_lab *o);
