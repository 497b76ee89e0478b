/* SPDX-License-Identifier: ISC */
/*
 * What a write in place leaves when it is cut short: each block is the old one,
 * the new one or zeros, but for the block where the shorter text ends, which may
 * be put together from both.
 */
#include <stdlib.h>

#include "store/lease_text.h"

#define BLOCK 512u		/* the least that a disk writes whole */

/* blocks[]: the least and the greatest size, then the sums. */
enum { SIZE_LEAST, SIZE_MOST, SUMS };

static uint64_t block_sum(size_t index, struct span block)
{
	uint64_t h = 0xcbf29ce484222325 ^ (index + 1) * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < block.n; i++)
		h = (h ^ block.p[i]) * 0x100000001b3;
	h = (h ^ h >> 32 ^ block.n) * 0x9e3779b97f4a7c15;
	return h ^ h >> 29;
}

static struct span block_at(struct span text, size_t index)
{
	size_t at = index * BLOCK;
	size_t left = at < text.n ? text.n - at : 0;

	return span_of(text.p + (left ? at : 0), left < BLOCK ? left : BLOCK);
}

static size_t block_count(size_t bytes)
{
	return (bytes + BLOCK - 1) / BLOCK;
}

struct block_list { uint64_t *sum; size_t n; };

static void add_text(struct block_list *l, struct span text)
{
	for (size_t i = 0; i < block_count(text.n); i++)
		l->sum[l->n++] = block_sum(i, block_at(text, i));
}

/*
 * The block where the shorter text ends, at `edge` bytes into it: either head,
 * then nothing, zeros, or what the longer text has there.
 */
static void add_edge(struct block_list *l, struct span a, struct span b)
{
	struct span shorter = a.n < b.n ? a : b, longer = a.n < b.n ? b : a;
	size_t index = shorter.n / BLOCK, edge = shorter.n % BLOCK;
	struct span tail = block_at(longer, index);
	struct span head[] = { block_at(shorter, index), tail };

	for (int h = 0; h < 2; h++)
		for (int zeros = 0; zeros < 2; zeros++) {
			uint8_t mixed[BLOCK] = { 0 };

			if (edge)
				memcpy(mixed, head[h].p, edge);
			l->sum[l->n++] = block_sum(index, span_of(mixed, edge));
			if (tail.n > edge && !zeros)
				memcpy(mixed + edge, tail.p + edge, tail.n - edge);
			l->sum[l->n++] = block_sum(index, span_of(mixed, tail.n));
		}
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static enum status blocks_of(struct span old, struct span new, uint64_t **out, size_t *out_n)
{
	size_t most = SUMS + block_count(old.n) + block_count(new.n) + 8;
	struct block_list l = { malloc(most * sizeof(uint64_t)), SUMS };

	if (!l.sum)
		return ST_FULL;
	l.sum[SIZE_LEAST] = old.n < new.n ? old.n : new.n;
	l.sum[SIZE_MOST] = old.n < new.n ? new.n : old.n;
	add_text(&l, old);
	add_text(&l, new);
	add_edge(&l, old, new);
	qsort(l.sum + SUMS, l.n - SUMS, sizeof *l.sum, by_number);
	*out = l.sum;
	*out_n = l.n;
	return ST_OK;
}

enum status lease_text_blocks(struct lease_text *t, struct lease_image *image, uint64_t **out,
			      size_t *out_n)
{
	struct iovec part[2];
	uint8_t *old, *new;
	size_t old_n, new_n;
	enum status s = lease_files_read_fd(t->files, t->fd, &old, &old_n);

	if (s != ST_OK)
		return s;
	lease_image_text(image, part);
	new_n = part[0].iov_len + part[1].iov_len;
	new = malloc(new_n + 1);
	if (new) {
		if (part[0].iov_len)
			memcpy(new, part[0].iov_base, part[0].iov_len);
		if (part[1].iov_len)
			memcpy(new + part[0].iov_len, part[1].iov_base, part[1].iov_len);
		s = blocks_of(span_of(old, old_n), span_of(new, new_n), out, out_n);
	} else {
		s = ST_FULL;
	}
	free(new);
	free(old);
	return s;
}

static bool all_zeros(struct span block)
{
	for (size_t i = 0; i < block.n; i++)
		if (block.p[i])
			return false;
	return true;
}

bool lease_text_is_mixture(struct span text, const uint64_t *blocks, size_t n)
{
	if (n < SUMS || text.n < blocks[SIZE_LEAST] || text.n > blocks[SIZE_MOST])
		return false;
	for (size_t i = 0; i < block_count(text.n); i++) {
		struct span block = block_at(text, i);
		uint64_t sum = block_sum(i, block);

		if (!all_zeros(block) &&
		    !bsearch(&sum, blocks + SUMS, n - SUMS, sizeof *blocks, by_number))
			return false;
	}
	return true;
}
