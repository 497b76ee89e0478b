/* SPDX-License-Identifier: ISC */
/*
 * edns_ask -- what EDNS a question takes along to a server.
 *
 * A pure function of what the operator wants told, of the client's own OPT record, and
 * of who the client is: add-mac, add-subnet, add-cpe-id, umbrella, strip-mac and
 * strip-subnet, in dnsmasq's order and bytes.  An option that a client sent goes on
 * unless it is to stay behind; where ours would say the same, a hardware address or a
 * subnet of the client's own goes before ours, any other after.
 */
#pragma once

#include "dns/conf.h"
#include "wire/dns.h"

enum edns_code {
	EDNS_SUBNET = 8,		/* RFC 7871 6 */
	EDNS_ERROR = 15,		/* RFC 8914 2 */
	EDNS_UMBRELLA = 20292,
	EDNS_MAC = 65001,		/* its bytes */
	EDNS_MAC_TEXT = 65073,		/* as text or base64 */
	EDNS_CPE_ID = 65074,
};

#define EDNS_OPTIONS_MAX 512		/* bytes of options that are sent on */

struct edns_who {
	struct addr addr;
	struct hwaddr hw;		/* length 0: not known */
	bool has_cookies;		/* those it sends are for us (RFC 7873 6) */
};

struct edns_ask {
	bool present;			/* the question has an OPT record */
	bool made;			/* and the client's had none */
	bool personal;			/* it says who asks: the answer is for nobody else */
	struct span options;		/* in `bytes`, or the client's own */
	uint8_t bytes[EDNS_OPTIONS_MAX];
};

/*
 * `out->options` is borrowed from *out and from the client's record.  Options of a client's that do not fit
 * in EDNS_OPTIONS_MAX with ours stay behind, all of them.
 */
void edns_ask(const struct dns_disclosure *d, const struct dns_edns *client,
	      const struct edns_who *who, struct edns_ask *out);

/* Does what is told depend on the hardware address? */
static inline bool edns_wants_hw(const struct dns_disclosure *d)
{
	return d->mac || d->mac_base64 || d->mac_text;
}

/* May servers be told who asks, whatever clients say themselves? */
static inline bool edns_may_tell_who(const struct dns_disclosure *d)
{
	return d->subnet || d->umbrella || edns_wants_hw(d);
}
