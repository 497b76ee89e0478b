/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "conf/args.h"
#include "conf/conf.h"
#include "conf/toy.h"
#include "test/test.h"

static const struct conf_section *const sections[] = { &toy_section };
static char root[64];

static const char *path_of(const char *name)
{
	static char path[4][200];
	static unsigned turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof path[turn], "%s/%s", root, name);
	return path[turn];
}

static void write_file(const char *name, const char *text)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t n = strlen(text);

	must(fd >= 0 && write(fd, text, n) == (ssize_t)n && close(fd) == 0);
}

static void make_root(void)
{
	strcpy(root, "/tmp/conf-test-XXXXXX");
	must(mkdtemp(root));
}

static void remove_root(void)
{
	char command[100];

	snprintf(command, sizeof command, "rm -rf %s", root);
	must(system(command) == 0);
}

/* The text with @ for the root. */
static struct conf *read_text(const char *text)
{
	struct conf *c = conf_new(sections, 1, NULL);
	char buffer[2000];
	size_t n = 0;

	for (; *text && n < sizeof buffer - sizeof root; text++) {
		if (*text == '@')
			n += (size_t)sprintf(buffer + n, "%s", root);
		else
			buffer[n++] = *text;
	}
	conf_read_text(c, "f", span_of(buffer, n));
	return c;
}

static const char *first_error(const struct conf *c)
{
	static char copy[500];
	const char *at;
	size_t n = 0;

	if (!conf_errors(c))
		return "fine";
	for (at = conf_error_text(c, 0); *at && n < sizeof copy - 1; at++) {
		if (strncmp(at, root, strlen(root)) == 0) {
			copy[n++] = '@';
			at += strlen(root) - 1;
		} else {
			copy[n++] = *at;
		}
	}
	copy[n] = 0;
	return copy;
}

TEST(a_file_is_read_in_place_and_only_once)
{
	struct conf *c;
	struct toy *toy;
	const char *const *paths;

	make_root();
	write_file("inner", "text=inner\nport=7");
	must(symlink(path_of("inner"), path_of("link")) == 0);
	must(link(path_of("inner"), path_of("hard")) == 0);
	c = read_text("text=before\nconf-file=@/inner\ncount=3\nconf-file=@/link\n"
		      "conf-file=@/hard\nconf-file=\nconf-file\n");
	toy = conf_section(c, &toy_section);
	CHECK_TEXT(first_error(c), "fine");
	CHECK_TEXT(toy->text, "inner");
	CHECK_EQ(toy->port, 7);
	CHECK_EQ(toy->count, 3);
	CHECK_EQ(conf_paths(c, &paths), 3);
	CHECK_TEXT(paths[0], path_of("inner"));
	conf_free(c);
	c = read_text("conf-file=@/missing\nflag\n");
	CHECK_TEXT(first_error(c), "f:1: cannot read @/missing: No such file or directory");
	CHECK_EQ(conf_exit_code(c), 3);
	toy = conf_section(c, &toy_section);
	CHECK(toy->flag);
	conf_free(c);
	remove_root();
}

TEST(a_file_that_includes_itself_is_read_once)
{
	struct conf *c;
	char text[200];

	make_root();
	snprintf(text, sizeof text, "conf-file=%s/self\nport=1\n", root);
	write_file("self", text);
	c = read_text("conf-file=@/self\n");
	CHECK_TEXT(first_error(c), "fine");
	CHECK_EQ(((struct toy *)conf_section(c, &toy_section))->port, 1);
	conf_free(c);
	remove_root();
}

TEST(a_mistake_in_an_included_file_names_that_file)
{
	struct conf *c;

	make_root();
	write_file("bad", "flag\n\nbogus\n");
	c = read_text("conf-file=@/bad\n");
	CHECK_TEXT(first_error(c), "@/bad:3: unknown option \"bogus\"; --help lists all of them");
	conf_free(c);
	c = read_text("conf-file=@\n");
	CHECK_TEXT(first_error(c), "f:1: @ is a folder; write conf-dir=@");
	conf_free(c);
	remove_root();
}

