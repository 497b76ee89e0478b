/* SPDX-License-Identifier: ISC */
/*
 * A command line, one word a line.
 *
 * fuzzes: conf/command_line.c conf/index.c
 */
#include "base/must.h"
#include "conf/chars.h"
#include "conf/fuzz_files.h"
#include "conf/toy.h"

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_section *const toy[] = { &toy_section };
	struct span rest = span_of(data, size), line;
	char *argv[WORDS_MAX + 1] = { (char[]){ "lanlord" } };
	struct fuzz_files f;
	struct arena arena;
	struct conf *c;
	int argc = 1;

	arena_init(&arena, 0);
	fuzz_files_init(&f, span_of(data, size));
	while (argc < WORDS_MAX && text_line(&rest, &line))
		argv[argc++] = arena_textn(&arena, (const char *)line.p, line.n);
	c = conf_new(toy, 1, &f.files);
	conf_read_args(c, argc, argv, "default");
	conf_check(c);
	must((conf_errors(c) == 0) == (conf_exit_code(c) == 0));
	conf_free(c);
	arena_done(&arena);
	return 0;
}
