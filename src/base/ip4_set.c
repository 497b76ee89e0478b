/* SPDX-License-Identifier: ISC */
#include "base/ip4_set.h"

#include <stdlib.h>

#include "base/must.h"

/* An address is 10 bits of book, 10 of page, 6 of word, 6 of bit. */
#define PAGE 4096u
#define BOOK (PAGES * PAGE)
#define PAGES 1024u
#define WORDS 64u

struct ip4_page {
	uint64_t word[WORDS];
	unsigned members;
};

struct ip4_book { struct ip4_page *page[PAGES]; };

void ip4_set_done(struct ip4_set *s)
{
	for (unsigned i = 0; i < PAGES; i++) {
		for (unsigned k = 0; s->book[i] && k < PAGES; k++)
			free(s->book[i]->page[k]);
		free(s->book[i]);
		s->book[i] = NULL;
	}
}

static struct ip4_page *page_of(const struct ip4_set *s, uint32_t ip)
{
	const struct ip4_book *b = s->book[ip / BOOK];

	return b ? b->page[ip / PAGE % PAGES] : NULL;
}

bool ip4_set_reserve(struct ip4_set *s, uint32_t ip)
{
	struct ip4_book **book = &s->book[ip / BOOK];
	struct ip4_page **page;

	if (!*book)
		*book = calloc(1, sizeof **book);
	if (!*book)
		return false;
	page = &(*book)->page[ip / PAGE % PAGES];
	if (!*page)
		*page = calloc(1, sizeof **page);
	return *page != NULL;
}

void ip4_set_put(struct ip4_set *s, uint32_t ip, bool in)
{
	struct ip4_page *p = page_of(s, ip);
	const uint64_t bit = UINT64_C(1) << ip % 64;
	uint64_t *word;

	must(p || !in);
	if (!p)
		return;
	word = &p->word[ip / 64 % WORDS];
	if (in == ((*word & bit) != 0))
		return;
	*word ^= bit;
	p->members += in ? 1 : -1u;
}

/* ---- looking ------------------------------------------------------------------ */

/* From an address to the last of its word that is (up) or the first: those bits. */
#define UPWARDS(ip) (UINT64_MAX << (ip) % 64)
#define DOWNWARDS(ip) (UINT64_MAX >> (63 - (ip) % 64))

static uint32_t count_word(const struct ip4_page *p, uint64_t at, uint32_t last)
{
	uint64_t bits = p->word[at / 64 % WORDS] & UPWARDS(at);

	if (at / 64 == last / 64)
		bits &= DOWNWARDS(last);
	return (uint32_t)__builtin_popcountll(bits);
}

uint32_t ip4_set_count(const struct ip4_set *s, uint32_t first, uint32_t last)
{
	uint32_t n = 0;

	for (uint64_t at = first; at <= last;) {
		const struct ip4_page *p = page_of(s, (uint32_t)at);

		if (!p) {
			at = (at / PAGE + 1) * PAGE;
			continue;
		}
		n += count_word(p, at, last);
		at = (at / 64 + 1) * 64;
	}
	return n;
}

bool ip4_set_next_out(const struct ip4_set *s, uint32_t last, uint32_t *ip)
{
	for (uint64_t at = *ip; at <= last;) {
		const struct ip4_page *p = page_of(s, (uint32_t)at);
		uint64_t free_bits = UPWARDS(at);

		if (p && p->members == PAGE) {
			at = (at / PAGE + 1) * PAGE;
			continue;
		}
		if (p)
			free_bits &= ~p->word[at / 64 % WORDS];
		at = at / 64 * 64;
		if (!free_bits) {
			at += 64;
			continue;
		}
		at += (unsigned)__builtin_ctzll(free_bits);
		if (at > last)
			break;
		*ip = (uint32_t)at;
		return true;
	}
	return false;
}

bool ip4_set_last_in(const struct ip4_set *s, uint32_t first, uint32_t *ip)
{
	for (int64_t at = *ip; at >= (int64_t)first;) {
		const struct ip4_page *p = page_of(s, (uint32_t)at);
		uint64_t members;

		if (!p || !p->members) {
			at = at / PAGE * PAGE - 1;
			continue;
		}
		members = p->word[at / 64 % WORDS] & DOWNWARDS(at);
		at = at / 64 * 64;
		if (!members) {
			at--;
			continue;
		}
		at += 63 - __builtin_clzll(members);
		if (at < (int64_t)first)
			break;
		*ip = (uint32_t)at;
		return true;
	}
	return false;
}
