/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/uncleared.h"
#include "dns/rules_private.h"
#include "dns/tail_hash.h"

enum order rules_order(const struct dns_rule *r)
{
	static const enum order orders[] = {
		[RULE_SERVER] = ORDER_SERVER, [RULE_DEFAULT] = ORDER_DEFAULT,
		[RULE_LOCAL] = ORDER_LOCAL, [RULE_ZEROS] = ORDER_ZEROS,
	};

	if (r->kind == RULE_ADDRESS)
		return r->addr.family == ADDR_IP6 ? ORDER_IP6 : ORDER_IP4;
	return orders[r->kind];
}

static uint32_t hash_domain(struct span domain, enum dns_rule_reach reach)
{
	uint8_t starts[DNAME_LABELS_MAX];
	unsigned n = tail_starts(domain, starts);
	uint64_t h = TAIL_HASH_START;

	while (n--)
		h = tail_hash_label(h, domain, starts[n]);
	return tail_hash_end(h, reach);
}

/* ---- the rules of one domain ------------------------------------------------------------------ */

static bool same_domain(const struct dns_rule *a, const struct dns_rule *b)
{
	return a->reach == b->reach && span_eq(a->domain, b->domain);
}

struct rules_group rules_group_at(const struct rules *r, uint32_t first)
{
	struct rules_group g = { first - 1, first };

	while (g.to < r->n && same_domain(r->rule[g.from], r->rule[g.to]))
		g.to++;
	return g;
}

struct rules_group rules_part(const struct rules *r, struct rules_group g, enum order o)
{
	while (g.from < g.to && rules_order(r->rule[g.from]) < o)
		g.from++;
	for (uint32_t i = g.from; i < g.to; i++)
		if (rules_order(r->rule[i]) != o)
			g.to = i;
	return g;
}

/* ---- laying them ------------------------------------------------------------------------------ */

/* While rules are sorted: those of one domain in a chain. */
struct chains {
	const struct dns_rule **rule;
	uint32_t *next;			/* each number + 1; 0: none */
	uint32_t *last;			/* of a chain's first; 0 of all others */
	uint32_t n;
};

static uint32_t *find_slot(const struct rules *r, const struct dns_rule *const *rule,
			   const struct dns_rule *of)
{
	uint32_t at = hash_domain(of->domain, of->reach) & (r->slots - 1);

	while (r->slot[at] && !same_domain(rule[r->slot[at] - 1], of))
		at = (at + 1) & (r->slots - 1);
	return &r->slot[at];
}

static void chain(struct rules *r, struct chains *c, const struct dns_rule *rule)
{
	uint32_t i = c->n++, *slot;

	c->rule[i] = rule;
	slot = find_slot(r, c->rule, rule);
	if (*slot)
		c->next[c->last[*slot - 1] - 1] = i + 1;
	else
		*slot = i + 1;
	c->last[*slot - 1] = i + 1;
}

/* dnsmasq gives the addresses of one domain last line first. */
static void turn(const struct dns_rule **rule, uint32_t n)
{
	for (uint32_t i = 0; i < n / 2; i++) {
		const struct dns_rule *r = rule[i];

		rule[i] = rule[n - 1 - i];
		rule[n - 1 - i] = r;
	}
}

/* The rules of one domain, in the order in which they count. */
static void lay_domain(struct rules *r, const struct chains *c, uint32_t first)
{
	for (enum order o = 0; o < ORDERS; o++) {
		uint32_t start = r->n;

		for (uint32_t i = first; i; i = c->next[i - 1])
			if (rules_order(c->rule[i - 1]) == o)
				r->rule[r->n++] = c->rule[i - 1];
		if (o == ORDER_IP6 || o == ORDER_IP4)
			turn(r->rule + start, r->n - start);
	}
}

static void note_reach(struct rules *r, uint32_t first, enum dns_rule_reach reach)
{
	r->wild |= reach == REACH_WILD;
	r->below |= reach == REACH_BELOW;
	if (reach == REACH_ALL)
		r->all = first;
	if (reach == REACH_PLAIN)
		r->plain = first;
}

/* Domains in the order of their first lines; slots then lead to places. */
static void lay_all(struct rules *r, const struct chains *c)
{
	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t first = r->n + 1;

		if (!c->last[i])
			continue;
		c->last[i] = first;
		lay_domain(r, c, i + 1);
		note_reach(r, first, c->rule[i]->reach);
	}
	for (uint32_t s = 0; s < r->slots; s++)
		if (r->slot[s])
			r->slot[s] = c->last[r->slot[s] - 1];
}

static void note_defaults(struct rules *r)
{
	struct rules_group g;

	if (!r->all)
		return;
	g = rules_part(r, rules_group_at(r, r->all), ORDER_SERVER);
	r->default_from = g.from;
	r->default_to = g.to;
}

static void *take(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	must(p);
	return p;
}

/* ---- members that share their domain with other lines ------------------------------------------ */

struct places { uint32_t *place; size_t n, room; };

/* The lines of one file's worth, of both kinds. */
struct lines {
	const struct dns_rule *first;
	const struct rule_names *names;
	struct places shared;		/* of names, for whose domain there is another line */
	struct dns_rule *made;		/* of these, in their order */
};

