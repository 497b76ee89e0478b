/* SPDX-License-Identifier: ISC */
/*
 * cookies -- DNS cookies (RFC 7873) in the form that servers of all makes agree on (RFC 9018).
 *
 * A client shows that it can receive at the address that it asks from, and a server that
 * it is the one that was asked.  Pure functions: secrets and the time come from outside.
 */
#pragma once

#include "base/addr.h"
#include "base/siphash.h"

#define EDNS_COOKIE 10			/* RFC 7873 4 */
#define COOKIE_CLIENT 8			/* bytes */
#define COOKIE_SERVER 16		/* of ours (RFC 9018 4.1) */
#define COOKIE_SERVER_MIN 8		/* of others' */
#define COOKIE_SERVER_MAX 32
#define COOKIE_OPTION_MAX (4 + COOKIE_CLIENT + COOKIE_SERVER_MAX)
#define COOKIE_LASTS_S 3600		/* RFC 9018 4.3, as are the next two */
#define COOKIE_EARLY_S 300
#define COOKIE_FRESH_S 1800		/* then there is a new one */

/* The first one makes cookies; those of the second are good too, while secrets change. */
struct cookie_secrets {
	size_t n;
	uint8_t secret[2][SIP_KEY];
};

/* The first COOKIE option; false: there is none. */
bool cookie_find(struct span options, struct span *out_value);
/* The two parts of one.  False: it has a length that it cannot have; *out_server may be empty. */
bool cookie_split(struct span value, struct span *out_client, struct span *out_server);

/* A server cookie for a client's COOKIE_CLIENT bytes. */
void cookie_make(const uint8_t secret[SIP_KEY], struct span client, const struct addr *from,
		 uint32_t now_s, uint8_t out[COOKIE_SERVER]);

enum cookie_say { COOKIE_BAD, COOKIE_GOOD, COOKIE_FRESH };
/* Is it one of ours, and of these times?  FRESH: it need not be replaced yet. */
enum cookie_say cookie_judge(const struct cookie_secrets *s, struct span client, struct span server,
			     const struct addr *from, uint32_t now_s);
