/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "base/must.h"
#include "conf/conf.h"
#include "conf/toy.h"
#include "test/test.h"

static const struct conf_section *const sections[] = { &toy_section };

static struct conf *read_text(const char *text)
{
	struct conf *c = conf_new(sections, 1, NULL);

	conf_read_text(c, "f", span_text(text));
	return c;
}

/* The first error of a text, or "fine". */
static const char *verdict(const char *text)
{
	static char copy[500];
	struct conf *c = read_text(text);

	snprintf(copy, sizeof copy, "%s", conf_errors(c) ? conf_error_text(c, 0) : "fine");
	conf_free(c);
	return copy;
}

TEST(lines_lex_as_in_dnsmasq)
{
	static const struct { const char *line, *text; } table[] = {
		{ "text=plain", "plain" },
		{ "  text \t=  two words \t ", "two words" },
		{ "text=crlf\r", "crlf" },
		{ "text=before # after", "before" },
		{ "text=no#comment", "no#comment" },
		{ "text=\"in # quotes\" # out", "in # quotes" },
		{ "text=a\"b c\"d", "ab cd" },
		{ "text=\" kept \"", " kept " },
		{ "text=\"\\\\ \\\" \\t \\n \\e \\b \\r\"", "\\ \" \t \n \033 \b \r" },
		{ "text=\"\\q\"", "\\q" },
		{ "text=out\\nside", "out\\nside" },
		{ "text=", "" },
		{ "text=\"\"", "" },
		{ "text=a=b", "a=b" },
		{ "\"text\"=quoted key", "quoted key" },
		{ "\"text=all, quoted\"", "all, quoted" },
		{ "text=${net0/mac:hexhyp}/x", "${net0/mac:hexhyp}/x" },
		{ "text=a,b , c", "a,b , c" },
		{ "text=#", "#" },
		{ "text= #", "" },
		{ "\n \t\r\n# comment\n  # comment\n\"\"\ntext=last line", "last line" },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct conf *c = read_text(table[i].line);
		struct toy *toy = conf_section(c, &toy_section);

		CHECK_EQ(conf_errors(c), 0);
		CHECK_TEXT(toy->text, table[i].text);
		conf_free(c);
	}
}

TEST(a_long_line_is_a_whole_line)
{
	static char line[40000] = "text=";
	struct conf *c;
	struct toy *toy;

	memset(line + 5, 'x', 30000);
	memcpy(line + 30005, "\nbogus", 7);
	c = read_text(line);
	toy = conf_section(c, &toy_section);
	CHECK_EQ(strlen(toy->text), 30000);
	CHECK_EQ(conf_errors(c), 1);
	CHECK_TEXT(conf_error_text(c, 0), "f:2: unknown option \"bogus\"; --help lists all of them");
	conf_free(c);
}

TEST(mistakes_are_told_with_their_remedy)
{
	static const struct { const char *line, *error; } table[] = {
		{ "text=\"open", "f:1: column 6: missing \"; close the quote on the same line, or "
		  "write \\\" for a quote inside" },
		{ "--port=1", "f:1: bad option --port; write port without the dashes in a file" },
		{ "thin=1", "f:1: bad option thin; in a file names are written whole: thing" },
		{ "poort=1", "f:1: unknown option \"poort\"; write port" },
		{ "PORT=1", "f:1: unknown option \"PORT\"; write port" },
		{ "path_file", "f:1: unknown option \"path_file\"; write path-file" },
		{ "=5", "f:1: unknown option \"\"; --help lists all of them" },
		{ "flag=1", "f:1: flag: extraneous parameter; write flag alone" },
		{ "flag=", "f:1: flag: extraneous parameter; write flag alone" },
		{ "port", "f:1: port: missing parameter; write port=<integer>" },
		{ "port=65536", "f:1: port: \"65536\" is not a number from 0 to 65535; write port=5353" },
		{ "port=-1", "f:1: port: \"-1\" is not a number from 0 to 65535; write port=5353" },
		{ "port=0 x", "f:1: port: \"0 x\" is not a number from 0 to 65535; write port=5353" },
		{ "port-limit=1", "f:1: port-limit: \"1\" is not a number from 2 to 4294967295; "
		  "write port-limit=<number>" },
		{ "port=1\nflag\nport=1",
		  "f:3: illegal repeated keyword port; it was given at f:1 already" },
		{ "later", "f:1: later is not served yet" },
		{ "later=x", "f:1: later is not served yet" },
		{ "quiet=1", "f:1: quiet: extraneous parameter; write quiet alone" },
		{ "quiet-count=10", "f:1: quiet-count: \"10\" is not a number from 0 to 9; "
		  "write quiet-count=<number>" },
		{ "thing=192.0.2.1,nowhere", "f:1: thing, column 17: \"nowhere\" does not fit here; "
		  "write static, proxy or the last address" },
		{ "thing=", "f:1: thing, column 7: \"\" does not fit here; write set:…, a hardware "
		  "address such as 02:00:00:00:00:01 or the first address" },
		{ "thing=192.0.2.1", "f:1: thing: something is missing at the end; "
		  "write static, proxy or the last address" },
		{ "thing-old=x", "f:1: thing-old, column 11: \"x\" does not fit here; write set:…, "
		  "a hardware address such as 02:00:00:00:00:01 or the first address" },
		{ "nest=/a/\"b/c\"/192.0.2.0#99999", "f:1: nest, column 23: \"99999\" does not fit "
		  "here; write a port (0 to 65535)" },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++)
		CHECK_TEXT(verdict(table[i].line), table[i].error);
}

