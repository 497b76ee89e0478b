/* SPDX-License-Identifier: ISC */
/*
 * detail -- the lines that log-dhcp adds: what the client said, and every option
 * that it is sent.
 */
#pragma once

#include "dhcp/tell.h"

/* What came. */
void dhcp_detail_request(const struct dhcp_about *a, const struct dhcp_conf *c,
			 const struct dhcp_request *r);
/* What was made of it: the tags. */
/* That its answer waits; with its number where the log does not have it anyway. */
void dhcp_detail_delay(const struct dhcp_about *a, uint32_t delay_s, bool numbered);

void dhcp_detail_verdict(const struct dhcp_about *a, const struct dhcp_verdict *v);
/* What was sent, with the list of options (55) that the client asked for. */
void dhcp_detail_reply(const struct dhcp_about *a, struct span want,
		       const struct dhcp_reply *reply);
