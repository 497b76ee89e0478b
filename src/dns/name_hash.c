/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/rng.h"
#include "dns/name_hash.h"

static uint64_t draw(struct rng *r)
{
	uint64_t high = rng_u32(r);

	return high << 32 | rng_u32(r);
}

void name_key_draw(struct name_key *k)
{
	struct rng r = { 0 };

	k->start = draw(&r);
	for (size_t i = 0; i < COUNT_OF(k->word); i++)
		k->word[i] = draw(&r);
}

static uint32_t word_of(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Fewer than four bytes, and zeros. */
static uint32_t rest_of(const uint8_t *p, size_t n)
{
	uint32_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint32_t)p[i] << 8 * i;
	return word;
}

/* The words of one label, with the numbers of the key from *word on. */
static uint64_t sum_label(const uint8_t *label, const uint64_t **word)
{
	size_t n = 1u + label[0];
	uint64_t sum = 0;

	for (; n >= 4; n -= 4, label += 4)
		sum += *(*word)++ * word_of(label);
	if (n)
		sum += *(*word)++ * rest_of(label, n);
	return sum;
}

static uint8_t lower(uint8_t c)
{
	return (uint8_t)(c | (c >= 'A' && c <= 'Z') << 5);
}

void name_tails_of(const struct name_key *k, struct span name, struct name_tails *out)
{
	const uint64_t *word = k->word;
	uint64_t sum = k->start;
	unsigned n = 0;

	must(name.n <= DNAME_MAX);
	for (size_t i = 0; i < name.n; i++)
		out->bytes[i] = lower(name.p[i]);
	for (size_t at = 0; at < name.n && name.p[at] && n < DNAME_LABELS_MAX; at += 1u + name.p[at])
		out->start[n++] = (uint8_t)at;
	out->n = (uint8_t)name.n;
	out->labels = (uint8_t)n;
	while (n-- > 0) {
		sum += sum_label(out->bytes + out->start[n], &word);
		out->hash[n] = (uint32_t)(sum >> 32);
	}
}
