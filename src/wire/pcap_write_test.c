/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "test/test.h"
#include "wire/pcap.h"
#include "wire/pcap_write.h"

static struct endpoint at(const char *text, uint16_t port)
{
	struct endpoint e = { .port = port };

	must(!*text || addr_parse(text, &e.addr));
	return e;
}

static size_t put_record(uint8_t *out, const struct endpoint *from, const struct endpoint *to,
			 struct span data)
{
	size_t n = pcap_record_write(out, 1000, 5, from, to, data);

	memcpy(out + n, data.p, data.n);
	return n + data.n;
}

TEST(a_capture_that_was_written_is_read_again)
{
	uint8_t file[400];
	struct endpoint from = at("192.0.2.1", 67), to = at("192.0.2.2", 68), none = at("", 53);
	struct pcap_datagram d;
	struct pcap p;
	size_t n = PCAP_HEAD;

	pcap_head_write(file);
	CHECK(pcap_head_fits(file));
	n += put_record(file + n, &from, &to, span_text("hello"));
	n += put_record(file + n, &none, &from, span_text("odd"));
	CHECK_EQ(pcap_open(span_of(file, n), &p), PCAP_READ);
	CHECK(pcap_next(&p, &d));
	CHECK_TEXT(addr_text(&d.from.addr).s, "192.0.2.1");
	CHECK_TEXT(addr_text(&d.to.addr).s, "192.0.2.2");
	CHECK_EQ(d.to.port, 68);
	CHECK_BYTES(d.data, span_text("hello"));
	CHECK(pcap_next(&p, &d));
	CHECK_TEXT(addr_text(&d.from.addr).s, "0.0.0.0");
	CHECK_EQ(d.from.port, 53);
	CHECK_BYTES(d.data, span_text("odd"));
	CHECK(!pcap_next(&p, &d));
	CHECK_EQ(p.passed_over, 0);
}

/* What the kernel would have sent: tcpdump says "udp sum ok". */
TEST(a_datagram_of_ipv6_has_the_headers_and_the_checksum_that_it_should)
{
	uint8_t out[PCAP_RECORD_HEAD];
	struct endpoint from = at("2001:db8::1", 53), to = at("2001:db8::2", 5353);
	size_t n = pcap_record_write(out, 1, 2, &from, &to, span_text("abc"));

	CHECK_EQ(n, PCAP_RECORD_HEAD);
	CHECK_BYTES(span_of(out + 16, 48),
		    HEX("60000000 000b 11 40 20010db8000000000000000000000001"
			"20010db8000000000000000000000002 0035 14e9 000b cae2"));
}

TEST(a_head_of_another_program_or_machine_is_told_apart)
{
	uint8_t head[PCAP_HEAD];

	for (size_t i = 0; i < 8; i++) {
		pcap_head_write(head);
		head[i] ^= 1;
		CHECK(!pcap_head_fits(head));
	}
	pcap_head_write(head);
	head[20] ^= 1;
	CHECK(!pcap_head_fits(head));
}

TEST(more_than_a_datagram_holds_is_not_written)
{
	static uint8_t much[65536];
	uint8_t out[PCAP_RECORD_HEAD];
	struct endpoint a = at("192.0.2.1", 1);

	CHECK_EQ(pcap_record_write(out, 0, 0, &a, &a, SPAN(much)), 0);
	CHECK(pcap_record_write(out, 0, 0, &a, &a, span_of(much, 65507)) > 0);
}
