/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf/args_private.h"
#include "conf/chars.h"
#include "conf/conf.h"
#include "conf/source.h"

#define SCRATCH_MAX (1u << 16)		/* what read lines leave behind before it is cleared */

struct values {				/* one reading of such a file */
	struct arena *arena;
	const struct conf_setting *settings;
	size_t n;
	bool named;			/* each line begins with the name of its setting */
	void *object;
	conf_bad_line *bad;
	void *arg;
};

/* NULL, or what is wrong with the value. */
static const char *take_value(const struct values *v, const struct conf_setting *s, struct origin o,
			      const struct chars *value, struct arena *scratch)
{
	struct args *a = args_new(v->arena, scratch, o, s->name, value);

	if (s->take(a, v->object) ? args_finish(a) : args_fail(a))
		return NULL;
	return args_error_text(a);
}

static const char *take_named(const struct values *v, struct origin o, struct chars line,
			      struct arena *scratch)
{
	const char *sign = memchr(line.s, '=', line.n);	/* quoted or not, as in dnsmasq */
	size_t equals = sign ? (size_t)(sign - line.s) : line.n;
	struct chars key = chars_trim(chars_part(line, 0, equals)), value;

	for (size_t i = 0; i < v->n; i++) {
		if (!span_eq(span_of(key.s, key.n), span_text(v->settings[i].name)))
			continue;
		if (!sign)
			return "missing parameter; write = and a value behind the name";
		value = chars_trim(chars_part(line, equals + 1, line.n));
		return take_value(v, &v->settings[i], o, &value, scratch);
	}
	return "illegal option; this file may not have it";
}

/* NAME=VALUE without a blank, of a setting that takes it as it stands. */
static bool take_plain(struct values *v, struct origin o, struct span raw)
{
	const uint8_t *sign = v->named ? memchr(raw.p, '=', raw.n) : NULL;
	size_t equals = sign ? (size_t)(sign - raw.p) : 0;

	for (size_t i = 0; sign && i < v->n; i++)
		if (v->settings[i].take_plain &&
		    span_eq(span_of(raw.p, equals), span_text(v->settings[i].name)))
			return v->settings[i].take_plain(
				span_of(sign + 1, raw.n - equals - 1), o, v->arena, v->object);
	return false;
}

static void read_value(struct values *v, struct origin o, struct span raw, struct arena *scratch)
{
	struct chars line;
	unsigned column;
	const char *wrong = chars_of_line(scratch, raw, &line, &column);

	if (!wrong && line.n)
		wrong = v->named ? take_named(v, o, line, scratch)
				 : take_value(v, v->settings, o, &line, scratch);
	if (wrong)
		v->bad(v->arg, &o, wrong);
}

static void read_all(struct values *v, const struct conf_files *files, struct origin o,
		     struct span text)
{
	struct arena scratch;
	struct span line;

	arena_init(&scratch, 0);
	while (!source_ends(files) && text_line(&text, &line)) {
		o.line++;
		if (!take_plain(v, o, line))
			read_value(v, o, line, &scratch);
		if (scratch.used > SCRATCH_MAX)
			arena_done(&scratch);
	}
	arena_done(&scratch);
}

static enum status read_path(struct values *v, struct conf_files *files, const char *path)
{
	struct origin o = { arena_text(v->arena, path), 0 };
	int fd = source_open(files, path, 0), error;
	struct span text;

	if (fd < 0)
		return errno == ENOENT ? ST_UNKNOWN : ST_SYSTEM;
	if (source_read(files, fd, &text) < 0) {
		error = errno;
		close(fd);
		errno = error;
		return ST_SYSTEM;
	}
	close(fd);
	read_all(v, files, o, text);
	free((void *)text.p);
	return ST_OK;
}

enum status conf_read_values(struct arena *arena, struct conf_files *files, const char *path,
			     const char *option, bool (*take)(struct args *a, void *object),
			     void *object, conf_bad_line *bad, void *arg)
{
	const struct conf_setting setting = { option, take, NULL };
	struct values v = { arena, &setting, 1, false, object, bad, arg };

	return read_path(&v, files, path);
}

enum status conf_read_settings(struct arena *arena, struct conf_files *files, const char *path,
			       const struct conf_setting *settings, size_t n, void *object,
			       conf_bad_line *bad, void *arg)
{
	struct values v = { arena, settings, n, true, object, bad, arg };

	return read_path(&v, files, path);
}
