/* SPDX-License-Identifier: ISC */
/*
 * dns_upstream ADDRESS PORT -- the server that the others ask: the A record of any name of
 * dns_name.h, for an hour; no record of any other.
 */
#include "batch.h"
#include "dns_name.h"

static int is_ours(const uint8_t *message, size_t n)
{
	static const size_t suffix = sizeof name_end - 1;
	const uint8_t *question = message + DNS_HEADER;

	/* The letters of a name may be spelt at random. */
	for (size_t i = 0; n >= DNS_HEADER + QUESTION_BYTES && i < suffix; i++) {
		uint8_t c = question[2 + NAME_DIGITS + i];

		if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != name_end[i])
			return 0;
	}
	return n >= DNS_HEADER + QUESTION_BYTES && question[0] == 1 + NAME_DIGITS;
}

/* The end of the first question; 0: it has none. */
static size_t question_end(const uint8_t *message, size_t n)
{
	size_t at = DNS_HEADER;

	while (at < n && message[at])
		at += 1 + message[at];
	return at + 5 <= n ? at + 5 : 0;
}

/* Turns a query into its answer, in place; gives the length. */
static size_t answer(uint8_t *message, size_t n)
{
	static const uint8_t record[DNS_ANSWER_BYTES] = { 0xc0, DNS_HEADER, 0, 1, 0, 1,
							  0, 0, 0x0e, 0x10, 0, 4 };
	int ours = is_ours(message, n);
	size_t end = question_end(message, n);

	if (end == 0)
		return 0;
	message[2] = 0x84 | (message[2] & 1);	/* QR, AA, RD as asked */
	message[3] = 0x80;			/* RA */
	memset(message + 6, 0, 6);
	message[7] = (uint8_t)ours;
	if (!ours)
		return end;
	memcpy(message + end, record, sizeof record);
	number_address(message + end + 12, question_number(message + DNS_HEADER));
	return end + sizeof record;
}

int main(int argc, char **argv)
{
	static struct batch b;
	struct sockaddr_in at;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
		return 2;
	}
	at = address_of(argv[1], argv[2]);
	fd = socket_at(&at);
	batch_serve(fd, &b, answer);
}
