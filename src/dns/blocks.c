/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "base/uncleared.h"
#include "conf/source.h"
#include "dns/block_line.h"
#include "dns/blocks.h"
#include "lan/tag.h"

#define BAD_TOLD 5			/* lines of each list */
#define COMING 8			/* names that wait for memory */

/* The lists for the same clients. */
struct block_group {
	const struct tag_cond *when;
	struct name_set *names, *exceptions;
};

/* A file that was read. */
struct block_source { const char *path; const struct dns_block_list *list; };

struct blocks {
	struct arena arena;
	struct name_key key;
	struct block_group *group;
	size_t groups;
	struct block_source *source;
	uint32_t sources;
};

/* One reading of all lists. */
struct reading {
	struct blocks *blocks;
	const struct blocks_want *want;
	struct conf_files *from;
};

/* A name that is to be added once memory has what that needs: the set is larger than any cache. */
struct coming {
	struct name_set *set;
	struct name_tails name;
	enum name_reach reach;
	bool exception;
	uint32_t line;
};

/* One file of them. */
struct file {
	const struct reading *reading;
	struct block_group *group;
	struct block_reader reader;
	struct origin origin;		/* of the line at hand */
	uint32_t source;
	size_t size;			/* bytes; 0: unknown */
	struct block_counts n;
	struct coming coming[COMING];	/* a ring */
	unsigned came, added;		/* so many were put into it, and taken out */
};

__attribute__((format(printf, 3, 4)))
static void complain(const struct blocks_want *want, const struct origin *o, const char *format, ...)
{
	char what[600];
	va_list list;

	va_start(list, format);
	vsnprintf(what, sizeof what, format, list);
	va_end(list);
	if (want->bad)
		want->bad(want->arg, o, what);
}

/* ---- lines ------------------------------------------------------------------------- */

static void add_oldest(struct file *f)
{
	const struct coming *c = &f->coming[f->added++ % COMING];

	if (!name_set_add(c->set, &c->name, c->reach, f->source, c->line))
		f->n.known++;
	else if (c->exception)
		f->n.exceptions++;
	else
		f->n.names++;
}

static void take_name(void *arg, const struct block_name *n)
{
	struct file *f = arg;
	struct coming *c = &f->coming[f->came % COMING];

	if (f->came - f->added == COMING)
		add_oldest(f);
	f->came++;
	c->set = n->exception ? f->group->exceptions : f->group->names;
	c->reach = n->reach;
	c->exception = n->exception;
	c->line = f->origin.line;
	name_tails_of(&f->reading->blocks->key, n->name, &c->name);
	name_set_foresee(c->set, &c->name);
}

/* After a while it can be told how many names there will be. */
static void expect(const struct file *f, size_t read)
{
	size_t more = f->size > read ? f->size - read : 0;

	name_set_expect(f->group->names, name_set_count(f->group->names) +
			(size_t)((double)f->n.names * (double)more / (double)read * 1.02));
}

static struct span without_mark(struct span line)
{
	static const uint8_t mark[3] = { 0xef, 0xbb, 0xbf };	/* UTF-8's, where a file begins */

	return line.n >= 3 && memcmp(line.p, mark, 3) == 0 ? span_of(line.p + 3, line.n - 3) : line;
}

static void take_line(void *arg, struct span line, size_t read)
{
	enum { LINES_KNOWN = 2000 };
	struct file *f = arg;
	const char *wrong;

	if (f->origin.line++ == 0)
		line = without_mark(line);
	if (f->origin.line == LINES_KNOWN)
		expect(f, read);
	wrong = block_line_read(&f->reader, line);
	if (wrong && f->n.bad++ < BAD_TOLD)
		complain(f->reading->want, &f->origin, "%s", wrong);
}

/* ---- files ------------------------------------------------------------------------------ */

static uint32_t add_source(struct blocks *b, const char *path, const struct dns_block_list *list)
{
	b->source = reallocarray(b->source, b->sources + 1u, sizeof *b->source);
	must(b->source);
	b->source[b->sources] = (struct block_source){ path, list };
	return b->sources++;
}

static void tell_end(const struct file *f)
{
	const struct blocks_want *want = f->reading->want;
	const struct origin all = { f->origin.file, 0 };

	if (f->n.bad > BAD_TOLD)
		complain(want, &all, "%zu more wrong lines were left out", f->n.bad - BAD_TOLD);
	if (want->read)
		want->read(want->arg, f->origin.file, &f->n);
}

/* All but the ring, of which nothing is read before it was put in. */
static void file_begin(struct file *f, const struct reading *r, struct block_group *group,
		       const char *path)
{
	memset(f, 0, offsetof(struct file, coming));
	f->reading = r;
	f->group = group;
	f->origin = (struct origin){ path, 0 };
	f->reader.told = take_name;
	f->reader.arg = f;
	f->came = f->added = 0;
}

static void read_descriptor(const struct reading *r, const struct dns_block_list *list,
			    struct block_group *group, const char *path, int fd)
{
	struct file f UNCLEARED;
	struct stat st;
	bool failed;

	file_begin(&f, r, group, path);
	f.source = add_source(r->blocks, path, list);
	f.size = fstat(fd, &st) == 0 ? (size_t)st.st_size : 0;
	failed = source_each_line(r->from, fd, take_line, &f) < 0;
	if (failed)
		complain(r->want, &list->origin, "failed to load names from %s: %s", path,
			 strerror(errno));
	while (f.added != f.came)
		add_oldest(&f);
	if (!failed)
		tell_end(&f);
}

