/* SPDX-License-Identifier: ISC */
/*
 * index -- the rows of all sections, found by name.
 *
 * Two rows of one name are a mistake of ours and end the program.
 */
#pragma once

#include "base/arena.h"
#include "base/origin.h"
#include "conf/row.h"

struct conf_option {
	const struct conf_row *row;
	const struct conf_section *section;
	void *object;			/* the struct that the section fills */
	struct conf_option *means;		/* itself, or what a CONF_ALIAS stands for */
	const struct origin *first;	/* where it was first given, or NULL */
	struct origin last;		/* and where last */
	bool on_command_line, in_files;	/* where it was given so far */
	bool after_mistake;		/* something was wrong before it was first given */
};

struct index {
	struct conf_option *options;		/* by name */
	size_t n;
};

/* objects[i] is the struct of sections[i]. */
void index_init(struct index *x, struct arena *arena, const struct conf_section *const *sections,
		void *const *objects, size_t n);

struct conf_option *index_find(const struct index *x, const char *name, size_t length);
struct conf_option *index_flag(const struct index *x, char flag);

/*
 * The one option that begins so, as GNU getopt has it; dnsmasq's names go
 * before our own, so that none of ours makes an old abbreviation ambiguous.
 * NULL if none, or several (then *out_several).
 */
struct conf_option *index_abbreviated(const struct index *x, const char *start, size_t length,
				 bool *out_several);

/* The name that is least changed into this one, or NULL if none is near. */
const struct conf_option *index_nearest(const struct index *x, const char *name, size_t length);
