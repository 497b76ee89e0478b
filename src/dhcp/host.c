/* SPDX-License-Identifier: ISC */
#include "dhcp/host.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"

enum { NO_MATCH = 99 };

/* ---- the lines ------------------------------------------------------------- */

static int by_pointer(const void *a, const void *b)
{
	const struct dhcp_host *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

/* Those of the configuration's lines that another stands for. */
struct replaced {
	const struct dhcp_host **line;
	size_t n;
};

static struct replaced find_replaced(const struct dhcp_files *files)
{
	struct replaced r = { .n = 0 };
	const struct dhcp_host *e = files ? files->hosts : NULL;

	if (!files || files->ethers == 0)
		return r;
	r.line = calloc(files->ethers, sizeof *r.line);
	must(r.line);
	for (; e; e = e->next)
		if (e->replaces)
			r.line[r.n++] = e->replaces;
	qsort(r.line, r.n, sizeof *r.line, by_pointer);
	return r;
}

/* Without those. */
static void drop_replaced(struct dhcp_hosts *h, struct replaced r)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->lines && r.n; i++)
		if (!bsearch(&h->line[i], r.line, r.n, sizeof *r.line, by_pointer))
			h->line[kept++] = h->line[i];
	if (r.n)
		h->lines = kept;
	free(r.line);
}

static void add_lines(struct dhcp_hosts *h, const struct dhcp_host *list)
{
	size_t n = h->lines;

	for (const struct dhcp_host *e = list; e; e = e->next)
		n++;
	if (n == h->lines)
		return;
	h->line = reallocarray(h->line, n, sizeof *h->line);
	must(h->line);
	for (; list; list = list->next)
		h->line[h->lines++] = list;
}

static bool wants_addr(const struct dhcp_host *e)
{
	return e->name && !addr_is_set(&e->addr);
}

static bool find_named(const struct dhcp_names *names, const struct dhcp_host *e,
		       struct dhcp_named *out)
{
	struct dhcp_label label;

	dhcp_name_split(e->name, &label);
	return names->find(names->arg, label.s, out);
}

/* A line that has its address from elsewhere gives way to a copy with that. */
static void name_lines(struct dhcp_hosts *h, const struct dhcp_names *names)
{
	size_t n = 0;

	for (size_t i = 0; i < h->lines; i++)
		n += wants_addr(h->line[i]);
	if (n == 0)
		return;
	h->named = calloc(n, sizeof *h->named);
	must(h->named);
	for (size_t i = 0; i < h->lines; i++) {
		struct dhcp_named_host *to = &h->named[h->named_n];

		if (!wants_addr(h->line[i]) || !find_named(names, h->line[i], &to->named))
			continue;
		to->host = *h->line[i];
		to->host.addr = to->named.addr;
		to->host.addr_origin = &to->named.origin;
		h->line[i] = &to->host;
		h->named_n++;
	}
}

/* ---- the index of addresses ------------------------------------------------ */

static int by_addr(const void *a, const void *b)
{
	const struct dhcp_host *const *x = a, *const *y = b;

	return addr_cmp(&(*x)->addr, &(*y)->addr);
}

/* The line that keeps an address comes first: one that says it, else the last. */
static int by_right(const void *a, const void *b)
{
	const struct dhcp_host *const *x = a, *const *y = b;
	bool named_x = (*x)->addr_origin, named_y = (*y)->addr_origin;
	int order = by_addr(a, b);

	if (order == 0 && named_x != named_y)
		return named_x ? 1 : -1;
	return order || !named_x ? order : *x > *y ? -1 : *x < *y;
}

static void index_addrs(struct dhcp_hosts *h)
{
	h->by_addr = calloc(h->lines, sizeof *h->by_addr);
	must(h->by_addr);
	for (size_t i = 0; i < h->lines; i++)
		if (addr_is_set(&h->line[i]->addr))
			h->by_addr[h->n++] = h->line[i];
	qsort(h->by_addr, h->n, sizeof *h->by_addr, by_right);
}

/* Of several lines with one address the first of the index keeps it. */
static void settle_addrs(struct dhcp_hosts *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n; i++) {
		const struct dhcp_host *e = h->by_addr[i];

		if (kept && e->addr_origin && by_addr(&h->by_addr[kept - 1], &e) == 0)
			container_of(e, struct dhcp_named_host, host)->host.addr = (struct addr){ 0 };
		else
			h->by_addr[kept++] = e;
	}
	h->n = kept;
}

static void tell_named(const struct dhcp_named_host *e, const struct dhcp_names *names)
{
	const struct addr_text addr = addr_text(&e->named.addr);
	char what[200];
	struct dhcp_label label;

	dhcp_name_split(e->host.name, &label);
	if (e->named.several) {
		snprintf(what, sizeof what,
			 "%s has more than one address in hostsfile, using %s for DHCP", label.s, addr.s);
		names->told(names->arg, &e->host.origin, what);
	}
	if (!addr_is_set(&e->host.addr)) {
		snprintf(what, sizeof what, "duplicate IP address %s (%s) in dhcp-config directive",
			 addr.s, label.s);
		names->told(names->arg, &e->host.origin, what);
	}
}

/* In dnsmasq's order. */
static void tell_all_named(const struct dhcp_hosts *h, const struct dhcp_names *names)
{
	for (size_t i = h->named_n; i > 0; i--)
		tell_named(&h->named[i - 1], names);
}

void dhcp_hosts_init(struct dhcp_hosts *h, const struct dhcp_conf *c,
		     const struct dhcp_files *files, const struct dhcp_names *names)
{
	*h = (struct dhcp_hosts){ 0 };
	add_lines(h, c->hosts);
	drop_replaced(h, find_replaced(files));
	add_lines(h, files ? files->hosts : NULL);
	add_lines(h, files && files->folders ? files->folders->hosts : NULL);
	if (h->lines == 0)
		return;
	if (names)
		name_lines(h, names);
	index_addrs(h);
	settle_addrs(h);
	if (names && names->told)
		tell_all_named(h, names);
}

void dhcp_hosts_done(struct dhcp_hosts *h)
{
	free(h->line);
	free(h->named);
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

	for (size_t i = 0; i < h->lines; i++) {
		const struct dhcp_host *e = h->line[i];

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

	for (size_t i = 0; i < h->lines; i++) {
		const struct dhcp_host *e = h->line[i];
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
