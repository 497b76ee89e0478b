/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "conf/args_private.h"

#define ERROR_MAX 512

static size_t pieces(struct chars c, char sep)
{
	size_t n = 1;

	for (size_t i = 0; i < c.n; i++)
		n += c.s[i] == sep && !c.quoted[i];
	return n;
}

static void add_word(struct args *a, struct chars piece)
{
	size_t start = (size_t)(piece.s - a->value.s);
	char *quoted = arena_take(a->scratch, piece.n + 1);

	if (piece.n)
		memcpy(quoted, piece.quoted, piece.n);
	a->start[a->n] = start;
	a->words[a->n++] = (struct word){ arena_textn(a->keep, piece.s, piece.n), quoted,
					  piece.column[0] };
}

static void split(struct args *a, char sep)
{
	struct chars rest = a->value;
	size_t n = pieces(rest, sep);

	a->sep = sep;
	a->words = arena_take(a->scratch, n * sizeof *a->words);
	a->start = arena_take(a->scratch, n * sizeof *a->start);
	for (size_t i = 0; i < n; i++) {
		size_t end = chars_find(rest, sep);

		add_word(a, chars_trim(chars_part(rest, 0, end)));
		if (end < rest.n)
			rest = chars_part(rest, end + 1, rest.n);
	}
}

static struct args *args_make(struct arena *keep, struct arena *scratch, struct origin o,
			      const char *option)
{
	struct args *a = arena_new(scratch, struct args);

	*a = (struct args){ .keep = keep, .scratch = scratch, .root = a, .origin = o,
			    .option = option };
	return a;
}

struct args *args_new(struct arena *keep, struct arena *scratch, struct origin o,
		      const char *option, const struct chars *value)
{
	struct args *a = args_make(keep, scratch, o, option);

	if (value) {
		a->value = *value;
		split(a, ',');
	}
	return a;
}

struct args *args_of(struct arena *arena, struct origin o, const char *option, const char *value)
{
	struct chars c = chars_of_text(arena, value, NULL, 1);

	return args_new(arena, arena, o, option, &c);
}

struct args *args_split(struct args *a, const struct word *w, char sep)
{
	struct args *part = args_make(a->keep, a->scratch, a->origin, a->option);

	part->root = a->root;
	if (!w)
		return part;
	part->value = chars_of_text(a->scratch, w->s, w->quoted, w->column);
	split(part, sep);
	return part;
}

struct origin args_origin(const struct args *a)
{
	return a->origin;
}

struct arena *args_arena(struct args *a)
{
	return a->keep;
}

const char *args_option(const struct args *a)
{
	return a->option;
}

bool args_more(const struct args *a)
{
	return a->at < a->n;
}

size_t args_left(const struct args *a)
{
	return a->n - a->at;
}

const struct word *args_peek(const struct args *a)
{
	return args_more(a) ? &a->words[a->at] : NULL;
}

void args_step(struct args *a)
{
	a->at++;
	a->wanted_n = 0;
}

const struct word *args_take(struct args *a)
{
	const struct word *w = args_peek(a);

	if (w)
		args_step(a);
	return w;
}

void args_back(struct args *a)
{
	if (a->at)
		a->at--;
	a->wanted_n = 0;
}

bool args_want(struct args *a, const char *what)
{
	if (what && a->wanted_n < ARGS_WANTED_MAX)
		a->wanted[a->wanted_n++] = what;
	return false;
}

/* An unquoted blank counts as a space. */
static const char *spaced(struct arena *arena, struct chars c)
{
	char *text = arena_textn(arena, c.s, c.n);

	for (size_t i = 0; i < c.n; i++)
		if (!c.quoted[i] && chars_trim(chars_part(c, i, i + 1)).n == 0)
			text[i] = ' ';
	return text;
}

const char *args_take_blanks(struct args *a, bool before)
{
	size_t from, n;

	if (!args_more(a))
		return NULL;
	from = a->start[a->at];
	while (before && from > 0 && (a->value.s[from - 1] != a->sep || a->value.quoted[from - 1]))
		from--;
	n = chars_find(chars_part(a->value, from, a->value.n), a->sep);
	args_step(a);
	return spaced(a->keep, chars_part(a->value, from, from + n));
}

bool args_rest(struct args *a, const char **out)
{
	size_t from;

	if (!args_more(a))
		return args_want(a, "a text");
	from = a->start[a->at];
	*out = arena_textn(a->keep, a->value.s + from, a->value.n - from);
	a->at = a->n;
	a->wanted_n = 0;
	return true;
}

/* Keeps the first error: "option, column 7: text", without the column where column is 0. */
__attribute__((format(printf, 3, 0)))
static void note_error(struct args *a, unsigned column, const char *format, va_list list)
{
	char what[ERROR_MAX], line[ERROR_MAX + 100];
	struct text t = TEXT(line);

	if (a->root->error)
		return;
	vsnprintf(what, sizeof what, format, list);
	text_addf(&t, column ? "%s, column %u: " : "%s: ", a->option, column);
	text_add(&t, what);
	a->root->error = arena_text(a->scratch, line);
}

bool args_error(struct args *a, const char *format, ...)
{
	unsigned column = a->at ? a->words[a->at - 1].column : 0;
	va_list list;

	va_start(list, format);
	note_error(a, column, format, list);
	va_end(list);
	return false;
}

__attribute__((format(printf, 3, 4)))
static void error_at(struct args *a, unsigned column, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	note_error(a, column, format, list);
	va_end(list);
}

/* "the first address, static or proxy" */
static void list_wanted(const struct args *a, struct text *t)
{
	for (size_t i = 0; i < a->wanted_n; i++) {
		text_add(t, i == 0 ? "; write " : i + 1 == a->wanted_n ? " or " : ", ");
		text_add(t, a->wanted[i]);
	}
}

static void error_at_cursor(struct args *a)
{
	const struct word *w = args_peek(a);
	char safe[80], remedy[300];
	struct text s = TEXT(safe), r = TEXT(remedy);

	list_wanted(a, &r);
	if (!w) {
		error_at(a, 0, "something is missing at the end%s", remedy);
		return;
	}
	text_safe(&s, span_text(w->s));
	error_at(a, w->column, "\"%s\" does not fit here%s", safe,
		 a->wanted_n ? remedy : "; leave it out");
}

const char *args_error_text(const struct args *a)
{
	return a->root->error;
}

static bool only_empty_left(const struct args *a)
{
	for (size_t i = a->at; i < a->n; i++)
		if (a->words[i].s[0])
			return false;
	return true;
}

bool args_finish(struct args *a)
{
	if (!a->root->error && !only_empty_left(a))
		error_at_cursor(a);
	return !a->root->error;
}

bool args_fail(struct args *a)
{
	if (!a->root->error)
		error_at_cursor(a);
	return false;
}
