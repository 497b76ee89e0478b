/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/must.h"
#include "base/text.h"
#include "conf/conf.h"
#include "dns/rule_names.h"
#include "dns/server_files.h"
#include "test/test.h"
#include "wire/dname.h"

static const struct conf_section *const sections[] = {
	&dns_upstream_section, &dns_record_section, &dns_filter_section, &dns_auth_section, &dns_beyond_section,
};

/* A folder of files, the configuration that names them with @ for the folder, and what was read. */
struct stage {
	char root[40];
	struct conf *conf;
	struct server_files *files;
	char said[1500];
	struct text told;
};

static void make_root(struct stage *s)
{
	*s = (struct stage){ .root = "/tmp/servers-test-XXXXXX" };
	must(mkdtemp(s->root));
}

/* mtime_s: when it was written. */
static void write_file(const struct stage *s, const char *name, time_t mtime_s, const char *text)
{
	const struct timespec times[2] = { { mtime_s, 0 }, { mtime_s, 0 } };
	char path[100];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", s->root, name);
	f = fopen(path, "w");
	must(f && fputs(text, f) >= 0 && fflush(f) == 0 && futimens(fileno(f), times) == 0);
	fclose(f);
}

/* The text without the folder's path. */
static void add_short(const struct stage *s, struct text *t, const char *text)
{
	for (const char *at; (at = strstr(text, s->root)); text = at + strlen(s->root)) {
		text_addn(t, text, (size_t)(at - text));
		text_add(t, "@");
	}
	text_add(t, text);
}

static void bad(void *arg, const struct origin *o, const char *what)
{
	struct stage *s = arg;

	if (s->told.n)
		text_add(&s->told, "\n");
	add_short(s, &s->told, o->file);
	text_addf(&s->told, ":%u ", o->line);
	add_short(s, &s->told, what);
}

static void read_all(struct stage *s, const char *conf)
{
	char text[600];
	struct text t = TEXT(text);

	for (; *conf; conf++) {
		if (*conf == '@')
			text_add(&t, s->root);
		else
			text_addn(&t, conf, 1);
	}
	s->conf = conf_new(sections, COUNT_OF(sections), NULL);
	conf_read_text(s->conf, "f", span_text(text));
	CHECK_EQ(conf_errors(s->conf), 0);
	s->told = TEXT(s->said);
	s->files = server_files_read(dns_conf_of(s->conf), NULL, bad, s);
}

static void done(struct stage *s)
{
	char command[100];

	server_files_free(s->files);
	conf_free(s->conf);
	snprintf(command, sizeof command, "rm -rf %s", s->root);
	must(system(command) == 0);
}

/* "192.0.2.1 lan:192.0.2.2": each rule's domain and server. */
static const char *list_all(struct rule_walk w)
{
	static char line[1000];
	struct text t = TEXT(line);

	while (rule_walk_next(&w)) {
		const struct dns_rule *r = w.rule;
		struct dname domain;

		rule_walk_domain(&w, &domain);
		text_add(&t, t.n ? " " : "");
		if (domain.n)
			text_addf(&t, "%s:", dname_text(&domain).s);
		text_addf(&t, "%s%s%s", r->server ? addr_text(&r->server->at.addr).s : "local",
			  r->server && r->server->scope[0] ? "%" : "",
			  r->server ? r->server->scope : "");
	}
	return line;
}

static const char *list(const struct dns_rule *r)
{
	return list_all((struct rule_walk){ .next = r });
}

TEST(nameserver_lines_alone_count_in_a_resolv_conf)
{
	struct stage s;

	make_root(&s);
	write_file(&s, "r", 1000, "# c\nnameserver 192.0.2.1\nnameserver\t192.0.2.2 # x\n"
				  " nameserver 192.0.2.3\r\nserver 192.0.2.4\nNameserver 192.0.2.5\n"
				  "nameserver 300.1.1.1\nnameserver ::1%lo 192.0.2.6\n"
				  "nameserver 192.0.2.7;x\nnameserver=192.0.2.8\nsearch a\n"
				  "nameserver [::1]\nnameserver 192.0.2.9#53\nnameserver 192.0.2.1%lo\n"
				  "nameserver");
	read_all(&s, "resolv-file=@/r\n");
	CHECK_TEXT(list(s.files->resolv), "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 ::1%lo");
	CHECK_EQ(s.files->resolv->next->origin.line, 3);
	CHECK_EQ(s.files->resolv->server->at.port, 53);
	CHECK_EQ(s.files->resolv->reach, REACH_ALL);
	CHECK(!s.files->resolv_empty && strstr(s.files->resolv_path, "/r"));
	CHECK_TEXT(s.said, "");
	done(&s);
}

