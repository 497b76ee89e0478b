/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "boot/conf.h"
#include "test/test.h"

static const struct conf_section *const sections[] = { &boot_section };

static struct conf *conf_of(const char *text, struct boot_conf **out)
{
	struct conf *c = conf_new(sections, 1, NULL);

	conf_read_text(c, "boot.conf", span_text(text));
	conf_check(c);
	*out = conf_section(c, &boot_section);
	return c;
}

TEST(every_boot_row_has_an_example_that_parses)
{
	char line[128];

	for (size_t i = 0; i < boot_section.n; i++) {
		const struct conf_row *row = &boot_section.rows[i];
		struct boot_conf *b;

		CHECK(row->help && row->deflt);
		CHECK_EQ(row->example != NULL, row->arity != CONF_NO_VALUE);
		if (!HAVE_HTTP && row->group == GROUP_HTTP)
			continue;
		snprintf(line, sizeof line, row->example ? "%s=%s\n" : "%s\n", row->name,
			 row->example);
		struct conf *c = conf_of(line, &b);

		CHECK_TEXT(conf_errors(c) ? conf_error_text(c, 0) : NULL, NULL);
		conf_free(c);
	}
}

TEST(boot_options_fill_their_members)
{
	struct boot_conf *b;
	struct conf *c = conf_of("enable-tftp=eth0,virbr*\ntftp-root=/a\ntftp-root=/b,eth0\n"
				 "tftp-root=/c,eth0\ntftp-root=/d\ntftp-unique-root=MAC\n"
				 "tftp-max=7\ntftp-mtu=1280\ntftp-port-range=50,40\n"
				 "tftp-symlinks=inside\ntftp-secure\nquiet-tftp\n", &b);

	CHECK_EQ(conf_errors(c), 0);
	CHECK(b->tftp && b->secure && b->quiet && !b->no_fail);
	CHECK_TEXT(b->tftp_interfaces->name, "eth0");
	CHECK_TEXT(b->tftp_interfaces->next->name, "virbr");
	CHECK(b->tftp_interfaces->next->prefix && !b->tftp_interfaces->prefix);
	CHECK_TEXT(boot_root_for(b->tftp_roots, "eth0")->path, "/b");	/* the first of an interface */
	CHECK_TEXT(boot_root_for(b->tftp_roots, "eth1")->path, "/d");	/* the last of all */
	CHECK_TEXT(boot_root_for(b->tftp_roots, NULL)->path, "/d");
	CHECK_EQ(b->tftp_roots->origin.line, 2);
	CHECK_EQ(b->unique, TFTP_UNIQUE_MAC);
	CHECK_EQ(b->symlinks, TFTP_SYMLINKS_INSIDE);
	CHECK_EQ(b->max, 7);
	CHECK_EQ(b->mtu, 1280);
	CHECK_EQ(b->port_first, 40);
	CHECK_EQ(b->port_last, 50);
	CHECK_EQ(boot_tftp_max(b), 7);
	b->max = 100;
	CHECK_EQ(boot_tftp_max(b), 11);
	b->single_port = true;
	CHECK_EQ(boot_tftp_max(b), 100);
	conf_free(c);
}

TEST(a_root_of_nothing_is_the_root_of_the_machine)
{
	struct boot_conf *b;
	struct conf *c = conf_of("tftp-root=\n", &b);

	CHECK_EQ(conf_errors(c), 0);
	CHECK_TEXT(boot_root_for(b->tftp_roots, NULL)->path, "/");
	conf_free(c);
}

TEST(boot_defaults_are_dnsmasqs)
{
	struct boot_conf *b;
	struct conf *c = conf_of("enable-tftp\ntftp-unique-root\n", &b);

	CHECK(b->tftp && !b->tftp_interfaces && !b->tftp_roots && !b->http_roots);
	CHECK_EQ(b->unique, TFTP_UNIQUE_IP);
	CHECK_EQ(b->symlinks, TFTP_SYMLINKS_FOLLOW);
	CHECK_EQ(b->max, 50);
	CHECK_EQ(b->mtu, 0);
	CHECK_EQ(b->port_first, 0);
	CHECK_EQ(b->http_port, 80);
	CHECK(!boot_root_for(b->tftp_roots, "eth0"));
	conf_free(c);
}

TEST(a_boot_option_that_cannot_be_is_refused)
{
	static const char *const lines[] = {
		"tftp-port-range=5", "tftp-port-range=a,b", "tftp-port-range=40000,70000",
		"tftp-port-range=1,2,3", "tftp-max=-1", "tftp-max=x", "tftp-mtu=x",
		"tftp-max=1\ntftp-max=2", "tftp-mtu=1\ntftp-mtu=2", "tftp-secure=1",
		"tftp-port-range=1,2\ntftp-port-range=1,2", "tftp-unique-root=name",
		"tftp-symlinks=outside", "tftp-symlinks", "http-port=0", "http-port=70000",
		"http-port=http", "tftp-root=/a,eth0,eth1",
	};

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct boot_conf *b;
		struct conf *c = conf_of(lines[i], &b);

		if (conf_errors(c) != 1)
			test_failed(__FILE__, __LINE__, lines[i]);
		CHECK_EQ(conf_exit_code(c), 1);
		conf_free(c);
	}
}

TEST(a_root_that_is_not_there_is_an_error_of_code_3)
{
	static const struct { const char *lines; size_t errors; const char *first; } cases[] = {
		{ "enable-tftp\ntftp-root=/proc/none\n", 1,
		  "boot.conf:2: TFTP directory /proc/none inaccessible: No such file or directory" },
		{ "enable-tftp\ntftp-root=/proc/version\n", 1,
		  "boot.conf:2: TFTP directory /proc/version inaccessible: Not a directory" },
		{ "enable-tftp\ntftp-root=/proc/a\ntftp-root=/proc/b,eth0\n", 2,
		  "boot.conf:2: TFTP directory /proc/a inaccessible: No such file or directory" },
		{ "enable-tftp\ntftp-root=/proc/none\ntftp-no-fail\n", 0, NULL },
		{ "tftp-root=/proc/none\n", 0, NULL },		/* TFTP is off */
		{ "enable-tftp\ntftp-root=/tmp\n", 0, NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct boot_conf *b;
		struct conf *c = conf_of(cases[i].lines, &b);

		CHECK_EQ(boot_roots_check(c, b), cases[i].errors == 0);
		CHECK_EQ(conf_errors(c), cases[i].errors);
		CHECK_TEXT(conf_errors(c) ? conf_error_text(c, 0) : NULL, cases[i].first);
		CHECK_EQ(conf_exit_code(c), cases[i].errors ? 3 : 0);
		conf_free(c);
	}
}

TEST(http_needs_a_build_that_has_it)
{
	struct boot_conf *b;
	struct conf *c = conf_of("http-root=/srv/a\nhttp-root=/srv/b,eth0\nhttp-port=8080\n", &b);

	if (HAVE_HTTP) {
		CHECK_EQ(conf_errors(c), 0);
		CHECK_TEXT(boot_root_for(b->http_roots, "eth0")->path, "/srv/b");
		CHECK_TEXT(boot_root_for(b->http_roots, "eth1")->path, "/srv/a");
		CHECK_EQ(b->http_port, 8080);
	} else {
		CHECK_EQ(conf_errors(c), 3);
		CHECK(strstr(conf_error_text(c, 0), "http-root needs a build with libmicrohttpd"));
	}
	conf_free(c);
}
