/* SPDX-License-Identifier: ISC */
/*
 * /etc/ethers: a hardware address and a name or an address a line.  As in dnsmasq a line
 * changes the dhcp-host line that has its address or its name, else the one for its
 * hardware address, else it is one of its own; and client ids do not count.
 */
#include <errno.h>

#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"
#include "dhcp/conf_private.h"

#define ETHER_BYTES 6
#define HW_ETHERNET 1

/* What one line says. */
struct ether {
	struct hwaddr hw;
	struct addr addr;		/* or */
	const char *name;
};

static bool bad_line(struct args *a)
{
	return args_error(a, "bad line; write 02:00:00:00:00:01 and then a name or an IPv4 address");
}

static bool read_hw(const char *text, struct hwaddr *out)
{
	struct hex h;

	if (!hex_parse(text, HEX_ADDRESS, &h) || h.n != ETHER_BYTES || h.any_wild)
		return false;
	*out = (struct hwaddr){ .type = HW_ETHERNET, .len = ETHER_BYTES };
	memcpy(out->bytes, h.bytes, ETHER_BYTES);
	return true;
}

static bool read_name(struct args *a, const char *text, const char **out)
{
	const char *ascii = name_to_ascii(args_arena(a), text);
	const char *wrong = ascii ? host_name_wrong(ascii) : "cannot be written in ASCII";

	if (wrong)
		return args_error(a, "bad name: \"%s\" %s", text, wrong);
	*out = ascii;
	return true;
}

static bool read_line(struct args *a, const char *line, struct ether *out)
{
	const size_t hw_n = strcspn(line, " \t");
	const char *rest = line + hw_n + strspn(line + hw_n, " \t");
	struct arena *arena = args_arena(a);

	if (!*rest || !read_hw(arena_textn(arena, line, hw_n), &out->hw))
		return bad_line(a);
	rest = arena_textn(arena, rest, strcspn(rest, " \t"));
	return (addr_parse(rest, &out->addr) && out->addr.family == ADDR_IP4) ||
	       read_name(a, rest, &out->name);
}

/* ---- which line it changes --------------------------------------------------------------- */

/* A dhcp-host line of the configuration, what stands in its place, or both are one of /etc/ethers. */
struct slot {
	const struct dhcp_host *was;	/* NULL: /etc/ethers alone has it */
	struct dhcp_host *is;		/* NULL: unchanged */
};

struct ethers {
	struct dhcp_files *files;
	struct slot *slot;
	size_t n, room;
};

static struct slot *slot_add(struct ethers *t, const struct dhcp_host *was)
{
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->slot = reallocarray(t->slot, t->room, sizeof *t->slot);
		must(t->slot);
	}
	t->slot[t->n] = (struct slot){ was, NULL };
	return &t->slot[t->n++];
}

static const struct dhcp_host *host_of(const struct slot *s)
{
	return s->is ? s->is : s->was;
}

static bool has_same(const struct dhcp_host *h, const struct ether *e)
{
	if (e->name)
		return h->name && text_same(h->name, e->name);
	return addr_is_set(&h->addr) && addr_eq(&h->addr, &e->addr);
}

static bool has_hw(const struct dhcp_host *h, const struct ether *e)
{
	for (const struct hwaddr_pattern *p = h->hw; p; p = p->next)
		if (!p->wild && p->hw.type <= HW_ETHERNET && p->hw.len == ETHER_BYTES &&
		    memcmp(p->hw.bytes, e->hw.bytes, ETHER_BYTES) == 0)
			return true;
	return false;
}

static struct slot *find(const struct ethers *t, const struct ether *e,
			 bool (*has)(const struct dhcp_host *h, const struct ether *e))
{
	for (size_t i = 0; i < t->n; i++)
		if (has(host_of(&t->slot[i]), e))
			return &t->slot[i];
	return NULL;
}

/* What may be changed of a slot: a copy of the configuration's line, or a line of its own. */
static struct dhcp_host *changeable(struct ethers *t, struct slot *s)
{
	if (s->is)
		return s->is;
	s->is = arena_new(&t->files->arena, struct dhcp_host);
	if (s->was)
		*s->is = *s->was;
	s->is->replaces = s->was;
	s->is->next = NULL;
	LIST_ADD_LAST(t->files->hosts, t->files->hosts_last, s->is);
	return s->is;
}

static void change(struct dhcp_host *h, const struct ether *e, struct arena *arena)
{
	struct hwaddr_pattern *p = arena_new(arena, struct hwaddr_pattern);

	p->hw = e->hw;
	h->hw = p;
	h->any_clid = true;
	h->from_file = true;
	if (e->name)
		h->name = e->name;
	else
		h->addr = e->addr;
}

static bool take_line(struct args *a, void *object)
{
	struct ethers *t = object;
	struct ether e = { 0 };
	struct dhcp_host *h;
	struct slot *s;
	const char *line;

	args_rest(a, &line);
	if (line[0] == '+')		/* the network's own list, of old */
		return true;
	if (!read_line(a, line, &e))
		return false;
	s = find(t, &e, has_same);
	if (s && !s->was)
		return args_error(a, "ignoring a duplicate name or IP address: %s has it already",
				  hwaddr_text(&s->is->hw->hw).s);
	if (!s)
		s = find(t, &e, has_hw);
	h = changeable(t, s ? s : slot_add(t, NULL));
	h->origin = args_origin(a);
	change(h, &e, &t->files->arena);
	t->files->ethers++;
	return true;
}

enum status ethers_read(struct dhcp_files *f, const struct dhcp_conf *c, struct conf_files *from,
			conf_bad_line *bad, void *arg)
{
	struct ethers t = { .files = f };
	enum status s;

	for (const struct dhcp_host *h = c->hosts; h; h = h->next)
		slot_add(&t, h);
	s = conf_read_values(&f->arena, from, c->ethers->path, "read-ethers", take_line, &t, bad, arg);
	free(t.slot);
	return s;
}
