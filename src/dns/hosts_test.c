/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "conf/conf.h"
#include "dns/hosts_private.h"
#include "lan/conf.h"
#include "test/test.h"
#include "wire/dname.h"

static const struct conf_section *const sections[] = {
	&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
	&dns_auth_section, &dns_beyond_section,
};

/* A configuration, the hosts that it leads to, and what was said while they were read. */
struct stage {
	struct conf *conf;
	struct hosts *hosts;
	char said[2000];
	struct text told;
	char root[40];
};

static void bad(void *arg, const struct origin *o, const char *what)
{
	struct stage *s = arg;

	text_addf(&s->told, "%s:%u %s\n", o->file, o->line, what);
}

static void read_told(void *arg, const char *path, size_t names)
{
	struct stage *s = arg;

	text_addf(&s->told, "read %s %zu\n", path, names);
}

static void make_conf(struct stage *s, const char *conf)
{
	s->conf = conf_new(sections, COUNT_OF(sections), NULL);
	conf_read_text(s->conf, "conf", span_text(conf));
	CHECK_EQ(conf_errors(s->conf), 0);
	s->told = TEXT(s->said);
}

static struct hosts_want want_of(struct stage *s)
{
	const struct lan_conf *lan = conf_section(s->conf, &lan_section);

	return (struct hosts_want){ dns_conf_of(s->conf), lan->domains, bad, read_told, s };
}

/* The hosts of one file "h" with this text. */
static void make(struct stage *s, const char *conf, const char *text)
{
	struct hosts_want want;
	size_t names;

	make_conf(s, conf);
	want = want_of(s);
	s->hosts = hosts_new();
	names = hosts_parse(s->hosts, &want, "h", span_text(text));
	hosts_seal(s->hosts);
	text_addf(&s->told, "%zu names", names);
}

static void done(struct stage *s)
{
	hosts_free(s->hosts);
	conf_free(s->conf);
}

/* The addresses of a name, with where each comes from: "192.0.2.1@h:1 …". */
static const char *addresses(const struct stage *s, const char *name)
{
	static char line[500];
	struct text t = TEXT(line);
	struct dname n;

	must(dname_parse(name, &n));
	for (struct host_entry e = hosts_named(s->hosts, dname_span(&n)); e.number;
	     e = hosts_next(s->hosts, &e))
		text_addf(&t, "%s%s@%s:%u", t.n ? " " : "", addr_text(&e.addr).s, e.origin.file,
			  e.origin.line);
	return line;
}

static const char *name_of(const struct stage *s, const char *address)
{
	static struct dname_text text;
	struct host_entry e;
	struct dname name;
	struct addr a;

	must(addr_parse(address, &a));
	e = hosts_at(s->hosts, &a);
	if (!e.number)
		return "";
	hosts_name(s->hosts, &e, &name);
	text = dname_span_text(dname_span(&name));
	return text.s;
}

static bool below(const struct stage *s, const char *name)
{
	struct dname n;

	must(dname_parse(name, &n));
	return hosts_below(s->hosts, dname_span(&n));
}

TEST(a_hosts_file_gives_names_their_addresses_and_addresses_their_first_name)
{
	struct stage s;

	make(&s, "", "127.0.0.1 localhost\n192.0.2.1\ta b.Lan  A\n192.0.2.1 c\n192.0.2.2 a\n"
		     "::1 localhost ip6 # rest\n 192.0.2.3 lead\r\n192.0.2.4 ok#not\n192.0.2.5\n"
		     "\n# comment\n192.0.2.6\vv\ff");
	CHECK_TEXT(s.said, "12 names");
	CHECK_TEXT(addresses(&s, "localhost"), "127.0.0.1@h:1 ::1@h:5");
	CHECK_TEXT(addresses(&s, "a"), "192.0.2.1@h:2 192.0.2.2@h:4");
	CHECK_TEXT(addresses(&s, "B.LAN"), "192.0.2.1@h:2");
	CHECK_TEXT(addresses(&s, "c"), "192.0.2.1@h:3");
	CHECK_TEXT(addresses(&s, "lead"), "192.0.2.3@h:6");
	CHECK_TEXT(addresses(&s, "ok"), "192.0.2.4@h:7");
	CHECK_TEXT(addresses(&s, "f"), "192.0.2.6@h:11");
	CHECK_TEXT(addresses(&s, "rest"), "");
	CHECK_TEXT(addresses(&s, "lan"), "");
	CHECK_TEXT(name_of(&s, "192.0.2.1"), "a");
	CHECK_TEXT(name_of(&s, "::1"), "localhost");
	CHECK_TEXT(name_of(&s, "192.0.2.5"), "");
	CHECK_EQ(hosts_count(s.hosts), 11);
	done(&s);
}

