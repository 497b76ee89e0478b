/* SPDX-License-Identifier: ISC */
/*
 * nfnl -- the kernel's netfilter, asked by netlink.
 *
 * A socket of one thread, opened when it is needed first.  The kernel answers
 * within the system call that asks, so nothing is ever waited for.  It looks at
 * the rights of whoever sends: without CAP_NET_ADMIN every message comes back
 * with EPERM.  What the messages say is the business of net/ipset.c, net/nft.c
 * and net/conntrack.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#define NFNL_BUFFER 16384		/* bytes of messages that go out together */

struct nfnl {
	int fd;				/* 0: not open */
	uint32_t seq;			/* of the last message */
	size_t n;			/* bytes that wait to be sent */
	_Alignas(struct nlmsghdr) uint8_t out[NFNL_BUFFER];
};

void nfnl_close(struct nfnl *n);	/* idempotent; also on a zeroed one */

/*
 * Begins a message behind those that wait: subsystem and message number of the kernel's
 * header, netlink flags (NLM_F_REQUEST is added), an address family and the number in
 * nfgenmsg's res_id.  Attributes are put by libmnl, then nfnl_end.  There must be room.
 */
struct nlmsghdr *nfnl_begin(struct nfnl *n, unsigned subsystem, unsigned message, uint16_t flags,
			    uint8_t family, uint16_t res_id);
void nfnl_end(struct nfnl *n, const struct nlmsghdr *m);

/* Is there room for a message of so many bytes? */
bool nfnl_has_room(const struct nfnl *n, size_t bytes);

/*
 * Sends what waits and gives each answer to took(): `error` is 0 of an acknowledgement, an errno of a
 * refusal (positive; the kernel's subsystems have some of their own above 4095), -1 of a message with
 * content.  `message` is its number counted from the first of those sent, from 0.  False with
 * errno: no socket, or it could not be sent; nothing is left to send either way.
 */
struct nfnl_answer {
	uint32_t message;
	int error;
	const struct nlmsghdr *content;	/* error -1 */
};
bool nfnl_ask(struct nfnl *n, void (*took)(void *arg, const struct nfnl_answer *a), void *arg);

/* A message's attributes by number, NULL where there is none; larger numbers are passed over. */
#define NFNL_ATTRS 32
struct nfnl_attrs { const struct nlattr *at[NFNL_ATTRS]; };
struct nfnl_attrs nfnl_attrs_of(const struct nlmsghdr *m);
struct nfnl_attrs nfnl_attrs_in(const struct nlattr *nest);	/* NULL is fine */
