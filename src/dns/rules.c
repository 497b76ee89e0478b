/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/uncleared.h"
#include "dns/rule_names.h"
#include "dns/rules.h"
#include "dns/tail_hash.h"

/* Lines of the configuration, and of servers-file. */
enum { OF_CONF, OF_FILE, NAMES };

/* With this in its id a list of servers is that of a target of names[OF_CONF] or, with the second one
 * too, of names[OF_FILE]. */
#define ID_TARGET (1u << 30)
#define ID_OF_FILE (1u << 29)

/*
 * Rules that are no member of a name set, and members for whose domain there is
 * another line, lie in one array of pointers, those of one domain together, in the
 * order in which they count; a slot of the hash table leads to the first of each
 * domain.  A name is hashed from its end, so one walk gives the hash of each part
 * of it that a domain could be.
 */
struct rules {
	struct arena arena;
	const struct rule_names *names[NAMES];	/* plain lines; NULL: none */
	const struct dns_rule **rule;
	uint32_t n;
	uint32_t *slot;			/* place + 1 of a domain's first rule; 0: empty */
	uint32_t slots;			/* a power of two */
	uint32_t all, plain;		/* place + 1 of the first of these reaches; 0: none */
	uint32_t default_from, default_to;	/* the servers of no domain */
	bool wild, below;		/* is there any? */
};

/* In the order in which lines for one domain count. */
enum order { ORDER_IP6, ORDER_IP4, ORDER_ZEROS, ORDER_DEFAULT, ORDER_SERVER, ORDER_LOCAL, ORDERS };

static enum order order_of(const struct dns_rule *r)
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

/* ---- building -------------------------------------------------------------------------------- */

/* While rules are sorted: those of one domain in a chain. */
struct chains {
	const struct dns_rule **rule;
	uint32_t *next;			/* each number + 1; 0: none */
	uint32_t *last;			/* of a chain's first; 0 of all others */
	uint32_t n;
};

static bool same_domain(const struct dns_rule *a, const struct dns_rule *b)
{
	return a->reach == b->reach && span_eq(a->domain, b->domain);
}

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
			if (order_of(c->rule[i - 1]) == o)
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

/* ---- the rules of one domain ------------------------------------------------------------------ */

/* They lie together. */
struct group { uint32_t from, to; };

static struct group group_at(const struct rules *r, uint32_t first)
{
	struct group g = { first - 1, first };

	while (g.to < r->n && same_domain(r->rule[g.from], r->rule[g.to]))
		g.to++;
	return g;
}

/* Those of a group that stand at this place of the order. */
static struct group part_of(const struct rules *r, struct group g, enum order o)
{
	while (g.from < g.to && order_of(r->rule[g.from]) < o)
		g.from++;
	for (uint32_t i = g.from; i < g.to; i++)
		if (order_of(r->rule[i]) != o)
			g.to = i;
	return g;
}

static void note_defaults(struct rules *r)
{
	struct group g;

	if (!r->all)
		return;
	g = part_of(r, group_at(r, r->all), ORDER_SERVER);
	r->default_from = g.from;
	r->default_to = g.to;
}

static struct rule_servers servers_of(const struct rules *r, struct group g)
{
	bool usual = r->default_from < r->default_to && g.from == r->default_from;

	return (struct rule_servers){ r->rule + g.from, g.to - g.from, usual ? 0 : g.from + 1 };
}

static bool say_addresses(const struct rules *r, struct group g, struct rules_verdict *v)
{
	if (g.from == g.to)
		return false;
	*v = (struct rules_verdict){ .say = SAY_ADDRESS, .rule = r->rule[g.from],
				     .addresses = r->rule + g.from, .n_addresses = g.to - g.from };
	return true;
}

/* ANY is answered by the addresses of one family, as in dnsmasq. */
static bool say_local(const struct rules *r, struct group g, uint16_t type, struct rules_verdict *v)
{
	struct group ip6 = part_of(r, g, ORDER_IP6), ip4 = part_of(r, g, ORDER_IP4);
	struct group zeros = part_of(r, g, ORDER_ZEROS);
	bool wants4 = type == DNS_A || type == DNS_ANY, wants6 = type == DNS_AAAA || type == DNS_ANY;

	if ((wants6 && say_addresses(r, ip6, v)) || (wants4 && say_addresses(r, ip4, v)))
		return true;
	if (zeros.from == zeros.to || !(wants4 || wants6))
		return false;
	*v = (struct rules_verdict){ .say = SAY_ZEROS, .rule = r->rule[zeros.from] };
	return true;
}

/* Servers answer; `rule` is the line that sent us to them. */
static struct rules_verdict say_ask(const struct rules *r, struct group g,
				    const struct dns_rule *rule)
{
	if (g.from == g.to)
		return (struct rules_verdict){ .say = SAY_NOBODY, .rule = rule };
	return (struct rules_verdict){ .say = SAY_ASK, .rule = rule, .servers = servers_of(r, g) };
}

