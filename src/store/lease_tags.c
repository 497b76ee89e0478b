/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdlib.h>

#include "base/must.h"
#include "store/lease_tags.h"

#define BUCKETS 1024			/* a thousand leases without a chain, a million with long ones */
#define BUCKETS_GROW 4

struct held {
	struct held *next;
	struct addr addr;
	size_t n;			/* bytes of names, each with its NUL */
	char names[];
};

struct lease_tags {
	pthread_mutex_t lock;
	struct held **bucket;
	size_t buckets, n;
};

static size_t bucket_of(const struct lease_tags *t, const struct addr *a)
{
	const struct span bytes = addr_bytes(a);
	uint32_t h = 2166136261u;	/* FNV-1a: addresses are our own to give */

	for (size_t i = 0; i < bytes.n; i++)
		h = (h ^ bytes.p[i]) * 16777619u;
	return h % t->buckets;
}

static struct held **find(const struct lease_tags *t, const struct addr *a)
{
	struct held **at = &t->bucket[bucket_of(t, a)];

	while (*at && !addr_eq(&(*at)->addr, a))
		at = &(*at)->next;
	return at;
}

struct lease_tags *lease_tags_new(void)
{
	struct lease_tags *t = calloc(1, sizeof *t);

	must(t && pthread_mutex_init(&t->lock, NULL) == 0);
	t->buckets = BUCKETS;
	t->bucket = calloc(t->buckets, sizeof(struct held *));
	must(t->bucket);
	return t;
}

void lease_tags_free(struct lease_tags *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->buckets; i++)
		while (t->bucket[i]) {
			struct held *h = t->bucket[i];

			t->bucket[i] = h->next;
			free(h);
		}
	free(t->bucket);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* Without memory for more buckets the chains grow. */
static void grow(struct lease_tags *t)
{
	struct lease_tags bigger = { .buckets = t->buckets * BUCKETS_GROW };

	bigger.bucket = calloc(bigger.buckets, sizeof(struct held *));
	if (!bigger.bucket)
		return;
	for (size_t i = 0; i < t->buckets; i++)
		while (t->bucket[i]) {
			struct held *h = t->bucket[i];
			struct held **at = &bigger.bucket[bucket_of(&bigger, &h->addr)];

			t->bucket[i] = h->next;
			h->next = *at;
			*at = h;
		}
	free(t->bucket);
	t->bucket = bigger.bucket;
	t->buckets = bigger.buckets;
}

static struct held *held_new(const struct addr *a, const struct tags *tags)
{
	struct held *h;
	size_t n = 0;

	for (size_t i = 0; i < tags->n; i++)
		n += strlen(tags->name[i]) + 1;
	h = malloc(sizeof *h + n);
	if (!h)
		return NULL;
	*h = (struct held){ .addr = *a };
	for (size_t i = 0; i < tags->n; i++) {
		size_t length = strlen(tags->name[i]) + 1;

		memcpy(h->names + h->n, tags->name[i], length);
		h->n += length;
	}
	return h;
}

static void remove_at(struct lease_tags *t, struct held **at)
{
	struct held *old = *at;

	if (!old)
		return;
	*at = old->next;
	free(old);
	t->n--;
}

void lease_tags_put(struct lease_tags *t, const struct addr *a, const struct tags *tags)
{
	struct held *h = held_new(a, tags);

	pthread_mutex_lock(&t->lock);
	remove_at(t, find(t, a));
	if (h) {
		struct held **at;

		if (t->n >= t->buckets)
			grow(t);
		at = &t->bucket[bucket_of(t, a)];
		h->next = *at;
		*at = h;
		t->n++;
	}
	pthread_mutex_unlock(&t->lock);
}

void lease_tags_remove(struct lease_tags *t, const struct addr *a)
{
	pthread_mutex_lock(&t->lock);
	remove_at(t, find(t, a));
	pthread_mutex_unlock(&t->lock);
}

/* ---- asking -------------------------------------------------------------------------- */

/* A const table is one that the caller does not change; its lock moves all the same. */
static pthread_mutex_t *lock_of(const struct lease_tags *t)
{
	return &((struct lease_tags *)(uintptr_t)t)->lock;
}

bool lease_tags_has(const struct lease_tags *t, const struct addr *a)
{
	bool has;

	pthread_mutex_lock(lock_of(t));
	has = *find(t, a) != NULL;
	pthread_mutex_unlock(lock_of(t));
	return has;
}

void lease_tags_text(const struct lease_tags *t, const struct addr *a, struct text *out)
{
	const struct held *h;

	pthread_mutex_lock(lock_of(t));
	h = *find(t, a);
	for (size_t at = 0; h && at < h->n; at += strlen(h->names + at) + 1) {
		text_add(out, at ? "," : "");
		text_add(out, h->names + at);
	}
	pthread_mutex_unlock(lock_of(t));
}

bool lease_tags_match(const struct lease_tags *t, const struct addr *a,
		      const struct tag_cond *when)
{
	struct tags tags = { .n = 0 };
	const struct held *h;
	bool match;

	pthread_mutex_lock(lock_of(t));
	h = *find(t, a);
	for (size_t i = 0; h && i < h->n; i += strlen(h->names + i) + 1)
		tags_add(&tags, h->names + i);
	match = tags_match(&tags, when);
	pthread_mutex_unlock(lock_of(t));
	return match;
}
