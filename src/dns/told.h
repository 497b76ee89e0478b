/* SPDX-License-Identifier: ISC */
/*
 * told -- what has been said once, and is not to be said again by any worker.
 *
 * A mark is the hash of what it is about, kept for as long as the data that it was said
 * under (dns/data.h: their edition) are not replaced; or for ever, where the edition is 0.
 * There are a few hundred places; where all are taken nothing new is said, so that a log
 * cannot be flooded.  It does not know what is said.
 */
#pragma once

#include <pthread.h>

#include "base/siphash.h"
#include "base/span.h"

#define TOLD_PLACES 512
#define TOLD_MARKS 256			/* marks in them */

struct dns_told {
	pthread_mutex_t lock;
	uint8_t key[SIP_KEY];
	uint64_t edition, before;	/* of the data, and of those before */
	size_t n;
	uint64_t mark[TOLD_PLACES];	/* 0: free */
};

void told_init(struct dns_told *t);
void told_done(struct dns_told *t);

/*
 * True for whoever says this first.  A worker that has not got the latest data yet says nothing
 * any more.
 */
bool told_first(struct dns_told *t, uint64_t edition, struct span what);
