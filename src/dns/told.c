/* SPDX-License-Identifier: ISC */
#include "dns/told.h"

#include <string.h>
#include <sys/random.h>

#include "base/must.h"

void told_init(struct dns_told *t)
{
	*t = (struct dns_told){ .edition = 0 };
	must(pthread_mutex_init(&t->lock, NULL) == 0);
	must(getrandom(t->key, sizeof t->key, 0) == sizeof t->key);
}

void told_done(struct dns_told *t)
{
	pthread_mutex_destroy(&t->lock);
}

static void begin(struct dns_told *t, uint64_t edition)
{
	t->before = t->edition;
	t->edition = edition;
	t->n = 0;
	memset(t->mark, 0, sizeof t->mark);
}

static bool mark(struct dns_told *t, uint64_t hash)
{
	size_t at = hash % TOLD_PLACES;

	while (t->mark[at] && t->mark[at] != hash)
		at = (at + 1) % TOLD_PLACES;
	if (t->mark[at] || t->n == TOLD_MARKS)
		return false;
	t->mark[at] = hash;
	t->n++;
	return true;
}

bool told_first(struct dns_told *t, uint64_t edition, struct span what)
{
	const uint64_t hash = siphash(t->key, what) | 1;
	bool first = false;

	pthread_mutex_lock(&t->lock);
	if (edition != t->edition && (!t->before || edition != t->before))
		begin(t, edition);
	if (edition == t->edition)
		first = mark(t, hash);
	pthread_mutex_unlock(&t->lock);
	return first;
}
