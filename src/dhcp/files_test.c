/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "dhcp/conf_lab_test.h"
#include "dhcp/host.h"

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

/* ---- folders ------------------------------------------------------------------------- */

TEST(a_folder_gives_hosts_and_options_but_no_address_that_is_taken)
{
	static const char *const names[] = { "file", "a", "b", NULL };
	char folder[40], lines[300];
	struct dhcp_files *f;
	struct dhcp_conf *d;
	struct conf *c;

	new_folder(folder, sizeof folder);
	put_file(folder, "file", "one,192.0.2.1\n");
	put_file(folder, "a", "two,192.0.2.2\nagain,192.0.2.1\nzero,192.0.2.9\n02:zz\n");
	put_file(folder, "b", "three,192.0.2.3\ntoo,192.0.2.2\n");
	snprintf(lines, sizeof lines, "dhcp-host=nine,192.0.2.9\ndhcp-hostsfile=%s/file\n"
		 "dhcp-hostsdir=%s\ndhcp-hostsdir=/nonexistent\ndhcp-hostsdir=%s/file\n", folder,
		 folder, folder);
	c = good_conf(lines, &d);
	f = dhcp_files_read(d, NULL, hear, folder);
	CHECK_TEXT(f->hosts->name, "one");
	CHECK_TEXT(f->folders->hosts->name, "two");
	CHECK_TEXT(f->folders->hosts->next->name, "three");
	CHECK(!f->folders->hosts->next->next);
	CHECK_EQ(heard.n, 5);			/* "file" lies in the folder, too */
	CHECK(strstr(heard.text[1], "a:2: dhcp-hostsdir: duplicate dhcp-host IP address 192.0.2.1"));
	dhcp_files_free(f);
	conf_free(c);
	remove_files(folder, names);
}

TEST(a_file_that_is_gone_from_a_folder_is_gone_with_the_next_reading)
{
	static const char *const names[] = { "a", "b", NULL };
	struct dhcp_files *f, *again;
	char folder[40], path[60];
	struct conf *c;

	new_folder(folder, sizeof folder);
	put_file(folder, "a", "6,192.0.2.2\n");
	put_file(folder, "b", "3,192.0.2.1\n");
	f = files_of(folder, "dhcp-optsdir", "", &c);
	CHECK_EQ(f->folders->opts->code, 6);
	CHECK_EQ(f->folders->opts->next->code, 3);
	snprintf(path, sizeof path, "%s/a", folder);
	remove(path);
	again = dhcp_folders_read(conf_section(c, &dhcp_section), NULL, f, hear, folder);
	CHECK_EQ(again->opts->code, 3);
	CHECK(!again->opts->next);
	CHECK_EQ(heard.n, 0);
	dhcp_files_free(again);
	dhcp_files_free(f);
	conf_free(c);
	remove_files(folder, names);
}

/* ---- /etc/ethers ---------------------------------------------------------------------- */

static const char *ethers;

static int open_ethers(struct conf_files *files, const char *path, int flags)
{
	int ends[2];

	(void)files;
	(void)flags;
	if (strcmp(path, "/etc/ethers") != 0 || !ethers) {
		errno = ENOENT;
		return -1;
	}
	must(pipe(ends) == 0);
	must(write(ends[1], ethers, strlen(ethers)) == (ssize_t)strlen(ethers));
	close(ends[1]);
	return ends[0];
}

/* Who is whose, a line each, as the server has it. */
static const char *known(const char *conf_lines, const char *text)
{
	static char out[1000];
	struct conf_files from = { .open = open_ethers };
	struct dhcp_hosts hosts;
	struct dhcp_files *f;
	struct dhcp_conf *d;
	struct conf *c = good_conf(conf_lines, &d);
	size_t n = 0;

	heard.n = 0;
	ethers = text;
	f = dhcp_files_read(d, &from, hear, (void *)"!");
	dhcp_hosts_init(&hosts, d, f, NULL);
	for (size_t i = 0; i < hosts.lines; i++) {
		const struct dhcp_host *h = hosts.line[i];

		n += (size_t)snprintf(out + n, sizeof out - n, "%s%s %s %s%s\n", h->any_clid ? "* " : "",
				      h->hw ? hwaddr_text(&h->hw->hw).s : "-", addr_text(&h->addr).s,
				      h->name ? h->name : "-", h->set ? " tag" : "");
	}
	out[n] = 0;
	dhcp_hosts_done(&hosts);
	dhcp_files_free(f);
	conf_free(c);
	return out;
}

