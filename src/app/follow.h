/* SPDX-License-Identifier: ISC */
/*
 * follow -- keep a service's sockets as they are wanted: close what is not
 * wanted any more, open what is new, leave the rest alone.
 */
#pragma once

#include "lan/bind.h"

struct followed {
	struct bindings open;
};

struct follow_how {
	enum status (*open)(void *service, const struct binding *at);
	void (*close)(void *service, const struct binding *at);
};

struct follow_failure {
	struct binding at;
	enum status status;		/* ST_FULL without an error: more are wanted than can be */
	int error;			/* errno of it */
};

/* False: not all could be opened; *out is the last that could not.  A machine without IPv6 has no
 * wildcard of it, which is no failure. */
bool follow(struct followed *f, const struct bindings *want, const struct follow_how *how,
	    void *service, struct follow_failure *out);

/* "192.0.2.1: Address already in use" */
struct follow_text { char s[160]; };
struct follow_text follow_failure_text(const struct follow_failure *f);
