/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "conf/conf.h"
#include "conf/toy.h"
#include "test/test.h"

static const struct conf_section *const sections[] = { &toy_section };

#define WORDS 8

static struct conf *read_words(const char *const *words)
{
	struct conf *c = conf_new(sections, 1, NULL);
	char *argv[WORDS + 2] = { (char[]){ "lanlord" } };
	int argc = 1;

	for (; argc <= WORDS && words[argc - 1]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	conf_read_args(c, argc, argv, NULL);
	return c;
}

TEST(the_command_line_reads_as_getopt_has_it)
{
	static const struct { const char *words[WORDS + 1]; bool flag; uint32_t port, count;
			      const char *path, *text; } table[] = {
		{ { "--flag", "--port=53" }, true, 53, 150, "/run/toy.pid", NULL },
		{ { "--port", "53" }, false, 53, 150, "/run/toy.pid", NULL },
		{ { "-kp53" }, true, 53, 150, "/run/toy.pid", NULL },
		{ { "-p", "53", "-k" }, true, 53, 150, "/run/toy.pid", NULL },
		{ { "-qkx/x" }, true, 0, 150, "/x", NULL },
		{ { "-x", "/x" }, false, 0, 150, "/x", NULL },
		{ { "--path-file" }, false, 0, 150, "/run/toy.pid", NULL },
		{ { "--path-file=" }, false, 0, 150, "", NULL },
		{ { "--path=/x", "--fla" }, true, 0, 150, "/x", NULL },
		{ { "--text=\"q\" #c" }, false, 0, 150, "/run/toy.pid", "\"q\" #c" },
		{ { "--text", "--flag" }, false, 0, 150, "/run/toy.pid", "--flag" },
		{ { "", " ", "\t", "--flag", "--", " " }, true, 0, 150, "/run/toy.pid", NULL },
		{ { "--lease=7" }, false, 0, 7, "/run/toy.pid", NULL },
		{ { "--lease-s=x" }, false, 0, 150, "/run/toy.pid", "x" },
		{ { "-C/dev/null", "--flag" }, true, 0, 150, "/run/toy.pid", NULL },
		{ { "--conf-file", "--flag" }, true, 0, 150, "/run/toy.pid", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct conf *c = read_words(table[i].words);
		struct toy *toy = conf_section(c, &toy_section);

		CHECK_TEXT(conf_errors(c) ? conf_error_text(c, 0) : "fine", "fine");
		CHECK_EQ(toy->flag, table[i].flag);
		CHECK_EQ(toy->port, table[i].port);
		CHECK_EQ(toy->count, table[i].count);
		CHECK_TEXT(toy->path, table[i].path);
		CHECK_TEXT(toy->text, table[i].text);
		conf_free(c);
	}
}

TEST(mistakes_on_the_command_line_are_told)
{
	static const struct { const char *words[WORDS + 1], *error; int code; } table[] = {
		{ { "x" }, "command line: junk found in command line: \"x\"; "
		  "every option begins with -", 1 },
		{ { "-" }, "command line: junk found in command line: \"-\"; "
		  "every option begins with -", 1 },
		{ { "--", "--flag" }, "command line: junk found in command line: \"--flag\"; "
		  "every option begins with -", 1 },
		{ { "--path-file", "/x" }, "command line: junk found in command line: \"/x\"; "
		  "every option begins with -", 1 },
		{ { "-qx" }, "command line: -x: missing parameter; write --path-file=<path>", 1 },
		{ { "-p" }, "command line: -p: missing parameter; write --port=<integer>", 1 },
		{ { "--port" }, "command line: --port: missing parameter; write --port=<integer>",
		  1 },
		{ { "-p=5" }, "command line: port: \"=5\" is not a number from 0 to 65535; "
		  "write port=5353", 1 },
		{ { "--port=5 " }, "command line: port: \"5 \" is not a number from 0 to 65535; "
		  "write port=5353", 1 },
		{ { "--por=5" }, "command line: option --por is ambiguous; write it whole", 1 },
		{ { "--flag=1" }, "command line: flag: extraneous parameter; write flag alone", 1 },
		{ { "--flug" }, "command line: unknown option \"flug\"; write flag", 1 },
		{ { "--=" }, "command line: unknown option \"\"; --help lists all of them", 1 },
		{ { "-k!" }, "command line: unknown flag -!; --help lists all of them", 1 },
		{ { "-\n" }, "command line: unknown flag -?; --help lists all of them", 1 },
		{ { "--port=1", "--port=1" }, "command line: illegal repeated keyword port; "
		  "it was given on the command line already", 1 },
		{ { "--later" }, "command line: later is not served yet", 1 },
		{ { "-C", "/nonexistent" }, "command line: cannot read /nonexistent: "
		  "No such file or directory", 3 },
		{ { "-C", "/nonexistent", "x" }, "command line: junk found in command line: \"x\"; "
		  "every option begins with -", 1 },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct conf *c = read_words(table[i].words);

		CHECK_TEXT(conf_errors(c) ? conf_error_text(c, 0) : "fine", table[i].error);
		CHECK_EQ(conf_exit_code(c), table[i].code);
		conf_free(c);
	}
}
