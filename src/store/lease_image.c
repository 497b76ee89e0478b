/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "store/lease_image.h"
#include "store/lease_line.h"

/* FNV-1a, then stirred so that sums of many lines use every bit. */
static uint64_t hash_line(struct span line)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < line.n; i++)
		h = (h ^ line.p[i]) * 0x100000001b3;
	h = (h ^ h >> 32) * 0x9e3779b97f4a7c15;
	return h ^ h >> 29;
}

static struct span line_at(const char *text, size_t n, size_t at)
{
	const char *end = memchr(text + at, '\n', n - at);

	return span_of(text + at, end ? (size_t)(end + 1 - (text + at)) : n - at);
}

uint64_t lease_text_sum(struct span text)
{
	uint64_t sum = 0;

	for (size_t at = 0; at < text.n;) {
		struct span line = line_at((const char *)text.p, text.n, at);

		sum += hash_line(line);
		at += line.n;
	}
	return sum;
}

void lease_image_done(struct lease_image *i)
{
	free(i->text);
	free(i->slots);
	free(i->kept);
	*i = (struct lease_image){ 0 };
}

/* ---- slots ---------------------------------------------------------------- */

static size_t slot_home(const struct lease_image *i, uint32_t ip4)
{
	return (size_t)(ip4 * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (i->slots_n - 1);
}

/* The address's slot, or the empty one where it would go. */
static struct lease_slot *slot_of(const struct lease_image *i, uint32_t ip4)
{
	size_t at = slot_home(i, ip4);

	while (i->slots[at].ip4 && i->slots[at].ip4 != ip4)
		at = (at + 1) & (i->slots_n - 1);
	return &i->slots[at];
}

static enum status slots_grow(struct lease_image *i, size_t lines)
{
	struct lease_image grown = *i;

	grown.slots_n = i->slots_n ? i->slots_n : 64;
	while ((i->count + lines) * 4 > grown.slots_n * 3)
		grown.slots_n *= 2;
	if (grown.slots_n == i->slots_n)
		return ST_OK;
	grown.slots = calloc(grown.slots_n, sizeof *grown.slots);
	if (!grown.slots)
		return ST_FULL;
	for (size_t s = 0; s < i->slots_n; s++)
		if (i->slots[s].ip4)
			*slot_of(&grown, i->slots[s].ip4) = i->slots[s];
	free(i->slots);
	*i = grown;
	return ST_OK;
}

/* Empties a slot and moves up those that were pushed past it. */
static void slot_clear(struct lease_image *i, struct lease_slot *slot)
{
	size_t hole = (size_t)(slot - i->slots), mask = i->slots_n - 1;

	for (size_t at = (hole + 1) & mask; i->slots[at].ip4; at = (at + 1) & mask) {
		size_t home = slot_home(i, i->slots[at].ip4);

		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		i->slots[hole] = i->slots[at];
		hole = at;
	}
	i->slots[hole].ip4 = 0;
}

/* ---- lines ---------------------------------------------------------------- */

static enum status text_grow(char **text, size_t n, size_t *size, size_t more)
{
	size_t want = *size;
	char *grown;

	if (n + more <= *size)
		return ST_OK;
	while (want < n + more)
		want += want / 16 + 4096;
	if (want > UINT32_MAX)
		return ST_FULL;
	grown = realloc(*text, want);
	if (!grown)
		return ST_FULL;
	*text = grown;
	*size = want;
	return ST_OK;
}

static void compact(struct lease_image *i)
{
	size_t to = 0;

	for (size_t at = 0; at < i->n;) {
		struct span line = line_at(i->text, i->n, at);
		size_t from = at;

		at += line.n;
		if (line.p[0] == 0)
			continue;
		if (from != to) {
			slot_of(i, lease_line_ip4(line))->at = (uint32_t)to;
			memmove(i->text + to, line.p, line.n);
		}
		to += line.n;
	}
	i->n = to;
	i->dead = 0;
}

/* Dead lines go before the text grows, so that it stays within twice what is alive. */
enum status lease_image_reserve(struct lease_image *i, size_t bytes, size_t lines)
{
	enum status s = slots_grow(i, lines);

	if (i->n + bytes > i->size && i->dead > i->n / 2)
		compact(i);
	return s == ST_OK ? text_grow(&i->text, i->n, &i->size, bytes) : s;
}

struct span lease_image_find(const struct lease_image *i, uint32_t ip4)
{
	const struct lease_slot *slot = i->slots_n ? slot_of(i, ip4) : NULL;

	if (!slot || !slot->ip4)
		return span_of(NULL, 0);
	return line_at(i->text, i->n, slot->at);
}

static void kill_line(struct lease_image *i, struct span old)
{
	i->sum -= hash_line(old);
	i->dead += old.n;
	i->text[(const char *)old.p - i->text] = 0;
}

enum status lease_image_set(struct lease_image *i, uint32_t ip4, struct span line)
{
	enum status s = lease_image_reserve(i, line.n, 1);
	struct span old = lease_image_find(i, ip4);
	struct lease_slot *slot;

	must(ip4 != 0 && line.n && line.p[line.n - 1] == '\n');
	if (s != ST_OK)
		return s;
	slot = slot_of(i, ip4);
	if (old.n == line.n) {
		i->sum -= hash_line(old);
		memcpy(i->text + slot->at, line.p, line.n);
	} else {
		if (old.n)
			kill_line(i, old);
		else
			i->count++;
		memcpy(i->text + i->n, line.p, line.n);
		*slot = (struct lease_slot){ ip4, (uint32_t)i->n };
		i->n += line.n;
	}
	i->sum += hash_line(line);
	return ST_OK;
}

void lease_image_remove(struct lease_image *i, uint32_t ip4)
{
	struct span old = lease_image_find(i, ip4);

	if (!old.n)
		return;
	kill_line(i, old);
	slot_clear(i, slot_of(i, ip4));
	i->count--;
}

enum status lease_image_keep(struct lease_image *i, struct span line)
{
	char *grown = realloc(i->kept, i->kept_n + line.n + 1);

	if (!grown)
		return ST_FULL;
	i->kept = grown;
	memcpy(i->kept + i->kept_n, line.p, line.n);
	i->kept[i->kept_n + line.n] = '\n';
	i->sum += hash_line(span_of(i->kept + i->kept_n, line.n + 1));
	i->kept_n += line.n + 1;
	return ST_OK;
}

void lease_image_text(struct lease_image *i, struct iovec out[2])
{
	if (i->dead)
		compact(i);
	out[0] = (struct iovec){ i->text, i->n };
	out[1] = (struct iovec){ i->kept, i->kept_n };
}

struct span lease_image_next(const struct lease_image *i, size_t *cursor)
{
	while (*cursor < i->n) {
		struct span line = line_at(i->text, i->n, *cursor);

		*cursor += line.n;
		if (line.p[0])
			return line;
	}
	return span_of(NULL, 0);
}
