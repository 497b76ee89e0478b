/* SPDX-License-Identifier: ISC */
/*
 * uv_loop -- the loop of the program, on libuv, netlink and sockets.
 */
#pragma once

#include "net/loop.h"

enum uv_loop_netlink { UV_LOOP_ALONE, UV_LOOP_NETLINK };

/*
 * With UV_LOOP_NETLINK the loop keeps the interface table (netlink); a second
 * loop of the same process (TFTP's thread) can also do so, each has its own.
 * Descriptors that need privileges (packet and raw sockets) are opened here,
 * before privileges are dropped.
 */
enum status loop_new(struct loop **out, enum uv_loop_netlink netlink);
/* Every socket and watch must be closed before.  NULL is fine. */
void loop_free(struct loop *l);
