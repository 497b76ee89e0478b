/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <sys/random.h>

#include "base/must.h"
#include "dns/common.h"
#include "dns/forward.h"
#include "dns/rate.h"

void common_init(struct dns_common *c)
{
	*c = (struct dns_common){ 0 };
	must(pthread_mutex_init(&c->lock, NULL) == 0);
	told_init(&c->told);
	told_init(&c->case_told);
	must(getrandom(c->cookie_secret, sizeof c->cookie_secret, 0) == sizeof c->cookie_secret);
}

void common_done(struct dns_common *c)
{
	must(c->lists_n == 0 && c->members == 0);
	rate_free(c->rate);
	told_done(&c->told);
	told_done(&c->case_told);
	pthread_mutex_destroy(&c->lock);
}

struct rate *common_rate(struct dns_common *c)
{
	pthread_mutex_lock(&c->lock);
	if (!c->rate)
		c->rate = rate_new();
	pthread_mutex_unlock(&c->lock);
	return c->rate;
}

uint32_t common_serial(struct dns_common *c)
{
	return atomic_fetch_add_explicit(&c->serial, 1, memory_order_relaxed) + 1;
}

/* ---- limits ----------------------------------------------------------------------------- */

bool quota_take(struct dns_quota *q, uint32_t max)
{
	if (atomic_fetch_add_explicit(&q->taken, 1, memory_order_relaxed) < max)
		return true;
	quota_give(q);
	return false;
}

void quota_give(struct dns_quota *q)
{
	atomic_fetch_sub_explicit(&q->taken, 1, memory_order_relaxed);
}

static struct dns_quota **list_bucket(struct dns_common *c, unsigned id)
{
	return &c->lists[id % DNS_LIST_BUCKETS];
}

static struct dns_quota *list_find(struct dns_common *c, const void *list, unsigned id)
{
	struct dns_quota **bucket = list_bucket(c, id), *q = *bucket;

	while (q && (q->list != list || q->id != id))
		q = q->next;
	if (q)
		return q;
	q = malloc(sizeof *q);
	if (!q)
		return NULL;
	*q = (struct dns_quota){ .list = list, .id = id, .next = *bucket };
	*bucket = q;
	c->lists_n++;
	return q;
}

struct dns_quota *common_list(struct dns_common *c, const void *list, unsigned id)
{
	struct dns_quota *q;

	pthread_mutex_lock(&c->lock);
	q = list_find(c, list, id);
	if (q)
		q->users++;
	pthread_mutex_unlock(&c->lock);
	return q;
}

void common_list_leave(struct dns_common *c, struct dns_quota *q)
{
	struct dns_quota **at = list_bucket(c, q->id);

	pthread_mutex_lock(&c->lock);
	if (--q->users == 0) {
		while (*at != q)
			at = &(*at)->next;
		*at = q->next;
		c->lists_n--;
		free(q);
	}
	pthread_mutex_unlock(&c->lock);
}

/* ---- members ---------------------------------------------------------------------------- */

static struct dns_member *member_of(struct dns_common *c, const struct dns_counts *counts)
{
	for (size_t i = 0; i < c->members; i++)
		if (c->member[i].counts == counts)
			return &c->member[i];
	return NULL;
}

void common_join(struct dns_common *c, const struct dns_counts *counts, struct forward *forward)
{
	struct dns_member *m;

	pthread_mutex_lock(&c->lock);
	m = member_of(c, counts);
	if (!m) {
		must(c->members < DNS_WORKERS_MAX + 1);
		m = &c->member[c->members++];
		*m = (struct dns_member){ .counts = counts };
	}
	if (forward)
		m->forward = forward;
	pthread_mutex_unlock(&c->lock);
}

void common_leave(struct dns_common *c, const struct dns_counts *counts)
{
	struct dns_member *m;

	pthread_mutex_lock(&c->lock);
	m = member_of(c, counts);
	if (m)
		*m = c->member[--c->members];
	pthread_mutex_unlock(&c->lock);
}

/* ---- sums ------------------------------------------------------------------------------- */

#define COUNTS (sizeof(struct dns_counts) / sizeof(uint64_t))

/* All of its members are of one type. */
union counts { struct dns_counts named; _Atomic uint64_t each[COUNTS]; };
_Static_assert(sizeof(union counts) == sizeof(struct dns_counts), "nothing but counts");

static void add_counts(union counts *sum, const struct dns_counts *more)
{
	const _Atomic uint64_t *from = ((const union counts *)(const void *)more)->each;

	for (size_t i = 0; i < COUNTS; i++)
		sum->each[i] += atomic_load_explicit(&from[i], memory_order_relaxed);
}

void common_counts(struct dns_common *c, struct dns_counts *out)
{
	memset(out, 0, sizeof *out);
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->members; i++)
		add_counts((union counts *)(void *)out, c->member[i].counts);
	pthread_mutex_unlock(&c->lock);
}

static struct server_stats *same_server(struct server_stats *all, size_t n,
					const struct server_stats *s)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].at.port == s->at.port && addr_eq(&all[i].at.addr, &s->at.addr))
			return &all[i];
	return NULL;
}

static uint32_t mean(uint32_t a, uint64_t weight_a, uint32_t b, uint64_t weight_b)
{
	if (!a || !b)
		return a ? a : b;
	return (uint32_t)((a * weight_a + b * weight_b) / (weight_a + weight_b));
}

static void add_server(struct server_stats *sum, const struct server_stats *s)
{
	sum->latency_ms = mean(sum->latency_ms, sum->sent, s->latency_ms, s->sent);
	sum->sent += s->sent;
	sum->retried += s->retried;
	sum->failed += s->failed;
	sum->nxdomain += s->nxdomain;
}

struct servers { struct server_stats *all; size_t n, max; };

static void meet_server(void *arg, const struct server_stats *s)
{
	struct servers *to = arg;
	struct server_stats *known = same_server(to->all, to->n, s);

	if (known)
		add_server(known, s);
	else if (to->n < to->max)
		to->all[to->n++] = *s;
}

size_t common_servers(struct dns_common *c, struct server_stats *out, size_t max)
{
	struct servers to = { .all = out, .max = max };

	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->members; i++)
		if (c->member[i].forward)
			forward_each_server(c->member[i].forward, meet_server, &to);
	pthread_mutex_unlock(&c->lock);
	return to.n;
}
