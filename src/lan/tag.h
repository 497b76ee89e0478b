/* SPDX-License-Identifier: ISC */
/*
 * tag -- the names that classify a client, and the conditions written with them.
 *
 * A condition list is all of its tags ANDed: tag:red,tag:!blue,tag:eth*.
 * Several lines make the OR.
 */
#pragma once

#include "base/arena.h"
#include "conf/args.h"

struct tag_cond {
	const char *name;
	bool absent;			/* tag:!name */
	bool prefix;			/* tag:name* */
	struct tag_cond *next;
};

#define TAGS_MAX 64			/* held by one request; more are refused */

/* The tags of one request.  Names are borrowed: they live as long as the configuration
 * or the request. */
struct tags {
	const char *name[TAGS_MAX];
	size_t n;
	bool overflow;
};

/* Adding a tag that is there already changes nothing. */
void tags_add(struct tags *t, const char *name);
bool tags_has(const struct tags *t, const char *name);

/* True if every condition holds; an empty list always does. */
bool tags_match(const struct tags *t, const struct tag_cond *list);

/* tag:red,tag:!blue,… and the legacy net:red, net:#blue; takes as many as there are. */
bool args_tags(struct args *a, struct tag_cond **list);

/* set:red and the legacy net:red; false and *out untouched if there is none. */
bool args_set(struct args *a, const char **out);