/* What the lines of one domain say of a type; false: nothing. */
static bool say(const struct rules *r, uint32_t first, uint16_t type, struct rules_verdict *v)
{
	struct group g = group_at(r, first), part;
	struct group usual = { r->default_from, r->default_to }, none = { 0, 0 };
	bool all = first == r->all;

	if (say_local(r, g, type, v))
		return true;
	part = part_of(r, g, ORDER_DEFAULT);
	if (part.from < part.to) {
		*v = say_ask(r, all ? none : usual, r->rule[part.from]);
		return true;
	}
	part = part_of(r, g, ORDER_SERVER);
	if (part.from < part.to) {
		*v = say_ask(r, part, all ? NULL : r->rule[part.from]);
		return true;
	}
	part = part_of(r, g, ORDER_LOCAL);
	if (part.from == part.to)
		return false;
	*v = (struct rules_verdict){ .say = SAY_LOCAL, .rule = r->rule[part.from],
				     .exists = part.from > g.from };
	return true;
}

/* Of addresses some types are told. */
static bool says_of_type(const struct dns_rule *r, uint16_t type)
{
	bool wants4 = type == DNS_A || type == DNS_ANY, wants6 = type == DNS_AAAA || type == DNS_ANY;

	if (r->kind == RULE_ZEROS)
		return wants4 || wants6;
	return r->kind != RULE_ADDRESS || (r->addr.family == ADDR_IP4 ? wants4 : wants6);
}

/* The servers of all members with one target are one list. */
static unsigned target_id(const struct rule_target *t, unsigned of)
{
	return ID_TARGET | (of == OF_FILE ? ID_OF_FILE : 0) | t->number;
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

/* ---- finding ------------------------------------------------------------------------------------ */

/* A part of a name that a domain may be: its letters from `at` to the label's end, and all behind. */
struct tail { struct span name; size_t start, at; };

static bool same_bytes(const uint8_t *lower, const uint8_t *any, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower[i] != tail_fold(any[i]))
			return false;
	return true;
}

static bool is_tail(struct span domain, const struct tail *t)
{
	size_t end = t->start + 1 + t->name.p[t->start], letters = end - t->at;
	size_t behind = t->name.n - end;

	return domain.n == 1 + letters + behind && domain.p[0] == letters &&
	       same_bytes(domain.p + 1, t->name.p + t->at, letters) &&
	       same_bytes(domain.p + 1 + letters, t->name.p + end, behind);
}

static uint32_t probe(const struct rules *r, uint64_t hash, enum dns_rule_reach reach,
		      const struct tail *t)
{
	uint32_t at = tail_hash_end(hash, reach) & (r->slots - 1);

	for (; r->slot[at]; at = (at + 1) & (r->slots - 1)) {
		const struct dns_rule *rule = r->rule[r->slot[at] - 1];

		if (rule->reach == reach && is_tail(rule->domain, t))
			return r->slot[at];
	}
	return 0;
}

/* A domain that a name is in: one of rules, or a member. */
struct hit { uint32_t first; struct rule_name member; uint8_t of; };

/* The shortest first: two a label, and one a letter for "*a". */
struct hits { struct hit hit[2 * DNAME_LABELS_MAX + DNAME_MAX]; unsigned n; };

/* A name that is looked for. */
struct seeking {
	const struct rules *r;
	struct span name;
	unsigned labels;
	struct name_tails tails[NAMES];
	struct hits hits;
};

static void add_hit(struct hits *hits, uint32_t first)
{
	if (first)
		hits->hit[hits->n++] = (struct hit){ .first = first };
}

static bool add_member(struct seeking *s, unsigned label)
{
	for (uint8_t i = 0; i < NAMES; i++) {
		struct hit *h = &s->hits.hit[s->hits.n];

		if (!s->r->names[i] ||
		    !rule_names_find(s->r->names[i], &s->tails[i], label, &h->member))
			continue;
		h->first = 0;
		h->of = i;
		s->hits.n++;
		return true;
	}
	return false;
}

/* The domains that begin in one label; *hash goes on to the next. */
static void find_in_label(struct seeking *s, unsigned label, size_t start, uint64_t *hash)
{
	const struct rules *r = s->r;
	struct tail t = { s->name, start, start + 1u + s->name.p[start] };
	uint32_t whole;

	*hash = tail_hash_step(*hash, '.');
	while (t.at > start + 1) {
		*hash = tail_hash_step(*hash, tail_fold(s->name.p[--t.at]));
		if (r->wild && t.at > start + 1)
			add_hit(&s->hits, probe(r, *hash, REACH_WILD, &t));
	}
	whole = probe(r, *hash, REACH_DOMAIN, &t);
	add_hit(&s->hits, whole);
	if (!whole && !add_member(s, label) && r->wild)
		add_hit(&s->hits, probe(r, *hash, REACH_WILD, &t));
	if (r->below && start > 0)
		add_hit(&s->hits, probe(r, *hash, REACH_BELOW, &t));
}

