/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/blocks.h"
#include "dns/blocks_lab_test.h"
#include "lan/tag.h"
#include "test/test.h"

struct stage {
	struct blocks *blocks;
	char said[4000];
	struct text told;
	struct block_client client;
	struct tags tags;		/* of who asks */
};

static void bad(void *arg, const struct origin *o, const char *what)
{
	struct stage *s = arg;

	text_addf(&s->told, "%s:%u %.*s\n", o->file, o->line, (int)strcspn(what, ";"), what);
}

static void was_read(void *arg, const char *path, const struct block_counts *n)
{
	struct stage *s = arg;

	text_addf(&s->told, "%s %zu+%zu-%zu!%zu\n", path, n->names, n->exceptions, n->known, n->bad);
}

static bool has(const struct block_client *c, const struct tag_cond *when)
{
	return tags_match(&container_of(c, struct stage, client)->tags, when);
}

static void make(struct stage *s, const struct dns_block_list *lists, struct conf_files *files)
{
	const struct blocks_want want = { lists, bad, was_read, s };

	s->told = TEXT(s->said);
	s->client.has = has;
	s->blocks = blocks_read(&want, files);
}

/* "LIST:LINE" that blocks a name, or "". */
static const char *by(const struct stage *s, const char *text)
{
	static char where[100];
	struct block_verdict v;
	struct dname name;

	must(dname_parse(text, &name));
	v = blocks_find(s->blocks, dname_span(&name), &s->client);
	snprintf(where, sizeof where, "%s:%u", v.origin.file, v.origin.line);
	return v.blocked ? where : "";
}

TEST(a_list_may_mix_all_dialects_and_says_what_it_gave)
{
	static const struct lab_file file = { "ads",
		"\xef\xbb\xbf# list\n0.0.0.0 h1.example h2.example\nplain.example\n||below.example^\n"
		"@@||good.below.example^\naddress=/mask.example/#\n[Adblock]\nplain.example\n"
		"wrong wrong\n0.0.0.0 last.example" };
	const struct dns_block_list list = { .origin = { "conf", 7 }, .path = "ads" };
	struct lab_files files = lab_files_of(&file, 1);
	struct stage s = { .tags.n = 0 };

	make(&s, &list, &files.files);
	CHECK_TEXT(s.said, "ads:9 more than a name in the line\nads 6+1-1!1\n");
	CHECK_TEXT(by(&s, "h2.example"), "ads:2");
	CHECK_TEXT(by(&s, "x.h2.example"), "");
	CHECK_TEXT(by(&s, "PLAIN.example"), "ads:3");
	CHECK_TEXT(by(&s, "x.below.example"), "ads:4");
	CHECK_TEXT(by(&s, "good.below.example"), "");
	CHECK_TEXT(by(&s, "x.good.below.example"), "");
	CHECK_TEXT(by(&s, "x.mask.example"), "ads:6");
	CHECK_TEXT(by(&s, "last.example"), "ads:10");
	CHECK_EQ(blocks_count(s.blocks), 6);
	blocks_free(s.blocks);
}

TEST(an_exception_holds_for_all_lists_and_at_any_length)
{
	static const struct lab_file file[] = {
		{ "a", "||ads.example^\n||very.good.example^\n" },
		{ "b", "@@||good.example^\n@@|ads.example^\n" },
	};
	const struct dns_block_list lists[] = { { .path = "a", .next = (void *)&lists[1] },
						{ .path = "b" } };
	struct lab_files files = lab_files_of(file, COUNT_OF(file));
	struct stage s = { .tags.n = 0 };

	make(&s, lists, &files.files);
	CHECK_TEXT(by(&s, "very.good.example"), "");
	CHECK_TEXT(by(&s, "ads.example"), "");
	CHECK_TEXT(by(&s, "x.ads.example"), "a:1");
	blocks_free(s.blocks);
}