static void add_place(struct places *p, uint32_t place)
{
	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 64;
		p->place = reallocarray(p->place, p->room, sizeof *p->place);
		must(p->place);
	}
	p->place[p->n++] = place;
}

/* False: it is no member. */
static bool note_shared(struct lines *l, struct span domain)
{
	struct name_tails tails UNCLEARED;
	struct rule_name m;

	if (!l->names)
		return false;
	name_tails_of(rule_names_key(l->names), domain, &tails);
	if (tails.labels == 0 || !rule_names_find(l->names, &tails, 0, &m))
		return false;
	add_place(&l->shared, m.place);
	return true;
}

/* Members of one set that are members of the other too. */
static void note_common(struct lines *a, struct lines *b)
{
	struct rule_walk w = { .names = a->names };
	struct dname domain;

	if (!b->names)
		return;
	while (rule_walk_next(&w)) {
		rule_walk_domain(&w, &domain);
		if (note_shared(b, dname_span(&domain)))
			add_place(&a->shared, w.place);
	}
}

static int by_place(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void sort_places(struct places *p)
{
	size_t n = 0;

	if (p->n)
		qsort(p->place, p->n, sizeof *p->place, by_place);
	for (size_t i = 0; i < p->n; i++)
		if (n == 0 || p->place[i] != p->place[n - 1])
			p->place[n++] = p->place[i];
	p->n = n;
}

/* Rules of their own. */
static void make_shared(struct rules *r, struct lines *l)
{
	sort_places(&l->shared);
	l->made = arena_take(&r->arena, l->shared.n * sizeof *l->made);
	for (size_t i = 0; i < l->shared.n; i++) {
		const struct rule_walk w = { .names = l->names, .place = l->shared.place[i],
					     .is_member = true };
		struct dns_rule *made = &l->made[i];
		struct origin origin;
		struct dname domain;

		*made = *rule_names_target(l->names, w.place, &origin)->rule;
		rule_walk_domain(&w, &domain);
		made->domain = arena_span(&r->arena, dname_span(&domain));
		made->origin = origin;
		made->after = w.place;
	}
}

static void share(struct rules *r, struct lines *l, size_t lists)
{
	for (size_t i = 0; i < lists; i++)
		for (const struct dns_rule *k = l[i].first; k; k = k->next)
			if (k->reach == REACH_DOMAIN)
				for (size_t n = 0; n < NAMES; n++)
					note_shared(&l[n], k->domain);
	note_common(&l[OF_FILE], &l[OF_CONF]);
	for (size_t n = 0; n < NAMES; n++) {
		r->names[n] = rule_names_count(l[n].names) ? l[n].names : NULL;
		make_shared(r, &l[n]);
	}
}

/* As the lines came. */
static void chain_lines(struct rules *r, struct chains *c, const struct lines *l)
{
	size_t made = 0;

	for (const struct dns_rule *i = l->first; i; i = i->next) {
		for (; made < l->shared.n && l->made[made].after < i->after; made++)
			chain(r, c, &l->made[made]);
		chain(r, c, i);
	}
	for (; made < l->shared.n; made++)
		chain(r, c, &l->made[made]);
}

/* ---- life ------------------------------------------------------------------------------------- */

static size_t count_lines(const struct lines *l, size_t lists)
{
	size_t n = 0;

	for (size_t i = 0; i < lists; i++) {
		n += l[i].shared.n;
		for (const struct dns_rule *k = l[i].first; k; k = k->next)
			n++;
	}
	must(n < ID_OF_FILE);
	return n;
}

static void lay(struct rules *r, const struct lines *l, size_t lists)
{
	size_t n = count_lines(l, lists);
	struct chains chains = {
		.rule = take(n, sizeof(struct dns_rule *)), .next = take(n, sizeof *chains.next),
		.last = take(n, sizeof *chains.last),
	};

	for (r->slots = 4; r->slots < n + n / 3; r->slots *= 2)
		continue;
	r->slot = take(r->slots, sizeof *r->slot);
	r->rule = take(n, sizeof(struct dns_rule *));
	for (size_t i = 0; i < lists; i++)
		chain_lines(r, &chains, &l[i]);
	lay_all(r, &chains);
	free(chains.rule);
	free(chains.next);
	free(chains.last);
}

struct rules *rules_new(const struct dns_conf *c, const struct server_files *files)
{
	struct lines lines[] = {
		[OF_CONF] = { .first = c->rules, .names = c->rule_names },
		[OF_FILE] = { .first = files ? files->listed : NULL,
			      .names = files ? files->listed_names : NULL },
		[NAMES] = { .first = files ? files->resolv : NULL },
	};
	struct rules *r = take(1, sizeof *r);

	arena_init(&r->arena, 0);
	share(r, lines, COUNT_OF(lines));
	lay(r, lines, COUNT_OF(lines));
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		free(lines[i].shared.place);
	note_defaults(r);
	return r;
}

void rules_free(struct rules *r)
{
	if (!r)
		return;
	arena_done(&r->arena);
	free(r->rule);
	free(r->slot);
	free(r);
}
