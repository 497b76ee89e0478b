/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/must.h"
#include "boot/files.h"
#include "test/test.h"

#define BYTES(text) span_of(text, sizeof(text) - 1)

TEST(a_clean_name_leads_nowhere_but_down)
{
	const struct {
		struct span asked;
		enum files_form form;
		const char *root;
		enum files_result result;
		const char *clean;
	} cases[] = {
		{ BYTES("a"),                 0, "/srv",  FILES_OK, "a" },
		{ BYTES("/a"),                0, "/srv",  FILES_OK, "a" },
		{ BYTES("//a//b"),            0, "/srv",  FILES_OK, "a/b" },
		{ BYTES("./a/./b"),           0, "/srv",  FILES_OK, "a/b" },
		{ BYTES("a/"),                0, "/srv",  FILES_OK, "a/" },
		{ BYTES("a//"),               0, "/srv",  FILES_OK, "a/" },
		{ BYTES(""),                  0, "/srv",  FILES_OK, "" },
		{ BYTES("/"),                 0, "/srv",  FILES_OK, "" },
		{ BYTES("/srv/a"),            0, "/srv",  FILES_OK, "a" },
		{ BYTES("/srv/a"),            0, "/srv/", FILES_OK, "a" },
		{ BYTES("/srv//a"),           0, "/srv",  FILES_OK, "a" },
		{ BYTES("/srvx/a"),           0, "/srv",  FILES_OK, "srvx/a" },
		{ BYTES("/srv"),              0, "/srv",  FILES_OK, "srv" },
		{ BYTES("/srv/a"),            0, NULL,    FILES_OK, "srv/a" },
		{ BYTES("/etc/passwd"),       0, "/srv",  FILES_OK, "etc/passwd" },
		{ BYTES("/srv/a"),            0, "/",     FILES_OK, "srv/a" },
		{ BYTES("a..b"),              0, "/srv",  FILES_OK, "a..b" },
		{ BYTES("..a/b.."),           0, "/srv",  FILES_OK, "..a/b.." },
		{ BYTES("..."),               0, "/srv",  FILES_OK, "..." },
		{ BYTES("caf\xc3\xa9"),       0, "/srv",  FILES_OK, "caf\xc3\xa9" },
		{ BYTES("A\\B"),              FILES_BACKSLASH, "/srv", FILES_OK, "A/B" },
		{ BYTES("A\\B"),              0, "/srv",  FILES_OK, "A\\B" },
		{ BYTES("\\srv\\a"),          FILES_BACKSLASH, "/srv", FILES_OK, "a" },
		{ BYTES("/SRV/\xc3\x84" "B"), FILES_LOWER, "/srv", FILES_OK, "\xc3\x84" "b" },
		{ BYTES("..\\a"),             0, "/srv",  FILES_OK, "..\\a" },
		{ BYTES("..\\a"),             FILES_BACKSLASH, "/srv", FILES_FORBIDDEN, "" },
		{ BYTES("a\\..\\..\\b"),      FILES_BACKSLASH, "/srv", FILES_FORBIDDEN, "" },
		{ BYTES(".."),                0, "/srv",  FILES_FORBIDDEN, "" },
		{ BYTES("../a"),              0, "/srv",  FILES_FORBIDDEN, "" },
		{ BYTES("/../a"),             0, "/srv",  FILES_FORBIDDEN, "" },
		{ BYTES("a/.."),              0, "/srv",  FILES_FORBIDDEN, "" },
		{ BYTES("a/../b"),            0, "/srv",  FILES_FORBIDDEN, "" },
		{ BYTES("a//..//b"),          0, "/srv",  FILES_FORBIDDEN, "" },
		{ BYTES("/srv/../etc"),       0, "/srv",  FILES_FORBIDDEN, "" },
		{ BYTES("/etc/../srv"),       0, "/",     FILES_FORBIDDEN, "" },
		{ BYTES("a\0b"),              0, "/srv",  FILES_FORBIDDEN, "" },
		{ BYTES("a\nb"),              0, "/srv",  FILES_FORBIDDEN, "" },
		{ BYTES("a\x7f"),             0, "/srv",  FILES_FORBIDDEN, "" },
		{ BYTES("\x1b[31m"),          0, "/srv",  FILES_FORBIDDEN, "" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct files_name name = { "" };

		CHECK_EQ(files_clean(cases[i].asked, cases[i].form, cases[i].root, &name),
			 cases[i].result);
		CHECK_TEXT(name.s, cases[i].clean);
	}
}

TEST(a_name_is_as_long_as_its_limit_and_no_longer)
{
	static uint8_t bytes[4 * FILES_NAME_MAX];
	struct files_name name = { "" };

	memset(bytes, 'a', sizeof bytes);
	CHECK_EQ(files_clean(span_of(bytes, FILES_NAME_MAX), 0, "/", &name), FILES_OK);
	CHECK_EQ(strlen(name.s), FILES_NAME_MAX);
	CHECK_EQ(files_clean(span_of(bytes, FILES_NAME_MAX + 1), 0, "/", &name), FILES_MISSING);
	CHECK_EQ(files_clean(SPAN(bytes), 0, "/", &name), FILES_MISSING);
}

TEST(a_path_has_the_slashes_it_needs)
{
	static const struct { const char *root, *dir, *name, *path; } cases[] = {
		{ "/srv",  "",   "a",  "/srv/a"     },
		{ "/srv/", "",   "a",  "/srv/a"     },
		{ "/srv",  "ip", "a",  "/srv/ip/a"  },
		{ "/",     "",   "a",  "/a"         },
		{ "/",     "ip", "a",  "/ip/a"      },
		{ "srv",   "",   "a",  "/srv/a"     },
		{ "/srv",  "",   "",   "/srv"       },
	};
	char path[32];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CHECK(files_path(cases[i].root, cases[i].dir, cases[i].name, path, sizeof path));
		CHECK_TEXT(path, cases[i].path);
	}
	CHECK(!files_path("/srv", "", "a-name-that-is-too-long-for-the-buffer", path, sizeof path));
}

