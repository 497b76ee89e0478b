/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/addr.h"

int addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

struct addr addr_ip4(uint32_t v)
{
	return (struct addr){ ADDR_IP4, { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
					  (uint8_t)(v >> 8), (uint8_t)v } };
}

uint32_t addr_to_ip4(const struct addr *a)
{
	if (a->family != ADDR_IP4)
		return 0;
	return (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 |
	       (uint32_t)a->bytes[2] << 8 | a->bytes[3];
}

struct span addr_bytes(const struct addr *a)
{
	static const size_t length[] = { [ADDR_NONE] = 0, [ADDR_IP4] = 4, [ADDR_IP6] = 16 };

	return span_of(a->bytes, length[a->family]);
}

bool addr_parse(const char *text, struct addr *out)
{
	uint8_t raw[16];

	if (inet_pton(AF_INET, text, raw) == 1)
		*out = addr_of_bytes(span_of(raw, 4));
	else if (inet_pton(AF_INET6, text, raw) == 1)
		*out = addr_of_bytes(span_of(raw, 16));
	else
		return false;
	return true;
}

static char *print_small(char *at, uint8_t v)
{
	if (v >= 100)
		*at++ = (char)('0' + v / 100);
	if (v >= 10)
		*at++ = (char)('0' + v / 10 % 10);
	*at++ = (char)('0' + v % 10);
	return at;
}

/* As inet_ntop, which takes ten times as long. */
static void print_ip4(const uint8_t bytes[4], char *at)
{
	for (int i = 0; i < 4; i++) {
		at = print_small(at, bytes[i]);
		*at++ = i < 3 ? '.' : 0;
	}
}

struct addr_text addr_text(const struct addr *a)
{
	struct addr_text t = { "" };

	if (a->family == ADDR_IP4)
		print_ip4(a->bytes, t.s);
	if (a->family == ADDR_IP6)
		inet_ntop(AF_INET6, a->bytes, t.s, sizeof t.s);
	return t;
}

struct addr addr_net(const struct addr *a, unsigned bits)
{
	struct addr net = *a;

	for (unsigned i = bits / 8; i < sizeof net.bytes; i++) {
		unsigned kept = i == bits / 8 ? 0xff00u >> bits % 8 : 0;

		net.bytes[i] = (uint8_t)(net.bytes[i] & kept);
	}
	return net;
}

bool prefix_has(const struct prefix *p, const struct addr *a)
{
	size_t whole = p->bits / 8;
	unsigned rest = p->bits % 8;

	if (p->addr.family != a->family || p->bits > 8 * addr_bytes(a).n)
		return false;
	if (memcmp(p->addr.bytes, a->bytes, whole) != 0)
		return false;
	return rest == 0 || (p->addr.bytes[whole] ^ a->bytes[whole]) >> (8 - rest) == 0;
}

uint32_t ip4_mask(unsigned bits)
{
	return bits == 0 ? 0 : UINT32_MAX << (32 - bits);
}

int ip4_mask_bits(uint32_t mask)
{
	for (unsigned bits = 0; bits <= 32; bits++)
		if (ip4_mask(bits) == mask)
			return (int)bits;
	return -1;
}

bool hwaddr_eq(const struct hwaddr *a, const struct hwaddr *b)
{
	return a->type == b->type && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

struct hwaddr_text hwaddr_text(const struct hwaddr *h)
{
	struct hwaddr_text t = { "" };
	char *at = t.s;

	if (h->len != 0 && h->type != 1)
		at += snprintf(at, 4, "%02x-", h->type & 0xffu);
	for (unsigned i = 0; i < h->len && i < HWADDR_MAX; i++)
		at += snprintf(at, 4, i ? ":%02x" : "%02x", h->bytes[i]);
	return t;
}

bool hwaddr_parse(const char *text, struct hwaddr *out)
{
	struct hwaddr h = { .type = 1 };
	char *end;

	if (isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]) && text[2] == '-') {
		h.type = (uint16_t)strtoul(text, NULL, 16);
		text += 3;
	}
	for (;;) {
		unsigned long v;

		if (h.len == HWADDR_MAX || !isxdigit((unsigned char)*text))
			return false;
		v = strtoul(text, &end, 16);
		if (v > 0xff)
			return false;
		h.bytes[h.len++] = (uint8_t)v;
		if (*end == 0)
			break;
		if (*end != ':')
			return false;
		text = end + 1;
	}
	*out = h;
	return true;
}
