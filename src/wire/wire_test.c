/* SPDX-License-Identifier: ISC */
#include "test/test.h"
#include "wire/reader.h"
#include "wire/tlv.h"
#include "wire/writer.h"

TEST(reader_gives_zero_past_the_end)
{
	struct reader r = reader_of(HEX("00 2a ff"));

	CHECK_EQ(reader_u16(&r), 42);
	CHECK_EQ(reader_u16(&r), 0);
	CHECK(!reader_ok(&r));
	CHECK_EQ(reader_left(&r), 0);
}

TEST(a_number_too_large_for_its_field_spoils_the_writer)
{
	uint8_t buffer[4];
	struct writer w = writer_of(buffer, sizeof buffer);

	writer_u8(&w, 256);
	CHECK(!writer_ok(&w));
}

TEST(a_hole_is_filled_with_what_followed_it)
{
	uint8_t buffer[8];
	struct writer w = writer_of(buffer, sizeof buffer);
	struct hole h;

	writer_u8(&w, 43);
	h = writer_hole(&w, 1);
	writer_u16(&w, 0x0102);
	writer_fill(&w, h);
	CHECK(writer_ok(&w));
	CHECK_BYTES(writer_done(&w), HEX("2b 02 0102"));
}

TEST(one_walk_reads_every_kind_of_option)
{
	static const struct {
		const struct tlv_format *format;
		const char *bytes;
		int options;
		bool ok;
	} cases[] = {
		{ &TLV_DHCP4, "35 01 01 00 00 0c 01 61 ff 99", 2, true  },
		{ &TLV_DHCP4, "35 01 01",                      1, true  },
		{ &TLV_DHCP4, "35 02 01",                      0, false },
		{ &TLV_DHCP4, "35",                            0, false },
		{ &TLV_DHCP6, "0001 0002 abcd 000e 0000",      2, true  },
		{ &TLV_DHCP6, "0001 00",                       0, false },
		{ &TLV_ND,    "01 01 020000000001",            1, true  },
		{ &TLV_ND,    "01 00 020000000001",            0, false },
		{ &TLV_EDNS,  "",                              0, true  },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t buf[64];
		struct reader r = reader_of(test_hex(cases[i].bytes, buf, sizeof buf));
		struct tlv opt;
		int n = 0;

		while (tlv_next(&r, cases[i].format, &opt))
			n++;
		CHECK_EQ(n, cases[i].options);
		CHECK_EQ(reader_ok(&r), cases[i].ok);
	}
}
