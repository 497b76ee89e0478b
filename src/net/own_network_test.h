/* SPDX-License-Identifier: ISC */
/*
 * own_network -- a network namespace for the length of a test, with two cables.
 *
 * d0 and e0 are ours; what leaves them arrives on c0 and f0, which have no
 * addresses, so that the test plays the other machine byte by byte.
 */
#pragma once

#include "net/uv_loop.h"

/* False, and one line says so, where this process may not make one: then nothing was tested. */
bool own_network_enter(void);
void own_network_leave(void);

/* A command of ip(8), which must succeed: own_network_ip("link add …"). */
__attribute__((format(printf, 1, 2))) void own_network_ip(const char *format, ...);

/* Runs the loop until *flag is set, for at most this long; is it set? */
bool run_until(struct loop *l, const bool *flag, int64_t at_most_ms);

/* A socket that hears every packet of an Ethernet type on a device, and sends there. */
int wire_open(const char *device, uint16_t ethertype);
/* The next packet without its Ethernet header, empty if there is none; *to is where it was sent. */
struct span wire_read(int fd, uint8_t *buffer, size_t size, struct hwaddr *to);
void wire_send(int fd, const char *device, uint16_t ethertype, struct span packet);