static void find_hits(struct seeking *s)
{
	uint8_t starts[DNAME_LABELS_MAX] UNCLEARED;
	uint64_t hash = TAIL_HASH_START;

	s->labels = tail_starts(s->name, starts);
	s->hits.n = 0;
	for (size_t i = 0; i < NAMES; i++)
		if (s->r->names[i])
			name_tails_of(rule_names_key(s->r->names[i]), s->name, &s->tails[i]);
	for (unsigned i = s->labels; i-- > 0;)
		find_in_label(s, i, starts[i], &hash);
}

/* What a member says of a type; false: nothing. */
static bool say_member(const struct seeking *s, const struct hit *h, uint16_t type,
		       struct rules_verdict *v)
{
	static const enum rules_say says[] = {
		[RULE_SERVER] = SAY_ASK, [RULE_DEFAULT] = SAY_ASK, [RULE_LOCAL] = SAY_LOCAL,
		[RULE_ADDRESS] = SAY_ADDRESS, [RULE_ZEROS] = SAY_ZEROS,
	};
	const struct rules *r = s->r;
	struct origin origin;
	const struct rule_target *t = rule_names_target(r->names[h->of], h->member.place, &origin);
	const struct group usual = { r->default_from, r->default_to };

	if (!says_of_type(t->rule, type))
		return false;
	*v = t->rule->kind == RULE_DEFAULT ? say_ask(r, usual, t->rule)
					   : (struct rules_verdict){ .say = says[t->rule->kind],
								     .rule = t->rule };
	if (t->rule->kind == RULE_SERVER)
		v->servers = (struct rule_servers){ &t->rule, 1, target_id(t, h->of) };
	if (t->rule->kind == RULE_ADDRESS) {
		v->addresses = &t->rule;
		v->n_addresses = 1;
	}
	v->origin = origin;
	v->labels = s->labels - h->member.tail;
	v->member = h->member.place;
	v->member_of = (uint8_t)(h->of + 1);
	return true;
}

static unsigned labels_of(struct span domain)
{
	uint8_t starts[DNAME_LABELS_MAX] UNCLEARED;

	return tail_starts(domain, starts);
}

static bool say_hit(const struct seeking *s, const struct hit *h, uint16_t type,
		    struct rules_verdict *v)
{
	if (!h->first)
		return say_member(s, h, type, v);
	if (!say(s->r, h->first, type, v))
		return false;
	if (v->rule) {
		v->origin = v->rule->origin;
		v->labels = labels_of(v->rule->domain);
	}
	return true;
}

struct rules_verdict rules_find(const struct rules *r, struct span name, uint16_t type)
{
	struct rules_verdict v = { .say = SAY_NOBODY };
	struct seeking s UNCLEARED;
	struct hit last;

	s.r = r;
	s.name = name;
	find_hits(&s);
	while (s.hits.n)
		if (say_hit(&s, &s.hits.hit[--s.hits.n], type, &v))
			return v;
	last = (struct hit){ .first = s.labels == 1 && r->plain ? r->plain : r->all };
	if (last.first)
		say_hit(&s, &last, type, &v);
	return v;
}

void rules_domain(const struct rules *r, const struct rules_verdict *v, struct dname *out)
{
	const struct rule_walk line = {
		.names = v->member_of ? r->names[v->member_of - 1] : NULL, .place = v->member,
		.rule = v->rule, .is_member = v->member_of != 0,
	};

	*out = (struct dname){ .n = 0 };
	if (v->rule)
		rule_walk_domain(&line, out);
}

/* Of the targets of all plain lines; NULL: there are not so many. */
static const struct rule_target *nth_target(const struct rules *r, size_t number, uint8_t *out_of)
{
	for (uint8_t i = 0; i < NAMES; i++) {
		size_t n = rule_names_targets(r->names[i]);

		*out_of = i;
		if (number < n)
			return rule_names_nth_target(r->names[i], (unsigned)number);
		number -= n;
	}
	return NULL;
}

static bool each_target(const struct rules *r, size_t *cursor, struct rule_servers *out,
			const struct dns_rule **out_first)
{
	const struct rule_target *t;
	uint8_t of;

	while ((t = nth_target(r, *cursor - r->n, &of))) {
		++*cursor;
		if (t->rule->kind != RULE_SERVER)
			continue;
		*out = (struct rule_servers){ &t->rule, 1, target_id(t, of) };
		*out_first = t->rule;
		return true;
	}
	return false;
}

bool rules_each(const struct rules *r, size_t *cursor, struct rule_servers *out,
		const struct dns_rule **out_first)
{
	while (*cursor < r->n) {
		struct group g = part_of(r, group_at(r, (uint32_t)*cursor + 1), ORDER_SERVER);

		*cursor = group_at(r, (uint32_t)*cursor + 1).to;
		if (g.from == g.to)
			continue;
		*out = servers_of(r, g);
		*out_first = r->rule[g.from];
		return true;
	}
	return each_target(r, cursor, out, out_first);
}
