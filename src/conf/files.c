/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "conf/conf_private.h"
#include "conf/script.h"
#include "conf/source.h"

#define DEPTH_MAX 64			/* files including files */
#define SCRATCH_MAX (1u << 16)		/* what read lines leave behind before it is cleared */

static const struct origin no_origin;

/* One line: key, or key=value. */
static void read_option(struct conf *c, struct origin o, struct chars line, struct arena *scratch)
{
	const char *sign = memchr(line.s, '=', line.n);	/* quoted or not, as in dnsmasq */
	size_t equals = sign ? (size_t)(sign - line.s) : line.n;
	struct chars key = chars_trim(chars_part(line, 0, equals)), value;
	struct conf_option *option = index_find(&c->index, key.s, key.n);
	const char *name = arena_textn(scratch, key.s, key.n);
	bool several;

	if (equals < line.n)
		value = chars_trim(chars_part(line, equals + 1, line.n));
	if (option)
		conf_apply(c, PLACE_FILES, option, name, o, equals < line.n ? &value : NULL, scratch);
	else if (key.n > 2 && memcmp(key.s, "--", 2) == 0)
		conf_error(c, &o, "bad option %s; write %s without the dashes in a file", name,
			   name + 2);
	else if (key.n > 3 && (option = index_abbreviated(&c->index, key.s, key.n, &several)))
		conf_error(c, &o, "bad option %s; in a file names are written whole: %s", name,
			   option->row->name);
	else
		conf_unknown(c, &o, key.s, key.n);
}

/* NAME=VALUE without a blank, of an option that takes it as it stands. */
static bool take_plain(struct conf *c, struct origin o, struct span raw)
{
	const uint8_t *sign = memchr(raw.p, '=', raw.n);
	size_t equals = sign ? (size_t)(sign - raw.p) : 0;
	bool has_name = sign && !memchr(raw.p, 0, equals);
	struct conf_option *option =
		has_name ? index_find(&c->index, (const char *)raw.p, equals) : NULL;

	return option && option->row->take_plain && option->row->service == CONF_SERVED &&
	       conf_apply_plain(c, option, o, span_of(sign + 1, raw.n - equals - 1));
}

static void read_line(struct conf *c, struct origin o, struct span raw, struct arena *scratch)
{
	struct chars line;
	unsigned column;
	const char *wrong = chars_of_line(scratch, raw, &line, &column);

	if (wrong)
		conf_error(c, &o, "column %u: %s", column, wrong);
	else if (line.n)
		read_option(c, o, line, scratch);
}

static bool has_text(struct span line)
{
	size_t i = 0;

	while (i < line.n && (line.p[i] == ' ' || (line.p[i] >= '\t' && line.p[i] <= '\r')))
		i++;
	return i < line.n && line.p[i] != '#';
}

void conf_read_text(struct conf *c, const char *name, struct span text)
{
	struct origin o = { arena_text(&c->arena, name), 0 };
	struct arena scratch;
	struct span line;

	errors_file(&c->errors, name);
	arena_init(&scratch, 0);
	while (!source_ends(c->files) && text_line(&text, &line)) {
		o.line++;
		if (has_text(line) && !take_plain(c, o, line))
			read_line(c, o, line, &scratch);
		if (scratch.used > SCRATCH_MAX)
			arena_done(&scratch);
	}
	arena_done(&scratch);
}

static void add_text(struct conf *c, const char ***list, size_t *n, size_t *room, const char *text)
{
	if (*n == *room) {
		size_t more = *room ? 2 * *room : 16;
		const char **bigger = arena_take(&c->arena, more * sizeof *bigger);

		if (*n)
			memcpy(bigger, *list, *n * sizeof *bigger);
		*list = bigger;
		*room = more;
	}
	(*list)[(*n)++] = arena_text(&c->arena, text);
}

void conf_add_path(struct conf *c, const char *path)
{
	add_text(c, &c->paths, &c->paths_n, &c->paths_room, path);
}

