/* SPDX-License-Identifier: ISC */
#include "wire/arp.h"

#define ETHERTYPE_IP4 0x0800

static void write_half(struct writer *w, const struct hwaddr *hw, uint8_t hw_len,
		       const struct addr *a)
{
	writer_span(w, span_of(hw->bytes, hw_len));
	writer_u32(w, addr_to_ip4(a));
}

void arp_write(struct writer *w, const struct arp *a)
{
	const uint8_t hw_len = a->sender_hw.len;

	writer_u16(w, a->sender_hw.type);
	writer_u16(w, ETHERTYPE_IP4);
	writer_u8(w, hw_len);
	writer_u8(w, 4);
	writer_u16(w, a->op);
	write_half(w, &a->sender_hw, hw_len, &a->sender);
	write_half(w, &a->target_hw, hw_len, &a->target);
}

static void read_half(struct reader *r, uint16_t type, uint8_t hw_len, struct hwaddr *hw,
		      struct addr *a)
{
	struct span bytes = reader_take(r, hw_len);

	*hw = (struct hwaddr){ .type = type, .len = (uint8_t)bytes.n };
	if (bytes.n)
		memcpy(hw->bytes, bytes.p, bytes.n);
	*a = addr_of_bytes(reader_take(r, 4));
}

bool arp_read(struct reader *r, struct arp *a)
{
	uint16_t type = reader_u16(r);
	uint16_t protocol = reader_u16(r);
	uint8_t hw_len = reader_u8(r);
	uint8_t addr_len = reader_u8(r);

	if (protocol != ETHERTYPE_IP4 || addr_len != 4 || hw_len > HWADDR_MAX)
		return reader_fail(r);
	a->op = reader_u16(r);
	read_half(r, type, hw_len, &a->sender_hw, &a->sender);
	read_half(r, type, hw_len, &a->target_hw, &a->target);
	return reader_ok(r);
}
