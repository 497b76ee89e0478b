/* SPDX-License-Identifier: ISC */
/*
 * chosen -- which dhcp-option lines hold for a request.
 *
 * One line for each option of the packet: lines whose tags match beat those that
 * match by the range's tag alone, these beat lines without tags, and among
 * equals the later line wins.  Of sub-options every line that matches holds; the
 * later comes first, so it wins with a client that takes the first it finds.
 */
#pragma once

#include "dhcp/decide.h"

struct dhcp_chosen {
	struct {
		const struct dhcp_opt *opt;	/* NULL: beaten by another */
		unsigned level;
	} c[DHCP_OUT_MAX];			/* in file order */
	size_t n;
	uint16_t top[256];			/* place of the line for a code, plus 1; 0: none */
	struct span vendor_class;		/* that vendor options are chosen by */
};

/* False if there were more than can be kept. */
bool dhcp_choose(const struct dhcp_env *e, const struct dhcp_request *r,
		 const struct dhcp_verdict *v, struct dhcp_chosen *out);

/* The line for an option of the packet itself, also one with an empty value; or NULL. */
const struct dhcp_opt *dhcp_chosen_top(const struct dhcp_chosen *c, uint8_t code);

/* Adds what encap:, vendor: and vi-encap: lines say. */
void dhcp_chosen_add_groups(const struct dhcp_chosen *c, const struct dhcp_request *r,
			    struct dhcp_verdict *v);
