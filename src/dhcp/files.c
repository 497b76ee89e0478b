/* SPDX-License-Identifier: ISC */
/*
 * What dhcp-hostsfile and dhcp-optsfile hold: lines that may be wrong one by
 * one without the others suffering.
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

	if (s != ST_OK)
		complain(r, named, "%s: cannot read %s: %s; it is read again on SIGHUP", r->option,
			 path, strerror(errno));
}

static void read_folder(struct reading *r, const struct dhcp_path *p, int fd)
{
	const char *const *names;
	struct arena *arena = &r->files->arena;
	size_t n;

	if (source_list(arena, fd, &names, &n) < 0) {
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

	if (fd < 0)
		read_one(r, &p->origin, p->path);
	else
		read_folder(r, p, fd);		/* which closes it */
}

/* Every address belongs to whom it was given first; the configuration comes before files. */
static void drop_taken_addresses(struct reading *r, const struct dhcp_conf *c)
{
	struct arena scratch;
	struct dhcp_host **at = &r->files->hosts;
	const bool *taken;

	arena_init(&scratch, 0);
	taken = hosts_with_taken_address(&scratch, c->hosts, r->files->hosts);
	for (const struct dhcp_host *h = c->hosts; h; h = h->next)
		taken++;
	for (; *at; taken++) {
		struct dhcp_host *h = *at;

		if (!*taken) {
			at = &h->next;
			continue;
		}
		complain(r, &h->origin, "dhcp-hostsfile: duplicate dhcp-host IP address %s; each "
			 "address can have one host", addr_text(&h->addr).s);
		*at = h->next;
	}
	r->files->hosts_last = NULL;
	arena_done(&scratch);
}

struct dhcp_files *dhcp_files_read(const struct dhcp_conf *c, struct conf_files *from,
				   conf_bad_line *bad, void *arg)
{
	struct dhcp_files *f = calloc(1, sizeof *f);
	struct reading r = { f, from, "dhcp-hostsfile", take_host_line, bad, arg };

	must(f);
	arena_init(&f->arena, 0);
	for (const struct dhcp_path *p = c->hosts_files; p; p = p->next)
		read_path(&r, p);
	drop_taken_addresses(&r, c);
	r.option = "dhcp-optsfile";
	r.take = take_opt_line;
	for (const struct dhcp_path *p = c->opts_files; p; p = p->next)
		read_path(&r, p);
	return f;
}

void dhcp_files_free(struct dhcp_files *f)
{
	if (!f)
		return;
	arena_done(&f->arena);
	free(f);
}
