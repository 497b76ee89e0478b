/* SPDX-License-Identifier: ISC */
#include "dhcp/out.h"

uint8_t *dhcp_out_scratch(struct dhcp_verdict *v, size_t n)
{
	uint8_t *p = v->scratch + v->scratch_used;

	if (n > sizeof v->scratch - v->scratch_used) {
		v->out_full = true;
		return NULL;
	}
	v->scratch_used += n;
	return p;
}

void dhcp_out_again(struct dhcp_verdict *v, uint8_t code, struct span value,
		    const struct origin *origin)
{
	if (v->outs == DHCP_OUT_MAX) {
		v->out_full = true;
		return;
	}
	v->out[v->outs++] = (struct dhcp_out){ code, value, origin };
}

void dhcp_out_add(struct dhcp_verdict *v, uint8_t code, struct span value,
		  const struct origin *origin)
{
	for (size_t i = 0; i < v->outs; i++)
		if (v->out[i].code == code)
			return;
	dhcp_out_again(v, code, value, origin);
}

void dhcp_out_number(struct dhcp_verdict *v, uint8_t code, size_t bytes, uint32_t n,
		     const struct origin *origin)
{
	uint8_t *p = dhcp_out_scratch(v, bytes);

	if (!p)
		return;
	put_uint(p, bytes, n);
	dhcp_out_add(v, code, span_of(p, bytes), origin);
}

void dhcp_out_addr(struct dhcp_verdict *v, uint8_t code, const struct addr *a)
{
	if (addr_is_set(a))
		dhcp_out_number(v, code, 4, addr_to_ip4(a), NULL);
}

void dhcp_out_text(struct dhcp_verdict *v, uint8_t code, struct span text, bool nul,
		   const struct origin *origin)
{
	uint8_t *p = dhcp_out_scratch(v, text.n + nul);

	if (!p)
		return;
	if (text.n)
		memcpy(p, text.p, text.n);
	if (nul)
		p[text.n] = '\0';
	dhcp_out_again(v, code, span_of(p, text.n + nul), origin);
}
