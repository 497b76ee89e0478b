/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "wire/tlv.h"
#include "wire/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Written back by the constants of its format. */
static void write_option(struct writer *w, const struct tlv_format *f, const struct tlv *opt)
{
	size_t n = reader_left(&opt->body), head = f->whole ? f->tag_bytes + f->len_bytes : 0;

	writer_uint(w, f->tag_bytes, opt->tag);
	writer_uint(w, f->len_bytes, (n + head) / f->unit);
	writer_span(w, span_of(opt->body.at, n));
}

/*
 * fuzzes: wire/tlv.c
 * A run in every format (the first byte picks it): each step goes forward, no body
 * leaves the message, and what was read reads again when it is written.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tlv_format *const formats[] = { &TLV_DHCP4, &TLV_DHCP4_SUB, &TLV_DHCP6,
							    &TLV_ND, &TLV_EDNS };
	static uint8_t again[1 << 16];
	struct writer w = writer_of(again, sizeof again);
	struct reader r;
	struct tlv opt;
	size_t n = 0;

	if (size == 0 || size > sizeof again)
		return 0;

	const struct tlv_format *f = formats[data[0] % COUNT_OF(formats)];

	r = reader_of(span_of(data + 1, size - 1));
	for (size_t last = reader_left(&r); tlv_next(&r, f, &opt); last = reader_left(&r)) {
		must(reader_left(&r) < last);
		must(opt.body.at >= data + 1 && opt.body.end <= data + size);
		write_option(&w, f, &opt);
		n++;
	}
	must(reader_left(&r) == 0 || !reader_ok(&r));

	struct reader second = reader_of(writer_done(&w));

	must(writer_ok(&w));
	while (tlv_next(&second, f, &opt))
		n--;
	must(reader_ok(&second) && n == 0);
	return 0;
}
