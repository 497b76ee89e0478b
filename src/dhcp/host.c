/* SPDX-License-Identifier: ISC */
#include "dhcp/host.h"

#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"

enum { NO_MATCH = 99 };

/* ---- the index of addresses ------------------------------------------------ */

static int by_addr(const void *a, const void *b)
{
	const struct dhcp_host *const *x = a, *const *y = b;

	return addr_cmp(&(*x)->addr, &(*y)->addr);
}

void dhcp_hosts_init(struct dhcp_hosts *h, const struct dhcp_conf *c,
		     const struct dhcp_files *files)
{
	size_t n = 0;

	*h = (struct dhcp_hosts){ .list = { c->hosts, files ? files->hosts : NULL } };
	for (size_t i = 0; i < COUNT_OF(h->list); i++)
		for (const struct dhcp_host *e = h->list[i]; e; e = e->next)
			n += addr_is_set(&e->addr);
	if (n == 0)
		return;
	h->by_addr = calloc(n, sizeof *h->by_addr);
	must(h->by_addr);
	for (size_t i = 0; i < COUNT_OF(h->list); i++)
		for (const struct dhcp_host *e = h->list[i]; e; e = e->next)
			if (addr_is_set(&e->addr))
				h->by_addr[h->n++] = e;
	qsort(h->by_addr, h->n, sizeof *h->by_addr, by_addr);
}

void dhcp_hosts_done(struct dhcp_hosts *h)
{
	free(h->by_addr);
	*h = (struct dhcp_hosts){ 0 };
}

const struct dhcp_host *dhcp_hosts_at(const struct dhcp_hosts *h, const struct addr *a)
{
	const struct dhcp_host want = { .addr = *a }, *key = &want;
	const struct dhcp_host **found;

	if (h->n == 0)
		return NULL;
	found = bsearch(&key, h->by_addr, h->n, sizeof *h->by_addr, by_addr);
	return found ? *found : NULL;
}

/* ---- which line ------------------------------------------------------------- */

bool hwaddr_matches(const struct hwaddr_pattern *p, const struct hwaddr *hw, unsigned *wild)
{
	*wild = 0;
	if (p->hw.len != hw->len || hw->len == 0 || (p->hw.type && p->hw.type != hw->type))
		return false;
	for (unsigned i = 0; i < hw->len; i++) {
		if (p->wild >> i & 1)
			++*wild;
		else if (p->hw.bytes[i] != hw->bytes[i])
			return false;
	}
	return true;
}

/* Some clients put a zero type byte before a textual id. */
static bool clid_matches(const struct dhcp_host *e, struct span clid)
{
	if (!e->has_clid || clid.n == 0)
		return false;
	return span_eq(e->clid, clid) ||
	       (clid.p[0] == 0 && span_eq(e->clid, span_of(clid.p + 1, clid.n - 1)));
}

bool dhcp_host_has_hw(const struct dhcp_host *host, const struct hwaddr *hw)
{
	unsigned wild;

	for (const struct hwaddr_pattern *p = host->hw; p; p = p->next)
		if (hwaddr_matches(p, hw, &wild))
			return true;
	return false;
}

bool dhcp_hosts_name(const struct dhcp_hosts *h, const struct hwaddr *hw, struct span clid,
		     const char *name)
{
	struct dhcp_label label;

	for (size_t i = 0; i < COUNT_OF(h->list); i++)
		for (const struct dhcp_host *e = h->list[i]; e; e = e->next) {
			if (!e->name)
				continue;
			dhcp_name_split(e->name, &label);
			if (text_same(label.s, name) &&
			    (dhcp_host_has_hw(e, hw) || clid_matches(e, clid)))
				return true;
		}
	return false;
}

static bool name_matches(const struct dhcp_host *e, const char *name)
{
	struct dhcp_label label;

	if (!e->name || !*name || e->hw || e->has_clid)
		return false;
	dhcp_name_split(e->name, &label);
	return text_same(label.s, name);
}

/*
 * How well a line fits; the lower the better.  0 is the client id, 1 the
 * hardware address, 2 the name, 2 + n an address with n wildcards.
 */
static unsigned fitness(const struct dhcp_host *e, const struct dhcp_request *r, const char *name)
{
	unsigned best = NO_MATCH, wild;

	if (clid_matches(e, r->clid))
		return 0;
	for (const struct hwaddr_pattern *p = e->hw; p; p = p->next)
		if (hwaddr_matches(p, &r->hw, &wild)) {
			unsigned fit = wild ? 2 + wild : 1;

			best = fit < best ? fit : best;
		}
	if (best > 2 && name_matches(e, name))
		best = 2;
	return best;
}

static bool in_context(const struct dhcp_host *e, const struct dhcp_conf *c,
		       const struct dhcp_request *r)
{
	struct dhcp_context it = { 0 };

	if (!c || !addr_is_set(&e->addr))
		return true;
	while (dhcp_context_next(c, r, &it))
		if (dhcp_context_has(&it, &e->addr))
			return true;
	return false;
}

const struct dhcp_host *dhcp_hosts_find(const struct dhcp_hosts *h, const struct dhcp_request *r,
					const struct tags *tags, const char *name,
					const struct dhcp_conf *c)
{
	const struct dhcp_host *best = NULL;
	unsigned best_fit = NO_MATCH;
	bool best_tagged = false;

	for (size_t i = 0; i < COUNT_OF(h->list); i++)
		for (const struct dhcp_host *e = h->list[i]; e; e = e->next) {
			bool tagged = e->when != NULL;
			unsigned fit = fitness(e, r, name);

			if (fit == NO_MATCH || (best_tagged && !tagged) ||
			    (best_tagged == tagged && fit > best_fit))
				continue;
			if (!tags_match(tags, e->when) || !in_context(e, c, r))
				continue;
			best = e;
			best_fit = fit;
			best_tagged = tagged;
		}
	return best;
}
