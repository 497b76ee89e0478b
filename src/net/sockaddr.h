/* SPDX-License-Identifier: ISC */
/*
 * sockaddr -- addresses and errors as the kernel's socket calls have them.
 *
 * Only net/ includes this.
 */
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/status.h"

union sockaddr_any {
	struct sockaddr any;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

/* The interface counts for link-local addresses only. */
socklen_t sockaddr_of(union sockaddr_any *s, const struct endpoint *e, unsigned ifindex);
struct endpoint endpoint_of(const union sockaddr_any *s);
