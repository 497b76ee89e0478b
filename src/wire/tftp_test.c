/* SPDX-License-Identifier: ISC */
#include "test/test.h"
#include "wire/tftp.h"

#define PACKET(text) span_of(text, sizeof(text) - 1)

TEST(a_tftp_read_request_is_read_or_refused_as_a_whole)
{
	const struct {
		struct span packet;
		bool ok;
		const char *name;
		enum tftp_mode mode;
		uint32_t blksize, timeout_s;
		bool tsize;
	} cases[] = {
		{ PACKET("\0\1a\0octet\0"),                    true, "a", TFTP_OCTET, 0, 0, false },
		{ PACKET("\0\1a\0OcTeT\0"),                    true, "a", TFTP_OCTET, 0, 0, false },
		{ PACKET("\0\1a\0netascii\0"),                 true, "a", TFTP_NETASCII, 0, 0, false },
		{ PACKET("\0\1a/b\0octet\0BLKSIZE\0001468\0"), true, "a/b", TFTP_OCTET, 1468, 0, false },
		{ PACKET("\0\1a\0octet\0tsize\0000\0blksize\00099999999999999999999\0"),
		  true, "a", TFTP_OCTET, UINT32_MAX, 0, true },
		{ PACKET("\0\1a\0octet\0blksize\00099\0blksize\00098\0"),
		  true, "a", TFTP_OCTET, 98, 0, false },
		{ PACKET("\0\1a\0octet\0blksize\0007\0timeout\0000\0"),
		  true, "a", TFTP_OCTET, 0, 0, false },
		{ PACKET("\0\1a\0octet\0timeout\000256\0"),    true, "a", TFTP_OCTET, 0, 0, false },
		{ PACKET("\0\1a\0octet\0timeout\000255\0"),    true, "a", TFTP_OCTET, 0, 255, false },
		{ PACKET("\0\1a\0octet\0blksize\00012x\0"),    true, "a", TFTP_OCTET, 0, 0, false },
		{ PACKET("\0\1a\0octet\0blksize\000-8\0"),     true, "a", TFTP_OCTET, 0, 0, false },
		{ PACKET("\0\1a\0octet\0blksize\0\0tsize\0\0"), true, "a", TFTP_OCTET, 0, 0, false },
		{ PACKET("\0\1a\0octet\0unheard-of-option\0001\0"), true, "a", TFTP_OCTET, 0, 0, false },
		{ PACKET("\0\1a\0octet\0blksize\0"),           true, "a", TFTP_OCTET, 0, 0, false },
		{ PACKET("\0\1a\0octet\0blksize\0001000"),     false, "", 0, 0, 0, false },
		{ PACKET("\0\1a\0octet\0blks"),                false, "", 0, 0, 0, false },
		{ PACKET("\0\1\0octet\0"),                     false, "", 0, 0, 0, false },
		{ PACKET("\0\1a\0mail\0"),                     false, "", 0, 0, 0, false },
		{ PACKET("\0\1a\0octet"),                      false, "", 0, 0, 0, false },
		{ PACKET("\0\1a\0"),                           false, "", 0, 0, 0, false },
		{ PACKET("\0\1a"),                             false, "", 0, 0, 0, false },
		{ PACKET("\0\2a\0octet\0"),                    false, "", 0, 0, 0, false },
		{ PACKET("\0"),                                false, "", 0, 0, 0, false },
		{ { NULL, 0 },                                 false, "", 0, 0, 0, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tftp_request m;

		CHECK_EQ(tftp_request_read(cases[i].packet, &m), cases[i].ok);
		if (!cases[i].ok)
			continue;
		CHECK_BYTES(m.name, span_text(cases[i].name));
		CHECK_EQ(m.mode, cases[i].mode);
		CHECK_EQ(m.blksize, cases[i].blksize);
		CHECK_EQ(m.timeout_s, cases[i].timeout_s);
		CHECK_EQ(m.asks_tsize, cases[i].tsize);
	}
}

TEST(a_tftp_client_says_ack_or_error_and_nothing_else)
{
	const struct {
		struct span packet;
		bool ok;
		enum tftp_op op;
		uint16_t number;
		const char *text;
	} cases[] = {
		{ PACKET("\0\4\1\2"),         true,  TFTP_ACK,   0x0102, "" },
		{ PACKET("\0\5\0\3full\0x"),  true,  TFTP_ERROR, 3, "full" },
		{ PACKET("\0\5\0\3oops"),     true,  TFTP_ERROR, 3, "oops" },
		{ PACKET("\0\5\0\3"),         true,  TFTP_ERROR, 3, "" },
		{ PACKET("\0\3\0\1"),         false, 0, 0, "" },
		{ PACKET("\0\4\0"),           false, 0, 0, "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tftp_word m;

		CHECK_EQ(tftp_word_read(cases[i].packet, &m), cases[i].ok);
		if (!cases[i].ok)
			continue;
		CHECK_EQ(m.op, cases[i].op);
		CHECK_EQ(m.number, cases[i].number);
		if (m.op == TFTP_ERROR)
			CHECK_BYTES(m.text, span_text(cases[i].text));
	}
}

TEST(tftp_packets_are_written_as_the_rfcs_draw_them)
{
	uint8_t buffer[64];
	struct writer w = writer_of(buffer, sizeof buffer);

	tftp_write_oack(&w, &(struct tftp_oack){ 1468, 3, true, 70000 });
	CHECK_BYTES(writer_done(&w), PACKET("\0\6blksize\0001468\0tsize\00070000\0timeout\0003\0"));

	w = writer_of(buffer, sizeof buffer);
	tftp_write_data_head(&w, 65535);
	CHECK_BYTES(writer_done(&w), PACKET("\0\3\xff\xff"));

	w = writer_of(buffer, sizeof buffer);
	tftp_write_error(&w, TFTP_NOT_FOUND, span_text("no"));
	CHECK_BYTES(writer_done(&w), PACKET("\0\5\0\1no\0"));
	CHECK(writer_ok(&w));
}
