/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/uncleared.h"
#include "dns/name_index.h"
#include "dns/name_set.h"
#include "dns/name_store.h"

/* The mark of a name: how many lines behind the one before it stands, and its reach. */
#define MARK_BELOW 0x80
#define MARK_LINES 0x7f
#define STRETCH 1024			/* bytes that name_set_where() walks over at most */

/* From here on names are of this source, the first of this line. */
struct stretch { uint32_t place, source, line; };

struct name_set {
	const struct name_key *key;
	struct name_store store;
	struct name_index index;
	struct stretch *stretch;
	size_t stretches, room;
	uint32_t last_line;
};

/* ---- building ----------------------------------------------------------------------- */

struct name_set *name_set_new(const struct name_key *key)
{
	struct name_set *s = calloc(1, sizeof *s);

	must(s);
	s->key = key;
	name_store_init(&s->store);
	name_index_init(&s->index, 0);
	return s;
}

void name_set_free(struct name_set *s)
{
	if (!s)
		return;
	name_store_done(&s->store);
	name_index_done(&s->index);
	free(s->stretch);
	free(s);
}

/* An index for n, over what there is. */
static void make_index(struct name_set *s, size_t n)
{
	name_index_done(&s->index);
	name_index_init(&s->index, n);
	for (uint32_t place = 0; place < s->store.n; place = name_store_next(&s->store, place)) {
		struct name_tails tails UNCLEARED;
		struct dname name UNCLEARED;

		name_store_name(&s->store, place, &name);
		name_tails_of(s->key, dname_span(&name), &tails);
		name_index_put(&s->index, tails.labels ? tails.hash[0] : 0, place);
	}
}

void name_set_expect(struct name_set *s, size_t n)
{
	if (n > s->index.used * (size_t)2)
		make_index(s, n);
}

static void begin_stretch(struct name_set *s, uint32_t source, uint32_t line)
{
	if (s->stretches == s->room) {
		s->room = s->room ? 2 * s->room : 16;
		s->stretch = reallocarray(s->stretch, s->room, sizeof *s->stretch);
		must(s->stretch);
	}
	s->stretch[s->stretches++] = (struct stretch){ s->store.n, source, line };
	s->last_line = line;
}

static bool needs_stretch(const struct name_set *s, uint32_t source, uint32_t line)
{
	const struct stretch *last = s->stretches ? &s->stretch[s->stretches - 1] : NULL;

	return !last || last->source != source || s->store.n - last->place > STRETCH ||
	       line - s->last_line > MARK_LINES;
}

/* The member that is this tail, of one of these reaches; false: none. */
static bool find_tail(const struct name_set *s, const struct name_tails *name, unsigned tail,
		      bool alone, bool below, struct name_member *out)
{
	struct name_probe p = name_probe_of(&s->index, name->labels ? name->hash[tail] : 0);
	const struct span text = name->labels ? name_tail(name, tail) : span_of("", 1);
	uint32_t place;

	while (name_probe_next(&p, &place)) {
		bool is_below = name_store_mark(&s->store, place) & MARK_BELOW;

		if ((is_below ? !below : !alone) || !name_store_is(&s->store, place, text))
			continue;
		*out = (struct name_member){ tail, is_below ? NAME_AND_BELOW : NAME_ALONE, place };
		return true;
	}
	return false;
}

void name_set_foresee(const struct name_set *s, const struct name_tails *name)
{
	name_index_foresee(&s->index, name->labels ? name->hash[0] : 0);
}

bool name_set_add(struct name_set *s, const struct name_tails *name, enum name_reach reach,
		  uint32_t source, uint32_t line)
{
	bool below = reach == NAME_AND_BELOW;
	struct name_member there;
	uint8_t mark;

	if (find_tail(s, name, 0, !below, below, &there))
		return false;
	if (needs_stretch(s, source, line))
		begin_stretch(s, source, line);
	mark = (uint8_t)((below ? MARK_BELOW : 0) | (line - s->last_line));
	s->last_line = line;
	if (name_index_is_full(&s->index))
		make_index(s, s->index.used * (size_t)2);
	name_index_put(&s->index, name->labels ? name->hash[0] : 0,
		       name_store_add(&s->store, name, mark));
	return true;
}

void name_set_seal(struct name_set *s)
{
	name_store_seal(&s->store);
	if (name_index_is_loose(&s->index))
		make_index(s, s->index.used);
	if (s->stretches) {
		s->stretch = reallocarray(s->stretch, s->stretches, sizeof *s->stretch);
		must(s->stretch);
		s->room = s->stretches;
	}
}

size_t name_set_count(const struct name_set *s)
{
	return s->index.used;
}

size_t name_set_bytes(const struct name_set *s)
{
	return sizeof *s + s->store.room + s->room * sizeof *s->stretch +
	       name_index_bytes(&s->index);
}

/* ---- finding ------------------------------------------------------------------------- */

bool name_set_find(const struct name_set *s, const struct name_tails *name,
		   struct name_member *out)
{
	for (unsigned i = 0; i < name->labels && s->index.used; i++)
		if (find_tail(s, name, i, i == 0, true, out))
			return true;
	return false;
}

static const struct stretch *stretch_of(const struct name_set *s, uint32_t place)
{
	size_t from = 0, to = s->stretches;

	while (to - from > 1) {
		size_t middle = from + (to - from) / 2;

		*(s->stretch[middle].place <= place ? &from : &to) = middle;
	}
	return &s->stretch[from];
}

struct name_where name_set_where(const struct name_set *s, uint32_t place)
{
	const struct stretch *st = stretch_of(s, place);
	struct name_where w = { st->source, st->line };
	uint32_t at = st->place;

	while (at < place) {
		at = name_store_next(&s->store, at);
		w.line += name_store_mark(&s->store, at) & MARK_LINES;
	}
	return w;
}

bool name_set_find_tail(const struct name_set *s, const struct name_tails *name, unsigned tail,
			struct name_member *out)
{
	return find_tail(s, name, tail, false, true, out);
}

void name_set_name(const struct name_set *s, uint32_t place, struct dname *out)
{
	name_store_name(&s->store, place, out);
}

uint32_t name_set_end(const struct name_set *s)
{
	return s->store.n;
}

uint32_t name_set_step(const struct name_set *s, uint32_t *place)
{
	const struct stretch *st = stretch_of(s, *place);

	*place = name_store_next(&s->store, *place);
	return st->source;
}
