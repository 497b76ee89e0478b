/* SPDX-License-Identifier: ISC */
#include <idn2.h>

#include "conf/args.h"
#include "lan/domain.h"

/* ---- which rule an address falls under ------------------------------------- */

static bool in_range(const struct domain_rule *d, const struct addr *a)
{
	return a->family == d->start.family && addr_cmp(&d->start, a) <= 0 &&
	       addr_cmp(a, &d->end) <= 0;
}

/* An alias label ("eth0:1") means its interface, as in dnsmasq. */
static bool names_interface(const char *text, const struct netif *n)
{
	size_t length = strcspn(text, ":");

	return strlen(n->name) == length && strncmp(n->name, text, length) == 0;
}

static bool on_interface(const struct domain_rule *d, const struct addr *a, const struct netif *n)
{
	if (!n || !names_interface(d->interface, n))
		return false;
	for (size_t i = 0; i < n->addrs; i++)
		if (prefix_has(&(struct prefix){ n->addr[i].addr, n->addr[i].bits }, a))
			return true;
	return false;
}

const struct domain_rule *domain_of(const struct domain_rule *rules, const struct addr *a,
				    const struct netif *n)
{
	const struct domain_rule *plain = NULL, *special = NULL;

	for (const struct domain_rule *d = rules; d; d = d->next) {
		if (d->all)
			plain = d;
		else if (d->interface ? on_interface(d, a, n) : in_range(d, a))
			special = d;
	}
	if (special)
		plain = special;
	return plain && *plain->name ? plain : NULL;
}

/* ---- the option --------------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of a line, empty at its end. */
static struct span take_word(struct span *line)
{
	struct span word;
	size_t n = 0;

	while (line->n && is_blank(*line->p))
		*line = span_of(line->p + 1, line->n - 1);
	while (n < line->n && !is_blank(line->p[n]))
		n++;
	word = span_of(line->p, n);
	*line = span_of(line->p + n, line->n - n);
	return word;
}

static struct span take_line(struct span *text)
{
	const uint8_t *end = memchr(text->p, '\n', text->n);
	struct span line = span_of(text->p, end ? (size_t)(end - text->p) : text->n);
	size_t used = line.n + (end != NULL);

	*text = span_of(text->p + used, text->n - used);
	return line;
}

bool resolv_search(struct span text, struct span *out)
{
	while (text.n) {
		struct span line = take_line(&text);
		struct span word = take_word(&line), name = take_word(&line);

		if (span_eq(word, span_text("search")) && name.n) {
			*out = name;
			return true;
		}
	}
	return false;
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static const char *in_ascii(struct arena *arena, const char *text)
{
	const char *copy = text;
	char *ascii;

	if (is_ascii(text))
		return text;
	if (idn2_to_ascii_8z(text, &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return NULL;
	copy = arena_text(arena, ascii);
	idn2_free(ascii);
	return copy;
}

static bool set_name(struct arena *arena, struct domain_rule *d, const char *text)
{
	const char *ascii = in_ascii(arena, text);
	size_t n = ascii ? strlen(ascii) : 0;
	char *copy;

	if (!ascii || n > 254)
		return false;
	if (n && ascii[n - 1] == '.')
		n--;
	copy = arena_textn(arena, ascii, n);
	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	d->name = copy;
	return true;
}

bool domain_set_search(struct arena *arena, struct domain_rule *d, struct span resolv_conf)
{
	struct span name;

	return resolv_search(resolv_conf, &name) &&
	       set_name(arena, d, arena_textn(arena, (const char *)name.p, name.n));
}

static void set_net(struct domain_rule *d, const struct prefix *p)
{
	const size_t bytes = addr_bytes(&p->addr).n;

	d->start = d->end = p->addr;
	for (size_t i = 0; i < bytes; i++) {
		size_t fixed = p->bits > 8 * i ? p->bits - 8 * i : 0;
		uint8_t host = (uint8_t)(fixed >= 8 ? 0 : 0xff >> fixed);

		d->start.bytes[i] &= (uint8_t)~host;
		d->end.bytes[i] |= host;
	}
}

/* <network>/<bits>[,local]; <first>[,<last>]; <interface>.  After the last two a "local" changes
 * nothing: without a prefix there is no reverse zone to answer for. */
static bool take_where(struct args *a, struct domain_rule *d)
{
	struct prefix net;

	if (args_addr(a, &d->start, "an address")) {
		d->end = d->start;
		if (!args_more(a))
			return true;
		if (!args_addr(a, &d->end, "the last address") || d->end.family != d->start.family)
			return args_error(a, "is no range; write domain=NAME,FIRST,LAST with two "
					     "addresses of one family");
		args_keyword(a, "local");
		return true;
	}
	if (args_prefix(a, &net, "a network")) {
		set_net(d, &net);
		d->local = args_keyword(a, "local");
		return true;
	}
	if (strchr(args_peek(a)->s, '/'))
		return args_fail(a);
	d->interface = args_take(a)->s;
	args_keyword(a, "local");
	return true;
}

bool domain_take(struct args *a, struct domain_rule **rules)
{
	struct domain_rule *d = arena_new(args_arena(a), struct domain_rule);
	const struct word *w = args_take(a);
	const char *name = w ? w->s : "";

	d->origin = args_origin(a);
	d->all = !args_more(a);
	d->search = d->all && strcmp(name, "#") == 0;
	if (!set_name(args_arena(a), d, d->search ? "" : name))
		return args_error(a, "%s is not a domain name; write it as lan.example", name);
	if (!d->all && !take_where(a, d))
		return false;
	while (*rules)
		rules = &(*rules)->next;
	*rules = d;
	return true;
}
