/* SPDX-License-Identifier: ISC */
/*
 * dns_echo ADDRESS PORT -- sends back what it gets: what a machine's UDP costs a server that
 * does nothing else.
 */
#include "batch.h"

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
	batch_serve(fd, &b, NULL);
}
