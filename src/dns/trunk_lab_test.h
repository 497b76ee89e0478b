/* SPDX-License-Identifier: ISC */
/*
 * trunk_lab_test -- many clients of a forwarder by TCP, and the connections that it makes.
 */
#pragma once

#include <stdio.h>

#include "dns/forward_lab_test.h"
#include "test/test.h"

/* Questions by TCP of clients `from` and up, each for a name of its own. */
static inline void ask_many(struct forward_lab *lab, unsigned from, unsigned n)
{
	char name[32];

	for (unsigned i = from; i < from + n; i++) {
		snprintf(name, sizeof name, "n%u.example", i);
		CHECK_EQ(fwd_ask_by_tcp(lab, i, name)->status, ST_OK);
	}
}

static inline unsigned answered(const struct forward_lab *lab, unsigned from, unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = from; i < from + n; i++)
		sum += lab->client[i].answers == 1 && !lab->client[i].nobody;
	return sum;
}

/* The next connection, accepted; or NULL. */
static inline struct sim_peer *connection(struct forward_lab *lab)
{
	struct endpoint to, from;
	struct sim_peer *p = sim_peer_next(lab->loop, &to, &from);

	if (p)
		sim_peer_answer(p, ST_OK);
	sim_run_for(lab->loop, 0);
	return p;
}
