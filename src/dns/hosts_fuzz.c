/* SPDX-License-Identifier: ISC */
/*
 * A hosts file of any bytes; all that it gives is found again.
 *
 * fuzzes: dns/hosts.c dns/hosts_index.c
 */
#include <errno.h>
#include <fcntl.h>

#include "base/must.h"
#include "conf/fuzz_files.h"
#include "dns/hosts_private.h"
#include "wire/dname.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The world of fuzz_files, in which what is no folder cannot be listed. */
static struct fuzz_files world;

static int open_one(struct conf_files *files, const char *path, int flags)
{
	(void)files;
	if (flags & O_DIRECTORY && path[0] != 'd') {
		errno = ENOTDIR;
		return -1;
	}
	return world.files.open(&world.files, path, flags);
}

static void look_up(const struct hosts *h, const struct host_entry *e)
{
	struct host_entry found;
	struct dname name;

	hosts_name(h, e, &name);
	must(hosts_at(h, &e->addr).number);
	for (found = hosts_named(h, dname_span(&name)); found.number && found.number != e->number;)
		found = hosts_next(h, &found);
	must(found.number && addr_eq(&found.addr, &e->addr));
	must(span_eq(hosts_addr_bytes(h, e), addr_bytes(&e->addr)));
	for (unsigned i = 1; i < name.labels; i++)
		must(hosts_below(h, dname_parent(dname_span(&name), i)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct domain_rule domain = { .name = "lan.example", .all = true };
	static struct dns_path folder = { .path = "d" }, none = { .path = "x", .next = &folder },
			       file = { .path = "s", .next = &none };
	static const struct dns_conf conf = { .expand_hosts = true, .hosts_files = &file };
	const struct hosts_want want = { .conf = &conf, .domains = &domain };
	struct conf_files files = { .open = open_one };
	struct hosts *h;

	fuzz_files_init(&world, span_of(data, size));
	h = hosts_read(&want, &files);
	for (uint32_t i = 1; i <= hosts_count(h); i++) {
		const struct host_entry e = hosts_entry(h, i);

		look_up(h, &e);
	}
	must(!hosts_entry(h, 0).number && hosts_bytes(h));
	hosts_free(h);
	return 0;
}