TEST(lines_of_ethers_are_hosts_whose_client_ids_do_not_count)
{
	CHECK_TEXT(known("read-ethers\n", "# comment\n+ nis\n02:00:00:00:00:01 192.0.2.1\n"
			 "2:0:0:0:0:2\tprinter\n02-00-00-00-00-03   Desk.lan\n"),
		   "* 02:00:00:00:00:01 192.0.2.1 -\n* 02:00:00:00:00:02  printer\n"
		   "* 02:00:00:00:00:03  desk.lan\n");
	CHECK_EQ(heard.n, 0);
}

TEST(a_line_of_ethers_changes_the_host_line_that_it_speaks_of)
{
	static const char lines[] = "read-ethers\ndhcp-host=02:00:00:00:00:05,192.0.2.5\n"
				    "dhcp-host=02:00:00:00:00:06,192.0.2.6\n"
				    "dhcp-host=02:00:00:00:00:07,set:seven\n"
				    "dhcp-host=02:00:00:00:00:08,eight,set:eight\n"
				    "dhcp-host=02:00:00:00:00:*,192.0.2.9\n";

	CHECK_TEXT(known(lines, "02:00:00:00:00:05 192.0.2.50\n02:00:00:00:00:66 192.0.2.6\n"
			 "02:00:00:00:00:07 seven\n02:00:00:00:00:88 eight\n"
			 "02:00:00:00:00:99 ninety\n"),
		   "00-02:00:00:00:00:00 192.0.2.9 -\n"
		   "* 02:00:00:00:00:05 192.0.2.50 -\n* 02:00:00:00:00:66 192.0.2.6 -\n"
		   "* 02:00:00:00:00:07  seven tag\n* 02:00:00:00:00:88  eight tag\n"
		   "* 02:00:00:00:00:99  ninety\n");
	CHECK_EQ(heard.n, 0);
}

TEST(wrong_lines_of_ethers_and_what_is_there_twice_are_told_and_skipped)
{
	CHECK_TEXT(known("read-ethers\n", "02:00:00:00:00:01 192.0.2.1\nbad line\n02:00:00:00:00:02\n"
			 "02:00:00:00:00:03 b@d\n02:00:00:00:00:04 192.0.2.1\n02:00:00:00:00 five\n"
			 "02:00:00:00:00:* six\n02:00:00:00:00:01 192.0.2.7\n"),
		   "* 02:00:00:00:00:01 192.0.2.7 -\n");
	CHECK_EQ(heard.n, 6);
	CHECK_TEXT(heard.text[0], "/etc/ethers:2: read-ethers, column 1: bad line; write "
		   "02:00:00:00:00:01 and then a name or an IPv4 address");
	CHECK_TEXT(heard.text[3], "/etc/ethers:5: read-ethers, column 1: ignoring a duplicate name or IP "
		   "address: 02:00:00:00:00:01 has it already");
}

TEST(an_address_of_ethers_is_not_given_to_a_host_of_a_file)
{
	char folder[40], lines[200];
	struct conf_files from = { .open = open_ethers };
	struct dhcp_files *f;
	struct dhcp_conf *d;
	struct conf *c;

	new_folder(folder, sizeof folder);
	put_file(folder, "hosts", "two,192.0.2.2\nfive,192.0.2.5\n");
	snprintf(lines, sizeof lines, "read-ethers\ndhcp-host=02:00:00:00:00:05,192.0.2.5\n"
		 "dhcp-hostsdir=%s\n", folder);
	c = good_conf(lines, &d);
	ethers = "02:00:00:00:00:05 192.0.2.2\n";
	f = dhcp_files_read(d, &from, hear, folder);
	CHECK_EQ(f->ethers, 1);
	dhcp_files_free(f->folders);
	f->folders = dhcp_folders_read(d, NULL, f, hear, folder);
	CHECK_EQ(heard.n, 1);			/* 192.0.2.5 is free since ethers says otherwise */
	CHECK(strstr(heard.text[0], "192.0.2.2"));
	CHECK_TEXT(f->folders->hosts->name, "five");
	CHECK(!f->folders->hosts->next);
	dhcp_files_free(f);
	conf_free(c);
	remove_files(folder, (const char *const[]){ "hosts", NULL });
}

TEST(no_ethers_is_told_with_the_line_that_wants_it)
{
	CHECK_TEXT(known("read-ethers\n", NULL), "");
	CHECK_EQ(heard.n, 1);
	CHECK_TEXT(heard.text[0], "test:1: failed to read /etc/ethers: No such file or directory; it is "
		   "read again on SIGHUP");
}
