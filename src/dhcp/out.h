/* SPDX-License-Identifier: ISC */
/*
 * out -- the options of a verdict, added one by one.
 *
 * Values that are made on the way lie in the verdict's scratch.  When there is
 * no room v->out_full says so; nothing else fails.
 */
#pragma once

#include "dhcp/decide.h"

/* Room of n bytes in the verdict's scratch, or NULL. */
uint8_t *dhcp_out_scratch(struct dhcp_verdict *v, size_t n);

/* An option that is there already is not sent twice. */
void dhcp_out_add(struct dhcp_verdict *v, uint8_t code, struct span value,
		  const struct origin *origin);
/* One more instance of it: of sub-options, and of what a line says beside the server. */
void dhcp_out_again(struct dhcp_verdict *v, uint8_t code, struct span value,
		    const struct origin *origin);

/* A number of so many bytes. */
void dhcp_out_number(struct dhcp_verdict *v, uint8_t code, size_t bytes, uint32_t n,
		     const struct origin *origin);
/* An address of the server's own. */
void dhcp_out_addr(struct dhcp_verdict *v, uint8_t code, const struct addr *a);

/* A copy of the text, with a NUL at its end if so asked; one more instance too. */
void dhcp_out_text(struct dhcp_verdict *v, uint8_t code, struct span text, bool nul,
		   const struct origin *origin);
