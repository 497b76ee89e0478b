/* SPDX-License-Identifier: ISC */
/*
 * lease_answers -- what a running server answers and does when it is asked about
 * leases over the control socket; the words of the command line that ask are
 * app/lease_words.h's.
 *
 *	leases [ADDRESS]	a row for each, fields with tabs between them
 *	pools			a row for each range
 *	lease-release WHO…	addresses and hardware addresses
 *	lease-add [default]	leases as lines of the lease file follow; "default": they last as
 *				long as their range says
 *
 * On the control loop.  A change is answered when it is durable.
 */
#pragma once

#include "app/control.h"

/* A row of `leases`; an absent value is empty. */
enum lease_field {
	FIELD_STATE, FIELD_ADDR, FIELD_HW, FIELD_CLID, FIELD_NAME, FIELD_DOMAIN,
	FIELD_EXPIRES_S,		/* wall clock; 0: never */
	FIELD_LEFT_S,			/* seconds; empty: for ever */
	FIELD_INTERFACE, FIELD_TAGS,
	LEASE_FIELDS
};

/* A row of `pools`. */
enum pool_field {
	POOL_START, POOL_END, POOL_MODE, POOL_SET, POOL_SIZE, POOL_BOUND, POOL_OFFERED, POOL_DECLINED,
	POOL_RESERVED,			/* addresses of dhcp-host lines in it that nobody holds */
	POOL_ORIGIN,			/* file:line */
	POOL_FIELDS
};

extern const struct control_task lease_list_task, lease_release_task, lease_add_task;
bool lease_pools_answer(void *server, char *const *words, FILE *out);
