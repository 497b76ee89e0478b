/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "net/sockaddr.h"

socklen_t sockaddr_of(union sockaddr_any *s, const struct endpoint *e, unsigned ifindex)
{
	*s = (union sockaddr_any){ 0 };
	if (e->addr.family == ADDR_IP6) {
		s->in6.sin6_family = AF_INET6;
		s->in6.sin6_port = htons(e->port);
		memcpy(&s->in6.sin6_addr, e->addr.bytes, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&s->in6.sin6_addr) ||
		    IN6_IS_ADDR_MC_LINKLOCAL(&s->in6.sin6_addr))
			s->in6.sin6_scope_id = ifindex;
		return sizeof s->in6;
	}
	s->in4.sin_family = AF_INET;
	s->in4.sin_port = htons(e->port);
	memcpy(&s->in4.sin_addr, e->addr.bytes, 4);
	return sizeof s->in4;
}

struct endpoint endpoint_of(const union sockaddr_any *s)
{
	struct endpoint e = { 0 };

	if (s->any.sa_family == AF_INET6) {
		e.port = ntohs(s->in6.sin6_port);
		e.addr = addr_of_bytes(span_of(&s->in6.sin6_addr, 16));
	} else {
		e.port = ntohs(s->in4.sin_port);
		e.addr = addr_of_bytes(span_of(&s->in4.sin_addr, 4));
	}
	return e;
}
