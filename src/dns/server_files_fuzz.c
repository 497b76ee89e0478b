/* SPDX-License-Identifier: ISC */
/*
 * A file of servers of any bytes, read as resolv.conf and as servers-file.
 *
 * fuzzes: dns/server_files.c
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"
#include "dns/server_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct one_file { struct conf_files files; struct span text; };

static int open_text(struct conf_files *files, const char *path, int flags)
{
	const struct one_file *f = container_of(files, struct one_file, files);
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	(void)flags;
	if (path[0] == 'n') {
		close(fd);
		errno = ENOENT;
		return -1;
	}
	must(fd >= 0 && write(fd, f->text.p, f->text.n) == (ssize_t)f->text.n);
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void ignore(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	must(o->file && what && *what);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_path none = { .origin = { "f", 1 }, .path = "none" };
	static struct dns_path resolv = { .path = "r", .next = &none };
	static struct dns_path listed = { .path = "s", .next = &none };
	static const struct dns_conf conf = { .resolv_files = &resolv, .servers_files = &listed };
	struct one_file one = { { .open = open_text }, span_of(data, size) };
	struct server_files *f = server_files_read(&conf, &one.files, ignore, NULL);

	for (const struct dns_rule *r = f->resolv; r; r = r->next)
		must(r->kind == RULE_SERVER && addr_is_set(&r->server->at.addr));
	must(f->resolv_empty == (f->resolv == NULL));
	server_files_free(f);
	return 0;
}
