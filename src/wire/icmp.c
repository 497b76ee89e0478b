/* SPDX-License-Identifier: ISC */
#include "wire/icmp.h"
#include "wire/ip.h"

static void write_header(struct writer *w, const struct icmp_echo *e, uint16_t sum)
{
	writer_u8(w, e->type);
	writer_u8(w, 0);			/* code */
	writer_u16(w, sum);
	writer_u16(w, e->id);
	writer_u16(w, e->sequence);
}

void icmp_echo_write(struct writer *w, const struct icmp_echo *e)
{
	uint8_t header[ICMP_ECHO_HEADER];
	struct writer draft = writer_of(header, sizeof header);

	write_header(&draft, e, 0);
	write_header(w, e, ip_sum_end(ip_sum(ip_sum(0, writer_done(&draft)), e->data)));
	writer_span(w, e->data);
}

bool icmp_echo_read(struct reader *r, struct icmp_echo *e)
{
	uint32_t sum = ip_sum(0, span_of(r->at, reader_left(r)));
	uint8_t code;

	e->type = reader_u8(r);
	code = reader_u8(r);
	reader_u16(r);				/* checksum: in the sum above */
	e->id = reader_u16(r);
	e->sequence = reader_u16(r);
	e->data = reader_take(r, reader_left(r));
	if (code != 0 || (e->type != ICMP_ECHO && e->type != ICMP_ECHO_REPLY) ||
	    ip_sum_end(sum) != 0)
		return reader_fail(r);
	return reader_ok(r);
}