TEST(a_folder_is_read_in_byte_order_by_its_suffix_rules)
{
	/* What is read shows in the errors: each file holds one bogus line. */
	static const struct { const char *option, *first; size_t n; } table[] = {
		{ "conf-dir=@/d", "@/d/B.conf", 4 },
		{ "conf-dir=@/d/", "@/d/B.conf", 4 },
		{ "conf-dir=@/d,.conf", "@/d/b.bak", 1 },
		{ "conf-dir=@/d,*.conf", "@/d/B.conf", 3 },
		{ "conf-dir=@/d, *.conf", "@/d/B.conf", 3 },
		{ "conf-dir=@/d,*.none", "fine", 0 },
		{ "conf-dir=@/d,*.bak,.conf", "@/d/b.bak", 1 },
		{ "conf-dir=@/d,*.conf,.conf", "fine", 0 },
		{ "conf-dir=@/d,*", "@/d/B.conf", 4 },
		{ "conf-dir=@/d,,", "@/d/B.conf", 4 },
		{ "conf-dir=@/d,a.conf", "@/d/B.conf", 4 },	/* a whole name is no suffix */
		{ "conf-dir=@/d,*a.conf", "fine", 0 },
		{ "conf-dir=@/d,x.conf,.CONF", "@/d/B.conf", 4 },
		{ "conf-dir=", "fine", 0 },
	};
	static const char *const names[] = {
		"d/a.conf", "d/B.conf", "d/b.bak", "d/c~", "d/.hidden", "d/#frame#", "target",
	};

	make_root();
	must(mkdir(path_of("d"), 0700) == 0 && mkdir(path_of("d/folder"), 0700) == 0);
	must(mkfifo(path_of("d/fifo"), 0600) == 0);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		write_file(names[i], "bogus\n");
	must(symlink("../target", path_of("d/link.conf")) == 0);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct conf *c = read_text(table[i].option);
		const char *error = first_error(c);

		CHECK(strncmp(error, table[i].first, strlen(table[i].first)) == 0);
		CHECK_EQ(conf_errors(c), table[i].n);
		conf_free(c);
	}
	remove_root();
}

TEST(a_folder_that_cannot_be_read_is_an_error_of_files)
{
	struct conf *c;

	make_root();
	c = read_text("conf-dir=@/none");
	CHECK_TEXT(first_error(c), "f:1: cannot access directory @/none: No such file or directory");
	CHECK_EQ(conf_exit_code(c), 3);
	conf_free(c);
	must(symlink("nowhere", path_of("dangling")) == 0);
	c = read_text("conf-dir=@");
	CHECK_TEXT(first_error(c), "f:1: cannot read @/dangling: No such file or directory");
	CHECK_EQ(conf_exit_code(c), 3);
	conf_free(c);
	c = read_text("conf-dir=@,ling\nconf-dir=@,*.conf\nconf-dir=,ling\n");
	CHECK_TEXT(first_error(c), "fine");
	conf_free(c);
	remove_root();
}

/* Reads a command line whose words begin with @ for the root. */
static struct conf *read_words(const char *const *words, const char *default_file)
{
	static char buffers[8][200];
	char *argv[9] = { buffers[0] };
	struct conf *c = conf_new(sections, 1, NULL);
	int argc = 1;

	for (; argc < 8 && words[argc - 1]; argc++) {
		const char *w = words[argc - 1], *at = strchr(w, '@');

		argv[argc] = buffers[argc];
		snprintf(argv[argc], sizeof *buffers, "%.*s%s%s", at ? (int)(at - w) : 100, w,
			 at ? root : "", at ? at + 1 : "");
	}
	conf_read_args(c, argc, argv, default_file);
	return c;
}

TEST(the_first_conf_file_replaces_the_default_and_is_read_last)
{
	static const struct { const char *words[7]; uint32_t port; const char *text, *error; }
	table[] = {
		{ { NULL }, 1, "default", "fine" },
		{ { "-C", "@/one" }, 0, "one", "fine" },
		{ { "--conf-file=" }, 1, "default", "fine" },
		{ { "-C", "" }, 1, "default", "fine" },
		{ { "-C", "/dev/null" }, 0, NULL, "fine" },
		{ { "-C", "@/one", "--text=arg" }, 0, "one", "fine" },	/* the file wins */
		{ { "--port=5" }, 1, "default", "fine" },	/* once in each place */
		{ { "-C", "@/one", "-C", "@/two" }, 2, "one", "fine" },
		{ { "-C", "@/two", "-C", "@/default" }, 1, "two",
		  "@/two:2: illegal repeated keyword port; it was given at @/default:2 already" },
		{ { "-C", "@/none" }, 0, NULL,
		  "command line: cannot read @/none: No such file or directory" },
	};

	make_root();
	write_file("default", "text=default\nport=1\n");
	write_file("one", "text=one\n");
	write_file("two", "text=two\nport=2\n");
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct conf *c = read_words(table[i].words, path_of("default"));
		struct toy *toy = conf_section(c, &toy_section);

		CHECK_TEXT(first_error(c), table[i].error);
		CHECK_EQ(toy->port, table[i].port);
		CHECK_TEXT(toy->text, table[i].text);
		conf_free(c);
	}
	remove_root();
}