/* Each file is read once, by whatever name it is reached. */
static bool seen_before(struct conf *c, const struct stat *st)
{
	for (size_t i = 0; i < c->seen_n; i++)
		if (c->seen[i].device == st->st_dev && c->seen[i].inode == st->st_ino)
			return true;
	if (c->seen_n == c->seen_room) {
		size_t room = c->seen_room ? 2 * c->seen_room : 16;
		struct seen_file *bigger = arena_take(&c->arena, room * sizeof *bigger);

		if (c->seen_n)
			memcpy(bigger, c->seen, c->seen_n * sizeof *bigger);
		c->seen = bigger;
		c->seen_room = room;
	}
	c->seen[c->seen_n++] = (struct seen_file){ st->st_dev, st->st_ino };
	return false;
}

static void read_descriptor(struct conf *c, const struct origin *o, const char *path, int fd)
{
	struct span text;
	struct stat st;

	if (fstat(fd, &st) < 0)
		conf_file_error(c, o, "cannot read %s: %s", path, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		conf_file_error(c, o, "%s is a folder; write conf-dir=%s", path, path);
	else if (!S_ISREG(st.st_mode) || !seen_before(c, &st)) {
		if (source_read(c->files, fd, &text) < 0) {
			conf_file_error(c, o, "cannot read %s: %s", path, strerror(errno));
			return;
		}
		conf_read_text(c, path, text);
		free((void *)text.p);
	}
}

void conf_include(struct conf *c, const struct origin *o, const char *path, bool must_exist)
{
	bool from_stdin = strcmp(path, "-") == 0;
	int fd;

	if (!o)
		o = &no_origin;
	if (c->depth == DEPTH_MAX) {
		conf_error(c, o, "files include files more than %u deep; include fewer", DEPTH_MAX);
		return;
	}
	if (from_stdin && c->files) {
		conf_file_error(c, o, "standard input was read at the start and cannot be read "
				"again; write the configuration into a file");
		return;
	}
	fd = from_stdin ? dup(STDIN_FILENO) : source_open(c->files, path, 0);
	if (fd < 0) {
		if (must_exist || errno != ENOENT)
			conf_file_error(c, o, "cannot read %s: %s", path, strerror(errno));
		return;
	}
	if (!from_stdin)
		conf_add_path(c, path);
	c->depth++;
	read_descriptor(c, o, from_stdin ? "stdin" : path, fd);
	c->depth--;
	close(fd);
}

/* ---- commands --------------------------------------------------------------------------- */

static int run(struct conf *c, const char *command, int *out_status)
{
	if (!c->files)
		return script_run(command, out_status);
	errno = EPERM;
	return c->files->run ? c->files->run(c->files, command, out_status) : -1;
}

static void read_output(struct conf *c, const struct origin *o, const char *command, int fd)
{
	size_t room = strlen(command) + 16;
	char *name = arena_take(&c->arena, room);
	struct span text;

	snprintf(name, room, "output from %s", command);
	if (source_read(c->files, fd, &text) < 0) {
		conf_file_error(c, o, "cannot read the %s: %s", name, strerror(errno));
		return;
	}
	conf_read_text(c, name, text);
	free((void *)text.p);
}

void conf_include_output(struct conf *c, const struct origin *o, const char *command)
{
	int status = 0, fd;

	if (c->depth == DEPTH_MAX) {
		conf_error(c, o, "commands print commands more than %u deep; print fewer", DEPTH_MAX);
		return;
	}
	add_text(c, &c->commands, &c->commands_n, &c->commands_room, command);
	fd = run(c, command, &status);
	if (fd < 0) {
		conf_error(c, o, "cannot run %s: %s", command,
			   errno == EPERM ? "a running server starts no command that was not there at "
					    "its start; start it anew" : strerror(errno));
		return;
	}
	c->depth++;
	read_output(c, o, command, fd);
	c->depth--;
	close(fd);
	if (status)			/* dnsmasq adds ten to wait()'s status, of which a byte is left */
		conf_error_exit(c, o, (status + 10) & 0xff, "%s returns non-zero error code", command);
}

size_t conf_commands(const struct conf *c, const char *const **out)
{
	*out = c->commands;
	return c->commands_n;
}

int conf_open(struct conf *c, const char *path)
{
	conf_add_path(c, path);
	return source_open(c->files, path, 0);
}

void conf_read_file(struct conf *c, const char *path, bool must_exist)
{
	conf_include(c, NULL, path, must_exist);
}
