/* SPDX-License-Identifier: ISC */
/*
 * decide -- what to do about a request: a pure function of the configuration,
 * the request, the leases and the time.
 *
 * A verdict says everything: what to answer, with which address and options,
 * what to store before it may be said, where to send it, and which line of the
 * configuration is behind each part.  Nobody acts here; dhcp/server does, and
 * when a probe or a commit has to come first the same function is called again
 * on the newer state.
 */
#pragma once

#include "dhcp/pick.h"

enum verdict_kind {
	VERDICT_SILENCE,
	VERDICT_PROBE,			/* ask whether .addr is in use, then decide again */
	VERDICT_OFFER,
	VERDICT_ACK,
	VERDICT_NAK,
	VERDICT_INFORM,			/* an ACK without a lease */
	VERDICT_RELEASE,		/* free .addr; no answer */
	VERDICT_DECLINE,		/* bar .addr; no answer */
};

/* An option of the reply.  Origin NULL: no line speaks of it, the server adds it by itself. */
struct dhcp_out {
	uint8_t code;
	struct span value;
	const struct origin *origin;
};

enum { DHCP_OUT_MAX = 320, DHCP_SCRATCH = 4096, DHCP_WARNING = 320 };

struct dhcp_verdict {
	enum verdict_kind kind;
	bool bootp;			/* of an ACK: it is a reply of BOOTP, without options of DHCP */
	bool tell;			/* SILENCE: worth a line of the log */
	const char *reason;		/* in dnsmasq's words, for the log and for a NAK; or NULL */
	const struct origin *origin;	/* of the line that decided: ignore, host, range */
	char warning[DHCP_WARNING];	/* something the operator should know, or "" */

	struct dhcp_class class;	/* tags, host line, name */
	struct tags tags;		/* those, and the range's */
	struct dhcp_context context;	/* the range; .range NULL when there was none */

	struct addr addr;		/* the client's */
	uint32_t lease_s;		/* LEASE_INFINITE: never ends; of INFORM: 0 without a lease */
	const struct origin *lease_origin;	/* of the line whose time is the longest it may be */
	bool commit;			/* ACK: `change` must be durable before it is sent */
	struct lease_change change;
	bool is_new;			/* the client holds no lease on addr yet */
	struct addr give_up;		/* another lease of the client, to be freed first */

	struct addr override;		/* what a relay wants us to be called; unset: nothing */
	struct addr server_id;
	struct addr next_server;	/* siaddr */
	const struct origin *next_origin;	/* NULL: it is this server */
	const struct dhcp_boot *boot;	/* or NULL */
	struct span sname, file;	/* header fields; empty: free for options */
	const struct origin *sname_origin, *file_origin;
	const char *name, *domain;	/* of the lease; NULL: none */
	const struct origin *name_origin, *domain_origin;	/* NULL: the client's, and no line's */
	struct origin known_origin;	/* .name_origin may lie here, */
	struct dhcp_label label;	/* .name does */
	struct dhcp_label kept;		/* the name that a lease keeps */
	bool broadcast;			/* whatever the client can do */
	uint32_t delay_s;		/* wait so long before this is sent */
	const struct origin *delay_origin;
	size_t outs;
	struct dhcp_out out[DHCP_OUT_MAX];	/* in dnsmasq's order; without option 82 */
	bool out_full;			/* more options were chosen than can be kept */

	size_t scratch_used;
	uint8_t scratch[DHCP_SCRATCH];	/* values made here; spans of out point into it */
};

/* Reasons that others count by. */
#define DHCP_IGNORED "ignored"
#define DHCP_NOT_STORED "the lease cannot be stored"
#define DHCP_FULL "no leases left"

/* v is the caller's; it borrows from all the others. */
void dhcp_decide(const struct dhcp_env *e, const struct dhcp_request *r, struct dhcp_verdict *v);

/* Makes an ACK verdict whose commit was refused a NAK that says so; BOOTP has none, and is silent. */
void dhcp_decide_full(struct dhcp_verdict *v);
