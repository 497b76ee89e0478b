/* SPDX-License-Identifier: ISC */
/*
 * blocks -- the names of the block lists: block-list=FILE[,tag:NAME].
 *
 * Immutable once read; a reading builds anew, beside what serves, from the
 * configuration alone.  Lists for the same clients make one set, in which the first
 * list with a name owns it.  A name is blocked where a list for this client has it
 * (or a domain above it with all below), and no list for this client has an
 * exception for it or for a domain above it.  Looking up is a look for each label, and
 * allocates nothing.
 *
 * It does not know leases: who asks is told what the tags of a client are.
 */
#pragma once

#include "dns/conf.h"
#include "dns/name_set.h"

struct blocks;

struct block_counts {
	size_t names, exceptions;	/* that no list before has */
	size_t known;			/* that one has */
	size_t bad;			/* lines */
};

struct blocks_want {
	const struct dns_block_list *lists;
	conf_bad_line *bad;		/* wrong lines, a few of each list and then their number, and
					 * files that cannot be read; or NULL */
	/* Told of each file that was read; or NULL. */
	void (*read)(void *arg, const char *path, const struct block_counts *n);
	void *arg;
};

/* NULL where there are no lists.  `from` NULL: the file system. */
struct blocks *blocks_read(const struct blocks_want *want, struct conf_files *from);
void blocks_free(struct blocks *b);		/* NULL is fine */

struct block_verdict {
	bool blocked;
	bool of_client;			/* another client may be told otherwise */
	const struct dns_block_list *list;	/* the line that names it */
	struct origin origin;		/* in the list */
	unsigned labels;		/* of the member: those of the name or of a domain above it */
	enum name_reach reach;
};

/* Whether conditions on tags hold for the client that asks. */
struct block_client {
	bool (*has)(const struct block_client *c, const struct tag_cond *when);
};

/* Of a name, any case. */
struct block_verdict blocks_find(const struct blocks *b, struct span name,
				 const struct block_client *client);

size_t blocks_count(const struct blocks *b);	/* names that are blocked, of all lists; NULL: none */
