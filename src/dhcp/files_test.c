/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "dhcp/conf_lab_test.h"

#define COMPLAINTS 10

static struct { char text[COMPLAINTS][300]; size_t n; } heard;

static void hear(void *arg, const struct origin *o, const char *what)
{
	const char *folder = arg, *file = o->file;

	if (strncmp(file, folder, strlen(folder)) == 0)
		file += strlen(folder) + 1;
	if (heard.n < COMPLAINTS)
		snprintf(heard.text[heard.n++], sizeof *heard.text, "%s:%u: %s", file, o->line,
			 what);
}

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	must(f);
	fputs(text, f);
	fclose(f);
}

static void remove_files(const char *folder, const char *const *names)
{
	char path[200];

	for (; *names; names++) {
		snprintf(path, sizeof path, "%s/%s", folder, *names);
		remove(path);
	}
	rmdir(folder);
}

static char *new_folder(char *buffer, size_t size)
{
	snprintf(buffer, size, "/tmp/lanlord-files-XXXXXX");
	must(mkdtemp(buffer));
	heard.n = 0;
	return buffer;
}

/* With the option naming this file of the folder, or the folder itself. */
static struct dhcp_files *files_of(const char *folder, const char *option, const char *file,
				   struct conf **c)
{
	char lines[500];
	struct dhcp_conf *d;

	snprintf(lines, sizeof lines, "%s=%s%s%s\n", option, folder, *file ? "/" : "", file);
	*c = good_conf(lines, &d);
	return dhcp_files_read(d, NULL, hear, (void *)folder);
}

TEST(bad_lines_of_a_hostsfile_are_told_and_skipped)
{
	char folder[40];
	struct dhcp_files *f;
	struct conf *c;

	new_folder(folder, sizeof folder);
	put_file(folder, "hosts", "# who is who\n"
		 "02:00:00:00:00:01,192.0.2.5,printer\n"
		 "02:00:00:00:00:zz,192.0.2.6\n"
		 "\n"
		 "02:00:00:00:00:03,192.0.2.7,set:port,1h\r\n");
	f = files_of(folder, "dhcp-hostsfile", "hosts", &c);
	CHECK_TEXT(f->hosts->name, "printer");
	CHECK(f->hosts->from_file);
	CHECK_EQ(f->hosts->origin.line, 2);
	CHECK_TEXT(addr_text(&f->hosts->next->addr).s, "192.0.2.7");
	CHECK_EQ(f->hosts->next->lease_s, 3600);
	CHECK(!f->hosts->next->next);
	CHECK_EQ(heard.n, 1);
	CHECK_TEXT(heard.text[0], "hosts:3: dhcp-hostsfile, column 1: 02:00:00:00:00:zz is no "
		   "hardware address; write 02:00:00:00:00:01 (* stands for any byte), or an IPv6 "
		   "address in brackets");
	dhcp_files_free(f);
	conf_free(c);
	remove_files(folder, (const char *const[]){ "hosts", NULL });
}

TEST(a_file_in_hosts_format_given_as_hostsfile_does_no_harm)
{
	char folder[40];
	struct dhcp_files *f;
	struct conf *c;

	new_folder(folder, sizeof folder);
	put_file(folder, "hosts", "127.0.0.1\tlocalhost localhost.lan\n"
		 "::1 localhost\n"
		 "192.0.2.1 fw.lan fw\n");
	f = files_of(folder, "dhcp-hostsfile", "hosts", &c);
	CHECK(!f->hosts);
	CHECK_EQ(heard.n, 3);
	dhcp_files_free(f);
	conf_free(c);
	remove_files(folder, (const char *const[]){ "hosts", NULL });
}

TEST(a_folder_of_hosts_is_read_file_by_file_in_their_order)
{
	static const char *const names[] = { "b", "a", ".hidden", "old~", NULL };
	char folder[40];
	struct dhcp_files *f;
	struct conf *c;

	new_folder(folder, sizeof folder);
	put_file(folder, "b", "second,192.0.2.2\n");
	put_file(folder, "a", "first,192.0.2.1\n");
	put_file(folder, ".hidden", "hidden,192.0.2.3\n");
	put_file(folder, "old~", "old,192.0.2.4\n");
	f = files_of(folder, "dhcp-hostsfile", "", &c);
	CHECK_TEXT(f->hosts->name, "first");
	CHECK_TEXT(f->hosts->next->name, "second");
	CHECK(!f->hosts->next->next);
	CHECK_EQ(heard.n, 0);
	dhcp_files_free(f);
	conf_free(c);
	remove_files(folder, names);
}

TEST(an_address_that_is_taken_is_not_given_to_a_host_of_a_file)
{
	char folder[40];
	struct dhcp_files *f;
	struct conf *c;

	new_folder(folder, sizeof folder);
	put_file(folder, "hosts", "one,192.0.2.5\ntwo,192.0.2.6\nthree,192.0.2.6\nfour\n");
	f = files_of(folder, "dhcp-host=zero,192.0.2.5\ndhcp-hostsfile", "hosts", &c);
	CHECK_TEXT(f->hosts->name, "two");
	CHECK_TEXT(f->hosts->next->name, "four");
	CHECK(!f->hosts->next->next);
	CHECK_EQ(heard.n, 2);
	CHECK_TEXT(heard.text[0], "hosts:1: dhcp-hostsfile: duplicate dhcp-host IP address "
		   "192.0.2.5; each address can have one host");
	dhcp_files_free(f);
	conf_free(c);
	remove_files(folder, (const char *const[]){ "hosts", NULL });
}

TEST(lines_of_an_optsfile_are_options_that_are_not_forced)
{
	char folder[40];
	struct dhcp_files *f;
	struct conf *c;

	new_folder(folder, sizeof folder);
	put_file(folder, "opts", "tag:subnet-1,option:router\n"
		 "tag:subnet-1,249,169.254.169.254/32,192.0.2.1\n"
		 "option6:dns-server,[fd00::1]\n"
		 "3,foo\n"
		 "option:bootfile-name,pxelinux.0\n");
	f = files_of(folder, "dhcp-optsfile", "opts", &c);
	CHECK_EQ(f->opts->code, 3);
	CHECK_EQ(f->opts->value.n, 0);
	CHECK_TEXT(f->opts->when->name, "subnet-1");
	CHECK(f->opts->from_file && !f->opts->force);
	CHECK_EQ(f->opts->next->code, 249);
	CHECK_EQ(f->opts->next->value.n, 9);
	CHECK_EQ(f->opts->next->next->code, 67);
	CHECK(!f->opts->next->next->next);
	CHECK_EQ(heard.n, 1);
	dhcp_files_free(f);
	conf_free(c);
	remove_files(folder, (const char *const[]){ "opts", NULL });
}

TEST(a_hostsfile_that_cannot_be_read_is_told_and_no_more)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-hostsfile=/nonexistent/hosts\n", &d);
	struct dhcp_files *f;

	heard.n = 0;
	f = dhcp_files_read(d, NULL, hear, (void *)"/");
	CHECK(!f->hosts);
	CHECK_EQ(heard.n, 1);
	CHECK_TEXT(heard.text[0], "test:1: dhcp-hostsfile: cannot read /nonexistent/hosts: No such "
		   "file or directory; it is read again on SIGHUP");
	dhcp_files_free(f);
	conf_free(c);
}
