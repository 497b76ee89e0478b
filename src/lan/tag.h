/* SPDX-License-Identifier: ISC */
/*
 * tag -- the names that classify a client, and the conditions written with them.
 *
 * A condition list is all of its tags ANDed: tag:red,tag:!blue.  Several lines
 * make the OR.  A star at the end of a name (tag:eth*) stands for any rest in
 * tag-if alone; elsewhere it is a letter of the name, as in dnsmasq.
 */
#pragma once

#include "base/arena.h"
#include "conf/args.h"

struct tag_cond {
	const char *name;
	bool absent;			/* tag:!name */
	bool prefix;			/* tag:name*, of tag-if; the name is without the star */
	struct tag_cond *next;
};

#define TAGS_MAX 64			/* held by one request; more are refused */

/* The tags of one request.  Names are borrowed: they live as long as the configuration
 * or the request. */
struct tags {
	const char *name[TAGS_MAX];
	const struct origin *origin[TAGS_MAX];	/* of the line that set it; NULL: none did */
	size_t n;
	bool overflow;
};

/* Adding a tag that is there already changes nothing: what set it first is its origin. */
void tags_add(struct tags *t, const char *name);
void tags_add_by(struct tags *t, const char *name, const struct origin *origin);
bool tags_has(const struct tags *t, const char *name);

/* True if every condition holds; an empty list always does. */
bool tags_match(const struct tags *t, const struct tag_cond *list);

/* Appends a condition: "red", "!blue" or the legacy "#blue". */
enum tag_star { TAG_STAR_PLAIN, TAG_STAR_WILD };
void tag_cond_add(struct arena *arena, struct tag_cond **list, const char *name,
		  enum tag_star star);

/* tag:red,tag:!blue,… and the legacy net:red, net:#blue, appended to *list; takes as many as there
 * are.  True if there was one. */
bool args_tags(struct args *a, struct tag_cond **list);

/* set:red and the legacy net:red; false and *out untouched if there is none. */
bool args_set(struct args *a, const char **out);
