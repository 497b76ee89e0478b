/* SPDX-License-Identifier: ISC */
#include "dns/edns_ask.h"
#include "base/must.h"
#include "base/text.h"

#define UMBRELLA_MAGIC "ODNS"
#define UMBRELLA_VERSION 1

/* What an umbrella option's parts are called: two bytes before each. */
enum umbrella_part {
	UMBRELLA_ASSET = 0x0004, UMBRELLA_ORG = 0x0008, UMBRELLA_IP4 = 0x0010,
	UMBRELLA_IP6 = 0x0020, UMBRELLA_DEVICE = 0x0040,
};

/* ---- what a client said --------------------------------------------------------------- */

static bool has(struct span options, uint16_t code)
{
	struct reader r = reader_of(options);
	struct dns_edns_option o;

	while (dns_edns_next(&r, &o))
		if (o.code == code)
			return true;
	return false;
}

/* A subnet of no bits says nothing of anybody (RFC 7871 7.1.2). */
static bool says_subnet(const struct dns_edns_option *o)
{
	return o->value.n > 2 && o->value.p[2] != 0;
}

/* Does it say who asks? */
static bool is_personal(struct span options)
{
	struct reader r = reader_of(options);
	struct dns_edns_option o;

	while (dns_edns_next(&r, &o))
		if (o.code == EDNS_MAC || o.code == EDNS_MAC_TEXT || o.code == EDNS_UMBRELLA ||
		    (o.code == EDNS_SUBNET && says_subnet(&o)))
			return true;
	return false;
}

static bool stays_behind(const struct dns_disclosure *d, const struct edns_who *who, uint16_t code)
{
	switch (code) {
	case EDNS_COOKIE: return who->has_cookies;
	case EDNS_MAC:
	case EDNS_MAC_TEXT: return d->strip_mac;
	case EDNS_SUBNET: return d->strip_subnet;
	case EDNS_CPE_ID: return d->cpe_id;
	case EDNS_UMBRELLA: return d->umbrella;
	}
	return false;
}

/* ---- options of ours ---------------------------------------------------------------------- */

static void write_option(struct writer *w, uint16_t code, struct span value)
{
	struct writer before = *w;

	writer_u16(w, code);
	writer_u16(w, value.n);
	writer_span(w, value);
	if (!writer_ok(w))
		*w = before;
}

static void write_client(const struct dns_disclosure *d, const struct edns_who *who,
			 struct span options, struct writer *w)
{
	struct reader r = reader_of(options);
	struct writer before = *w;
	struct dns_edns_option o;

	while (dns_edns_next(&r, &o)) {
		if (stays_behind(d, who, o.code))
			continue;
		writer_u16(w, o.code);
		writer_u16(w, o.value.n);
		writer_span(w, o.value);
	}
	if (!writer_ok(w))
		*w = before;
}

static struct span base64(struct span in, char *out, size_t size)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct writer w = writer_of(out, size);

	for (size_t i = 0; i < in.n; i += 3) {
		const size_t n = in.n - i < 3 ? in.n - i : 3;
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < n ? in.p[i + k] : 0u);
		for (unsigned k = 0; k < 4; k++)
			writer_u8(&w, k <= n ? (uint8_t)letters[bits >> (18 - 6 * k) & 63] : '=');
	}
	return writer_done(&w);
}

/* One that the client said itself stands. */
static void write_mac(const struct dns_disclosure *d, const struct edns_who *who, struct span said,
		      struct writer *w)
{
	const struct span hw = span_of(who->hw.bytes, who->hw.len);
	char text[3 * HWADDR_MAX + 4];
	struct text t = TEXT(text);

	if (hw.n == 0)
		return;
	if (d->mac && !has(said, EDNS_MAC))
		write_option(w, EDNS_MAC, hw);
	if (!(d->mac_text || d->mac_base64) || has(said, EDNS_MAC_TEXT))
		return;
	if (d->mac_text)
		text_hex(&t, hw, ':');
	write_option(w, EDNS_MAC_TEXT, d->mac_text ? span_text(text)
						   : base64(hw, text, sizeof text));
}

static void write_part(struct writer *w, enum umbrella_part part, struct span value)
{
	writer_u16(w, part);
	writer_span(w, value);
}

