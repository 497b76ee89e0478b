/* SPDX-License-Identifier: ISC */
/*
 * What files beside the configuration hold: lines that may be wrong one by one
 * without the others suffering.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "conf/source.h"
#include "dhcp/conf_private.h"

struct reading {
	struct dhcp_files *files;
	struct conf_files *from;
	const char *option;
	bool watched;			/* a folder: of files that go while we read we are told */
	bool (*take)(struct args *a, void *object);
	conf_bad_line *bad;
	void *arg;
};

static bool take_host_line(struct args *a, void *object)
{
	struct dhcp_files *f = object;
	struct dhcp_host *h;

	if (!args_dhcp_host(a, &h))
		return false;
	h->from_file = true;
	LIST_ADD_LAST(f->hosts, f->hosts_last, h);
	return true;
}

/* A line of dhcp-optsfile is a dhcp-option that is not forced. */
static bool take_opt_line(struct args *a, void *object)
{
	struct dhcp_files *f = object;
	struct dhcp_opt *o;

	if (!args_dhcp_opt(a, &o))
		return false;
	if (!o)
		return true;
	o->from_file = true;
	LIST_ADD_LAST(f->opts, f->opts_last, o);
	return true;
}

__attribute__((format(printf, 3, 4)))
static void complain(struct reading *r, const struct origin *o, const char *format, ...)
{
	char what[512];
	va_list list;

	va_start(list, format);
	vsnprintf(what, sizeof what, format, list);
	va_end(list);
	r->bad(r->arg, o, what);
}

static void read_one(struct reading *r, const struct origin *named, const char *path)
{
	enum status s = conf_read_values(&r->files->arena, r->from, path, r->option, r->take,
					 r->files, r->bad, r->arg);

	if (s != ST_OK && !(r->watched && errno == ENOENT))
		complain(r, named, "%s: cannot read %s: %s; it is read again on SIGHUP", r->option,
			 path, strerror(errno));
}

static void read_folder(struct reading *r, const struct dhcp_path *p, int fd)
{
	const char *const *names;
	struct arena *arena = &r->files->arena;
	size_t n;

	if (source_list(arena, r->from, fd, &names, &n) < 0) {
		complain(r, &p->origin, "%s: cannot read folder %s: %s", r->option, p->path,
			 strerror(errno));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		size_t size = strlen(p->path) + strlen(names[i]) + 2;
		char *path = arena_take(arena, size);

		snprintf(path, size, "%s/%s", p->path, names[i]);
		read_one(r, &p->origin, path);
	}
}

static void read_path(struct reading *r, const struct dhcp_path *p)
{
	int fd = source_open(r->from, p->path, O_DIRECTORY);

	if (fd >= 0)
		read_folder(r, p, fd);		/* which closes it */
	else if (!r->watched)			/* else whoever watches it tells */
		read_one(r, &p->origin, p->path);
}

/* ---- addresses that are taken ------------------------------------------------------ */

static bool is_replaced(const struct dhcp_host *h, const struct dhcp_host *by)
{
	while (by && by->replaces != h)
		by = by->next;
	return by != NULL;
}

/* The configuration's hosts; those that /etc/ethers has changed keep no address of their own. */
static const struct dhcp_host *standing(struct arena *scratch, const struct dhcp_host *hosts,
					const struct dhcp_files *f)
{
	struct dhcp_host *copies = NULL, *last = NULL;

	if (f->ethers == 0)
		return hosts;
	for (; hosts; hosts = hosts->next) {
		struct dhcp_host *copy = arena_new(scratch, struct dhcp_host);

		if (!is_replaced(hosts, f->hosts))
			copy->addr = hosts->addr;
		LIST_ADD_LAST(copies, last, copy);
	}
	return copies;
}

