/* SPDX-License-Identifier: ISC */
#include "dns/cookies.h"
#include "wire/dns.h"

#define VERSION 1
#define HEAD 8				/* version, three bytes for later, the time */

bool cookie_find(struct span options, struct span *out_value)
{
	struct reader r = reader_of(options);
	struct dns_edns_option o;

	while (dns_edns_next(&r, &o))
		if (o.code == EDNS_COOKIE) {
			*out_value = o.value;
			return true;
		}
	return false;
}

bool cookie_split(struct span value, struct span *out_client, struct span *out_server)
{
	struct reader r = reader_of(value);

	*out_client = reader_take(&r, COOKIE_CLIENT);
	*out_server = reader_take(&r, reader_left(&r));
	return reader_ok(&r) &&
	       (out_server->n == 0 ||
		(out_server->n >= COOKIE_SERVER_MIN && out_server->n <= COOKIE_SERVER_MAX));
}

/* Of the client's cookie, the head as it is, and the client's address (RFC 9018 4.4). */
static void write_hash(const uint8_t secret[SIP_KEY], struct span client, struct span head,
		       const struct addr *from, uint8_t out[8])
{
	uint8_t bytes[COOKIE_CLIENT + HEAD + 16];
	struct writer w = writer_of(bytes, sizeof bytes);
	uint64_t hash;

	writer_span(&w, client);
	writer_span(&w, head);
	writer_span(&w, addr_bytes(from));
	hash = siphash(secret, writer_done(&w));
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(hash >> (8 * i));
}

void cookie_make(const uint8_t secret[SIP_KEY], struct span client, const struct addr *from,
		 uint32_t now_s, uint8_t out[COOKIE_SERVER])
{
	put_uint(out, 4, (uint32_t)VERSION << 24);
	put_uint(out + 4, 4, now_s);
	write_hash(secret, client, span_of(out, HEAD), from, out + HEAD);
}

/* In time that does not depend on where they differ. */
static bool is_same(const uint8_t a[8], const uint8_t b[8])
{
	unsigned differ = 0;

	for (int i = 0; i < 8; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

static bool is_ours(const struct cookie_secrets *s, struct span client, struct span server,
		    const struct addr *from)
{
	uint8_t hash[8];
	bool found = false;

	for (size_t i = 0; i < s->n; i++) {
		write_hash(s->secret[i], client, span_of(server.p, HEAD), from, hash);
		found |= is_same(hash, server.p + HEAD);
	}
	return found;
}

/* Times are numbers of 32 bits that go round (RFC 1982). */
static enum cookie_say judge_time(uint32_t made_s, uint32_t now_s)
{
	const int32_t age_s = (int32_t)(now_s - made_s);

	if (age_s > COOKIE_LASTS_S || age_s < -COOKIE_EARLY_S)
		return COOKIE_BAD;
	return age_s > COOKIE_FRESH_S ? COOKIE_GOOD : COOKIE_FRESH;
}

enum cookie_say cookie_judge(const struct cookie_secrets *s, struct span client, struct span server,
			     const struct addr *from, uint32_t now_s)
{
	struct reader r = reader_of(server);

	if (server.n != COOKIE_SERVER || reader_u8(&r) != VERSION ||
	    !is_ours(s, client, server, from))
		return COOKIE_BAD;
	(void)reader_take(&r, 3);
	return judge_time(reader_u32(&r), now_s);
}
