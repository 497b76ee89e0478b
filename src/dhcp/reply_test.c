/* SPDX-License-Identifier: ISC */
#include "dhcp/reply.h"
#include "dhcp/stage_test.h"

static const char mac[] = "02:00:00:00:00:01";
static struct dhcp_reply reply;

/* The reply to a packet with these options; relay: who passed it on, or NULL. */
static const struct dhcp_reply *reply_to(struct stage *s, struct span options, const char *relay)
{
	s->env.now = loop_now(s->loop);
	stage_request(s, mac, options);
	if (relay)
		CHECK(addr_parse(relay, &s->msg.giaddr));
	dhcp_decide(&s->env, &s->request, &s->verdict);
	dhcp_reply_write(&s->env, &s->request, &s->verdict, &reply);
	return &reply;
}

/* Where an option begins in the packet; 0: it is not in the options area. */
static size_t option_at(uint8_t code)
{
	for (size_t i = 240; i < reply.n && reply.packet[i] != DHCP4_END; i += 2u + reply.packet[i + 1])
		if (reply.packet[i] == code)
			return i;
	return 0;
}

TEST(a_client_without_an_address_is_answered_by_a_frame_to_its_own_hardware)
{
	struct stage *s = stage_new("192.0.2.1/24", "no-ping\ndhcp-range=192.0.2.10,192.0.2.20\n");
	const struct dhcp_reply *r = reply_to(s, HEX("350101"), NULL);

	CHECK(r->frame);
	CHECK_TEXT(hwaddr_text(&r->hw).s, mac);
	CHECK(addr_eq(&r->to.addr, &s->verdict.addr));
	CHECK_EQ(r->to.port, 68);
	CHECK_TEXT(addr_text(&r->from).s, "192.0.2.1");
	stage_free(s);
}

TEST(a_relayed_answer_goes_to_the_relays_server_port_and_its_option_comes_last)
{
	struct stage *s = stage_new("192.0.2.1/24",
				    "no-ping\ndhcp-range=10.1.1.10,10.1.1.20,255.255.255.0\n");
	const struct dhcp_reply *r = reply_to(s, HEX("350101 5204 01027072"), "10.1.1.1");
	size_t at = option_at(DHCP4_AGENT_INFO);

	CHECK(!r->frame);
	CHECK_TEXT(addr_text(&r->to.addr).s, "10.1.1.1");
	CHECK_EQ(r->to.port, 67);
	CHECK(at > 0);
	CHECK_BYTES(span_of(r->packet + at, 7), HEX("5204 01027072 ff"));
	stage_free(s);
}

TEST(a_nak_through_a_relay_asks_it_to_broadcast)
{
	struct stage *s = stage_new("192.0.2.1/24", "no-ping\ndhcp-authoritative\n"
				    "dhcp-range=10.1.1.10,10.1.1.20,255.255.255.0\n");
	const struct dhcp_reply *r = reply_to(s, HEX("350103 32040a090909"), "10.1.1.1");

	CHECK_EQ(r->type, DHCP4_NAK);
	CHECK_BYTES(span_of(r->packet + 10, 2), HEX("8000"));
	CHECK_TEXT(addr_text(&r->to.addr).s, "10.1.1.1");
	stage_free(s);
}

/* Nine options of a hundred bytes: more than the default 548 bytes hold. */
#define LARGE(code) "dhcp-option=" #code ",x12345678901234567890123456789012345678901234567890" \
	"1234567890123456789012345678901234567890123456789\n"
static const char large[] =
	"no-ping\ndhcp-range=192.0.2.10,192.0.2.20\n"
	LARGE(224) LARGE(225) LARGE(226) LARGE(227) LARGE(228) LARGE(229) LARGE(230) LARGE(231)
	LARGE(232);

TEST(a_reply_is_no_larger_than_its_client_can_take)
{
	struct stage *s = stage_new("192.0.2.1/24", large);

	CHECK(reply_to(s, HEX("350101"), NULL)->n <= 548);
	CHECK(reply.lefts > 0);
	CHECK(reply_to(s, HEX("350101 3902 0320"), NULL)->n <= 800 - 28);
	CHECK(reply.n > 548);
	CHECK(reply_to(s, HEX("350101 3902 05dc"), NULL)->n > 900);
	CHECK_EQ(reply.lefts, 0);
	stage_free(s);
}

TEST(with_no_override_nothing_but_names_goes_into_the_header)
{
	struct stage *s = stage_new("192.0.2.1/24", large);
	static const uint8_t nothing[192];	/* sname and file */
	char lines[sizeof large + 32];

	reply_to(s, HEX("350101"), NULL);
	CHECK(option_at(DHCP4_OVERLOAD) > 0);
	stage_free(s);
	snprintf(lines, sizeof lines, "dhcp-no-override\n%s", large);
	s = stage_new("192.0.2.1/24", lines);
	reply_to(s, HEX("350101"), NULL);
	CHECK_EQ(option_at(DHCP4_OVERLOAD), 0);
	CHECK_BYTES(span_of(reply.packet + 44, 192), SPAN(nothing));
	stage_free(s);
}

TEST(options_come_in_the_order_in_which_the_client_asks)
{
	struct stage *s = stage_new("192.0.2.1/24",
				    "no-ping\ndhcp-range=192.0.2.10,192.0.2.20\n"
				    "dhcp-option=42,192.0.2.9\ndhcp-option=26,1400\n");

	reply_to(s, HEX("350101 3704 2a031a01"), NULL);
	CHECK(option_at(42) > 0 && option_at(42) < option_at(3));
	CHECK(option_at(3) < option_at(26) && option_at(26) < option_at(1));
	reply_to(s, HEX("350101 3704 011a032a"), NULL);
	CHECK(option_at(1) > 0 && option_at(1) < option_at(26));
	CHECK(option_at(26) < option_at(3) && option_at(3) < option_at(42));
	CHECK_EQ(reply.packet[240], DHCP4_MESSAGE_TYPE);
	stage_free(s);
}
