/* SPDX-License-Identifier: ISC */
/*
 * batch -- UDP datagrams by the batch, as the benchmarks' programs take and send them.
 */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 32
#define DGRAM_MAX 1500

struct batch {
	struct mmsghdr message[BATCH];
	struct iovec part[BATCH];
	struct sockaddr_in peer[BATCH];
	uint8_t data[BATCH][DGRAM_MAX];
};

static inline void die(const char *what)
{
	perror(what);
	exit(2);
}

/* One that is to be received into, or sent on a connected socket: `peers` false. */
static inline void batch_prepare(struct batch *b, int peers)
{
	for (size_t i = 0; i < BATCH; i++) {
		b->part[i] = (struct iovec){ b->data[i], sizeof b->data[i] };
		b->message[i].msg_hdr = (struct msghdr){
			.msg_name = peers ? &b->peer[i] : NULL,
			.msg_namelen = peers ? sizeof b->peer[i] : 0,
			.msg_iov = &b->part[i], .msg_iovlen = 1,
		};
	}
}

/* Waits for one; takes those that are there.  Afterwards each part has the length received. */
static inline int batch_receive(int fd, struct batch *b, int flags)
{
	int n = recvmmsg(fd, b->message, BATCH, flags, NULL);

	for (int i = 0; i < n; i++)
		b->part[i].iov_len = b->message[i].msg_len;
	return n;
}

static inline void batch_send(int fd, struct batch *b, int n)
{
	for (int sent = 0; sent < n;) {
		int now = sendmmsg(fd, b->message + sent, (unsigned)(n - sent), 0);

		/* What cannot be sent is lost, as on a network. */
		sent += now > 0 ? now : 1;
	}
}

/* Answers for ever: what answer() makes of each message in place, by its new length; NULL: as it is. */
static inline void batch_serve(int fd, struct batch *b, size_t (*answer)(uint8_t *message, size_t n))
{
	for (;;) {
		int n;

		batch_prepare(b, 1);
		n = batch_receive(fd, b, MSG_WAITFORONE);
		if (n < 0)
			die("recvmmsg");
		for (int i = 0; answer && i < n; i++)
			b->part[i].iov_len = answer(b->data[i], b->part[i].iov_len);
		batch_send(fd, b, n);
	}
}

static inline struct sockaddr_in address_of(const char *address, const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, address, &at.sin_addr) != 1) {
		fprintf(stderr, "%s is no IPv4 address\n", address);
		exit(2);
	}
	return at;
}

static inline int socket_at(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)at, sizeof *at) != 0)
		die("bind");
	return fd;
}
