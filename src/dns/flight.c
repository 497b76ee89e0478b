/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <sys/random.h>

#include "base/must.h"
#include "dns/forward_private.h"

#define ATTEMPTS_A_FLIGHT 4		/* servers asked for one question, on average */
#define BUCKETS 4096			/* of both tables */
#define ID_TRIES 32			/* IDs drawn before a socket counts as used up */

/* ---- pools ------------------------------------------------------------------------------------- */

/* What was never used is not touched, and so costs nothing. */
struct flight_block {
	struct flight_block *next;
	size_t fresh_flights, fresh_attempts;	/* used from the end */
	struct flight *flight;
	struct attempt *attempt;
};

static struct flight *take_flight(struct flights *t)
{
	struct flight *fl = t->free_flights;

	if (t->flying >= t->flights_max)
		return NULL;
	if (fl)
		t->free_flights = fl->chain;
	for (struct flight_block *b = t->blocks; !fl && b; b = b->next)
		if (b->fresh_flights)
			fl = &b->flight[--b->fresh_flights];
	return fl;
}

static struct attempt *take_attempt(struct flights *t)
{
	struct attempt *at = t->free_attempts;

	if (at)
		t->free_attempts = at->next;
	for (struct flight_block *b = t->blocks; !at && b; b = b->next)
		if (b->fresh_attempts)
			at = &b->attempt[--b->fresh_attempts];
	return at;
}

static void block_free(struct flight_block *b)
{
	free(b->flight);
	free(b->attempt);
	free(b);
}

bool flights_size(struct flights *t, size_t flights_max)
{
	size_t more = flights_max > t->made ? flights_max - t->made : 0;
	struct flight_block *b;

	if (flights_max > FLIGHTS_MOST)
		return false;
	if (more) {
		b = calloc(1, sizeof *b);
		if (!b)
			return false;
		b->fresh_flights = more;
		b->fresh_attempts = more * ATTEMPTS_A_FLIGHT;
		b->flight = calloc(b->fresh_flights, sizeof *b->flight);
		b->attempt = calloc(b->fresh_attempts, sizeof *b->attempt);
		if (!b->flight || !b->attempt) {
			block_free(b);
			return false;
		}
		b->next = t->blocks;
		t->blocks = b;
		t->made += more;
	}
	t->flights_max = flights_max;
	return true;
}

/* ---- flights --------------------------------------------------------------------------------- */

/* More bytes than a flight has room for are not sent on. */
static struct span options_of(const struct forward_question *q)
{
	return q->options.n <= FLIGHT_OPTIONS_MAX ? q->options : span_of(NULL, 0);
}

uint64_t flight_hash(const struct flights *t, const struct forward_question *q)
{
	return dname_hash(dname_span(&q->question.name), &t->key) ^
	       (uint64_t)q->question.type * 0x9e3779b97f4a7c15u;
}

static bool is_alike(const struct flight *fl, const struct forward_question *q)
{
	return fl->question.type == q->question.type && fl->question.class == q->question.class &&
	       dname_eq(&fl->question.name, &q->question.name);
}

static bool is_same(const struct flight *fl, const struct forward_question *q)
{
	return fl->dnssec_ok == q->dnssec_ok && fl->checking_disabled == q->checking_disabled &&
	       fl->authentic_data == q->authentic_data && fl->no_recursion == q->no_recursion &&
	       is_alike(fl, q) &&
	       span_eq(span_of(fl->query + fl->query_n - fl->options_n, fl->options_n),
		       options_of(q));
}

struct flight *flight_find(const struct flights *t, const struct forward_question *q,
			   uint64_t hash)
{
	for (struct flight *fl = t->flight_bucket[hash & (BUCKETS - 1)]; fl; fl = fl->chain)
		if (fl->hash == hash && is_same(fl, q))
			return fl;
	return NULL;
}

bool flight_is_crowded(const struct flights *t, const struct forward_question *q, uint64_t hash)
{
	unsigned n = 0;

	for (const struct flight *fl = t->flight_bucket[hash & (BUCKETS - 1)]; fl; fl = fl->chain)
		n += fl->hash == hash && !fl->by_tcp && is_alike(fl, q);
	return n >= FLIGHT_ALIKE_MAX;
}

struct flight *flight_any(const struct flights *t)
{
	for (size_t i = 0; i < BUCKETS; i++)
		if (t->flight_bucket[i])
			return t->flight_bucket[i];
	return NULL;
}

struct flight *flight_new(struct flights *t, const struct forward_question *q, uint64_t hash)
{
	struct flight *fl = take_flight(t);
	struct flight **bucket = &t->flight_bucket[hash & (BUCKETS - 1)];

