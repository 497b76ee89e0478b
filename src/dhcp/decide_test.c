/* SPDX-License-Identifier: ISC */
#include "dhcp/stage_test.h"

static const char mac[] = "02:00:00:00:00:01";

static const struct dhcp_out *find(const struct dhcp_verdict *v, uint8_t code)
{
	for (size_t i = 0; i < v->outs; i++)
		if (v->out[i].code == code)
			return &v->out[i];
	return NULL;
}

static unsigned line_of(const struct origin *o)
{
	return o ? o->line : 0;
}

TEST(verdict_names_the_line_behind_each_part)
{
	struct stage *s = stage_new("192.0.2.1/24",
				    "no-ping\n"				/* line 1 */
				    "dhcp-range=192.0.2.10,192.0.2.20\n"
				    "dhcp-option=42,192.0.2.9\n"
				    "dhcp-boot=a.0\n"
				    "dhcp-host=02:00:00:00:00:02,192.0.2.30\n"
				    "dhcp-ignore=tag:bad\n"
				    "dhcp-mac=set:bad,02:00:00:00:00:03\n"
				    "dhcp-option=encap:175,176,1b\n");
	const struct dhcp_verdict *v = stage_decide(s, mac, HEX("350101"));

	CHECK_EQ(line_of(v->origin), 2);
	CHECK_EQ(line_of(find(v, 42)->origin), 3);
	CHECK_EQ(line_of(find(v, 175)->origin), 8);
	CHECK_EQ(line_of(&v->boot->origin), 4);
	CHECK(find(v, 1)->origin == NULL);			/* the server's own */
	CHECK_EQ(line_of(stage_decide(s, "02:00:00:00:00:02", HEX("350101"))->origin), 5);
	v = stage_decide(s, "02:00:00:00:00:03", HEX("350101"));
	CHECK_EQ(v->kind, VERDICT_SILENCE);
	CHECK_EQ(line_of(v->origin), 6);
	stage_free(s);
}

TEST(verdict_is_the_same_twice)
{
	struct stage *s = stage_new("192.0.2.1/24", "no-ping\ndomain=lan.example\n"
						    "dhcp-range=192.0.2.10,192.0.2.20\n");
	const struct dhcp_verdict *v = stage_decide(s, mac, HEX("350101 0c0161"));
	struct dhcp_verdict *first = calloc(1, sizeof *first);

	must(first);
	*first = *v;
	v = stage_decide(s, mac, HEX("350101 0c0161"));
	CHECK_EQ(v->outs, first->outs);
	for (size_t i = 0; i < v->outs; i++)
		CHECK_EQ(v->out[i].code, first->out[i].code);
	CHECK_EQ(memcmp(v->scratch, first->scratch, v->scratch_used), 0);
	CHECK_EQ(leases_count(s->leases), 0);
	free(first);
	stage_free(s);
}

TEST(verdict_says_what_lines_say_beside_the_server_and_after_it)
{
	struct stage *s = stage_new("192.0.2.1/24",
				    "no-ping\ndhcp-range=192.0.2.10,192.0.2.20\n"
				    "dhcp-option-force=51,50\ndhcp-option-force=67,other\n"
				    "dhcp-option-force=53,01:02\ndhcp-option-force=54,192.0.2.99\n"
				    "dhcp-boot=a.0\n");
	const struct dhcp_verdict *v = stage_decide(s, mac, HEX("350101 37024342"));
	unsigned seen[256] = { 0 };

	for (size_t i = 0; i < v->outs; i++)
		seen[v->out[i].code]++;
	CHECK_EQ(seen[51] + seen[53] + seen[54] + seen[67], 2 + 2 + 2 + 2);
	CHECK_EQ(v->out[0].code, 53);
	CHECK_BYTES(v->out[0].value, HEX("02"));
	CHECK_BYTES(find(v, 67)->value, HEX("612e3000"));	/* the boot line, with its NUL */
	CHECK_BYTES(find(v, 51)->value, HEX("00000e10"));
	CHECK_BYTES(find(v, 54)->value, HEX("c0000201"));
	stage_free(s);
}

TEST(options_by_tag_beat_those_by_range_and_these_the_untagged)
{
	struct stage *s = stage_new("192.0.2.1/24",
				    "no-ping\ndhcp-range=set:r,192.0.2.10,192.0.2.20\n"
				    "dhcp-mac=set:m,02:00:00:00:00:02\n"
				    "dhcp-option=tag:m,42,192.0.2.101\n"
				    "dhcp-option=tag:r,42,192.0.2.102\n"
				    "dhcp-option=42,192.0.2.103\n"
				    "dhcp-option=44,192.0.2.104\n"
				    "dhcp-option=44,192.0.2.105\n"
				    "dhcp-option=tag:!m,46,1\n");

	const struct dhcp_verdict *v = stage_decide(s, "02:00:00:00:00:02", HEX("350101"));

	CHECK_BYTES(find(v, 42)->value, HEX("c0000265"));
	CHECK_BYTES(find(v, 44)->value, HEX("c0000269"));	/* the later line */
	CHECK(!find(v, 46));
	v = stage_decide(s, mac, HEX("350101"));
	CHECK_BYTES(find(v, 42)->value, HEX("c0000266"));
	CHECK(find(v, 46));
	stage_free(s);
}

