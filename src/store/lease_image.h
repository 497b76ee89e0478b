/* SPDX-License-Identifier: ISC */
/*
 * lease_image -- the lease file's text, whole, as it shall stand on the disk.
 *
 * A change costs one line: a renewal overwrites its line where it stands.  So
 * the text of 300,000 leases is written with one system call and never made
 * anew, and its sum is known before it is written.  The image belongs to the
 * thread that writes; it holds what is stored, not what is hoped for.
 */
#pragma once

#include <sys/uio.h>

#include "base/span.h"
#include "base/status.h"

struct lease_slot { uint32_t ip4, at; };	/* ip4 0: empty */

struct lease_image {
	char *text;			/* lines; one that begins with NUL is dead */
	size_t n, size, dead;		/* bytes used, allocated, in dead lines */
	struct lease_slot *slots;	/* by address, open addressing */
	size_t slots_n, count;		/* slots_n is a power of two; count: lines alive */
	char *kept;			/* the IPv6 part, as it was found */
	size_t kept_n;
	uint64_t sum;			/* of every line, in any order */
};

void lease_image_done(struct lease_image *i);

/* A line with its newline takes the place of its address's.  ST_FULL: no memory, nothing changed. */
enum status lease_image_set(struct lease_image *i, uint32_t ip4, struct span line);
void lease_image_remove(struct lease_image *i, uint32_t ip4);

/* Borrowed until the next change; empty if there is none. */
struct span lease_image_find(const struct lease_image *i, uint32_t ip4);

/* One more line of the IPv6 part, without its newline. */
enum status lease_image_keep(struct lease_image *i, struct span line);

/* Room for n more bytes and lines, so that sets up to there cannot fail. */
enum status lease_image_reserve(struct lease_image *i, size_t bytes, size_t lines);

/* The text in two parts, dead lines gone; borrowed until the next change. */
void lease_image_text(struct lease_image *i, struct iovec out[2]);

/* Every line alive; *cursor from 0; empty at the end. */
struct span lease_image_next(const struct lease_image *i, size_t *cursor);

/* The sum of a text as lease_image.sum has it: the same lines in any order give the same. */
uint64_t lease_text_sum(struct span text);
