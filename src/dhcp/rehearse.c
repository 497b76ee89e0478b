/* SPDX-License-Identifier: ISC */
#include "dhcp/rehearse.h"

#include "dhcp/relay.h"

static bool sends(const struct dhcp_verdict *v)
{
	return v->kind == VERDICT_OFFER || v->kind == VERDICT_ACK || v->kind == VERDICT_NAK ||
	       v->kind == VERDICT_INFORM;
}

/* A lease more than dhcp-lease-max is refused when it is to be stored. */
static bool has_no_room(const struct dhcp_env *e, const struct dhcp_verdict *v)
{
	const struct lease *l = leases_at(e->leases, &v->addr);

	return v->kind == VERDICT_ACK && v->commit && (!l || l->state != LEASE_BOUND) &&
	       leases_count(e->leases) - addr_is_set(&v->give_up) >= e->conf->lease_max;
}

static void decide(struct dhcp_env e, struct dhcp_rehearsal *out)
{
	struct dhcp_verdict *v = &out->verdict;

	e.may_probe = true;
	dhcp_decide(&e, &out->request, v);
	out->would_probe = v->kind == VERDICT_PROBE;
	if (out->would_probe) {
		e.may_probe = false;
		dhcp_decide(&e, &out->request, v);
	}
	out->full = has_no_room(&e, v);
	if (out->full)
		dhcp_decide_full(v);
	if (sends(v))
		dhcp_reply_write(&e, &out->request, v, &out->reply);
}

static void ask(const struct dhcp_env *e, const struct netif *n, const struct addr *to,
		struct dhcp_rehearsal *out)
{
	dhcp_leasequery_decide(e, &out->msg, &out->msg.giaddr, &out->query);
	if (!out->query.refused)
		dhcp_leasequery_write(e, &out->msg, n, to, &out->query, &out->verdict,
				      &out->reply);
}

void dhcp_rehearse(const struct dhcp_env *e, const struct netif *n, const struct addr *to,
		   struct span packet, struct dhcp_rehearsal *out)
{
	out->has_type = out->is_query = out->served = out->would_probe = out->full = false;
	out->relay = NULL;
	out->relay_trouble = NULL;
	out->reply.n = 0;
	out->verdict.kind = VERDICT_SILENCE;
	out->reject = dhcp4_read(packet, &out->msg);
	if (out->reject != DHCP4_READ)
		return;
	out->has_type = dhcp_request_read(&out->msg, n, to, &out->request);
	out->is_query = dhcp_is_leasequery(&out->msg);
	out->served = lan_serves_dhcp4(e->lan, n);
	out->relay = out->served ? dhcp_relay_next(e->conf, n, NULL) : NULL;
	if (out->relay)
		out->relay_trouble = dhcp_relay_trouble(out->relay, n, &out->msg, to);
	else if (out->is_query && out->served)
		ask(e, n, to, out);
	else if (out->has_type && out->served)
		decide(*e, out);
}