static void read_file(const struct reading *r, const struct dns_block_list *list,
		      struct block_group *group, const char *path)
{
	int fd = source_open(r->from, path, 0);

	if (fd < 0) {
		complain(r->want, &list->origin, "failed to load names from %s: %s", path,
			 strerror(errno));
		return;
	}
	read_descriptor(r, list, group, path, fd);
	close(fd);
}

static void read_folder(const struct reading *r, const struct dns_block_list *list,
			struct block_group *group, int fd)
{
	struct arena *arena = &r->blocks->arena;
	const char *const *names;
	size_t n;

	if (source_list(arena, r->from, fd, &names, &n) < 0) {
		complain(r->want, &list->origin, "cannot read folder %s: %s", list->path,
			 strerror(errno));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		size_t size = strlen(list->path) + strlen(names[i]) + 2;
		char *path = arena_take(arena, size);

		snprintf(path, size, "%s/%s", list->path, names[i]);
		read_file(r, list, group, path);
	}
}

/* ---- the whole ----------------------------------------------------------------------------- */

static bool same_clients(const struct tag_cond *a, const struct tag_cond *b)
{
	while (a && b && strcmp(a->name, b->name) == 0 && a->absent == b->absent) {
		a = a->next;
		b = b->next;
	}
	return !a && !b;
}

static struct block_group *group_for(struct blocks *b, const struct tag_cond *when)
{
	struct block_group *g = b->group;

	while (g < b->group + b->groups && !same_clients(g->when, when))
		g++;
	if (g == b->group + b->groups) {
		*g = (struct block_group){ when, name_set_new(&b->key), name_set_new(&b->key) };
		b->groups++;
	}
	return g;
}

static size_t count_lists(const struct dns_block_list *l)
{
	size_t n = 0;

	for (; l; l = l->next)
		n++;
	return n;
}

struct blocks *blocks_read(const struct blocks_want *want, struct conf_files *from)
{
	struct blocks *b;
	struct reading r = { .want = want, .from = from };

	if (!want->lists)
		return NULL;
	r.blocks = b = calloc(1, sizeof *b);
	must(b);
	arena_init(&b->arena, 0);
	name_key_draw(&b->key);
	b->group = arena_take(&b->arena, count_lists(want->lists) * sizeof *b->group);
	for (const struct dns_block_list *l = want->lists; l; l = l->next) {
		struct block_group *g = group_for(b, l->when);
		int folder = source_open(from, l->path, O_DIRECTORY);

		if (folder >= 0)
			read_folder(&r, l, g, folder);	/* which closes it */
		else
			read_file(&r, l, g, l->path);
	}
	for (size_t i = 0; i < b->groups; i++) {
		name_set_seal(b->group[i].names);
		name_set_seal(b->group[i].exceptions);
	}
	return b;
}

void blocks_free(struct blocks *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->groups; i++) {
		name_set_free(b->group[i].names);
		name_set_free(b->group[i].exceptions);
	}
	arena_done(&b->arena);
	free(b->source);
	free(b);
}

/* ---- finding ---------------------------------------------------------------------------------- */

/* A question, and what is found out about it. */
struct asking {
	const struct blocks *blocks;
	const struct block_client *client;
	struct name_tails name;
	bool of_client;
};

/* A set of this group has the name; is it for the client? */
static bool is_for(struct asking *a, const struct block_group *g)
{
	a->of_client |= g->when != NULL;
	return !g->when || a->client->has(a->client, g->when);
}

static bool is_excepted(struct asking *a)
{
	const struct blocks *b = a->blocks;
	struct name_member unused;

	for (size_t i = 0; i < b->groups; i++)
		if (name_set_find(b->group[i].exceptions, &a->name, &unused) &&
		    is_for(a, &b->group[i]))
			return true;
	return false;
}

/* The group of the longest member for the client, the first of several; NULL: none. */
static const struct block_group *find_longest(struct asking *a, struct name_member *out)
{
	const struct blocks *b = a->blocks;
	const struct block_group *in = NULL;
	struct name_member m;

	for (size_t i = 0; i < b->groups; i++) {
		if (!name_set_find(b->group[i].names, &a->name, &m) || !is_for(a, &b->group[i]) ||
		    (in && m.tail >= out->tail))
			continue;
		*out = m;
		in = &b->group[i];
	}
	return in;
}

struct block_verdict blocks_find(const struct blocks *b, struct span name,
				 const struct block_client *client)
{
	struct block_verdict v = { .blocked = false };
	const struct block_source *source;
	const struct block_group *in;
	struct asking a UNCLEARED;
	struct name_member m;
	struct name_where where;

	a.blocks = b;
	a.client = client;
	a.of_client = false;
	name_tails_of(&b->key, name, &a.name);
	in = find_longest(&a, &m);
	v.blocked = in && !is_excepted(&a);
	v.of_client = a.of_client;
	if (!v.blocked)
		return v;
	where = name_set_where(in->names, m.place);
	source = &b->source[where.source];
	v.list = source->list;
	v.origin = (struct origin){ source->path, where.line };
	v.labels = a.name.labels - m.tail;
	v.reach = m.reach;
	return v;
}

size_t blocks_count(const struct blocks *b)
{
	size_t n = 0;

	for (size_t i = 0; b && i < b->groups; i++)
		n += name_set_count(b->group[i].names);
	return n;
}
