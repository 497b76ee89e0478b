/* SPDX-License-Identifier: ISC */
/*
 * loops -- which of the usual servers ask us back (dns-loop-detect).
 *
 * Made with each reading of the servers and shared by all workers that answer by
 * it.  As in dnsmasq, each server is asked once for a TXT record of a name that is
 * drawn for it alone, eight hexadecimal digits below "test"; if that question
 * comes back to us, the server is left out from then on.  Servers of domains are
 * not tried.
 */
#pragma once

#include "dns/rules.h"

struct dns_loops;

/* NULL: there is no server to try.  The rules outlive it. */
struct dns_loops *loops_new(const struct rules *r);
void loops_free(struct dns_loops *l);			/* NULL is fine */

/*
 * The next trial that nobody has begun, to the caller: what is asked, and of whom, as a
 * list of one; *out_q is the question.  False: all are begun.
 */
bool loops_next(struct dns_loops *l, struct rule_servers *out, struct dns_question *out_q);

/* Is this one of our trials, come back?  *out_server is where it went if nobody knew before, else
 * NULL. */
bool loops_came_back(struct dns_loops *l, const struct dns_question *q,
		     const struct dns_server **out_server);

/* How many servers are known to lead back; it only grows. */
unsigned loops_found(const struct dns_loops *l);
bool loops_has(const struct dns_loops *l, const struct dns_server *s);