/* Takes out of the list, the last of some, what an earlier host has. */
static void drop_taken(struct reading *r, const bool *taken, struct dhcp_host **list)
{
	for (struct dhcp_host **at = list; *at; taken++) {
		struct dhcp_host *h = *at;

		if (!*taken) {
			at = &h->next;
			continue;
		}
		complain(r, &h->origin, "%s: duplicate dhcp-host IP address %s; each address can "
			 "have one host", r->option, addr_text(&h->addr).s);
		*at = h->next;
	}
}

/* Every address belongs to whom it was given first; the configuration comes before files, and
 * those (beside) before folders. */
static void drop_taken_addresses(struct reading *r, const struct dhcp_conf *c,
				 const struct dhcp_files *beside)
{
	const struct dhcp_host *lists[3];
	struct arena scratch;
	const bool *taken;
	size_t n = 0;

	arena_init(&scratch, 0);
	lists[n++] = standing(&scratch, c->hosts, beside ? beside : r->files);
	if (beside)
		lists[n++] = beside->hosts;
	lists[n++] = r->files->hosts;
	taken = hosts_with_taken_address(&scratch, lists, n);
	for (size_t i = 0; i + 1 < n; i++)
		for (const struct dhcp_host *h = lists[i]; h; h = h->next)
			taken++;
	drop_taken(r, taken, &r->files->hosts);
	r->files->hosts_last = NULL;
	arena_done(&scratch);
}

/* ---- all of it ------------------------------------------------------------------------- */

static struct dhcp_files *files_new(void)
{
	struct dhcp_files *f = calloc(1, sizeof *f);

	must(f);
	arena_init(&f->arena, 0);
	return f;
}

static void read_paths(struct reading *r, const struct dhcp_path *p, const char *option,
		       bool (*take)(struct args *a, void *object))
{
	r->option = option;
	r->take = take;
	for (; p; p = p->next)
		read_path(r, p);
}

static void read_ethers(struct reading *r, const struct dhcp_conf *c)
{
	if (c->ethers && ethers_read(r->files, c, r->from, r->bad, r->arg) != ST_OK)
		complain(r, &c->ethers->origin, "failed to read %s: %s; it is read again on SIGHUP",
			 c->ethers->path, strerror(errno));
}

struct dhcp_files *dhcp_folders_read(const struct dhcp_conf *c, struct conf_files *from,
				     const struct dhcp_files *beside, conf_bad_line *bad, void *arg)
{
	struct dhcp_files *f = files_new();
	struct reading r = { .files = f, .from = from, .watched = true, .bad = bad,
			     .arg = arg };

	read_paths(&r, c->hosts_dirs, "dhcp-hostsdir", take_host_line);
	drop_taken_addresses(&r, c, beside);
	read_paths(&r, c->opts_dirs, "dhcp-optsdir", take_opt_line);
	return f;
}

struct dhcp_files *dhcp_files_read(const struct dhcp_conf *c, struct conf_files *from,
				   conf_bad_line *bad, void *arg)
{
	struct dhcp_files *f = files_new();
	struct reading r = { .files = f, .from = from, .bad = bad, .arg = arg };

	read_ethers(&r, c);
	read_paths(&r, c->hosts_files, "dhcp-hostsfile", take_host_line);
	drop_taken_addresses(&r, c, NULL);
	read_paths(&r, c->opts_files, "dhcp-optsfile", take_opt_line);
	if (c->hosts_dirs || c->opts_dirs)
		f->folders = dhcp_folders_read(c, from, f, bad, arg);
	return f;
}

void dhcp_files_free(struct dhcp_files *f)
{
	if (!f)
		return;
	dhcp_files_free(f->folders);
	arena_done(&f->arena);
	free(f);
}

void dhcp_conf_each_path(const struct dhcp_conf *c, void (*told)(void *arg, const char *path),
			 void *arg)
{
	const struct dhcp_path *const lists[] = { c->ethers, c->hosts_files, c->opts_files,
						  c->hosts_dirs, c->opts_dirs };

	for (size_t i = 0; i < COUNT_OF(lists); i++)
		for (const struct dhcp_path *p = lists[i]; p; p = p->next)
			told(arg, p->path);
}
