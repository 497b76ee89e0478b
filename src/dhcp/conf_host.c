/* SPDX-License-Identifier: ISC */
/*
 * dhcp-host: what is special about one client.  The parts may stand in any
 * order and each tells by its looks what it is.
 */
#include <stdlib.h>

#include "dhcp/conf_private.h"

static bool take_clid(struct args *a, struct dhcp_host *h)
{
	const struct word *w = args_peek(a);
	const char *id = w->s + 3;
	bool is_hex = false;
	struct hex hex;

	for (size_t i = 3; w->s[i]; i++)
		is_hex |= w->s[i] == ':' && !w->quoted[i];
	args_take(a);
	if (strcmp(id, "*") == 0) {
		h->any_clid = true;
		return true;
	}
	if (is_hex && (!hex_parse(id, HEX_ADDRESS, &hex) || hex.any_wild))
		return args_error(a, "%s is no client id; write its bytes, id:01:02:0a, or a text "
				  "without colons", w->s);
	if (!*id)
		return args_error(a, "id: names no client; write id:01:02:0a, id:text or id:*");
	h->has_clid = true;
	h->clid = is_hex ? arena_span(args_arena(a), span_of(hex.bytes, hex.n)) : span_text(id);
	return true;
}

/* [fd00::1], [::56], [fd00::50/126]: for DHCPv6, looked at for its form only. */
static bool take_addr6(struct args *a)
{
	const struct word *w = args_take(a);
	size_t n = strlen(w->s);
	struct args *inside;
	struct word bare = *w;
	struct prefix p;

	if (n > 2 && w->s[n - 1] == ']') {
		bare.s = arena_textn(args_arena(a), w->s + 1, n - 2);
		bare.quoted++;
		inside = args_split(a, &bare, ',');
		if (args_prefix(inside, &p, NULL) && p.addr.family == ADDR_IP6)
			return true;
	}
	return args_error(a, "%s is no IPv6 address; write [fd00::1] or [fd00::50/126]", w->s);
}

static bool take_hw(struct args *a, struct dhcp_host *h)
{
	struct hwaddr_pattern *p = arena_new(args_arena(a), struct hwaddr_pattern);
	const char *s = args_peek(a)->s;

	if (args_hw_pattern(a, p)) {
		LIST_ADD(h->hw, p);
		return true;
	}
	args_take(a);
	return args_error(a, "%s is no hardware address; write 02:00:00:00:00:01 (* stands for any "
			  "byte), or an IPv6 address in brackets", s);
}

static bool take_lease(struct args *a, struct dhcp_host *h)
{
	if (!args_lease(a, &h->lease_s))
		return false;
	h->has_lease = true;
	return true;
}

static bool take_name(struct args *a, struct dhcp_host *h)
{
	const char *s = args_take(a)->s, *ascii = name_to_ascii(args_arena(a), s);
	const char *wrong = ascii ? host_name_wrong(ascii) : "cannot be written in ASCII";
	size_t n;

	if (wrong)
		return args_error(a, "\"%s\" %s; write letters, digits and -, such as printer or "
				  "printer.lan", s, wrong);
	n = strlen(ascii);
	if (ascii[n - 1] == '.')
		ascii = arena_textn(args_arena(a), ascii, n - 1);
	h->name = ascii;
	return true;
}

static bool take_part(struct args *a, struct dhcp_host *h)
{
	const struct word *w = args_peek(a);
	const char *set;

	if (!*w->s)
		return args_take(a) != NULL;
	if (strncmp(w->s, "id:", 3) == 0)
		return take_clid(a, h);
	if (args_set(a, &set)) {
		tag_cond_add(args_arena(a), &h->set, set, TAG_STAR_PLAIN);
		return true;
	}
	if (args_tags(a, &h->when))
		return true;
	if (*w->s == '[')
		return take_addr6(a);
	if (word_has(w, ':'))
		return take_hw(a, h);
	if (args_keyword(a, "ignore")) {
		h->ignore = true;
		return true;
	}
	return args_addr4(a, &h->addr, NULL) || take_lease(a, h) || take_name(a, h);
}

bool args_dhcp_host(struct args *a, struct dhcp_host **out)
{
	struct dhcp_host *h = arena_new(args_arena(a), struct dhcp_host);

	h->origin = args_origin(a);
	while (args_more(a))
		if (!take_part(a, h))
			return false;
	*out = h;
	return true;
}

bool take_dhcp_host(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	struct dhcp_host *h;

	if (!args_dhcp_host(a, &h))
		return false;
	LIST_ADD_LAST(c->hosts, c->hosts_last, h);
	return true;
}

struct numbered_host {
	const struct dhcp_host *host;
	size_t place;
};

static int by_address_then_place(const void *a, const void *b)
{
	const struct numbered_host *x = a, *y = b;
	int order = addr_cmp(&x->host->addr, &y->host->addr);

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

static size_t number_hosts(struct numbered_host *out, size_t n, const struct dhcp_host *list)
{
	for (; list; list = list->next, n++)
		if (out)
			out[n] = (struct numbered_host){ list, n };
	return n;
}

const bool *hosts_with_taken_address(struct arena *arena, const struct dhcp_host *const *lists,
				     size_t lists_n)
{
	struct numbered_host *all;
	size_t n = 0;
	bool *taken;

	for (size_t i = 0; i < lists_n; i++)
		n = number_hosts(NULL, n, lists[i]);
	all = arena_take(arena, (n + 1) * sizeof *all);
	taken = arena_take(arena, n + 1);
	n = 0;
	for (size_t i = 0; i < lists_n; i++)
		n = number_hosts(all, n, lists[i]);
	if (n)
		qsort(all, n, sizeof *all, by_address_then_place);
	for (size_t i = 1; i < n; i++)
		taken[all[i].place] = addr_is_set(&all[i].host->addr) &&
				      addr_eq(&all[i].host->addr, &all[i - 1].host->addr);
	return taken;
}
