/* SPDX-License-Identifier: ISC */
/*
 * Random case for the letters of a question's name: a reply must have the same,
 * which whoever cannot see the question must guess too
 * (draft-vixie-dnsext-dns0x20).  The letters stay those that were asked.
 */
#include <string.h>

#include "dns/forward_private.h"

static bool is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Over the letters of each label; its length stays. */
void case_mix(struct flight *fl, struct rng *rng)
{
	uint8_t *name = fl->query + DNS_HEADER;
	uint32_t bits = 0;
	unsigned left = 0;

	for (size_t i = 0; i < fl->question.name.n; i += 1u + name[i])
		for (size_t c = i + 1; c <= i + name[i]; c++) {
			if (!is_letter(name[c]))
				continue;
			if (left == 0) {
				bits = rng_u32(rng);
				left = 32;
			}
			name[c] ^= bits & 1 ? 0x20 : 0;
			bits >>= 1;
			left--;
		}
	fl->mixed = true;
}

bool case_is_ours(const struct flight *fl, const struct dns_question *q)
{
	return !fl->mixed || memcmp(q->name.bytes, fl->query + DNS_HEADER, q->name.n) == 0;
}

/* Names of records are most often pointers to the question's; those written out are found. */
struct span case_restored(const struct flight *fl, struct span message, uint8_t *buffer)
{
	const struct span sent = span_of(fl->query + DNS_HEADER, fl->question.name.n);
	uint8_t *at = buffer;

	if (!fl->mixed)
		return message;
	memcpy(buffer, message.p, message.n);
	while ((at = memmem(at, message.n - (size_t)(at - buffer), sent.p, sent.n))) {
		memcpy(at, fl->question.name.bytes, sent.n);
		at += sent.n;
	}
	return span_of(buffer, message.n);
}