TEST(long_encapsulated_options_are_cut_between_suboptions_alone)
{
	char lines[4096] = "no-ping\ndhcp-range=192.0.2.10,192.0.2.20\n";
	size_t pieces = 0, bodies = 0;

	for (int i = 1; i <= 9; i++)
		sprintf(lines + strlen(lines), "dhcp-option-force=encap:175,%d,x%059d\n", i, i);

	struct stage *s = stage_new("192.0.2.1/24", lines);
	const struct dhcp_verdict *v = stage_decide(s, mac, HEX("350101"));

	for (size_t i = 0; i < v->outs; i++) {
		struct reader r = reader_of(v->out[i].value);

		if (v->out[i].code != 175)
			continue;
		pieces++;
		CHECK(v->out[i].value.n <= 255);
		while (reader_left(&r) > 1) {
			reader_u8(&r);
			reader_take(&r, reader_u8(&r));
			bodies++;
		}
		CHECK(reader_ok(&r));
		CHECK_EQ(reader_left(&r), pieces == 3);		/* the end mark, in the last */
	}
	CHECK_EQ(pieces, 3);
	CHECK_EQ(bodies, 9);
	stage_free(s);
}

TEST(static_ranges_serve_those_with_a_line_alone)
{
	struct stage *s = stage_new("192.0.2.1/24", "no-ping\ndhcp-range=192.0.2.0,static,1h\n"
						    "dhcp-host=02:00:00:00:00:01,192.0.2.77\n");
	const struct dhcp_verdict *v = stage_decide(s, mac, HEX("350101"));

	CHECK_EQ(v->kind, VERDICT_OFFER);
	CHECK_TEXT(addr_text(&v->addr).s, "192.0.2.77");
	CHECK_EQ(v->lease_s, 3600);
	v = stage_decide(s, "02:00:00:00:00:02", HEX("350101"));
	CHECK_EQ(v->kind, VERDICT_SILENCE);
	CHECK_TEXT(v->reason, "no address available");
	v = stage_decide(s, "02:00:00:00:00:02", HEX("350103 3204c000024e 3604c0000201"));
	CHECK_TEXT(v->reason, "address not available");
	stage_free(s);
}

TEST(host_lines_are_chosen_in_dnsmasqs_order)
{
	struct stage *s = stage_new("192.0.2.1/24",
				    "no-ping\ndhcp-range=192.0.2.10,192.0.2.20\n"
				    "dhcp-host=02:00:00:*:*:*,192.0.2.31\n"
				    "dhcp-host=02:00:00:00:00:*,192.0.2.32\n"
				    "dhcp-host=pc,192.0.2.33\n"
				    "dhcp-host=02:00:00:00:00:01,192.0.2.34\n"
				    "dhcp-host=02:00:00:00:00:01,192.0.2.35\n"
				    "dhcp-host=id:aa:bb,192.0.2.36\n"
				    "dhcp-host=tag:eth0,02:00:00:00:00:07,192.0.2.37\n"
				    "dhcp-host=02:00:00:00:00:07,192.0.2.38\n"
				    "dhcp-host=02:00:00:00:00:08,198.51.100.8\n");
	static const struct { const char *mac, *options, *addr; } rows[] = {
		{ "02:00:00:01:00:01", "350101", "192.0.2.31" },
		{ "02:00:00:00:00:02", "350101", "192.0.2.32" },	/* fewer wildcards */
		{ "02:00:00:00:00:02", "350101 0c02 7063", "192.0.2.33" },	/* the name before those */
		{ "02:00:00:00:00:01", "350101 0c02 7063", "192.0.2.35" },	/* exact; the later line */
		{ "02:00:00:00:00:01", "350101 3d02 aabb", "192.0.2.36" },
		{ "02:00:00:00:00:07", "350101", "192.0.2.37" },	/* tagged before untagged */
		{ "02:00:00:00:00:08", "350101", "192.0.2.32" },	/* not of this network */
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t bytes[64];

		stage_decide(s, rows[i].mac, test_hex(rows[i].options, bytes, sizeof bytes));
		CHECK_TEXT(addr_text(&s->verdict.addr).s, rows[i].addr);
	}
	stage_free(s);
}
