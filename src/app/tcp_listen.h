/* SPDX-License-Identifier: ISC */
/*
 * tcp_listen -- a TCP socket that is bound and listens.
 */
#pragma once

#include "base/status.h"
#include "lan/bind.h"

/*
 * The socket comes through the loop's door; another program's use of the port
 * is an error.  As socket_open or that door fails; errno is set.
 */
enum status tcp_listen(const struct loop *l, const struct binding *at, uint16_t port, int *out_fd);
