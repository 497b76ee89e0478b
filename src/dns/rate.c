/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/must.h"
#include "dns/rate.h"
#include "wire/dname.h"

#define SETS 1024			/* of places that a network may have */
#define WAYS 4
#define LOCKS 64
#define PART 1000			/* parts of an answer: a millisecond fills one at one a second */

/* What a network has left.  Zeroed: it was never heard of. */
struct bucket {
	struct addr net;
	uint8_t bits;
	uint32_t cut_next;		/* questions left out since one was cut */
	uint64_t parts;
	int64_t filled_ms;
};

struct rate {
	pthread_mutex_t lock[LOCKS];
	struct dname_key key;
	struct bucket bucket[SETS][WAYS];
};

struct rate *rate_new(void)
{
	struct rate *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	must(getrandom(&r->key, sizeof r->key, 0) == sizeof r->key);
	for (size_t i = 0; i < LOCKS; i++)
		must(pthread_mutex_init(&r->lock[i], NULL) == 0);
	return r;
}

void rate_free(struct rate *r)
{
	for (size_t i = 0; r && i < LOCKS; i++)
		pthread_mutex_destroy(&r->lock[i]);
	free(r);
}

/* Keyed, so that nobody can choose networks that share a set. */
static size_t set_of(const struct rate *r, const struct addr *net)
{
	return dname_hash(span_of(net->bytes, sizeof net->bytes), &r->key) % SETS;
}

static bool is_of(const struct bucket *b, const struct addr *net, unsigned bits)
{
	return b->filled_ms && b->bits == bits && addr_eq(&b->net, net);
}

/* Its own, or one that is free, or that of who was not heard of for longest. */
static struct bucket *bucket_of(struct bucket set[WAYS], const struct addr *net, unsigned bits)
{
	struct bucket *oldest = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (is_of(&set[i], net, bits))
			return &set[i];
		if (set[i].filled_ms < oldest->filled_ms)
			oldest = &set[i];
	}
	return oldest;
}

static void fill(struct bucket *b, const struct dns_rate *l, int64_t now_ms)
{
	const uint64_t full = (uint64_t)l->burst * PART;
	const int64_t passed_ms = now_ms > b->filled_ms ? now_ms - b->filled_ms : 0;

	b->parts += (uint64_t)passed_ms * l->a_second;
	if (b->parts > full)
		b->parts = full;
	b->filled_ms = now_ms;
}

static enum rate_say take(struct bucket *b, const struct dns_rate *l)
{
	if (b->parts >= PART) {
		b->parts -= PART;
		return RATE_ANSWER;
	}
	if (l->slip == 0 || ++b->cut_next < l->slip)
		return RATE_LEAVE_OUT;
	b->cut_next = 0;
	return RATE_CUT;
}

enum rate_say rate_judge(struct rate *r, const struct dns_rate *limits, const struct addr *from,
			 int64_t now_ms)
{
	const uint8_t bits = from->family == ADDR_IP4 ? limits->bits4 : limits->bits6;
	const struct addr net = addr_net(from, bits);
	const size_t set = set_of(r, &net);
	const int64_t at_ms = now_ms + 1;	/* 0 is for places that are free */
	struct bucket *b;
	enum rate_say say;

	pthread_mutex_lock(&r->lock[set % LOCKS]);
	b = bucket_of(r->bucket[set], &net, bits);
	if (!is_of(b, &net, bits))
		*b = (struct bucket){ .net = net, .bits = bits, .filled_ms = at_ms,
				      .parts = (uint64_t)limits->burst * PART };
	fill(b, limits, at_ms);
	say = take(b, limits);
	pthread_mutex_unlock(&r->lock[set % LOCKS]);
	return say;
}
