/* SPDX-License-Identifier: ISC */
#include "wire/dhcp4_relay.h"

#include "wire/dhcp4.h"

enum { AT_HOPS = 3, AT_GIADDR = 24, AT_OPTIONS = 240, AGENT_FLAGS = 10, FLAG_UNICAST = 0x80, PAD = 0 };

static void add_padding(struct writer *w)
{
	while (writer_ok(w) && writer_done(w).n < DHCP4_MIN_SIZE)
		writer_u8(w, PAD);
}

/* Options up to their end, which is left out; without option 82, if so asked. */
static bool copy_options(struct writer *w, struct reader *r, bool without_agent)
{
	while (reader_left(r) > 0) {
		const uint8_t code = reader_u8(r);
		struct span body;

		if (code == DHCP4_END)
			return true;
		if (code == PAD)
			continue;
		body = reader_take(r, reader_u8(r));
		if (!reader_ok(r) || (code == DHCP4_AGENT_INFO && without_agent))
			continue;
		writer_u8(w, code);
		writer_u8(w, body.n);
		writer_span(w, body);
	}
	return false;
}

static void add_addr(struct writer *w, uint8_t code, const struct addr *a)
{
	writer_u8(w, code);
	writer_u8(w, 4);
	writer_span(w, addr_bytes(a));
}

static void add_words(struct writer *w, const struct dhcp4_agent_words *words)
{
	struct hole len;

	writer_u8(w, DHCP4_AGENT_INFO);
	len = writer_hole(w, 1);
	add_addr(w, DHCP4_AGENT_LINK, &words->link);
	add_addr(w, DHCP4_AGENT_SERVER_ID, &words->server_id);
	writer_u8(w, AGENT_FLAGS);
	writer_u8(w, 1);
	writer_u8(w, words->unicast ? FLAG_UNICAST : 0);
	writer_fill(w, len);
}

static void copy_head(struct writer *w, struct span packet, unsigned hops, const struct addr *giaddr)
{
	struct span own = span_of(packet.p + AT_GIADDR, 4);

	writer_span(w, span_of(packet.p, AT_HOPS));
	writer_u8(w, hops);
	writer_span(w, span_of(packet.p + AT_HOPS + 1, AT_GIADDR - AT_HOPS - 1));
	writer_span(w, addr_is_set(giaddr) ? addr_bytes(giaddr) : own);
	writer_span(w, span_of(packet.p + AT_GIADDR + 4, AT_OPTIONS - AT_GIADDR - 4));
}

bool dhcp4_relay_up(struct writer *w, struct span packet, const struct addr *giaddr,
		    const struct dhcp4_agent_words *words)
{
	struct reader r = reader_of(packet);

	if (packet.n < AT_OPTIONS || packet.p[AT_HOPS] == UINT8_MAX)
		return false;
	reader_take(&r, AT_OPTIONS);
	copy_head(w, packet, packet.p[AT_HOPS] + 1u, giaddr);
	if (!addr_is_set(&words->link)) {
		writer_span(w, span_of(packet.p + AT_OPTIONS, packet.n - AT_OPTIONS));
		return writer_ok(w);
	}
	if (!copy_options(w, &r, false))
		return false;
	add_words(w, words);
	writer_u8(w, DHCP4_END);
	add_padding(w);
	return writer_ok(w);
}

bool dhcp4_relay_down(struct writer *w, struct span packet)
{
	const struct addr own = { 0 };
	struct reader r = reader_of(packet);

	if (packet.n < AT_OPTIONS)
		return false;
	reader_take(&r, AT_OPTIONS);
	copy_head(w, packet, packet.p[AT_HOPS], &own);
	if (!copy_options(w, &r, true))
		return false;
	writer_u8(w, DHCP4_END);
	add_padding(w);
	return writer_ok(w);
}
