/* SPDX-License-Identifier: ISC */
/*
 * ports -- which sockets each service has, by the configuration and the
 * interfaces as they are now.
 *
 * The server opens what this says, and the helper nothing else: both ask here,
 * each with its own reading of the configuration and its own look at the
 * machine.
 */
#pragma once

#include "app/generation.h"
#include "lan/bind.h"

/* Those wanted of DNS, TFTP and HTTP; none where the service is off. */
void ports_dns(struct bindings *out, const struct generation *g, const struct loop *l);
void ports_tftp(struct bindings *out, const struct generation *g, const struct loop *l);
void ports_http(struct bindings *out, const struct generation *g, const struct loop *l);

/*
 * Is this socket one that this configuration asks for?  One of a listening
 * service, one of the range that TFTP's transfers take theirs from, or one that
 * DNS asks its servers from.
 */
bool ports_name(const struct generation *g, const struct loop *l, const struct socket_want *want);
