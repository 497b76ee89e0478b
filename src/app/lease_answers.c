/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "app/lease_answers.h"
#include "app/lease_names.h"
#include "app/server.h"
#include "base/must.h"

#define ROWS_A_STEP 500			/* about a tenth of a millisecond's work */

/* ---- leases ---------------------------------------------------------------------- */

struct listing {
	struct server *server;
	struct addr only;		/* unset: all */
	bool bad;			/* what it names is no address */
	size_t cursor;
};

static const char *const state_names[LEASE_STATES] = {
	[LEASE_OFFERED] = "offered", [LEASE_BOUND] = "bound", [LEASE_DECLINED] = "declined",
	[LEASE_REMEMBERED] = "remembered",
};

static void *list_begin(void *server, char *const *words)
{
	struct listing *it = calloc(1, sizeof *it);

	must(it);
	it->server = server;
	it->bad = words[0] && !addr_parse(words[0], &it->only);
	return it;
}

static void print_left(FILE *out, const struct server *s, const struct lease *l)
{
	int64_t left_ms = l->mono_expires_ms - loop_now(s->loop).mono_ms;

	if (l->state != LEASE_REMEMBERED && l->mono_expires_ms)
		fprintf(out, "%lld", left_ms > 0 ? (long long)(left_ms + 999) / 1000 : 0LL);
	fputc('\t', out);
}

static void print_lease(FILE *out, const struct server *s, const struct lease *l)
{
	const struct netif *n = l->ifindex ? loop_netif(s->loop, l->ifindex) : NULL;
	const char *domain = lease_domain(s->now->lan, l, loop_netif_or_near(s->loop, l->ifindex, &l->addr));
	char text[3 * CLID_MAX + 1] = "", tag_text[1024] = "";
	struct text clid = TEXT(text), tags = TEXT(tag_text);

	text_hex(&clid, span_of(l->clid, l->clid_len), ':');
	lease_tags_text(s->lease_tags, &l->addr, &tags);
	fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%lld\t", state_names[l->state], addr_text(&l->addr).s,
		l->hw.len ? hwaddr_text(&l->hw).s : "", text, l->name ? l->name : "",
		l->name && domain ? domain : "", (long long)l->expires_s);
	print_left(out, s, l);
	fprintf(out, "%s\t%s\n", n ? n->name : "", tag_text);
}

static enum control_step list_one(struct listing *it, FILE *out)
{
	const struct lease *l = leases_at(it->server->leases, &it->only);

	if (l)
		print_lease(out, it->server, l);
	return CONTROL_OK;
}

static enum control_step list_step(void *task, struct control_client *c, FILE *out)
{
	struct listing *it = task;
	const struct lease *l = NULL;

	(void)c;
	if (it->bad || !it->server->leases) {
		fprintf(out, it->bad ? "that is no address\n" : "this server gives no addresses: no "
			"dhcp-range is configured\n");
		return CONTROL_FAILED;
	}
	if (addr_is_set(&it->only))
		return list_one(it, out);
	for (int i = 0; i < ROWS_A_STEP && (l = leases_every(it->server->leases, &it->cursor)); i++)
		print_lease(out, it->server, l);
	return l ? CONTROL_MORE : CONTROL_OK;
}

const struct control_task lease_list_task = { list_begin, list_step, free };

/* ---- pools ----------------------------------------------------------------------- */

static uint32_t count_reserved(const struct server *s, const struct dhcp_host *h,
			       const struct dhcp_range *r)
{
	uint32_t n = 0;

	for (; h; h = h->next)
		if (h->addr.family == ADDR_IP4 && addr_cmp(&r->start, &h->addr) <= 0 &&
		    addr_cmp(&h->addr, &r->end) <= 0 && !leases_at(s->leases, &h->addr))
			n++;
	return n;
}

static void print_pool(FILE *out, const struct server *s, const struct dhcp_range *r)
{
	static const char *const modes[] = { [RANGE_DYNAMIC] = "dynamic", [RANGE_STATIC] = "static",
					     [RANGE_PROXY] = "proxy" };
	const uint32_t first = addr_to_ip4(&r->start), last = addr_to_ip4(&r->end);
	const struct lease_use use = leases_use(s->leases, first, last);
	const uint32_t size = r->mode == RANGE_DYNAMIC ? last - first + 1 : 0;

	fprintf(out, "%s\t", addr_text(&r->start).s);
	fprintf(out, "%s\t%s\t%s\t%u\t%u\t%u\t%u\t%u\t%s:%u\n", addr_text(&r->end).s, modes[r->mode],
		r->set ? r->set : "", size, use.bound, use.offered, use.declined,
		count_reserved(s, s->now->dhcp->hosts, r) +
		(s->host_files ? count_reserved(s, s->host_files->hosts, r) : 0),
		r->origin.file, r->origin.line);
}

bool lease_pools_answer(void *server, char *const *words, FILE *out)
{
	const struct server *s = server;

	(void)words;
	if (!s->leases) {
		fprintf(out, "this server gives no addresses: no dhcp-range is configured\n");
		return false;
	}
	for (const struct dhcp_range *r = s->now->dhcp->ranges; r; r = r->next)
		print_pool(out, s, r);
	return true;
}
