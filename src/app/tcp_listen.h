/* SPDX-License-Identifier: ISC */
/*
 * tcp_listen -- a TCP socket that is bound and listens.
 */
#pragma once

#include "base/status.h"
#include "lan/bind.h"

/*
 * The first socket of an address is bound without SO_REUSEPORT, so another
 * program's use of the port is an error.  ST_TAKEN, ST_UNKNOWN (no such address
 * here), ST_REFUSED, ST_SYSTEM: errno is set for all of them.
 */
enum status tcp_listen(const struct binding *at, uint16_t port, int *out_fd);
