/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"
#include "conf/args_private.h"
#include "conf/conf_private.h"

#define EXIT_CONFIGURATION 1		/* dnsmasq's EC_BADCONF */
#define EXIT_FILE 3			/* and its EC_FILE */
#define ERROR_MAX 1024

void *conf_section(struct conf *c, const struct conf_section *s)
{
	for (size_t i = 0; i < c->sections_n; i++)
		if (c->sections[i] == s)
			return c->objects[i];
	return NULL;
}

static void make_section(struct conf *c, size_t i, const struct conf_section *s)
{
	must(s->n == 0 || s->rows);
	if (s->fills) {
		c->objects[i] = conf_section(c, s->fills);
		must(c->objects[i]);
		return;
	}
	c->objects[i] = arena_take(&c->arena, s->size ? s->size : 1);
	if (s->init)
		s->init(c->objects[i]);
}

struct conf *conf_new(const struct conf_section *const *sections, size_t n,
		      struct conf_files *files)
{
	struct conf *c = calloc(1, sizeof *c);
	const struct conf_section **all;

	must(c);
	arena_init(&c->arena, 0);
	c->errors.arena = &c->arena;
	errors_file(&c->errors, "command line");
	c->files = files;
	all = arena_take(&c->arena, (n + 1) * sizeof *all);
	all[0] = &conf_own_section;
	for (size_t i = 0; i < n; i++)
		all[i + 1] = sections[i];
	c->sections = all;
	c->sections_n = n + 1;
	c->objects = arena_take(&c->arena, c->sections_n * sizeof *c->objects);
	for (size_t i = 0; i < c->sections_n; i++)
		make_section(c, i, c->sections[i]);
	((struct conf_own *)c->objects[0])->conf = c;
	index_init(&c->index, &c->arena, c->sections, c->objects, c->sections_n);
	return c;
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	arena_done(&c->arena);
	free(c);
}

struct conf_files *conf_files_of(const struct conf *c)
{
	return c->files;
}

struct arena *conf_arena(struct conf *c)
{
	return &c->arena;
}

__attribute__((format(printf, 4, 0)))
static void add_error(struct conf *c, const struct origin *o, int exit_code, const char *format,
		      va_list list)
{
	char what[ERROR_MAX];

	vsnprintf(what, sizeof what, format, list);
	errors_add(&c->errors, o, exit_code, what);
}

bool conf_error(struct conf *c, const struct origin *o, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	add_error(c, o, EXIT_CONFIGURATION, format, list);
	va_end(list);
	return false;
}

bool conf_file_error(struct conf *c, const struct origin *o, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	add_error(c, o, EXIT_FILE, format, list);
	va_end(list);
	return false;
}

bool conf_error_exit(struct conf *c, const struct origin *o, int exit_code, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	add_error(c, o, exit_code, format, list);
	va_end(list);
	return false;
}

void conf_unknown(struct conf *c, const struct origin *o, const char *name, size_t length)
{
	bool told = c->errors.n < ERRORS_MAX;	/* else only counted: do not look */
	const struct conf_option *near = told ? index_nearest(&c->index, name, length) : NULL;
	char safe[100];
	struct text t = TEXT(safe);

	text_safe(&t, span_of(name, length));
	if (near)
		conf_error(c, o, "unknown option \"%s\"; write %s", safe, near->row->name);
	else
		conf_error(c, o, "unknown option \"%s\"; --help lists all of them", safe);
}

/*
 * A single-valued option may stand once on the command line and once in all
 * files together; the later reading, the file's, wins.
 */
static bool note_given(struct conf *c, enum conf_place place, struct conf_option *option,
		       const char *name, struct origin o)
{
	bool *given = place == PLACE_FILES ? &option->in_files : &option->on_command_line;
	struct origin *first;

	if (*given && option->row->once && place == PLACE_FILES)
		return conf_error(c, &o, "illegal repeated keyword %s; it was given at %s:%u already",
				  name, option->last.file, option->last.line);
	if (*given && option->row->once)
		return conf_error(c, &o, "illegal repeated keyword %s; it was given on the command "
				  "line already", name);
	*given = true;
	option->last = o;
	if (option->first)
		return true;
	first = arena_new(&c->arena, struct origin);
	*first = o;
	option->first = first;
	option->after_mistake = c->errors.n > 0;
	return true;
}

static bool value_fits(struct conf *c, const struct conf_row *row, const char *name,
		       const struct origin *o, bool has_value)
{
	if (row->arity == CONF_NO_VALUE && has_value)
		return conf_error(c, o, "%s: extraneous parameter; write %s alone", name, name);
	if (row->arity == CONF_MUST_VALUE && !has_value)
		return conf_error(c, o, "%s: missing parameter; write %s=%s", name, name,
				  row->syntax ? row->syntax : "<value>");
	return true;
}

