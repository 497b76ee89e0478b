/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/uncleared.h"
#include "dns/rules.h"
#include "dns/tail_hash.h"

/*
 * All rules lie in one array of pointers, those of one domain together, in the
 * order in which they count; a slot of the hash table leads to the first of each
 * domain.  A name is hashed from its end, so one walk gives the hash of each part
 * of it that a domain could be.
 */
struct rules {
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
	bool usual = g.from == r->default_from;

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

static void *take(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	must(p);
	return p;
}

struct rules *rules_new(const struct dns_conf *c, const struct server_files *files)
{
	const struct dns_rule *lists[] = {
		c->rules, files ? files->listed : NULL, files ? files->resolv : NULL,
	};
	struct rules *r = take(1, sizeof *r);
	struct chains chains = { 0 };
	size_t n = 0;

	for (size_t l = 0; l < COUNT_OF(lists); l++)
		for (const struct dns_rule *i = lists[l]; i; i = i->next)
			n++;
	must(n < UINT32_MAX / 4);
	for (r->slots = 4; r->slots < n + n / 3; r->slots *= 2)
		continue;
	r->slot = take(r->slots, sizeof *r->slot);
	r->rule = take(n, sizeof(struct dns_rule *));
	chains.rule = take(n, sizeof(struct dns_rule *));
	chains.next = take(n, sizeof *chains.next);
	chains.last = take(n, sizeof *chains.last);
	for (size_t l = 0; l < COUNT_OF(lists); l++)
		for (const struct dns_rule *i = lists[l]; i; i = i->next)
			chain(r, &chains, i);
	lay_all(r, &chains);
	free(chains.rule);
	free(chains.next);
	free(chains.last);
	note_defaults(r);
	return r;
}

void rules_free(struct rules *r)
{
	if (!r)
		return;
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

/* The domains that a name is in, the shortest first: two a label, and one a letter for "*a". */
struct hits { uint32_t first[2 * DNAME_LABELS_MAX + DNAME_MAX]; unsigned n; };

static void add_hit(struct hits *hits, uint32_t first)
{
	if (first)
		hits->first[hits->n++] = first;
}

/* The domains that begin in one label; *hash goes on to the next. */
static void find_in_label(const struct rules *r, struct span name, size_t start, uint64_t *hash,
			  struct hits *hits)
{
	struct tail t = { name, start, start + 1u + name.p[start] };
	uint32_t whole;

	*hash = tail_hash_step(*hash, '.');
	while (t.at > start + 1) {
		*hash = tail_hash_step(*hash, tail_fold(name.p[--t.at]));
		if (r->wild && t.at > start + 1)
			add_hit(hits, probe(r, *hash, REACH_WILD, &t));
	}
	whole = probe(r, *hash, REACH_DOMAIN, &t);
	add_hit(hits, whole || !r->wild ? whole : probe(r, *hash, REACH_WILD, &t));
	if (r->below && start > 0)
		add_hit(hits, probe(r, *hash, REACH_BELOW, &t));
}

struct rules_verdict rules_find(const struct rules *r, struct span name, uint16_t type)
{
	struct rules_verdict v = { .say = SAY_NOBODY };
	uint8_t starts[DNAME_LABELS_MAX] UNCLEARED;
	unsigned labels = tail_starts(name, starts);
	uint64_t hash = TAIL_HASH_START;
	struct hits hits UNCLEARED;

	hits.n = 0;
	for (unsigned i = labels; i-- > 0;)
		find_in_label(r, name, starts[i], &hash, &hits);
	while (hits.n)
		if (say(r, hits.first[--hits.n], type, &v))
			return v;
	if (labels == 1 && r->plain) {
		say(r, r->plain, type, &v);
		return v;
	}
	if (r->all)
		say(r, r->all, type, &v);
	return v;
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
	return false;
}