/* ---- on a real file system ------------------------------------------------ */

struct tree {
	char top[64];			/* holds root/ and what lies beside it */
	char root[80];
	struct files *files;
};

static void write_file(const struct tree *t, const char *path, const char *text)
{
	char full[PATH_MAX];
	int fd;

	snprintf(full, sizeof full, "%s/%s", t->top, path);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	fchmod(fd, 0644);
	close(fd);
}

static void make_dir(const struct tree *t, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof full, "%s/%s", t->top, path);
	must(mkdir(full, 0755) == 0);
}

static void make_link(const struct tree *t, const char *to, const char *path)
{
	char full[PATH_MAX], target[PATH_MAX];

	snprintf(full, sizeof full, "%s/%s", t->top, path);
	snprintf(target, sizeof target, "%s%s", *to == '/' ? t->top : "", to);
	must(symlink(target, full) == 0);
}

/* An absolute target is beneath the tree's top: "/secret". */
static void tree_make(struct tree *t, uid_t run_as)
{
	char full[PATH_MAX];

	snprintf(t->top, sizeof t->top, "/tmp/lanlord-files-XXXXXX");
	must(mkdtemp(t->top) && chmod(t->top, 0755) == 0);
	snprintf(t->root, sizeof t->root, "%s/root", t->top);
	make_dir(t, "root");
	make_dir(t, "root/sub");
	make_dir(t, "root/sub/deep");
	make_dir(t, "beside");
	write_file(t, "secret", "secret");
	write_file(t, "beside/secret", "beside");
	write_file(t, "root/a", "inside");
	write_file(t, "root/sub/b", "below");
	write_file(t, "root/private", "private");
	snprintf(full, sizeof full, "%s/private", t->root);
	must(chmod(full, 0600) == 0);
	snprintf(full, sizeof full, "%s/pipe", t->root);
	must(mkfifo(full, 0644) == 0);
	make_link(t, "a", "root/in");
	make_link(t, "../a", "root/sub/up");
	make_link(t, "sub/up", "root/twice");
	make_link(t, "sub", "root/folder");
	make_link(t, "/secret", "root/out-absolute");
	make_link(t, "/root/a", "root/in-absolute");
	make_link(t, "../secret", "root/out-relative");
	make_link(t, "../../../secret", "root/sub/deep/out-far");
	make_link(t, "../beside", "root/out-folder");
	make_link(t, "sub/../../secret", "root/out-winding");
	make_link(t, "sub/../sub/./b", "root/in-winding");
	make_link(t, "nowhere", "root/dangling");
	make_link(t, "loop", "root/loop");
	t->files = files_new(run_as);
	must(t->files && files_add_root(t->files, t->root) == ST_OK);
}

static void tree_remove(struct tree *t)
{
	char command[128];

	files_free(t->files);
	snprintf(command, sizeof command, "rm -rf '%s'", t->top);
	must(system(command) == 0);
}

