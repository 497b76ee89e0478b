/* SPDX-License-Identifier: ISC */
/*
 * deciding -- one decision in the making: what its files share.
 *
 * standing.c says how a client stands to an address; settle.c fills in what
 * follows from one; decide.c goes through the messages of RFC 2131.
 */
#pragma once

#include "dhcp/decide.h"

struct deciding {
	const struct dhcp_env *e;
	const struct dhcp_request *r;
	struct dhcp_verdict *v;
};

/* ---- standing ---------------------------------------------------------------- */

/* The client's lease or offer: on a network that may serve it now, else on any; or NULL. */
const struct lease *deciding_lease(const struct deciding *d);
/* The same of leases alone. */
const struct lease *deciding_bound(const struct deciding *d);
enum dhcp_place deciding_place(const struct deciding *d, const struct addr *a);

/* A host line with several hardware addresses is one machine: it may take from itself. */
bool deciding_may_take_over(const struct deciding *d, const struct addr *a);

/* Kept by a host line for somebody else. */
bool deciding_reserved(const struct deciding *d, const struct addr *a);

/* Can the host line's own address be had now?  The second warns if not. */
bool deciding_host_usable(const struct deciding *d);
void deciding_warn_of_host(struct deciding *d);

/* What a relay wants us to be called (RFC 5107), or a proxy is itself; unset: nothing. */
struct addr deciding_override(const struct deciding *d);

/* Where a relay gave us another name, that one alone. */
bool deciding_server_is_us(const struct deciding *d, const struct addr *id);

/* ---- settling ------------------------------------------------------------------ */

__attribute__((format(printf, 2, 3))) void deciding_warn(struct deciding *d, const char *format, ...);

/* Nothing is said, nor written to the log: it is not our affair. */
void deciding_silence(struct deciding *d, const char *reason);
/* Nothing is said to the client, but the operator is told. */
void deciding_refuse(struct deciding *d, const char *reason);
/* The same for one that is to be ignored; false if it is not. */
bool deciding_refuse_ignored(struct deciding *d);

/* The range of v->addr, and the tags with its own; false if there is none. */
bool deciding_context(struct deciding *d);

void deciding_offer(struct deciding *d);
void deciding_ack(struct deciding *d);
void deciding_nak(struct deciding *d, const char *reason);
/* Of the lease, if there is one, it is told what is left. */
void deciding_inform(struct deciding *d, const struct lease *lease);
