/* SPDX-License-Identifier: ISC */
/*
 * options -- which options a reply carries, and with what values.
 *
 * What lines of the configuration say (dhcp/chosen), and what the server adds by
 * itself where no line speaks of it: lease times, network, names, boot file.
 */
#pragma once

#include "dhcp/decide.h"

/* Fills v->out, and the file and server name, for an OFFER, ACK or INFORM verdict. */
void dhcp_options_choose(const struct dhcp_env *e, const struct dhcp_request *r,
			 struct dhcp_verdict *v);