TEST(a_wrong_line_of_a_hosts_file_is_told_and_the_rest_counts)
{
	struct stage s;

	make(&s, "", "fe80::1%lo link\nnonsense name\n192.0.2.999 n\n[2001:db8::6] n\n"
		     "192.0.2.14/24 n\n192.0.2.9 "
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ok9\n"
		     "192.0.2.6 a..b .dot good\n");
	CHECK_TEXT(s.said, "h:1 bad address\nh:2 bad address\nh:3 bad address\nh:4 bad address\n"
			  "h:5 bad address\nh:6 bad name\n4 names");
	CHECK_TEXT(addresses(&s, "ok9"), "192.0.2.9@h:6");
	CHECK_TEXT(addresses(&s, "good"), "192.0.2.6@h:7");
	CHECK_EQ(hosts_count(s.hosts), 2);		/* a..b and .dot are nobody's to ask for */
	done(&s);
}

TEST(expand_hosts_gives_simple_names_the_domain_of_their_address)
{
	struct stage s;

	make(&s, "expand-hosts\ndomain=lan.example\ndomain=net2.example,192.0.2.10,192.0.2.20\n",
	     "192.0.2.1 a\n192.0.2.11 host.lan.example short\n192.0.2.12 x y\n192.0.2.2 d.\n");
	CHECK_TEXT(s.said, "10 names");
	CHECK_TEXT(addresses(&s, "a"), "192.0.2.1@h:1");
	CHECK_TEXT(addresses(&s, "a.lan.example"), "192.0.2.1@h:1");
	CHECK_TEXT(addresses(&s, "short.net2.example"), "192.0.2.11@h:2");
	CHECK_TEXT(addresses(&s, "short.lan.example"), "");
	CHECK_TEXT(addresses(&s, "d.lan.example"), "");
	CHECK_TEXT(name_of(&s, "192.0.2.1"), "a.lan.example");
	CHECK_TEXT(name_of(&s, "192.0.2.11"), "host.lan.example");
	CHECK_TEXT(name_of(&s, "192.0.2.12"), "x.net2.example");
	done(&s);
	make(&s, "expand-hosts\n", "192.0.2.1 a\n");
	CHECK_TEXT(s.said, "1 names");
	CHECK_TEXT(name_of(&s, "192.0.2.1"), "a");
	done(&s);
}

TEST(a_domain_above_a_name_of_a_hosts_file_is_known_to_be_there)
{
	struct stage s;

	make(&s, "", "192.0.2.1 a.b.c.example\n192.0.2.2 z.b.c.example\n192.0.2.3 alone\n");
	CHECK(below(&s, "b.c.example"));
	CHECK(below(&s, "C.example"));
	CHECK(below(&s, "example"));
	CHECK(!below(&s, "a.b.c.example"));
	CHECK(!below(&s, "c"));
	CHECK(!below(&s, "alone"));
	CHECK(!below(&s, "ample"));
	done(&s);
}

