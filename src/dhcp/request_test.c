/* SPDX-License-Identifier: ISC */
#include "dhcp/stage_test.h"

static const char mac[] = "02:00:00:00:00:01";

static struct stage *bare(void)
{
	return stage_new("192.0.2.1/24", "dhcp-range=192.0.2.10,192.0.2.20\n");
}

TEST(request_options_mean_what_their_rfcs_say)
{
	struct stage *s = bare();
	const struct dhcp_request *r = stage_request(s, mac, HEX(
		"350103 3204c000020a 3604c0000201 3304000000f0 3902 05c0 3c03 414243 4d04 69505845"
		"5d02 0007 af03 b10101 5000 7604 0a010100 3d02 0102"
		"5217 0102 7037 0202 aabb 0504 0a010100 0601 73 0b04 0a010107"));

	CHECK_EQ(r->type, DHCP4_REQUEST);
	CHECK_TEXT(addr_text(&r->requested).s, "192.0.2.10");
	CHECK_TEXT(addr_text(&r->server_id).s, "192.0.2.1");
	CHECK_EQ(r->lease_s, 240);
	CHECK_EQ(r->max_size, 1472 - 28);
	CHECK_BYTES(r->vendor_class, HEX("414243"));
	CHECK_BYTES(r->user_class, HEX("69505845"));
	CHECK_EQ(r->arch, 7);
	CHECK(r->ipxe);
	CHECK(r->rapid_commit);
	CHECK_TEXT(addr_text(&r->subnet).s, "10.1.1.0");
	CHECK_BYTES(r->clid, HEX("0102"));
	CHECK_BYTES(r->relay.circuit, HEX("7037"));
	CHECK_BYTES(r->relay.remote, HEX("aabb"));
	CHECK_BYTES(r->relay.subscriber, HEX("73"));
	CHECK_TEXT(addr_text(&r->relay.link).s, "10.1.1.0");
	CHECK_TEXT(addr_text(&r->relay.server_id).s, "10.1.1.7");
	CHECK(!r->unicast);
	stage_free(s);
}

TEST(request_option_with_a_body_too_short_is_as_if_absent)
{
	struct stage *s = bare();
	const struct dhcp_request *r = stage_request(s, mac, HEX(
		"350101 3203c00002 3303000000 390105 5d0100 7600 520501060102"));

	CHECK(!addr_is_set(&r->requested));
	CHECK(!r->has_lease_s);
	CHECK_EQ(r->max_size, 0);
	CHECK_EQ(r->arch, -1);
	CHECK(!addr_is_set(&r->subnet));
	CHECK_EQ(r->relay.circuit.n, 0);		/* runs past the end of option 82 */
	CHECK_EQ(r->relay.whole.n, 5);
	stage_free(s);
}

TEST(request_names_are_taken_as_dnsmasq_takes_them)
{
	static const struct { const char *options, *name; } rows[] = {
		{ "0c05 70632d3031", "pc-01" },
		{ "0c04 70632e6c", "pc.l" },
		{ "0c04 70632e2e", "pc" },			/* dots at the end */
		{ "0c03 706300", "pc" },
		{ "0c05 7063203031", "" },			/* a blank */
		{ "0c02 2d70", "" },				/* begins with a hyphen */
		{ "0c02 5f70", "" },
		{ "0c02 c3a9", "" },
		{ "0c03 61005f", "a" },
		{ "5106 000000 6f6e65", "one" },		/* RFC 4702, text */
		{ "5107 040000 03746f6f", "too" },		/* wire form, no root */
		{ "510c 040000 03746f6f 036c616e 00", "too.lan" },
		{ "5107 040000 09746f6f", "" },			/* a label past the end */
		{ "5106 000000 6f6e65 0c02 7477", "one" },	/* the full name beats the host name */
		{ "5103 000000 0c02 7477", "" },		/* even if it says nothing */
		{ "5102 0000 0c02 7477", "tw" },		/* too short to be one */
		{ "", "" },
	};
	struct stage *s = bare();

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t bytes[64] = { 0x35, 1, 1 };
		struct span o = test_hex(rows[i].options, bytes + 3, sizeof bytes - 3);

		CHECK_TEXT(stage_request(s, mac, span_of(bytes, 3 + o.n))->name, rows[i].name);
	}
	CHECK(stage_request(s, mac, HEX("350101 0c03 706300"))->name_ends_in_nul);
	stage_free(s);
}

TEST(request_of_a_message_type_that_no_client_has_is_none)
{
	struct stage *s = bare();
	struct addr to = addr_ip4(0);
	static const char *const types[] = { "3500", "350100", "350109" };

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		uint8_t bytes[8];

		must(dhcp4_read(stage_packet(s, mac, test_hex(types[i], bytes, sizeof bytes)),
				&s->msg) == DHCP4_READ);
		CHECK(!dhcp_request_read(&s->msg, loop_netif_named(s->loop, "eth0"), &to,
					 &s->request));
	}
	stage_free(s);
}

TEST(what_has_no_message_type_is_bootp_and_little_of_it_counts)
{
	struct stage *s = bare();
	const struct dhcp_request *r = stage_request(s, mac, HEX("0c0161 3203aabbcc 330400000001 37 0101 "
								 "3d020102 3c0141"));

	CHECK_EQ(r->type, DHCP4_BOOTP);
	CHECK_TEXT(r->name, "");
	CHECK(!r->has_lease_s && !r->fqdn.given && !addr_is_set(&r->requested));
	CHECK_EQ(r->clid.n, 0);
	CHECK(dhcp_request_wants(r, 42));
	CHECK_EQ(r->vendor_class.n, 1);
	stage_free(s);
}

TEST(request_without_a_list_wants_everything)
{
	struct stage *s = bare();

	CHECK(dhcp_request_wants(stage_request(s, mac, HEX("350101")), 42));
	CHECK(!dhcp_request_wants(stage_request(s, mac, HEX("350101 370101")), 42));
	CHECK(dhcp_request_wants(stage_request(s, mac, HEX("350101 3702012a")), 42));
	CHECK(dhcp_request_wants(stage_request(s, mac, HEX("350101 3700")), 42));
	stage_free(s);
}
