/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "conf/index.h"

#define NAME_MAX_LENGTH 40		/* no option's name is longer */

static int by_name(const void *a, const void *b)
{
	const struct conf_option *x = a, *y = b;

	return strcmp(x->row->name, y->row->name);
}

static void link_aliases(struct index *x)
{
	for (size_t i = 0; i < x->n; i++) {
		struct conf_option *o = &x->options[i];

		must(i == 0 || strcmp(o[-1].row->name, o->row->name) != 0);
		o->means = o;
		if (o->row->kind == CONF_ALIAS) {
			o->means = index_find(x, o->row->help, strlen(o->row->help));
			must(o->means && o->means->row->kind != CONF_ALIAS);
		}
	}
}

void index_init(struct index *x, struct arena *arena, const struct conf_section *const *sections,
		void *const *objects, size_t n)
{
	size_t total = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		total += sections[i]->n;
	x->options = arena_take(arena, total * sizeof *x->options);
	x->n = total;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sections[i]->n; k++)
			x->options[at++] = (struct conf_option){ .row = &sections[i]->rows[k],
							    .section = sections[i],
							    .object = objects[i] };
	qsort(x->options, x->n, sizeof *x->options, by_name);
	link_aliases(x);
}

/* Like strcmp(name, text), where text has no NUL. */
static int compare(const char *name, const char *text, size_t length)
{
	int order = strncmp(name, text, length);

	return order ? order : name[length] != 0;
}

struct conf_option *index_find(const struct index *x, const char *name, size_t length)
{
	size_t from = 0, to = x->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = compare(x->options[middle].row->name, name, length);

		if (order == 0)
			return &x->options[middle];
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

struct conf_option *index_flag(const struct index *x, char flag)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->options[i].row->flag == flag && x->options[i].row->kind != CONF_ALIAS)
			return &x->options[i];
	return NULL;
}

static struct conf_option *abbreviated(const struct index *x, const char *start, size_t length,
				  bool own, bool *out_several)
{
	struct conf_option *found = NULL;

	for (size_t i = 0; i < x->n; i++) {
		struct conf_option *o = &x->options[i];

		if (o->row->own != own || strncmp(o->row->name, start, length) != 0)
			continue;
		if (found && found->means != o->means) {
			*out_several = true;
			return NULL;
		}
		if (!found)
			found = o;
	}
	return found;
}

struct conf_option *index_abbreviated(const struct index *x, const char *start, size_t length,
				 bool *out_several)
{
	struct conf_option *found;

	*out_several = false;
	found = abbreviated(x, start, length, false, out_several);
	if (found || *out_several)
		return found;
	return abbreviated(x, start, length, true, out_several);
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

static bool same_letter(char a, char b)
{
	if (a == '_')
		a = '-';
	if (b == '_')
		b = '-';
	return a == b || ((a ^ b) == 0x20 && (a | 0x20) >= 'a' && (a | 0x20) <= 'z');
}

/*
 * Levenshtein's distance, one row at a time; case and _ for - cost nothing.
 * `enough` or more where it cannot be less.
 */
static size_t distance(const char *a, size_t na, const char *b, size_t nb, size_t enough)
{
	size_t row[NAME_MAX_LENGTH + 1], smallest = 0;

	if (na > nb + enough || nb > na + enough)
		return enough;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 0; i < na && smallest < enough; i++) {
		size_t diagonal = row[0];

		smallest = row[0] = i + 1;
		for (size_t j = 0; j < nb; j++) {
			size_t above = row[j + 1];

			row[j + 1] = least(above + 1, row[j] + 1,
					   diagonal + !same_letter(a[i], b[j]));
			diagonal = above;
			if (row[j + 1] < smallest)
				smallest = row[j + 1];
		}
	}
	return smallest < enough ? row[nb] : enough;
}

const struct conf_option *index_nearest(const struct index *x, const char *name, size_t length)
{
	const struct conf_option *best = NULL;
	size_t best_distance = 1 + (length < 3 ? 0 : length / 3 < 3 ? length / 3 : 3);

	if (length > NAME_MAX_LENGTH)
		return NULL;
	for (size_t i = 0; i < x->n; i++) {
		const char *candidate = x->options[i].row->name;
		size_t d = distance(candidate, strlen(candidate), name, length, best_distance);

		if (d < best_distance) {
			best = &x->options[i];
			best_distance = d;
		}
	}
	return best;
}
