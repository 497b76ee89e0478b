/* SPDX-License-Identifier: ISC */
#include "wire/ip.h"
#include "wire/pcap_write.h"
#include "wire/udp.h"

#define MAGIC 0xa1b2c3d4		/* times have microseconds */
#define LINK_RAW 101
#define LONGEST 65535			/* of a packet, kept whole */
#define HOPS 64

struct head {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, precision, longest, link;
};
_Static_assert(sizeof(struct head) == PCAP_HEAD, "as it lies in the file");

struct record { uint32_t sec, usec, kept, length; };

void pcap_head_write(uint8_t out[PCAP_HEAD])
{
	const struct head h = {
		.magic = MAGIC, .major = 2, .minor = 4, .longest = LONGEST, .link = LINK_RAW,
	};

	memcpy(out, &h, sizeof h);
}

bool pcap_head_fits(const uint8_t head[PCAP_HEAD])
{
	struct head h;

	memcpy(&h, head, sizeof h);
	return h.magic == MAGIC && h.major == 2 && h.minor == 4 && h.link == LINK_RAW;
}

/* ---- headers --------------------------------------------------------------------------- */

/* Four or sixteen bytes; zeros for no address. */
static struct span address(const struct endpoint *e, bool six)
{
	return span_of(e->addr.bytes, six ? 16 : 4);
}

static uint16_t udp_sum(const struct endpoint *from, const struct endpoint *to, bool six,
			struct span header, struct span data)
{
	uint8_t rest[8];
	struct writer w = writer_of(rest, sizeof rest);
	uint32_t sum = ip_sum(ip_sum(0, address(from, six)), address(to, six));
	uint16_t end;

	writer_u32(&w, IP_UDP);
	writer_u32(&w, UDP_HEADER + data.n);
	end = ip_sum_end(ip_sum(ip_sum(ip_sum(sum, writer_done(&w)), header), data));
	return end ? end : 0xffff;
}

static void write_udp(struct writer *w, const struct endpoint *from, const struct endpoint *to,
		      bool six, struct span data)
{
	uint8_t plain[UDP_HEADER];
	struct writer draft = writer_of(plain, sizeof plain);

	writer_u16(&draft, from->port);
	writer_u16(&draft, to->port);
	writer_u16(&draft, UDP_HEADER + data.n);
	writer_u16(&draft, 0);
	writer_span(w, span_of(plain, 6));
	writer_u16(w, udp_sum(from, to, six, writer_done(&draft), data));
}

static void write_ip4(struct writer *w, const struct endpoint *from, const struct endpoint *to,
		      size_t payload)
{
	const struct ip4_head ip = {
		IP_UDP, addr_of_bytes(address(from, false)), addr_of_bytes(address(to, false)),
	};

	ip4_write(w, &ip, payload);
}

/* RFC 8200 3. */
static void write_ip6(struct writer *w, const struct endpoint *from, const struct endpoint *to,
		      size_t payload)
{
	writer_u32(w, 6u << 28);
	writer_u16(w, payload);
	writer_u8(w, IP_UDP);
	writer_u8(w, HOPS);
	writer_span(w, address(from, true));
	writer_span(w, address(to, true));
}

size_t pcap_record_write(uint8_t out[PCAP_RECORD_HEAD], int64_t sec, uint32_t usec,
			 const struct endpoint *from, const struct endpoint *to, struct span data)
{
	const bool six = from->addr.family == ADDR_IP6 || to->addr.family == ADDR_IP6;
	struct record r = { .sec = (uint32_t)sec, .usec = usec };
	struct writer w = writer_of(out + sizeof r, PCAP_RECORD_HEAD - sizeof r);

	if (data.n > LONGEST - IP4_HEADER - UDP_HEADER)
		return 0;
	(six ? write_ip6 : write_ip4)(&w, from, to, UDP_HEADER + data.n);
	write_udp(&w, from, to, six, data);
	r.kept = r.length = (uint32_t)(writer_done(&w).n + data.n);
	memcpy(out, &r, sizeof r);
	return sizeof r + writer_done(&w).n;
}