TEST(a_nul_byte_is_no_text)
{
	struct conf *c = conf_new(sections, 1, NULL);

	conf_read_text(c, "f", span_of("flag\nflag\0=1\n", 13));
	CHECK_EQ(conf_errors(c), 1);
	CHECK_TEXT(conf_error_text(c, 0),
		   "f:2: column 5: a NUL byte in the line; write a text file");
	conf_free(c);
}

TEST(every_error_is_told_in_the_order_of_reading)
{
	struct conf *c = read_text("thing=192.0.2.9,192.0.2.1\nbogus\nlater\n");

	conf_read_text(c, "e", span_text("flag=1\n"));
	conf_check(c);
	CHECK_EQ(conf_errors(c), 4);
	CHECK_TEXT(conf_error_text(c, 0), "f:1: the range ends before it begins; swap them");
	CHECK_TEXT(conf_error_text(c, 1), "f:2: unknown option \"bogus\"; --help lists all of them");
	CHECK_TEXT(conf_error_text(c, 2), "f:3: later is not served yet");
	CHECK_TEXT(conf_error_text(c, 3), "e:1: flag: extraneous parameter; write flag alone");
	CHECK_EQ(conf_exit_code(c), 1);
	conf_free(c);
}

TEST(what_is_no_configuration_at_all_is_not_told_line_by_line)
{
	struct conf *c = conf_new(sections, 1, NULL);
	char text[4001];

	for (size_t i = 0; i < 4000; i += 2)
		memcpy(text + i, "?\n", 3);
	conf_read_text(c, "f", span_of(text, 4000));
	CHECK_EQ(conf_errors(c), 501);
	CHECK_TEXT(conf_error_text(c, 500), "… and more errors than are told here");
	conf_free(c);
}

TEST(values_fill_their_members)
{
	struct conf *c = read_text("flag\nflag\ncount=99999999999\nport=\nseconds=60\n"
				   "path-file\nlog\nquiet\nquiet-count=9\n"
				   "thing-old=set:red,02:00:00:00:00:01,192.0.2.1,192.0.2.9,12h\n");
	struct toy *toy = conf_section(c, &toy_section);
	const struct origin *o;

	conf_check(c);
	CHECK_EQ(conf_errors(c), 0);
	CHECK_EQ(conf_exit_code(c), 0);
	CHECK(toy->flag);
	CHECK(toy->checked);
	CHECK_EQ(toy->count, 10000);
	CHECK_EQ(toy->port, 0);
	CHECK_EQ(toy->seconds, 60);
	CHECK_TEXT(toy->path, "/run/toy.pid");
	CHECK_TEXT(toy->things->set, "red");
	CHECK_EQ(toy->things->hw.len, 6);
	CHECK_EQ(toy->things->time_s, 43200);
	CHECK_EQ(toy->things->origin.line, 10);
	o = conf_given(c, "thing");
	CHECK(o && o->line == 10);
	CHECK(conf_given(c, "thing-old") == o);
	CHECK(conf_given(c, "text") == NULL);
	CHECK(conf_given(c, "bogus") == NULL);
	conf_free(c);
}

TEST(rows_are_found_by_name_and_letter)
{
	struct conf *c = read_text("");

	CHECK_TEXT(conf_row_named(c, "port")->name, "port");
	CHECK_TEXT(conf_row_named(c, "p")->name, "port");
	CHECK_TEXT(conf_row_named(c, "thing-old")->name, "thing");
	CHECK_TEXT(conf_row_named(c, "conf-file")->name, "conf-file");
	CHECK(conf_row_named(c, "por") == NULL);
	CHECK(conf_row_named(c, "") == NULL);
	CHECK(conf_section(c, NULL) == NULL);
	conf_free(c);
}
