/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "conf/args.h"
#include "conf/chars.h"
#include "conf/source.h"
#include "dns/rule_names.h"
#include "dns/server_files.h"
#include "dns/server_hosts.h"
#include "lan/conf.h"

#define WORD_MAX 128

struct reading {
	struct server_files *files;
	struct conf_files *from;
	conf_bad_line *bad;
	void *arg;
};

__attribute__((format(printf, 3, 4)))
static void complain(const struct reading *r, const struct origin *o, const char *format, ...)
{
	char what[600];
	va_list list;

	va_start(list, format);
	vsnprintf(what, sizeof what, format, list);
	va_end(list);
	r->bad(r->arg, o, what);
}

/* ---- resolv.conf -------------------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word of a line, or "" at its end. */
static void next_word(struct span *line, char word[WORD_MAX])
{
	size_t start = 0, end;

	while (start < line->n && is_blank(line->p[start]))
		start++;
	for (end = start; end < line->n && !is_blank(line->p[end]);)
		end++;
	snprintf(word, WORD_MAX, "%.*s", (int)(end - start), (const char *)line->p + start);
	*line = span_of(line->p + end, line->n - end);
}

/* "nameserver ADDRESS[%SCOPE]"; "server" says the same, as in dnsmasq. */
static void read_resolv_line(struct server_files *f, struct origin o, struct span line)
{
	char word[WORD_MAX], *scope;
	struct rule_names *none = NULL;
	struct addr addr;

	next_word(&line, word);
	if (strcmp(word, "nameserver") != 0 && strcmp(word, "server") != 0)
		return;
	next_word(&line, word);
	scope = strchr(word, '%');
	if (scope)
		*scope++ = 0;
	if (addr_parse(word, &addr) && (!scope || addr.family == ADDR_IP6))
		server_line_add(&f->arena, (struct rule_list){ &f->resolv, &f->resolv_last, &none }, o,
				&addr, scope ? scope : "");
}

void resolv_parse(struct server_files *f, const char *path, struct span text)
{
	struct origin o = { arena_text(&f->arena, path), 0 };
	struct span line;

	while (text_line(&text, &line)) {
		o.line++;
		read_resolv_line(f, o, line);
	}
}

/* The newest file of all, open; -1 where there is none.  Equally new ones: the first. */
static int open_newest(const struct reading *r, const struct dns_path *list, const char **path)
{
	struct timespec newest = { 0 };
	int found = -1;

	for (const struct dns_path *p = list; p; p = p->next) {
		int fd = source_open(r->from, p->path, 0);
		struct stat st;

		if (fd < 0 || fstat(fd, &st) < 0) {
			complain(r, &p->origin, "failed to access %s: %s", p->path, strerror(errno));
		} else if (found < 0 || st.st_mtim.tv_sec > newest.tv_sec ||
			   (st.st_mtim.tv_sec == newest.tv_sec &&
			    st.st_mtim.tv_nsec > newest.tv_nsec)) {
			int older = found;

			newest = st.st_mtim;
			found = fd;
			fd = older;
			*path = p->path;
		}
		if (fd >= 0)
			close(fd);
	}
	return found;
}

static void read_resolv(const struct reading *r, const struct dns_conf *c)
{
	static const struct dns_path usual = { .origin = { RESOLV_CONF, 0 }, .path = RESOLV_CONF };
	const char *path = NULL;
	struct span text;
	int fd = open_newest(r, c->resolv_files ? c->resolv_files : &usual, &path);

	if (fd < 0)
		return;
	if (source_read(r->from, fd, &text) < 0) {
		complain(r, &(struct origin){ path, 0 }, "failed to read %s: %s", path,
			 strerror(errno));
	} else {
		resolv_parse(r->files, path, text);
		free((void *)text.p);
		r->files->resolv_path = arena_text(&r->files->arena, path);
		r->files->resolv_empty = r->files->resolv == NULL;
	}
	close(fd);
}

/* ---- servers-file ---------------------------------------------------------------------- */

static struct rule_list listed(void *files)
{
	struct server_files *f = files;

	return (struct rule_list){ &f->listed, &f->listed_last, &f->listed_names };
}

/* Rules behind this one are none. */
static void end_at(struct server_files *f, struct dns_rule *last)
{
	f->listed_last = last;
	*(last ? &last->next : &f->listed) = NULL;
}

/* A line whose server has no address is none. */
static bool take_line(struct args *a, struct server_files *f,
		      bool (*take)(struct args *a, struct rule_list to))
{
	struct dns_rule *before = f->listed_last;
	const struct dns_rule *failed;
	const char *why;

	if (!take(a, listed(f)))
		return false;
	if (server_hosts_look_up(&f->arena, listed(f), before, f->from, &failed, &why))
		return true;
	end_at(f, before);
	return args_error(a, "no address of %s was found (%s)", failed->server->host, why);
}

static bool take_server(struct args *a, void *files)
{
	return take_line(a, files, server_line_take);
}

static bool take_rev_server(struct args *a, void *files)
{
	return take_line(a, files, rev_server_line_take);
}

static bool take_plain_server(struct span value, struct origin o, struct arena *arena, void *files)
{
	return server_line_take_plain(value, o, arena, listed(files));
}

static const struct conf_setting settings[] = {
	{ "server", take_server, take_plain_server }, { "rev-server", take_rev_server, NULL },
};

static void read_servers_file(const struct reading *r, const struct dns_path *p)
{
	if (conf_read_settings(&r->files->arena, r->from, p->path, settings, COUNT_OF(settings),
			       r->files, r->bad, r->arg) != ST_OK)
		complain(r, &p->origin, "cannot read %s: %s", p->path, strerror(errno));
}

struct server_files *server_files_read(const struct dns_conf *c, struct conf_files *from,
				       conf_bad_line *bad, void *arg)
{
	struct server_files *f = calloc(1, sizeof *f);
	const struct reading r = { f, from, bad, arg };

	must(f);
	f->from = from;
	arena_init(&f->arena, 0);
	if (!c->no_resolv)
		read_resolv(&r, c);
	for (const struct dns_path *p = c->servers_files; p; p = p->next)
		read_servers_file(&r, p);
	rule_names_seal(f->listed_names);
	return f;
}

void server_files_free(struct server_files *f)
{
	if (!f)
		return;
	arena_done(&f->arena);
	free(f);
}
