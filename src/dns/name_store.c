/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/name_store.h"

#define FIRST_ROOM 4096
#define BACK 0xc0			/* where a label would begin: the rest lies as many bytes before */
#define BACK_MAX 0x3fff

void name_store_init(struct name_store *s)
{
	*s = (struct name_store){ .bytes = malloc(FIRST_ROOM), .room = FIRST_ROOM };
	must(s->bytes);
}

void name_store_done(struct name_store *s)
{
	free(s->bytes);
	free(s->recent);
	*s = (struct name_store){ 0 };
}

static void resize(struct name_store *s, uint32_t room)
{
	s->bytes = realloc(s->bytes, room);
	must(s->bytes);
	s->room = room;
}

void name_store_seal(struct name_store *s)
{
	free(s->recent);
	s->recent = NULL;
	resize(s, s->n ? s->n : 1);
}

/* ---- one name ------------------------------------------------------------------------ */

/* The label that a place leads to: its length byte, or the root's. */
static const uint8_t *label_at(const struct name_store *s, uint32_t *at)
{
	while (s->bytes[*at] >= BACK)
		*at -= (uint32_t)(s->bytes[*at] & ~BACK) << 8 | s->bytes[*at + 1];
	return s->bytes + *at;
}

bool name_store_is_tail(const struct name_store *s, uint32_t at, struct span name)
{
	const uint8_t *p = name.p;

	for (;;) {
		const uint8_t *label = label_at(s, &at);

		if (*label != *p || memcmp(label + 1, p + 1, *p) != 0)
			return false;
		if (!*p)
			return true;
		at += 1u + *p;
		p += 1u + *p;
	}
}

bool name_store_is(const struct name_store *s, uint32_t place, struct span name)
{
	return name_store_is_tail(s, place + 1, name);
}

void name_store_name(const struct name_store *s, uint32_t place, struct dname *out)
{
	uint32_t at = place + 1;
	const uint8_t *label;

	out->n = out->labels = 0;
	while (*(label = label_at(s, &at))) {
		memcpy(out->bytes + out->n, label, 1u + *label);
		out->n = (uint8_t)(out->n + 1 + *label);
		out->labels++;
		at += 1u + *label;
	}
	out->bytes[out->n++] = 0;
}

uint32_t name_store_tail(const struct name_store *s, uint32_t place, unsigned i)
{
	uint32_t at = place + 1;
	uint8_t letters = *label_at(s, &at);

	for (; i > 0; i--) {
		at += 1u + letters;
		letters = *label_at(s, &at);
	}
	return at;
}

uint32_t name_store_next(const struct name_store *s, uint32_t place)
{
	uint32_t at = place + 1;

	while (s->bytes[at] && s->bytes[at] < BACK)
		at += 1u + s->bytes[at];
	return at + (s->bytes[at] ? 2 : 1);
}

/* ---- adding --------------------------------------------------------------------------- */

static uint32_t *recent_new(void)
{
	uint32_t *recent = calloc(NAME_STORE_RECENT, sizeof *recent);

	must(recent);
	return recent;
}

/* Where tail i was lately, near enough to `from`; 0: nowhere. */
static uint32_t recent_tail(const struct name_store *s, const struct name_tails *name, unsigned i,
			    uint32_t from)
{
	uint32_t at = s->recent[name->hash[i] % NAME_STORE_RECENT];

	return at && from - at <= BACK_MAX && name_store_is_tail(s, at, name_tail(name, i)) ? at : 0;
}

/* The longest tail that was there lately; the number of its label, or all labels. */
static unsigned shared(const struct name_store *s, const struct name_tails *name, uint32_t start,
		       uint32_t *out_at)
{
	for (unsigned i = 0; i < name->labels; i++) {
		*out_at = recent_tail(s, name, i, start + name->start[i]);
		if (*out_at)
			return i;
	}
	return name->labels;
}

uint32_t name_store_add(struct name_store *s, const struct name_tails *name, uint8_t mark)
{
	uint32_t place = s->n, start = place + 1, at = 0;
	uint32_t n;
	unsigned own;

	must(s->n < UINT32_MAX / 4 * 3);
	if (!s->recent)
		s->recent = recent_new();	/* the first, or one behind a seal */
	if (s->room - s->n < DNAME_MAX + 3)
		resize(s, s->room < UINT32_MAX / 3 ? s->room * 2 : UINT32_MAX);
	own = shared(s, name, start, &at);
	n = own < name->labels ? name->start[own] : name->n;
	s->bytes[place] = mark;
	memcpy(s->bytes + start, name->bytes, n);
	s->n = start + n;
	for (unsigned i = 0; i < own; i++)
		s->recent[name->hash[i] % NAME_STORE_RECENT] = start + name->start[i];
	if (own < name->labels) {
		uint32_t back = s->n - at;

		s->bytes[s->n++] = (uint8_t)(BACK | back >> 8);
		s->bytes[s->n++] = (uint8_t)back;
	}
	return place;
}