TEST(of_several_resolv_files_the_newest_counts)
{
	struct stage s;

	make_root(&s);
	write_file(&s, "a", 2000, "nameserver 192.0.2.1\n");
	write_file(&s, "b", 3000, "nameserver 192.0.2.2\n");
	write_file(&s, "c", 1000, "nameserver 192.0.2.3\n");
	read_all(&s, "resolv-file=@/a\nresolv-file=@/b\nresolv-file=@/c\nresolv-file=@/none\n");
	CHECK_TEXT(list(s.files->resolv), "192.0.2.2");
	CHECK_TEXT(s.said, "f:4 failed to access @/none: No such file or directory");
	done(&s);
}

TEST(a_resolv_file_without_a_nameserver_is_empty_and_known_by_name)
{
	struct stage s;

	make_root(&s);
	write_file(&s, "a", 1000, "nameserver 192.0.2.1\n");
	write_file(&s, "b", 2000, "search lan\n");
	read_all(&s, "resolv-file=@/a\nresolv-file=@/b\n");
	CHECK(!s.files->resolv && s.files->resolv_empty);
	CHECK(s.files->resolv_path && strstr(s.files->resolv_path, "/b"));
	done(&s);
}

TEST(no_resolv_reads_no_resolv_file)
{
	struct stage s;

	make_root(&s);
	write_file(&s, "a", 1000, "nameserver 192.0.2.1\n");
	read_all(&s, "resolv-file=@/a\nno-resolv\n");
	CHECK(!s.files->resolv && !s.files->resolv_path && !s.files->resolv_empty);
	done(&s);
}

TEST(a_servers_file_has_server_lines_and_others_are_told_and_skipped)
{
	struct stage s;

	make_root(&s);
	write_file(&s, "s", 1000,
		   "server=/ok/192.0.2.2\nlocal=/loc/\n# comment\nrev-server=10.0.0.0/8,192.0.2.3\n"
		   "bogus=1\nserver=/x/bad!\nserver = /sp/192.0.2.4   # c\nserver=192.0.2.5,x\n"
		   "server=\"/q/192.0.2.6\"\nserver\nserver=\"x\nserver=192.0.2.7");
	read_all(&s, "no-resolv\nservers-file=@/s\n");
	CHECK_TEXT(list_all((struct rule_walk){ .next = s.files->listed,
						.names = s.files->listed_names }),
		   "ok:192.0.2.2 10.in-addr.arpa:192.0.2.3 sp:192.0.2.4 q:192.0.2.6 192.0.2.7");
	CHECK_TEXT(s.said,
		   "@/s:2 illegal option; this file may not have it\n"
		   "@/s:5 illegal option; this file may not have it\n"
		   "@/s:6 server, column 11: bad address \"bad!\"; write an address such as 192.0.2.1 "
		   "or 2001:db8::1\n"
		   "@/s:8 server, column 18: \"x\" does not fit here; leave it out\n"
		   "@/s:10 missing parameter; write = and a value behind the name\n"
		   "@/s:11 missing \"; close the quote on the same line, or write \\\" for a quote inside");
	CHECK_EQ(s.files->listed->origin.line, 4);
	done(&s);
}

TEST(a_servers_file_that_cannot_be_read_is_told_with_the_line_that_names_it)
{
	struct stage s;

	make_root(&s);
	read_all(&s, "no-resolv\nservers-file=@/none\n");
	CHECK_TEXT(s.said, "f:2 cannot read @/none: No such file or directory");
	CHECK(!s.files->listed);
	done(&s);
}