static void write_file(const struct stage *s, const char *name, const char *text)
{
	char path[100];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", s->root, name);
	f = fopen(path, "w");
	must(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void make_folder(const struct stage *s, const char *name)
{
	char path[100];

	snprintf(path, sizeof path, "%s/%s", s->root, name);
	must(mkdir(path, 0700) == 0);
}

TEST(files_of_hosts_are_read_last_first_and_folders_behind_them)
{
	struct stage s = { .root = "/tmp/hosts-test-XXXXXX" };
	struct hosts_want want;
	char conf[500], expected[800], command[100];

	must(mkdtemp(s.root));
	make_folder(&s, "d");
	write_file(&s, "one", "192.0.2.1 n first\n192.0.2.2 n\n");
	write_file(&s, "two", "192.0.2.1 second n\n");
	write_file(&s, "d/b", "192.0.2.3 n b\n");
	write_file(&s, "d/a", "bad\n192.0.2.3 a\n");
	write_file(&s, "d/.hidden", "192.0.2.4 n\n");
	write_file(&s, "d/old~", "192.0.2.5 n\n");
	snprintf(conf, sizeof conf, "no-hosts\naddn-hosts=%s/d\naddn-hosts=%s/one\n"
		 "addn-hosts=%s/two\naddn-hosts=%s/none\naddn-hosts=\n", s.root, s.root, s.root,
		 s.root);
	make_conf(&s, conf);
	want = want_of(&s);
	s.hosts = hosts_read(&want, NULL);
	snprintf(expected, sizeof expected,
		 "conf:5 failed to load names from %s/none: No such file or directory\n"
		 "read %s/two 2\nread %s/one 3\n%s/d/a:1 bad address\nread %s/d/a 1\n"
		 "read %s/d/b 2\n", s.root, s.root, s.root, s.root, s.root, s.root);
	CHECK_TEXT(s.said, expected);
	CHECK_TEXT(name_of(&s, "192.0.2.1"), "second");
	CHECK_TEXT(name_of(&s, "192.0.2.3"), "a");
	snprintf(expected, sizeof expected, "192.0.2.1@%s/two:1 192.0.2.2@%s/one:2 192.0.2.3@%s/d/b:1",
		 s.root, s.root, s.root);
	CHECK_TEXT(addresses(&s, "n"), expected);
	snprintf(command, sizeof command, "rm -rf %s", s.root);
	must(system(command) == 0);
	done(&s);
}

TEST(many_hosts_are_all_found_again)
{
	enum { MANY = 20000 };
	char *text = calloc(MANY, 64), name[64], address[64], *at = text;
	struct stage s;

	must(text);
	for (int i = 0; i < MANY; i++)
		at += sprintf(at, "10.%d.%d.%d h%d.z%d.example\n", i >> 16, i >> 8 & 255, i & 255, i,
			      i / 7);
	make(&s, "", text);
	CHECK_EQ(hosts_count(s.hosts), MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "h%d.z%d.example", i, i / 7);
		snprintf(address, sizeof address, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		if (strcmp(name_of(&s, address), name) != 0)
			test_failed("not found", i, address);
		if (strncmp(addresses(&s, name), address, strlen(address)) != 0)
			test_failed("not found", i, name);
		if (!below(&s, strchr(name, '.') + 1) || below(&s, name))
			test_failed("below", i, name);
	}
	CHECK(!below(&s, "z9999999.example"));
	CHECK(hosts_bytes(s.hosts) / MANY < 44);
	done(&s);
	free(text);
}

/* ---- whatever the lines say, each is a few looks --------------------------------------------- */

#define LINES 20000u

static int names_of_one_address(char *to, unsigned i)
{
	return sprintf(to, "0.0.0.0 h%u.z%u.example\n", i, i / 7);
}

static int names_of_one_long_address(char *to, unsigned i)
{
	return sprintf(to, "2001:db8::1 h%u.z%u.example\n", i, i / 7);
}

static int addresses_of_one_name(char *to, unsigned i)
{
	return sprintf(to, "10.0.%u.%u one.example\n", i >> 8, i & 255);
}

static int long_addresses_of_one_name(char *to, unsigned i)
{
	return sprintf(to, "2001:db8::%x one.example\n", i + 1);
}

static int addresses_of_two_names(char *to, unsigned i)
{
	return sprintf(to, "10.0.%u.%u one.example two.example\n", i >> 9, i >> 1 & 255);
}

static int the_same_line(char *to, unsigned i)
{
	(void)i;
	return sprintf(to, "192.0.2.1 one.example\n");
}

static int pairs_of_addresses(char *to, unsigned i)
{
	return sprintf(to, "%s h%u.example\n", i & 1 ? "::" : "0.0.0.0", i / 2);
}

/* Each below the one before, up to 100 labels. */
static int ever_deeper(char *to, unsigned i)
{
	int n = sprintf(to, "10.0.%u.%u ", i >> 8, i & 255);

	for (unsigned k = 0; k < i % 100; k++)
		n += sprintf(to + n, "a.");
	return n + sprintf(to + n, "t%u\n", i / 100);
}

TEST(whatever_lines_of_hosts_files_say_each_is_a_few_looks)
{
	static const struct { const char *what; int (*line)(char *to, unsigned i); } shapes[] = {
		{ "names of one address", names_of_one_address },
		{ "names of one IPv6 address", names_of_one_long_address },
		{ "addresses of one name", addresses_of_one_name },
		{ "IPv6 addresses of one name", long_addresses_of_one_name },
		{ "addresses of two names", addresses_of_two_names },
		{ "the same line", the_same_line },
		{ "an address of each family", pairs_of_addresses },
		{ "ever deeper", ever_deeper },
	};

	for (size_t k = 0; k < COUNT_OF(shapes); k++) {
		char *text = calloc(LINES, 256), *at = text;
		uint64_t compared = 0;
		struct hosts_want want;
		struct stage s;

		must(text);
		for (unsigned i = 0; i < LINES; i++)
			at += shapes[k].line(at, i);
		make_conf(&s, "");
		want = want_of(&s);
		s.hosts = hosts_new();
		hosts_count_compared(s.hosts, &compared);
		hosts_parse(s.hosts, &want, "h", span_text(text));
		hosts_seal(s.hosts);
		for (uint32_t i = 1; i <= hosts_count(s.hosts); i++) {
			const struct host_entry e = hosts_entry(s.hosts, i);
			struct dname name;

			hosts_name(s.hosts, &e, &name);
			must(hosts_at(s.hosts, &e.addr).number);
			must(hosts_named(s.hosts, dname_span(&name)).number);
			hosts_below(s.hosts, dname_span(&name));
		}
		if (compared / LINES > 9)
			test_failed("compared so often", (int)compared, shapes[k].what);
		done(&s);
		free(text);
	}
}

TEST(an_address_that_many_names_have_is_kept_once)
{
	char *text = calloc(LINES, 64), *at = text;
	struct stage s;

	must(text);
	for (unsigned i = 0; i < LINES; i++)
		at += names_of_one_long_address(at, i);
	make(&s, "", text);
	CHECK_EQ(hosts_count(s.hosts), LINES);
	CHECK(hosts_bytes(s.hosts) / LINES < 34);
	CHECK_TEXT(addresses(&s, "h7.z1.example"), "2001:db8::1@h:8");
	done(&s);
	free(text);
}
