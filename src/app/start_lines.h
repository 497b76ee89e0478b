/* SPDX-License-Identifier: ISC */
/*
 * start_lines -- what the log says at the start, in dnsmasq's words and order.
 */
#pragma once

#include "app/server.h"

void start_lines(const struct server *s);

/* "DHCP, IP range 10.0.0.1 -- 10.0.0.9, lease time 1h" and its like for other modes. */
void start_lines_range(struct text *out, const struct dhcp_range *r);
void start_lines_relay(struct text *out, const struct dhcp_relay *r);