TEST(a_list_with_a_tag_is_for_clients_that_have_it)
{
	static const struct lab_file file[] = {
		{ "all", "ads.example\n||games.example^\n" },
		{ "kids", "ads.example\n||play.games.example^\nchat.example\n@@||news.example^\n" },
		{ "guests", "chat.example\nnews.example\n" },
	};
	struct tag_cond kids = { .name = "kids" }, others = { .name = "kids", .absent = true };
	const struct dns_block_list lists[] = {
		{ .path = "all", .next = (void *)&lists[1] },
		{ .path = "kids", .when = &kids, .next = (void *)&lists[2] },
		{ .path = "guests", .when = &others },
	};
	struct lab_files files = lab_files_of(file, COUNT_OF(file));
	struct stage s = { .tags.n = 0 };

	make(&s, lists, &files.files);
	CHECK_TEXT(s.said, "all 2+0-0!0\nkids 3+1-0!0\nguests 2+0-0!0\n");
	CHECK_TEXT(by(&s, "chat.example"), "guests:1");
	CHECK_TEXT(by(&s, "news.example"), "guests:2");
	CHECK_TEXT(by(&s, "play.games.example"), "all:2");
	tags_add(&s.tags, "kids");
	CHECK_TEXT(by(&s, "chat.example"), "kids:3");
	CHECK_TEXT(by(&s, "news.example"), "");
	CHECK_TEXT(by(&s, "play.games.example"), "kids:2");
	CHECK_TEXT(by(&s, "ads.example"), "all:1");
	blocks_free(s.blocks);
}

TEST(of_many_wrong_lines_five_are_named_and_the_others_counted)
{
	static char text[40000];
	struct text t = TEXT(text);
	const struct lab_file file = { "html", text };
	const struct dns_block_list list = { .path = "html" };
	struct lab_files files = lab_files_of(&file, 1);
	struct stage s = { .tags.n = 0 };

	for (unsigned i = 0; i < 3000; i++)
		text_add(&t, i % 10 ? "<b>\n" : "ads.example\n");
	make(&s, &list, &files.files);
	CHECK_TEXT(s.said, "html:2 no domain name\nhtml:3 no domain name\nhtml:4 no domain name\n"
			   "html:5 no domain name\nhtml:6 no domain name\n"
			   "html:0 2695 more wrong lines were left out\nhtml 1+0-299!2700\n");
	blocks_free(s.blocks);
}

TEST(a_list_that_cannot_be_read_is_told_and_the_others_serve)
{
	static const struct lab_file file = { "b", "ads.example\n" };
	const struct dns_block_list lists[] = {
		{ .origin = { "conf", 3 }, .path = "a", .next = (void *)&lists[1] },
		{ .origin = { "conf", 4 }, .path = "b" },
	};
	struct lab_files files = lab_files_of(&file, 1);
	struct stage s = { .tags.n = 0 };

	make(&s, lists, &files.files);
	CHECK_TEXT(s.said, "conf:3 failed to load names from a: No such file or directory\n"
			   "b 1+0-0!0\n");
	CHECK_TEXT(by(&s, "ads.example"), "b:1");
	blocks_free(s.blocks);
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	must(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

TEST(a_folder_of_lists_is_read_in_the_order_of_their_names)
{
	char folder[] = "/tmp/lanlord-blocks-XXXXXX", want[400];
	const struct dns_block_list list = { .path = folder };
	struct stage s = { .tags.n = 0 };

	must(mkdtemp(folder));
	write_file(folder, "b", "two.example\none.example\n");
	write_file(folder, "a", "one.example\n");
	write_file(folder, "a~", "three.example\n");
	make(&s, &list, NULL);
	snprintf(want, sizeof want, "%s/a 1+0-0!0\n%s/b 1+0-1!0\n", folder, folder);
	CHECK_TEXT(s.said, want);
	CHECK_TEXT(by(&s, "three.example"), "");
	snprintf(want, sizeof want, "%s/b:1", folder);
	CHECK_TEXT(by(&s, "two.example"), want);
	blocks_free(s.blocks);
	for (const char *name = "b\0a\0a~\0"; *name; name += strlen(name) + 1) {
		char path[100];

		snprintf(path, sizeof path, "%s/%s", folder, name);
		unlink(path);
	}
	rmdir(folder);
}

TEST(without_lists_nothing_is_made)
{
	CHECK(blocks_read(&(struct blocks_want){ .lists = NULL }, NULL) == NULL);
	CHECK_EQ(blocks_count(NULL), 0);
	blocks_free(NULL);
}
