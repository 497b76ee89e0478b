/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/text.h"
#include "conf/errors.h"

/* Room for one more in an array that grows by doubling; the old copy dies with the arena. */
static void *grown(struct arena *arena, void *list, size_t n, size_t *room, size_t each)
{
	void *bigger;

	if (n < *room)
		return list;
	*room = *room ? 2 * *room : 16;
	bigger = arena_take(arena, *room * each);
	if (n)
		memcpy(bigger, list, n * each);
	return bigger;
}

unsigned errors_file(struct errors *e, const char *file)
{
	for (size_t i = 0; i < e->files_n; i++)
		if (strcmp(e->files[i], file) == 0)
			return (unsigned)i;
	e->files = grown(e->arena, e->files, e->files_n, &e->files_room, sizeof *e->files);
	e->files[e->files_n] = arena_text(e->arena, file);
	return (unsigned)e->files_n++;
}

static bool before(const struct conf_mistake *a, const struct conf_mistake *b)
{
	return a->file != b->file ? a->file < b->file : a->line < b->line;
}

static void insert(struct errors *e, struct conf_mistake m)
{
	size_t i = e->n;

	e->list = grown(e->arena, e->list, e->n, &e->room, sizeof *e->list);
	for (; i > 0 && before(&m, &e->list[i - 1]); i--)
		e->list[i] = e->list[i - 1];
	e->list[i] = m;
	e->n++;
}

void errors_add(struct errors *e, const struct origin *o, int exit_code, const char *what)
{
	const char *file = o && o->file ? o->file : "configuration";
	unsigned line = o ? o->line : 0;
	char place[32] = "", *whole;
	size_t room;

	if (e->n == ERRORS_MAX) {
		e->left_out++;
		return;
	}
	if (line)
		snprintf(place, sizeof place, ":%u", line);
	room = strlen(file) + strlen(place) + strlen(what) + 3;
	whole = arena_take(e->arena, room);
	snprintf(whole, room, "%s%s: %s", file, place, what);
	insert(e, (struct conf_mistake){ whole, errors_file(e, file), line, exit_code });
}