TEST(the_default_file_may_be_missing)
{
	struct conf *c;

	make_root();
	c = read_words((const char *const[]){ NULL }, path_of("none"));
	CHECK_TEXT(first_error(c), "fine");
	conf_free(c);
	remove_root();
}

TEST(a_lone_dash_is_standard_input)
{
	int pipe_fd[2], saved = dup(STDIN_FILENO);
	struct conf *c;

	make_root();
	must(saved >= 0 && pipe(pipe_fd) == 0);
	must(write(pipe_fd[1], "port=9\nbogus", 12) == 12);
	close(pipe_fd[1]);
	must(dup2(pipe_fd[0], STDIN_FILENO) == STDIN_FILENO);
	c = read_text("conf-file=-\n");
	CHECK_EQ(((struct toy *)conf_section(c, &toy_section))->port, 9);
	CHECK_TEXT(first_error(c), "stdin:2: unknown option \"bogus\"; --help lists all of them");
	conf_free(c);
	must(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
	close(saved);
	close(pipe_fd[0]);
	remove_root();
}

/* A source in which every file is new and includes the next. */
struct endless { struct conf_files files; unsigned opened; };

static int open_next(struct conf_files *files, const char *path, int flags)
{
	struct endless *e = container_of(files, struct endless, files);
	int fd[2];

	(void)path, (void)flags;
	if (e->opened++ > 1000 || pipe(fd) != 0)
		return -1;
	must(write(fd[1], "conf-file=next\n", 15) == 15);
	close(fd[1]);
	return fd[0];
}

TEST(files_that_include_files_come_to_an_end)
{
	struct endless e = { { .open = open_next }, 0 };
	struct conf *c = conf_new(sections, 1, &e.files);

	conf_read_file(c, "first", true);
	CHECK_EQ(e.opened, 64);
	CHECK_TEXT(conf_error_text(c, 0),
		   "next:1: files include files more than 64 deep; include fewer");
	conf_free(c);
}

struct bad_lines { char text[300]; unsigned n; };

static void note_bad(void *arg, const struct origin *o, const char *what)
{
	struct bad_lines *bad = arg;

	bad->n++;
	snprintf(bad->text, sizeof bad->text, "%u: %s", o->line, what);
}

static bool take_count(struct args *a, void *object)
{
	unsigned *n = object;
	struct addr addr;

	if (!args_addr(a, &addr, "an address"))
		return false;
	++*n;
	return true;
}

TEST(files_of_values_skip_their_bad_lines)
{
	struct bad_lines bad = { .n = 0 };
	struct arena arena;
	unsigned good = 0;

	make_root();
	arena_init(&arena, 0);
	write_file("v", "192.0.2.1 # one\n\n# none\n192.0.2.2,\r\nhost\n\"\n192.0.2.3,left\n192.0.2.4");
	CHECK_EQ(conf_read_values(&arena, NULL, path_of("v"), "dhcp-host", take_count, &good,
				  note_bad, &bad), ST_OK);
	CHECK_EQ(good, 4);
	CHECK_EQ(bad.n, 3);
	CHECK_TEXT(bad.text, "7: dhcp-host, column 11: \"left\" does not fit here; leave it out");
	CHECK_EQ(conf_read_values(&arena, NULL, path_of("none"), "dhcp-host", take_count, &good,
				  note_bad, &bad), ST_UNKNOWN);
	CHECK_EQ(conf_read_values(&arena, NULL, root, "dhcp-host", take_count, &good,
				  note_bad, &bad), ST_SYSTEM);
	CHECK_EQ(errno, EISDIR);
	arena_done(&arena);
	remove_root();
}