/* Digits, and as in dnsmasq no digit at all is 0.  Too large for a number of ours: the largest. */
static bool number_parse(struct chars v, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < v.n; i++) {
		if (v.s[i] < '0' || v.s[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t)(v.s[i] - '0');
		if (*out > UINT32_MAX)
			*out = (uint64_t)UINT32_MAX + 1;
	}
	return true;
}

static bool take_number(struct conf *c, const struct conf_row *row, const char *name,
			const struct origin *o, struct chars v, uint32_t *out)
{
	uint64_t max = row->max ? row->max : UINT32_MAX, n;

	if (!number_parse(v, &n) || (!row->clamp && (n < row->min || n > max)))
		return conf_error(c, o, "%s: \"%.*s\" is not a number from %u to %ju; write %s=%s",
				  name, (int)(v.n < 40 ? v.n : 40), v.s, row->min, (uintmax_t)max,
				  name, row->example ? row->example : "<number>");
	if (n < row->min)
		n = row->min;
	*out = (uint32_t)(n > max ? max : n);
	return true;
}

static bool take_value(struct conf *c, const struct conf_option *option, const char *name,
		       const struct origin *o, const struct chars *value, struct arena *scratch)
{
	const struct conf_row *row = option->row;
	bool keep = row->service == CONF_SERVED;	/* form alone: nothing is stored */
	char *member = (char *)option->object + row->offset;
	struct args *a;
	uint32_t number = 0;

	switch (row->kind) {
	case CONF_FLAG:
		if (keep)
			*(bool *)(void *)member = true;
		return true;
	case CONF_COUNT:
	case CONF_SECONDS:
		if (!value)
			return true;
		if (take_number(c, row, name, o, *value, &number) && keep)
			*(uint32_t *)(void *)member = number;
		return true;
	case CONF_TEXT:
		if (value && keep)
			*(const char **)(void *)member = arena_textn(&c->arena, value->s, value->n);
		return true;
	case CONF_FUNCTION:
		a = args_new(&c->arena, scratch, *o, name, value);
		if (row->take(a, option->object) ? args_finish(a) : args_fail(a))
			return true;
		return conf_error(c, o, "%s", args_error_text(a));
	case CONF_ALIAS:
		break;			/* conf_apply() resolved it */
	}
	return false;
}

void conf_apply(struct conf *c, enum conf_place place, struct conf_option *option, const char *name,
		struct origin o, const struct chars *value, struct arena *scratch)
{
	const struct conf_row *row;

	option = option->means;
	row = option->row;
	if (row->service == CONF_NOT_SERVED) {
		conf_error(c, &o, "%s is not served yet", name);
		return;
	}
	if (note_given(c, place, option, name, o) && value_fits(c, row, name, &o, value != NULL))
		take_value(c, option, name, &o, value, scratch);
}

bool conf_apply_plain(struct conf *c, struct conf_option *option, struct origin o,
		      struct span value)
{
	return option->row->take_plain(value, o, &c->arena, option->object) &&
	       note_given(c, PLACE_FILES, option, option->row->name, o);
}

void conf_check(struct conf *c)
{
	for (size_t i = 0; i < c->sections_n; i++)
		if (c->sections[i]->check)
			c->sections[i]->check(c, c->objects[i]);
}

size_t conf_errors(const struct conf *c)
{
	return c->errors.n + (c->errors.left_out != 0);
}

const char *conf_error_text(const struct conf *c, size_t i)
{
	return i < c->errors.n ? c->errors.list[i].text : "… and more errors than are told here";
}

int conf_exit_code(const struct conf *c)
{
	return c->errors.n ? c->errors.list[0].exit_code : 0;
}

const struct conf_row *conf_row_named(const struct conf *c, const char *name)
{
	struct conf_option *o = index_find(&c->index, name, strlen(name));

	if (!o && name[0] && !name[1])
		o = index_flag(&c->index, name[0]);
	return o ? o->means->row : NULL;
}

const struct origin *conf_given(const struct conf *c, const char *name)
{
	struct conf_option *o = index_find(&c->index, name, strlen(name));

	return o ? o->means->first : NULL;
}

bool conf_after_mistake(const struct conf *c, const char *name)
{
	struct conf_option *o = index_find(&c->index, name, strlen(name));

	return o && o->means->first && o->means->after_mistake;
}

size_t conf_paths(const struct conf *c, const char *const **out)
{
	*out = c->paths;
	return c->paths_n;
}
