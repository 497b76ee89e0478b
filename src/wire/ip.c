/* SPDX-License-Identifier: ISC */
#include "wire/ip.h"

#define IP_TTL 64
#define IP_DONT_FRAGMENT 0x4000
#define IP_MORE_OR_OFFSET 0x3fff	/* set in every fragment of several */

uint32_t ip_sum(uint32_t sum, struct span s)
{
	struct reader r = reader_of(s);
	uint64_t total = sum;

	while (reader_left(&r) >= 2)
		total += reader_u16(&r);
	if (reader_left(&r))
		total += (uint32_t)reader_u8(&r) << 8;
	return (uint32_t)((total & 0xffff) + (total >> 16));
}

uint16_t ip_sum_end(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void write_header(struct writer *w, const struct ip4_head *h, size_t payload, uint16_t sum)
{
	writer_u8(w, 4 << 4 | IP4_HEADER / 4);
	writer_u8(w, 0);			/* type of service */
	writer_u16(w, IP4_HEADER + payload);
	writer_u16(w, 0);			/* identification */
	writer_u16(w, IP_DONT_FRAGMENT);
	writer_u8(w, IP_TTL);
	writer_u8(w, h->protocol);
	writer_u16(w, sum);
	writer_u32(w, addr_to_ip4(&h->from));
	writer_u32(w, addr_to_ip4(&h->to));
}

void ip4_write(struct writer *w, const struct ip4_head *h, size_t payload)
{
	uint8_t bytes[IP4_HEADER];
	struct writer draft = writer_of(bytes, sizeof bytes);

	write_header(&draft, h, payload, 0);
	write_header(w, h, payload, ip_sum_end(ip_sum(0, writer_done(&draft))));
}

bool ip4_read(struct reader *r, struct ip4_head *h, struct reader *payload)
{
	struct reader whole = *r, head;
	uint8_t first = reader_u8(r);
	size_t head_n = (size_t)(first & 15u) * 4, total;
	uint16_t fragment;

	if (first >> 4 != 4 || head_n < IP4_HEADER)
		return reader_fail(r);
	head = reader_sub(&whole, head_n);
	if (!reader_ok(&head) || ip_sum_end(ip_sum(0, span_of(head.at, head_n))) != 0)
		return reader_fail(r);

	reader_u8(r);				/* type of service */
	total = reader_u16(r);
	reader_u16(r);				/* identification */
	fragment = reader_u16(r);
	reader_u8(r);				/* time to live */
	h->protocol = reader_u8(r);
	reader_u16(r);				/* checksum */
	h->from = addr_of_bytes(reader_take(r, 4));
	h->to = addr_of_bytes(reader_take(r, 4));
	reader_take(r, head_n - IP4_HEADER);
	if (total < head_n || fragment & IP_MORE_OR_OFFSET)
		return reader_fail(r);
	*payload = reader_sub(r, total - head_n);
	return reader_ok(payload);
}
