/* SPDX-License-Identifier: ISC */
#include "test/test.h"
#include "wire/dhcp4.h"
#include "wire/dhcp4_relay.h"

static uint8_t request[300];

/* A request with these options, and an end. */
static struct span packet_of(struct span options)
{
	struct writer w = writer_of(request, sizeof request);

	memset(request, 0, sizeof request);
	request[0] = DHCP4_BOOTREQUEST;
	request[1] = 1;
	request[2] = 6;
	request[3] = 4;
	memcpy(request + 236, HEX("63825363").p, 4);
	w.at += 240;
	writer_span(&w, options);
	writer_u8(&w, DHCP4_END);
	return span_of(request, sizeof request);
}

static const struct dhcp4_agent_words silent = { .unicast = false };

TEST(a_relay_adds_a_hop_and_its_address_and_nothing_else)
{
	const struct addr local = addr_ip4(0xc0000201);
	struct span in = packet_of(HEX("350101"));
	uint8_t out[400], want[300];
	struct writer w = writer_of(out, sizeof out);

	memcpy(want, in.p, sizeof want);
	want[3] = 5;
	memcpy(want + 24, HEX("c0000201").p, 4);
	CHECK(dhcp4_relay_up(&w, in, &local, &silent));
	CHECK(span_eq(writer_done(&w), SPAN(want)));
	w = writer_of(out, sizeof out);
	memset(want + 24, 0, 4);
	CHECK(dhcp4_relay_up(&w, in, &(struct addr){ 0 }, &silent));
	CHECK(span_eq(writer_done(&w), SPAN(want)));
}

TEST(what_a_relay_says_of_itself_is_the_last_option_and_is_taken_out_of_the_reply)
{
	const struct addr local = addr_ip4(0xc0000201), uplink = addr_ip4(0xc6336401);
	const struct dhcp4_agent_words words = { local, local, true };
	struct span in = packet_of(HEX("350101" "00" "0c0161"));
	uint8_t out[400], back[400];
	struct writer w = writer_of(out, sizeof out), down = writer_of(back, sizeof back);
	struct span up;

	CHECK(dhcp4_relay_up(&w, in, &uplink, &words));
	up = writer_done(&w);
	CHECK_EQ(up.n, 300);
	CHECK(memcmp(up.p + 240, "\x35\x01\x01\x0c\x01\x61\x52\x0f\x05\x04\xc0\x00\x02\x01\x0b\x04\xc0\x00"
		     "\x02\x01\x0a\x01\x80\xff", 24) == 0);
	CHECK(dhcp4_relay_down(&down, up));
	CHECK(memcmp(back + 240, "\x35\x01\x01\x0c\x01\x61\xff\x00", 8) == 0);
	CHECK_EQ(back[3], 5);
	CHECK_EQ(writer_done(&down).n, 300);
}

TEST(what_has_no_end_or_no_room_is_not_relayed)
{
	const struct addr local = addr_ip4(0xc0000201);
	const struct dhcp4_agent_words words = { local, local, false };
	struct span in = packet_of(HEX("350101"));
	uint8_t out[400];
	struct writer w = writer_of(out, sizeof out);

	CHECK(!dhcp4_relay_up(&w, span_of(in.p, 200), &local, &silent));
	w = writer_of(out, 250);
	CHECK(!dhcp4_relay_up(&w, in, &local, &silent));
	request[3] = 255;
	w = writer_of(out, sizeof out);
	CHECK(!dhcp4_relay_up(&w, in, &local, &silent));
	request[3] = 0;
	request[243] = 0;
	w = writer_of(out, sizeof out);
	CHECK(!dhcp4_relay_up(&w, in, &local, &words));
	w = writer_of(out, sizeof out);
	CHECK(!dhcp4_relay_down(&w, in));
	CHECK(!dhcp4_relay_down(&w, span_of(in.p, 200)));
}
