/* SPDX-License-Identifier: ISC */
/*
 * sockaddr -- addresses and errors as the kernel's socket calls have them.
 *
 * Only net/ includes this.
 */
#pragma once

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/status.h"

union sockaddr_any {
	struct sockaddr any;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

/* The interface counts for link-local addresses only. */
static inline socklen_t sockaddr_of(union sockaddr_any *s, const struct endpoint *e,
				    unsigned ifindex)
{
	if (e->addr.family == ADDR_IP6) {
		s->in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
						.sin6_port = htons(e->port) };
		memcpy(&s->in6.sin6_addr, e->addr.bytes, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&s->in6.sin6_addr) ||
		    IN6_IS_ADDR_MC_LINKLOCAL(&s->in6.sin6_addr))
			s->in6.sin6_scope_id = ifindex;
		return sizeof s->in6;
	}
	s->in4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(e->port) };
	memcpy(&s->in4.sin_addr, e->addr.bytes, 4);
	return sizeof s->in4;
}

static inline struct endpoint endpoint_of(const union sockaddr_any *s)
{
	if (s->any.sa_family == AF_INET6)
		return (struct endpoint){ addr_of_bytes(span_of(&s->in6.sin6_addr, 16)),
					  ntohs(s->in6.sin6_port) };
	return (struct endpoint){ addr_of_bytes(span_of(&s->in4.sin_addr, 4)),
				  ntohs(s->in4.sin_port) };
}