	if (!fl)
		return NULL;
	*fl = (struct flight){
		.question = q->question, .dnssec_ok = q->dnssec_ok,
		.checking_disabled = q->checking_disabled, .authentic_data = q->authentic_data,
		.no_recursion = q->no_recursion,
		.mark = q->mark, .by_tcp = q->tcp, .unseen = q->unseen,
		.hash = hash, .chain = *bucket,
	};
	*bucket = fl;
	t->flying++;
	return fl;
}

void flight_unlist(struct flights *t, struct flight *fl)
{
	struct flight **at = &t->flight_bucket[fl->hash & (BUCKETS - 1)];

	while (*at != fl)
		at = &(*at)->chain;
	*at = fl->chain;
	fl->chain = NULL;
}

void flight_drop_attempts(struct flights *t, struct flight *fl)
{
	while (fl->attempts) {
		struct attempt *gone = fl->attempts;

		upstream_tcp_stop(gone);
		attempt_unlist(t, gone);
		fl->attempts = gone->next;
		gone->next = t->free_attempts;
		t->free_attempts = gone;
	}
}

void flight_give(struct flights *t, struct flight *fl)
{
	fl->forward = NULL;
	fl->chain = t->free_flights;
	t->free_flights = fl;
	t->flying--;
}

/* ---- who waits --------------------------------------------------------------------------------- */

void flight_join(struct flight *fl, struct asked *a, const struct forward_question *q)
{
	a->from = q->from;
	a->id = q->id;
	a->flight = fl;
	a->next = NULL;
	a->prev = fl->last;
	*(fl->last ? &fl->last->next : &fl->first) = a;
	fl->last = a;
}

void flight_leave(struct asked *a)
{
	struct flight *fl = a->flight;

	*(a->prev ? &a->prev->next : &fl->first) = a->next;
	*(a->next ? &a->next->prev : &fl->last) = a->prev;
	a->flight = NULL;
}

bool flight_has(const struct flight *fl, const struct forward_question *q)
{
	for (const struct asked *a = fl->first; a; a = a->next)
		if (a->id == q->id && a->from.port == q->from.port &&
		    addr_eq(&a->from.addr, &q->from.addr))
			return true;
	return false;
}

/* ---- attempts ------------------------------------------------------------------------------------ */

static struct attempt **attempt_bucket(const struct flights *t, const struct pool_socket *s,
				       uint16_t id)
{
	size_t spread = (size_t)s->index * 2654435761u ^ (uintptr_t)s->pool >> 6;

	return &t->attempt_bucket[(spread ^ id) & (BUCKETS - 1)];
}

struct attempt *attempt_find(const struct flights *t, const struct pool_socket *s, uint16_t id)
{
	for (struct attempt *at = *attempt_bucket(t, s, id); at; at = at->chain)
		if (at->socket == s && at->id == id)
			return at;
	return NULL;
}

struct attempt *attempt_new(struct flights *t, struct flight *fl, struct upstream *to)
{
	struct attempt *at = take_attempt(t);

	if (!at)
		return NULL;
	*at = (struct attempt){ .flight = fl, .to = to, .next = fl->attempts };
	fl->attempts = at;
	return at;
}

bool attempt_list(struct flights *t, struct attempt *at, struct pool_socket *s, struct rng *rng)
{
	struct attempt **bucket;

	for (unsigned i = 0; i < ID_TRIES; i++) {
		uint16_t id = (uint16_t)rng_u32(rng);

		if (attempt_find(t, s, id))
			continue;
		bucket = attempt_bucket(t, s, id);
		at->socket = s;
		at->id = id;
		at->chain = *bucket;
		*bucket = at;
		return true;
	}
	return false;
}

void attempt_unlist(struct flights *t, struct attempt *at)
{
	struct attempt **p;

	if (!at->socket)
		return;
	p = attempt_bucket(t, at->socket, at->id);
	while (*p != at)
		p = &(*p)->chain;
	*p = at->chain;
	pool_release(at->socket);
	at->socket = NULL;
}

/* ---- life ------------------------------------------------------------------------------------------ */

struct flights *flights_new(void)
{
	struct flights *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	must(getrandom(&t->key, sizeof t->key, 0) == sizeof t->key);
	t->flight_bucket = calloc(BUCKETS, sizeof(struct flight *));
	t->attempt_bucket = calloc(BUCKETS, sizeof(struct attempt *));
	if (!t->flight_bucket || !t->attempt_bucket) {
		flights_free(t);
		return NULL;
	}
	return t;
}

void flights_free(struct flights *t)
{
	if (!t)
		return;
	while (t->blocks) {
		struct flight_block *b = t->blocks;

		t->blocks = b->next;
		block_free(b);
	}
	free(t->flight_bucket);
	free(t->attempt_bucket);
	free(t);
}