/* The file's bytes as text, or what was said instead. */
static const char *fetch_in(struct tree *t, const char *dir, const char *name,
			    enum files_rule rule)
{
	static const char *const said[] = {
		[FILES_OK] = "ok", [FILES_MISSING] = "MISSING", [FILES_FORBIDDEN] = "FORBIDDEN",
		[FILES_NOT_A_FILE] = "NOT A FILE", [FILES_FAILED] = "FAILED",
	};
	static char bytes[64];
	struct files_found found = { .fd = -1 };
	struct files_name clean;
	enum files_result r = files_clean(span_text(name), FILES_BACKSLASH, t->root, &clean);
	ssize_t n;

	if (r == FILES_OK)
		r = files_open(t->files, t->root, dir, &clean, rule, &found);
	if (r != FILES_OK)
		return said[r];
	n = read(found.fd, bytes, sizeof bytes - 1);
	must(n >= 0 && found.size == (uint64_t)n);
	bytes[n] = 0;
	close(found.fd);
	return bytes;
}

static const char *fetch(struct tree *t, const char *name, enum files_rule rule)
{
	return fetch_in(t, "", name, rule);
}

static const struct { const char *name, *follow, *inside; } fetches[] = {
	{ "a",                 "inside",     "inside"     },
	{ "sub/b",             "below",      "below"      },
	{ "nowhere",           "MISSING",    "MISSING"    },
	{ "a/b",               "NOT A FILE", "NOT A FILE" },
	{ "a/",                "NOT A FILE", "NOT A FILE" },
	{ "sub",               "NOT A FILE", "NOT A FILE" },
	{ "sub/",              "NOT A FILE", "NOT A FILE" },
	{ "",                  "NOT A FILE", "NOT A FILE" },
	{ "private",           "FORBIDDEN",  "FORBIDDEN"  },
	{ "pipe",              "FORBIDDEN",  "FORBIDDEN"  },
	{ "../secret",         "FORBIDDEN",  "FORBIDDEN"  },
	{ "..\\secret",        "FORBIDDEN",  "FORBIDDEN"  },
	{ "sub/../../secret",  "FORBIDDEN",  "FORBIDDEN"  },
	{ "folder/../a",       "FORBIDDEN",  "FORBIDDEN"  },
	{ "secret",            "MISSING",    "MISSING"    },
	{ "in",                "inside",     "inside"     },
	{ "sub/up",            "inside",     "inside"     },
	{ "twice",             "inside",     "inside"     },
	{ "folder/b",          "below",      "below"      },
	{ "folder/up",         "inside",     "inside"     },
	{ "in-winding",        "below",      "below"      },
	{ "in-absolute",       "inside",     "FORBIDDEN"  },
	{ "out-absolute",      "secret",     "FORBIDDEN"  },
	{ "out-relative",      "secret",     "FORBIDDEN"  },
	{ "sub/deep/out-far",  "secret",     "FORBIDDEN"  },
	{ "out-folder/secret", "beside",     "FORBIDDEN"  },
	{ "out-winding",       "secret",     "FORBIDDEN"  },
	{ "out-folder",        "NOT A FILE", "NOT A FILE" },
	{ "dangling",          "MISSING",    "MISSING"    },
	{ "loop",              "FORBIDDEN",  "FORBIDDEN"  },
};

static void fetch_all(struct tree *t)
{
	for (size_t i = 0; i < COUNT_OF(fetches); i++) {
		CHECK_TEXT(fetch(t, fetches[i].name, FILES_ANY), fetches[i].follow);
		CHECK_TEXT(fetch(t, fetches[i].name, FILES_INSIDE), fetches[i].inside);
	}
}

TEST(hostile_names_stay_below_the_root_and_links_obey_the_setting)
{
	struct tree t;

	tree_make(&t, 0);
	fetch_all(&t);
	tree_remove(&t);
}

TEST(the_same_rule_holds_without_openat2)
{
	struct tree t;

	tree_make(&t, 0);
	files_without_openat2(t.files);
	fetch_all(&t);
	tree_remove(&t);
}

TEST(secure_serves_the_files_of_one_user)
{
	struct tree t;
	char full[PATH_MAX];

	tree_make(&t, 12345);
	snprintf(full, sizeof full, "%s/a", t.root);
	CHECK_TEXT(fetch(&t, "a", FILES_OWNED), "FORBIDDEN");
	CHECK_TEXT(fetch(&t, "a", FILES_ANY), "inside");
	if (geteuid() == 0) {
		must(chown(full, 12345, 12345) == 0);
		CHECK_TEXT(fetch(&t, "a", FILES_OWNED), "inside");
	}
	tree_remove(&t);
}

