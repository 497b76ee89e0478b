/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"
#include "base/uncleared.h"
#include "dns/rule_names.h"

#define DNS_PORT 53
#define PORT_MAX 65535
#define TARGETS_MAX 64			/* looked through at each line; what more there are is no member */
#define TARGET_TEXT 64

struct known_target {
	struct rule_target target;
	struct dns_rule rule;
	struct dns_server server;
	enum rule_option option;
	size_t n;			/* of the text behind the domain */
	char text[TARGET_TEXT];
};

struct rule_names {
	struct name_key key;
	struct name_set *set;
	struct known_target *target[TARGETS_MAX];
	unsigned targets;
};

static void end(void *names)
{
	name_set_free(((struct rule_names *)names)->set);
}

static struct rule_names *names_new(struct arena *arena)
{
	struct rule_names *n = arena_new(arena, struct rule_names);

	name_key_draw(&n->key);
	n->set = name_set_new(&n->key);
	arena_at_end(arena, end, n);
	return n;
}

/* ---- what a line says ------------------------------------------------------------------ */

static bool parse_address(const char *text, struct known_target *out)
{
	out->rule.kind = RULE_ADDRESS;
	return addr_parse(text, &out->rule.addr);
}

/* ADDRESS[#PORT] */
static bool parse_server(char *text, struct known_target *out)
{
	char *sign = strchr(text, '#');
	uint64_t port = DNS_PORT;

	if (sign)
		*sign = 0;
	out->rule.kind = RULE_SERVER;
	out->rule.server = &out->server;
	if (!addr_parse(text, &out->server.at.addr) ||
	    (sign && !text_uint(sign + 1, PORT_MAX, &port)))
		return false;
	out->server.at.port = (uint16_t)port;
	return true;
}

static bool parse_target(enum rule_option option, struct span text, struct known_target *out)
{
	char copy[TARGET_TEXT];

	if (text.n >= sizeof copy || memchr(text.p, 0, text.n))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = 0;
	memcpy(out->text, copy, sizeof copy);
	out->n = text.n;
	out->option = option;
	out->rule.reach = REACH_DOMAIN;
	out->rule.kind = RULE_LOCAL;
	if (text.n == 0)
		return true;
	if (text.n == 1 && *copy == '#') {
		out->rule.kind = option == OPTION_ADDRESS ? RULE_ZEROS : RULE_DEFAULT;
		return true;
	}
	return option == OPTION_ADDRESS ? parse_address(copy, out) : parse_server(copy, out);
}

static struct known_target *add_target(struct arena *arena, struct rule_names *n,
				       const struct known_target *what, const char *file)
{
	struct known_target *t = arena_new(arena, struct known_target);

	*t = *what;
	t->target = (struct rule_target){ .rule = &t->rule, .file = file, .number = n->targets };
	if (t->rule.server)
		t->rule.server = &t->server;
	n->target[n->targets++] = t;
	return t;
}

/* The latest first: lines that say the same stand together. */
static struct known_target *target_for(struct arena *arena, struct rule_names *n,
				       enum rule_option option, struct span text, const char *file)
{
	struct known_target what;

	for (unsigned i = n->targets; i-- > 0;) {
		struct known_target *t = n->target[i];

		if (t->option == option && t->target.file == file &&
		    span_eq(span_of(t->text, t->n), text))
			return t;
	}
	what = (struct known_target){ .n = 0 };
	if (n->targets == TARGETS_MAX || !parse_target(option, text, &what))
		return NULL;
	return add_target(arena, n, &what, file);
}

/* ---- lines -------------------------------------------------------------------------------- */

/* Letters that IDNA leaves alone. */
static const uint8_t letters[256] = {
	['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1, ['-'] = 1, ['_'] = 1,
};

/* The wire form of labels with a dot between each; 0: they are none. */
static size_t plain_name(struct span s, uint8_t wire[DNAME_MAX])
{
	size_t start = 0;

	if (s.n == 0 || s.n + 2 > DNAME_MAX)
		return 0;
	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && letters[s.p[i]]) {
			wire[i + 1] = s.p[i];
			continue;
		}
		if ((i < s.n && s.p[i] != '.') || i == start || i - start > DNAME_LABEL_MAX)
			return 0;
		wire[start] = (uint8_t)(i - start);
		start = i + 1;
	}
	wire[start] = 0;
	return start + 1;
}

/* "/DOMAIN/REST"; false: something else. */
static bool split(struct span value, struct span *domain, struct span *rest)
{
	const uint8_t *slash;

	if (value.n < 3 || value.p[0] != '/')
		return false;
	slash = memchr(value.p + 1, '/', value.n - 1);
	if (!slash)
		return false;
	*domain = span_of(value.p + 1, (size_t)(slash - value.p) - 1);
	*rest = span_of(slash + 1, value.n - domain->n - 2);
	return true;
}

bool rule_names_take(struct arena *arena, struct rule_names **names, enum rule_option option,
		     struct span value, struct origin o)
{
	uint8_t wire[DNAME_MAX] UNCLEARED;
	struct name_tails tails UNCLEARED;
	struct known_target *t;
	struct span domain, rest;
	size_t n;

	if (!split(value, &domain, &rest) || !(n = plain_name(domain, wire)))
		return false;
	if (!*names)
		*names = names_new(arena);
	t = target_for(arena, *names, option, rest, o.file);
	if (!t)
		return false;
	name_tails_of(&(*names)->key, span_of(wire, n), &tails);
	return name_set_add((*names)->set, &tails, NAME_AND_BELOW, t->target.number, o.line);
}

void rule_names_seal(struct rule_names *n)
{
	if (n)
		name_set_seal(n->set);
}

size_t rule_names_count(const struct rule_names *n)
{
	return n ? name_set_count(n->set) : 0;
}

uint32_t rule_names_end(const struct rule_names *n)
{
	return n ? name_set_end(n->set) : 0;
}

const struct name_key *rule_names_key(const struct rule_names *n)
{
	return &n->key;
}

bool rule_names_find(const struct rule_names *n, const struct name_tails *name, unsigned tail,
		     struct rule_name *out)
{
	struct name_member m;

	if (!name_set_find_tail(n->set, name, tail, &m))
		return false;
	*out = (struct rule_name){ m.place, tail };
	return true;
}

const struct rule_target *rule_names_target(const struct rule_names *n, uint32_t place,
					    struct origin *out)
{
	struct name_where where = name_set_where(n->set, place);
	const struct rule_target *t = &n->target[where.source]->target;

	*out = (struct origin){ t->file, where.line };
	return t;
}

unsigned rule_names_targets(const struct rule_names *n)
{
	return n ? n->targets : 0;
}

const struct rule_target *rule_names_nth_target(const struct rule_names *n, unsigned number)
{
	return &n->target[number]->target;
}

/* ---- all of them, as they came ---------------------------------------------------------------- */

bool rule_walk_next(struct rule_walk *w)
{
	uint32_t place = w->cursor;

	w->is_member = place < rule_names_end(w->names) && (!w->next || w->next->after > place);
	if (w->is_member) {
		uint32_t target = name_set_step(w->names->set, &w->cursor);

		w->place = place;
		w->rule = &w->names->target[target]->rule;
		return true;
	}
	w->rule = w->next;
	w->next = w->rule ? w->rule->next : NULL;
	return w->rule != NULL;
}

void rule_walk_domain(const struct rule_walk *w, struct dname *out)
{
	if (w->is_member)
		name_set_name(w->names->set, w->place, out);
	else if (!dname_of_span(w->rule->domain, out))
		*out = (struct dname){ .n = 0 };
}
