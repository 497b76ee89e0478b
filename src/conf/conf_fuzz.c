/* SPDX-License-Identifier: ISC */
/*
 * A configuration file, over a section with every kind of row and over all real ones.
 *
 * fuzzes: conf/chars.c conf/args.c conf/args_take.c conf/conf.c conf/files.c conf/index.c
 * fuzzes: conf/errors.c conf/own.c conf/values.c
 * fuzzes: dns/conf_upstream.c dns/conf_records.c dns/conf_filter.c dns/conf_auth.c dns/form.c
 * fuzzes: ra/conf.c
 */
#include "app/sections.h"
#include "base/must.h"
#include "conf/args.h"
#include "conf/fuzz_files.h"
#include "conf/toy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every error has a place, and the exit code is one of dnsmasq's; by itself or as a named file. */
static void read_with(const struct conf_section *const *list, size_t n, struct span text,
		      bool as_file)
{
	struct fuzz_files f;
	struct conf *c;
	const char *const *paths, *const *commands;

	fuzz_files_init(&f, text);
	c = conf_new(list, n, &f.files);
	must(conf_section(c, list[0]) && conf_arena(c));
	if (as_file)
		conf_read_file(c, "s", true);
	else
		conf_read_text(c, "f", text);
	conf_check(c);
	for (size_t i = 0; i < conf_errors(c); i++)
		must(conf_error_text(c, i)[0] != 0);
	must((conf_errors(c) == 0) == (conf_exit_code(c) == 0));
	must(conf_paths(c, &paths) == 0 || paths[0]);
	must(conf_commands(c, &commands) == 0 || commands[0]);
	must(conf_open(c, "none") < 0 && conf_paths(c, &paths) > 0);
	if (conf_given(c, "conf-file"))
		must(conf_row_named(c, "C") == conf_row_named(c, "conf-file"));
	must(!conf_after_mistake(c, "conf-file") || conf_errors(c));
	conf_free(c);
}

static void ignore_line(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	must(o->line > 0 && what[0]);
}

static bool take_all(struct args *a, void *object)
{
	struct prefix p;
	struct hwaddr hw;

	(void)object;
	while (args_more(a))
		if (!args_hwaddr(a, &hw) && !args_prefix(a, &p, "a network"))
			return false;
	return true;
}

static void read_values(struct span text)
{
	static const struct conf_setting settings[] = { { "server", take_all, NULL }, { "port", take_all, NULL } };
	static const struct { const char *path; enum status status; } files[] = {
		{ "s", ST_OK }, { "folder", ST_SYSTEM }, { "none", ST_UNKNOWN },
	};
	struct fuzz_files f;
	struct arena arena;

	fuzz_files_init(&f, text);
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		arena_init(&arena, 0);
		must(conf_read_values(&arena, &f.files, files[i].path, "thing", take_all, NULL,
				      ignore_line, NULL) == files[i].status);
		must(conf_read_settings(&arena, &f.files, files[i].path, settings,
					COUNT_OF(settings), NULL, ignore_line, NULL) ==
		     files[i].status);
		arena_done(&arena);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_section *const toy[] = { &toy_section };

	read_with(toy, 1, span_of(data, size), false);
	read_with(sections, sections_n, span_of(data, size), true);
	read_values(span_of(data, size));
	return 0;
}