static void write_id(struct writer *w, enum umbrella_part part, uint32_t id)
{
	uint8_t four[4];

	put_uint(four, sizeof four, id);
	if (id)
		write_part(w, part, SPAN(four));
}

static void write_umbrella(const struct dns_disclosure *d, const struct edns_who *who,
			   struct writer *w)
{
	uint8_t bytes[64];
	struct writer o = writer_of(bytes, sizeof bytes);

	writer_span(&o, span_text(UMBRELLA_MAGIC));
	writer_u8(&o, UMBRELLA_VERSION);
	writer_u8(&o, 0);			/* flags: none is defined */
	write_id(&o, UMBRELLA_ORG, d->org);
	write_part(&o, who->addr.family == ADDR_IP6 ? UMBRELLA_IP6 : UMBRELLA_IP4,
		   addr_bytes(&who->addr));
	if (d->has_device)
		write_part(&o, UMBRELLA_DEVICE, SPAN(d->device));
	write_id(&o, UMBRELLA_ASSET, d->asset);
	write_option(w, EDNS_UMBRELLA, writer_done(&o));
}

static const struct dns_subnet *subnet_for(const struct dns_disclosure *d, const struct addr *a)
{
	return a->family == ADDR_IP6 ? &d->subnet6 : &d->subnet4;
}

/* So many bits of an address, the rest of the last byte 0 (RFC 7871 6). */
static void write_subnet(const struct dns_subnet *s, const struct addr *from, struct writer *w)
{
	const struct addr *a = addr_is_set(&s->fixed) ? &s->fixed : from;
	const struct span whole = addr_bytes(a);
	const size_t bits = s->bits < 8 * whole.n ? s->bits : 8 * whole.n;
	uint8_t bytes[4 + 16];
	struct writer o = writer_of(bytes, sizeof bytes);

	writer_u16(&o, a->family == ADDR_IP6 ? 2 : 1);
	writer_u8(&o, bits);
	writer_u8(&o, 0);
	writer_span(&o, span_of(whole.p, bits / 8));
	if (bits % 8)
		writer_u8(&o, whole.p[bits / 8] & (0xffu << (8 - bits % 8) & 0xff));
	write_option(w, EDNS_SUBNET, writer_done(&o));
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool changes_nothing(const struct dns_disclosure *d, const struct edns_who *who)
{
	return !who->has_cookies && !edns_wants_hw(d) && !d->strip_mac && !d->strip_subnet && !d->subnet &&
	       !d->umbrella && !d->cpe_id;
}

/* A subnet that is the same for all is nobody's own. */
static bool is_told_who(const struct dns_disclosure *d, const struct edns_who *who,
			struct span said)
{
	const struct dns_subnet *s = subnet_for(d, &who->addr);

	return is_personal(said) || d->umbrella || (edns_wants_hw(d) && who->hw.len) ||
	       (d->subnet && s->bits && !addr_is_set(&s->fixed));
}

void edns_ask(const struct dns_disclosure *d, const struct dns_edns *client,
	      const struct edns_who *who, struct edns_ask *out)
{
	const struct span given = client->present ? client->options : span_of(NULL, 0);
	struct writer w = writer_of(out->bytes, sizeof out->bytes);
	struct span said;

	out->made = false;
	out->present = client->present;
	if (changes_nothing(d, who)) {
		out->options = given;
		out->personal = is_personal(given);
		return;
	}
	write_client(d, who, given, &w);
	said = writer_done(&w);
	out->personal = is_told_who(d, who, said);
	write_mac(d, who, said, &w);
	if (d->cpe_id)
		write_option(&w, EDNS_CPE_ID, span_text(d->cpe_id));
	if (d->umbrella)
		write_umbrella(d, who, &w);
	if (d->subnet && !has(said, EDNS_SUBNET))
		write_subnet(subnet_for(d, &who->addr), &who->addr, &w);
	out->options = writer_done(&w);
	/* dnsmasq sends an empty record along where it looked for options to take out. */
	out->present = client->present || out->options.n || d->strip_mac || d->strip_subnet;
	out->made = out->present && !client->present;
}