TEST(a_root_that_was_replaced_is_served_as_it_is_now)
{
	struct tree t;
	char old[PATH_MAX];

	tree_make(&t, 0);
	snprintf(old, sizeof old, "%s/old", t.top);
	must(rename(t.root, old) == 0);
	CHECK_TEXT(fetch(&t, "a", FILES_ANY), "MISSING");
	make_dir(&t, "root");
	write_file(&t, "root/a", "new");
	CHECK_TEXT(fetch(&t, "a", FILES_ANY), "new");
	tree_remove(&t);
}

TEST(a_folder_of_the_clients_own_is_found_by_name)
{
	struct tree t;

	tree_make(&t, 0);
	make_dir(&t, "root/192.0.2.9");
	write_file(&t, "root/192.0.2.9/a", "mine");
	CHECK(files_has_dir(t.files, t.root, "192.0.2.9"));
	CHECK(!files_has_dir(t.files, t.root, "192.0.2.8"));
	CHECK(!files_has_dir(t.files, t.root, "a"));
	CHECK_TEXT(fetch_in(&t, "192.0.2.9", "a", FILES_ANY), "mine");
	CHECK_TEXT(fetch_in(&t, "192.0.2.9", "../a", FILES_ANY), "FORBIDDEN");
	tree_remove(&t);
}

/*
 * A process that may open what lies beneath the root and nothing else, as the
 * sandbox has it, and asks another for the rest.  Forked, since neither the
 * lost privileges nor the sandbox come off again.
 */
struct opener {
	unsigned asked;
	char path[PATH_MAX];
	int fd;				/* what it answers with */
};

static int open_for_us(void *arg, const char *path)
{
	struct opener *o = arg;

	o->asked++;
	snprintf(o->path, sizeof o->path, "%s", path);
	return o->fd;
}

static bool confine(const char *root)
{
	struct landlock_ruleset_attr handled = { .handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE };
	struct landlock_path_beneath_attr beneath = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
		.parent_fd = open(root, O_PATH | O_CLOEXEC),
	};
	int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);

	return rules >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0 &&
	       syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

static bool asks(struct tree *t, struct opener *o, const char *name, const char *want,
		 unsigned times)
{
	unsigned before = o->asked;

	return strcmp(fetch(t, name, FILES_ANY), want) == 0 && o->asked - before == times;
}

/* 0, or the number of the step that went wrong; 77: there is no Landlock here. */
static int fetch_confined(struct tree *t)
{
	struct opener o = { 0 };
	char secret[PATH_MAX], want[PATH_MAX];
	bool was_root = geteuid() == 0;

	snprintf(secret, sizeof secret, "%s/secret", t->top);
	snprintf(want, sizeof want, "%s/out-absolute", t->root);
	o.fd = open(secret, O_RDONLY | O_CLOEXEC);
	files_set_opener(t->files, open_for_us, &o);
	if (was_root && (setgid(65534) || setuid(65534)))
		return 1;
	if (!confine(t->root))
		return 77;
	if (!asks(t, &o, "a", "inside", 0))
		return 2;		/* what can be opened is not asked for */
	if (was_root && !asks(t, &o, "private", "FORBIDDEN", 0))
		return 3;		/* nor what its mode closes to us */
	if (!asks(t, &o, "../secret", "FORBIDDEN", 0))
		return 4;		/* nor what no link leads to */
	if (!asks(t, &o, "out-absolute", "secret", 1) || strcmp(o.path, want) != 0)
		return 5;
	o.fd = -1;
	errno = EACCES;
	return asks(t, &o, "out-relative", "FORBIDDEN", 1) ? 0 : 6;
}

TEST(the_opener_is_asked_for_links_out_of_the_sandbox_and_nothing_else)
{
	struct tree t;
	int status = -1;
	pid_t child;

	tree_make(&t, geteuid() ? geteuid() : 65534);
	child = fork();
	if (child == 0)
		_exit(fetch_confined(&t));
	must(waitpid(child, &status, 0) == child && WIFEXITED(status));
	if (WEXITSTATUS(status) != 77)
		CHECK_EQ(WEXITSTATUS(status), 0);
	tree_remove(&t);
}
