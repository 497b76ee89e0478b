/* SPDX-License-Identifier: ISC */
#include "wire/udp.h"

/* Over the pseudo-header, the header and the data; zero would mean "none", so all ones are sent. */
static uint16_t udp_sum(struct span pseudo, struct span header, struct span data)
{
	uint16_t sum = ip_sum_end(ip_sum(ip_sum(ip_sum(0, pseudo), header), data));

	return sum ? sum : 0xffff;
}

static struct span write_pseudo(uint8_t (*bytes)[12], const struct ip4_head *ip, size_t length)
{
	struct writer w = writer_of(*bytes, sizeof *bytes);

	writer_u32(&w, addr_to_ip4(&ip->from));
	writer_u32(&w, addr_to_ip4(&ip->to));
	writer_u16(&w, ip->protocol);
	writer_u16(&w, length);
	return writer_done(&w);
}

static void write_header(struct writer *w, uint16_t from, uint16_t to, size_t length, uint16_t sum)
{
	writer_u16(w, from);
	writer_u16(w, to);
	writer_u16(w, length);
	writer_u16(w, sum);
}

void udp4_write(struct writer *w, const struct endpoint *from, const struct endpoint *to,
		struct span data)
{
	const struct ip4_head ip = { IP_UDP, from->addr, to->addr };
	const size_t length = UDP_HEADER + data.n;
	uint8_t pseudo[12], header[UDP_HEADER];
	struct writer draft = writer_of(header, sizeof header);

	if (ip.from.family != ADDR_IP4 || ip.to.family != ADDR_IP4) {
		w->bad = true;
		return;
	}
	write_header(&draft, from->port, to->port, length, 0);
	ip4_write(w, &ip, length);
	write_header(w, from->port, to->port, length,
		     udp_sum(write_pseudo(&pseudo, &ip, length), writer_done(&draft), data));
	writer_span(w, data);
}

bool udp4_read(struct reader *r, struct endpoint *from, struct endpoint *to, struct span *data)
{
	struct reader udp;
	struct ip4_head ip;
	size_t length;

	if (!ip4_read(r, &ip, &udp) || ip.protocol != IP_UDP)
		return false;
	*from = (struct endpoint){ ip.from, reader_u16(&udp) };
	*to = (struct endpoint){ ip.to, reader_u16(&udp) };
	length = reader_u16(&udp);
	reader_u16(&udp);				/* checksum */
	if (length < UDP_HEADER)
		return false;
	*data = reader_take(&udp, length - UDP_HEADER);
	return reader_ok(&udp);
}
