/* SPDX-License-Identifier: ISC */
/*
 * The options that the language itself is made of: which files it is read from.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/must.h"
#include "conf/conf_private.h"
#include "conf/source.h"

static bool take_conf_file(struct args *a, void *section)
{
	struct conf *c = ((struct conf_own *)section)->conf;
	struct origin o = args_origin(a);
	const char *path = "";

	if (args_more(a))
		args_rest(a, &path);
	if (*path)
		conf_include(c, &o, path, true);
	else if (c->default_file)
		conf_include(c, &o, c->default_file, false);
	return true;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcmp(name + n - m, suffix) == 0;
}

/* Plain suffixes keep files out, and win; *suffix, where there is any, lets only those in. */
static bool is_chosen(const char *name, const char *const *suffixes, size_t n)
{
	bool listed = false, any_listed = false;

	for (size_t i = 0; i < n; i++) {
		const char *s = suffixes[i];

		if (s[0] == '*' && s[1]) {
			any_listed = true;
			listed |= ends_in(name, s + 1);
		} else if (s[0] && s[0] != '*' && ends_in(name, s)) {
			return false;
		}
	}
	return listed || !any_listed;
}

struct folder {
	struct conf *conf;
	struct origin origin;
	const char *path;
	const char *const *suffixes;
	size_t suffixes_n;
};

static const char *joined(struct folder *f, const char *name)
{
	size_t n = strlen(f->path), room = n + strlen(name) + 2;
	char *path = arena_take(&f->conf->arena, room);

	snprintf(path, room, f->path[n - 1] == '/' ? "%s%s" : "%s/%s", f->path, name);
	return path;
}

static void read_folder(struct folder *f)
{
	const char *const *names;
	size_t n;
	int fd = source_open(f->conf->files, f->path, O_DIRECTORY);

	if (fd < 0 || source_list(&f->conf->arena, f->conf->files, fd, &names, &n) < 0) {
		conf_file_error(f->conf, &f->origin, "cannot access directory %s: %s", f->path,
				strerror(errno));
		return;
	}
	conf_add_path(f->conf, f->path);
	for (size_t i = 0; i < n; i++)
		if (is_chosen(names[i], f->suffixes, f->suffixes_n))
			conf_include(f->conf, &f->origin, joined(f, names[i]), true);
}

static bool take_conf_dir(struct args *a, void *section)
{
	struct folder f = { ((struct conf_own *)section)->conf, args_origin(a), "", NULL, 0 };
	const char **suffixes;

	if (!args_text(a, &f.path, "the folder")) {
		while (args_take(a))	/* conf-dir= names none, and its suffixes are of none */
			;
		return true;
	}
	f.suffixes_n = args_left(a);
	f.suffixes = suffixes = arena_take(args_arena(a), (f.suffixes_n + 1) * sizeof *suffixes);
	for (size_t i = 0; i < f.suffixes_n; i++)
		suffixes[i] = args_take(a)->s;
	read_folder(&f);
	return true;
}

/* Empty, it prints nothing. */
static bool take_conf_script(struct args *a, void *section)
{
	struct conf *c = ((struct conf_own *)section)->conf;
	struct origin o = args_origin(a);
	const char *command = "";

	if (args_more(a))
		args_rest(a, &command);
	if (*command)
		conf_include_output(c, &o, command);
	return true;
}

static const struct conf_row rows[] = {
	{ "conf-file", 'C', CONF_MAY_VALUE, ROW_TAKE(take_conf_file), .group = GROUP_PROCESS,
	  .syntax = "<path>", .deflt = "/etc/dnsmasq.conf",
	  .help = "Read options from this file too, here and now; - is standard input.",
	  .example = "/dev/null" },
	{ "conf-dir", '7', CONF_MUST_VALUE, ROW_TAKE(take_conf_dir), .group = GROUP_PROCESS,
	  .syntax = "<directory>[,<suffix>…|,*<suffix>…]",
	  .help = "Read options from all files in this folder, by name; suffixes leave files "
		  "out, with * let only those in.",
	  .example = "/dev,*.none" },
	{ "conf-script", 0, CONF_MUST_VALUE, ROW_TAKE(take_conf_script), .group = GROUP_PROCESS,
	  .syntax = "<command>",
	  .help = "Read options from what this command of the shell prints, here and now, and again at a reload; "
		  "it must exit with 0.", .example = "/bin/true" },
};

const struct conf_row *const conf_file_row = &rows[0];

const struct conf_section conf_own_section = {
	.name = "conf", .rows = rows, .n = COUNT_OF(rows), .size = sizeof(struct conf_own),
};
