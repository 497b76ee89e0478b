/* SPDX-License-Identifier: ISC */
#include "base/uncleared.h"
#include "dns/rules_private.h"
#include "dns/tail_hash.h"

/* ---- what the lines of one domain say --------------------------------------------------------- */

static struct rule_servers servers_of(const struct rules *r, struct rules_group g)
{
	bool usual = r->default_from < r->default_to && g.from == r->default_from;

	return (struct rule_servers){ r->rule + g.from, g.to - g.from, usual ? 0 : g.from + 1 };
}

static bool say_addresses(const struct rules *r, struct rules_group g, struct rules_verdict *v)
{
	if (g.from == g.to)
		return false;
	*v = (struct rules_verdict){ .say = SAY_ADDRESS, .rule = r->rule[g.from],
				     .addresses = r->rule + g.from, .n_addresses = g.to - g.from };
	return true;
}

/* ANY is answered by the addresses of one family, as in dnsmasq. */
static bool say_local(const struct rules *r, struct rules_group g, uint16_t type,
		      struct rules_verdict *v)
{
	struct rules_group ip6 = rules_part(r, g, ORDER_IP6), ip4 = rules_part(r, g, ORDER_IP4);
	struct rules_group zeros = rules_part(r, g, ORDER_ZEROS);
	bool wants4 = type == DNS_A || type == DNS_ANY, wants6 = type == DNS_AAAA || type == DNS_ANY;

	if ((wants6 && say_addresses(r, ip6, v)) || (wants4 && say_addresses(r, ip4, v)))
		return true;
	if (zeros.from == zeros.to || !(wants4 || wants6))
		return false;
	*v = (struct rules_verdict){ .say = SAY_ZEROS, .rule = r->rule[zeros.from] };
	return true;
}

/* Servers answer; `rule` is the line that sent us to them. */
static struct rules_verdict say_ask(const struct rules *r, struct rules_group g,
				    const struct dns_rule *rule)
{
	if (g.from == g.to)
		return (struct rules_verdict){ .say = SAY_NOBODY, .rule = rule };
	return (struct rules_verdict){ .say = SAY_ASK, .rule = rule, .servers = servers_of(r, g) };
}

/* What the lines of one domain say of a type; false: nothing. */
static bool say(const struct rules *r, uint32_t first, uint16_t type, struct rules_verdict *v)
{
	struct rules_group g = rules_group_at(r, first), part;
	struct rules_group usual = { r->default_from, r->default_to }, none = { 0, 0 };
	bool all = first == r->all;

	if (say_local(r, g, type, v))
		return true;
	part = rules_part(r, g, ORDER_DEFAULT);
	if (part.from < part.to) {
		*v = say_ask(r, all ? none : usual, r->rule[part.from]);
		return true;
	}
	part = rules_part(r, g, ORDER_SERVER);
	if (part.from < part.to) {
		*v = say_ask(r, part, all ? NULL : r->rule[part.from]);
		return true;
	}
	part = rules_part(r, g, ORDER_LOCAL);
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
struct hit { uint32_t first; struct rule_name member; unsigned of; };

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
	for (unsigned i = 0; i < NAMES; i++) {
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
	const struct rules_group usual = { r->default_from, r->default_to };

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
static const struct rule_target *nth_target(const struct rules *r, size_t number, unsigned *out_of)
{
	for (unsigned i = 0; i < NAMES; i++) {
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
	unsigned of;

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
		struct rules_group g = rules_part(r, rules_group_at(r, (uint32_t)*cursor + 1), ORDER_SERVER);

		*cursor = rules_group_at(r, (uint32_t)*cursor + 1).to;
		if (g.from == g.to)
			continue;
		*out = servers_of(r, g);
		*out_first = r->rule[g.from];
		return true;
	}
	return each_target(r, cursor, out, out_first);
}
