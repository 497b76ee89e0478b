/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "conf/chars.h"
#include "conf/source.h"
#include "dns/form.h"
#include "dns/hosts_private.h"
#include "wire/dname.h"

#define WORD_MAX 1024			/* of a name as it is written; IDNA makes it shorter */

struct reading {
	struct hosts *hosts;
	const struct hosts_want *want;
	struct conf_files *from;
	struct span last_word;		/* of an address, in the file's text; many lines repeat it */
	struct addr last;
};

__attribute__((format(printf, 3, 4)))
static void complain(const struct hosts_want *want, const struct origin *o, const char *format, ...)
{
	char what[600];
	va_list list;

	va_start(list, format);
	vsnprintf(what, sizeof what, format, list);
	va_end(list);
	if (want->bad)
		want->bad(want->arg, o, what);
}

/* ---- lines ------------------------------------------------------------------------------ */

/* One line while it is read. */
struct line {
	struct reading *r;
	struct origin origin;
	struct addr addr;
	const struct domain_rule *domain;	/* of the address; NULL: none */
	size_t names;
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word of a line; empty at its end.  # begins a comment, within a word too. */
static struct span next_word(struct span *line)
{
	size_t start = 0, end;
	struct span word;

	while (start < line->n && is_blank(line->p[start]))
		start++;
	for (end = start; end < line->n && !is_blank(line->p[end]) && line->p[end] != '#';)
		end++;
	word = span_of(line->p + start, end - start);
	*line = end < line->n && line->p[end] == '#' ? span_of(line->p, 0)
						     : span_of(line->p + end, line->n - end);
	return word;
}

/* The name with the domain of its address behind it, where there is one. */
static void add_long_form(struct line *l, const char *text)
{
	char whole[WORD_MAX + DNAME_MAX];
	uint8_t wire[DNAME_MAX];
	size_t n;

	if (!l->domain || strchr(text, '.'))
		return;
	snprintf(whole, sizeof whole, "%s.%s", text, l->domain->name);
	if (!name_wire(whole, wire, &n) || !n)
		return;
	l->names++;
	hosts_add(l->r->hosts, l->origin, &l->addr, span_of(wire, n));
}

/* A word as text; false: it is too long, or has a zero in it. */
static bool word_text(struct span word, char text[WORD_MAX])
{
	if (word.n >= WORD_MAX)
		return false;
	memcpy(text, word.p, word.n);
	text[word.n] = 0;
	return strlen(text) == word.n;
}

/* The long form comes first, and so names the address. */
static void read_name(struct line *l, struct span word)
{
	char text[WORD_MAX];
	uint8_t wire[DNAME_MAX];
	size_t n;

	if (!word_text(word, text) || !name_wire(text, wire, &n)) {
		complain(l->r->want, &l->origin, "bad name");
		return;
	}
	l->names++;
	add_long_form(l, text);
	if (n > 1)
		hosts_add(l->r->hosts, l->origin, &l->addr, span_of(wire, n));
}

static bool read_addr(struct reading *r, struct span word, struct addr *out)
{
	char text[sizeof(struct addr_text)];

	if (span_eq(word, r->last_word)) {
		*out = r->last;
		return true;
	}
	if (word.n >= sizeof text)
		return false;
	memcpy(text, word.p, word.n);
	text[word.n] = 0;
	if (strlen(text) != word.n || !addr_parse(text, out))
		return false;
	r->last_word = word;
	r->last = *out;
	return true;
}

/* Gives how many names there are. */
static size_t read_line(struct reading *r, const struct origin *o, struct span text)
{
	struct line l = { .r = r, .origin = *o };
	const struct domain_rule *d;
	struct span word = next_word(&text);

	if (!word.n)
		return 0;
	if (!read_addr(r, word, &l.addr)) {
		complain(r->want, o, "bad address");
		return 0;
	}
	d = r->want->conf->expand_hosts ? domain_of(r->want->domains, &l.addr, NULL) : NULL;
	l.domain = d && d->name && *d->name ? d : NULL;
	while ((word = next_word(&text)).n)
		read_name(&l, word);
	return l.names;
}

static size_t count_lines(struct span text)
{
	const uint8_t *at = text.p, *end = text.p + text.n;
	size_t n = 0;

	for (; (at = memchr(at, '\n', (size_t)(end - at))); at++)
		n++;
	return n;
}

/* By what `of` has, but with no address yet: text is another's than that which it may know. */
static size_t read_text(const struct reading *of, const char *path, struct span text)
{
	struct reading r = { .hosts = of->hosts, .want = of->want, .from = of->from };
	struct origin o = { arena_text(hosts_arena(r.hosts), path), 0 };
	struct span line;
	size_t names = 0;

	hosts_expect(r.hosts, count_lines(text));
	while (!source_ends(r.from) && text_line(&text, &line)) {
		o.line++;
		names += read_line(&r, &o, line);
	}
	return names;
}

size_t hosts_parse(struct hosts *h, const struct hosts_want *want, const char *path,
		   struct span text)
{
	return read_text(&(struct reading){ .hosts = h, .want = want }, path, text);
}

/* ---- files ------------------------------------------------------------------------------- */

static void read_file(struct reading *r, const struct origin *o, const char *path)
{
	int fd = source_open(r->from, path, 0);
	struct span text;
	size_t names;

	if (fd < 0 || source_read(r->from, fd, &text) < 0) {
		complain(r->want, o, "failed to load names from %s: %s", path, strerror(errno));
	} else {
		names = read_text(r, path, text);
		free((void *)text.p);
		if (r->want->read)
			r->want->read(r->want->arg, path, names);
	}
	if (fd >= 0)
		close(fd);
}

static void read_folder(struct reading *r, const struct dns_path *p, int fd)
{
	const char *const *names;
	struct arena *arena = hosts_arena(r->hosts);
	size_t n;

	if (source_list(arena, r->from, fd, &names, &n) < 0) {
		complain(r->want, &p->origin, "cannot read folder %s: %s", p->path, strerror(errno));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		size_t size = strlen(p->path) + strlen(names[i]) + 2;
		char *path = arena_take(arena, size);

		snprintf(path, size, "%s/%s", p->path, names[i]);
		read_file(r, &p->origin, path);
	}
}

/* The last path comes first, and all files come before all folders, as in dnsmasq. */
static void read_paths(struct reading *r, const struct dns_path *first)
{
	const struct dns_path **paths;
	size_t n = 0;
	int *folders;

	for (const struct dns_path *p = first; p; p = p->next)
		n++;
	paths = arena_take(hosts_arena(r->hosts), n * sizeof *paths);
	folders = arena_take(hosts_arena(r->hosts), n * sizeof *folders);
	for (const struct dns_path *p = first; p; p = p->next)
		paths[--n] = p;
	for (const struct dns_path *p = first; p; p = p->next, n++) {
		folders[n] = source_open(r->from, paths[n]->path, O_DIRECTORY);
		if (folders[n] < 0)
			read_file(r, &paths[n]->origin, paths[n]->path);
	}
	for (size_t i = 0; i < n; i++)
		if (folders[i] >= 0)
			read_folder(r, paths[i], folders[i]);	/* which closes it */
}

/* The last folder comes first.  One that is not there may come: who watches it tells of it. */
static void read_dirs(struct reading *r, const struct dns_path *p)
{
	int fd;

	if (!p)
		return;
	read_dirs(r, p->next);
	fd = source_open(r->from, p->path, O_DIRECTORY);
	if (fd >= 0)
		read_folder(r, p, fd);
}

struct hosts *hosts_read(const struct hosts_want *want, struct conf_files *from)
{
	static const struct origin usual = { HOSTS_FILE, 0 };
	struct reading r = { .hosts = hosts_new(), .want = want, .from = from };

	if (!want->conf->no_hosts)
		read_file(&r, &usual, HOSTS_FILE);
	read_paths(&r, want->conf->hosts_files);
	read_dirs(&r, want->conf->hosts_dirs);
	hosts_seal(r.hosts);
	return r.hosts;
}
