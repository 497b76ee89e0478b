/* SPDX-License-Identifier: ISC */
/*
 * The sets of the kernel that names fill, and the marks of connections.
 */
#include <linux/netfilter.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/conf_private.h"
#include "dns/form.h"
#include "lan/conf.h"

/* ---- which set ----------------------------------------------------------------------- */

static const struct { const char *word; uint8_t family; } families[] = {
	{ "ip", NFPROTO_IPV4 },	   { "ip6", NFPROTO_IPV6 },	  { "inet", NFPROTO_INET },
	{ "arp", NFPROTO_ARP },	   { "bridge", NFPROTO_BRIDGE },  { "netdev", NFPROTO_NETDEV },
};

static uint8_t family_of(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(families); i++)
		if (strcmp(families[i].word, word) == 0)
			return families[i].family;
	return 0;
}

static void read_ipset(struct arena *arena, const char *text, struct kernel_set *out)
{
	(void)arena;
	*out = (struct kernel_set){ .kind = SET_IPSET, .name = text, .words = text };
}

/* The parts between # of a text, as strings; false: more than there is room for. */
static bool split_parts(struct arena *arena, const char *text, const char *part[3], size_t *out_n)
{
	for (*out_n = 0; *out_n < 3; text++) {
		size_t n = strcspn(text, "#");

		part[(*out_n)++] = arena_textn(arena, text, n);
		text += n;
		if (!*text)
			return true;
	}
	return false;
}

/* "4#inet#fw#set" is told as "4 inet fw set". */
static const char *spaced(struct arena *arena, const char *text)
{
	char *words = arena_text(arena, text);

	for (char *c = words; *c; c++)
		if (*c == '#')
			*c = ' ';
	return words;
}

/* [4#|6#][FAMILY#]TABLE#SET; nft(8) takes it for a table of ip where no family is said.  What is
 * written otherwise is an error of each address, as in dnsmasq. */
static void read_nftset(struct arena *arena, const char *text, struct kernel_set *out)
{
	const char *part[3];
	size_t n;

	*out = (struct kernel_set){ .kind = SET_NFT, .words = spaced(arena, text) };
	if ((text[0] == '4' || text[0] == '6') && text[1] == '#') {
		out->only = text[0] == '4' ? ADDR_IP4 : ADDR_IP6;
		text += 2;
	}
	if (!split_parts(arena, text, part, &n) || n < 2)
		return;
	out->family = n == 3 ? family_of(part[0]) : NFPROTO_IPV4;
	out->table = part[n - 2];
	out->name = part[n - 1];
}

/* ---- /DOMAIN/…/SET[,SET…] ---------------------------------------------------------------- */

struct set_lines {
	struct dns_sets **first, **last;
	void (*read)(struct arena *arena, const char *text, struct kernel_set *out);
};

static void add_domain(struct args *a, const struct set_lines *l, const struct dns_sets *like,
		       const char *name)
{
	struct dns_sets *s = arena_new(args_arena(a), struct dns_sets);

	*s = *like;
	while (*name == '.')
		name++;
	if (strcmp(name, "#") == 0 || !*name)
		s->domain = NAME_ROOT;
	else if (!name_parse(args_arena(a), name, &s->domain) || !s->domain.n)
		return;				/* no message can ask for it */
	if (*l->last)
		(*l->last)->next = s;
	else
		*l->first = s;
	*l->last = s;
}

/* Words that are empty name no set. */
static size_t take_names(struct args *a, const char *first, const struct set_lines *l,
			 struct kernel_set *out)
{
	size_t n = 0;

	if (*first)
		l->read(args_arena(a), first, &out[n++]);
	while (args_more(a)) {
		const char *name = args_take(a)->s;

		if (*name)
			l->read(args_arena(a), name, &out[n++]);
	}
	return n;
}

static bool take_sets(struct args *a, const struct set_lines *l)
{
	struct dns_sets line = { .origin = args_origin(a) };
	struct form_domains domains;
	struct kernel_set *sets;
	const char *first;
	bool begun;

	if (!args_more(a))
		return false;
	begun = args_peek(a)->s[0] == '/';
	if (!form_domains(a, &domains))
		return false;
	if (!args_text(domains.rest, &first, "a set"))
		return args_fail(domains.rest);
	sets = arena_take(args_arena(a), (1 + args_left(a)) * sizeof *sets);
	line.n = take_names(a, first, l, sets);
	line.set = sets;
	if (begun && domains.n == 0)
		return true;			/* "/a": a domain without an end, and no set */
	if (!begun)
		add_domain(a, l, &line, "#");
	for (size_t i = 0; i < domains.n; i++)
		add_domain(a, l, &line, domains.names[i]);
	return true;
}

static bool take_ipset(struct args *a, void *section)
{
	struct dns_conf *c = section;

	return take_sets(a, &(struct set_lines){ &c->ipsets, &c->ipsets_last, read_ipset });
}

static bool take_nftset(struct args *a, void *section)
{
	struct dns_conf *c = section;

	return take_sets(a, &(struct set_lines){ &c->nftsets, &c->nftsets_last, read_nftset });
}

/* ---- marks ----------------------------------------------------------------------------- */

static bool take_connmark_enable(struct args *a, void *section)
{
	struct dns_conf *c = section;
	uint64_t mask = UINT32_MAX;

	if (args_more(a) && !args_uint(a, 1, UINT32_MAX, &mask, "a mask"))
		return args_fail(a);
	c->connmark = true;
	c->connmark_mask = (uint32_t)mask;
	return true;
}

static bool take_mark(struct args *a, struct dns_marked *m)
{
	struct args *parts = args_split(a, args_take(a), '/');
	uint64_t mark, mask = UINT32_MAX;

	if (!args_uint(parts, 0, UINT32_MAX, &mark, "a mark") ||
	    (args_more(parts) && !args_uint(parts, 0, UINT32_MAX, &mask, "a mask")))
		return args_fail(parts);
	m->mark = (uint32_t)mark;
	m->mask = (uint32_t)mask;
	return args_finish(parts);
}

/* Letters, digits and inner dashes; * once where it may stand. */
static bool label_fits(const char *s, size_t n, bool star)
{
	unsigned stars = 0;

	if (n == 0 || n > 63 || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		bool letter = ((s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z') ||
			      (s[i] >= '0' && s[i] <= '9');

		if (s[i] == '*' && star)
			stars++;
		else if (!letter && s[i] != '-')
			return false;
	}
	return stars <= 2;
}

static bool is_number(const char *s)
{
	return s[strspn(s, "0123456789")] == 0;
}

/*
 * A name of two labels or more whose last two hold no *, and whose last is no
 * number and not "local"; or * alone.
 */
static bool pattern_fits(const char *s)
{
	const char *last = strrchr(s, '.');

	if (strcmp(s, "*") == 0)
		return true;
	if (!last || is_number(last + 1) || text_same(last + 1, "local"))
		return false;
	for (;;) {
		size_t n = strcspn(s, ".");
		const char *next = s + n + (s[n] == '.');

		if (!label_fits(s, n, strchr(next, '.') != NULL))
			return false;
		if (s[n] == 0)
			return true;
		s = next;
	}
}

static bool take_patterns(struct args *a, struct dns_marked *m)
{
	struct args *parts = args_split(a, args_take(a), '/');
	struct span *pattern = arena_take(args_arena(a), args_left(parts) * sizeof *pattern);

	m->pattern = pattern;
	while (args_more(parts)) {
		const char *s = args_take(parts)->s;

		if (!pattern_fits(s))
			return args_error(parts, "bad pattern \"%s\"; write a name such as "
					  "*.example.com, its last two labels without *", s);
		if (strcmp(s, "*") == 0)
			m->all = true;
		else if (name_parse(args_arena(a), s, &pattern[m->n]) && pattern[m->n].n)
			m->n++;
	}
	return true;
}

static bool take_connmark(struct args *a, void *section)
{
	struct dns_marked **at = &((struct dns_conf *)section)->marked;
	struct dns_marked m = { .origin = args_origin(a) };

	if (!take_mark(a, &m) || (args_more(a) && !take_patterns(a, &m)))
		return false;
	while (*at)
		at = &(*at)->next;
	*at = arena_new(args_arena(a), struct dns_marked);
	**at = m;
	return true;
}

/* clang-format off */
static const struct conf_row rows[] = {
	{ ROW_OF("ipset", 0, GROUP_SETS), FORM_TAKE(take_ipset),
	  .syntax = "/<domain>[/<domain>…]/<set>[,<set>…]",
	  .help = "Put the addresses of these domains into sets of the kernel.",
	  .example = "/lan.example/lan4,lan6" },
	{ ROW_OF("nftset", 0, GROUP_SETS), FORM_TAKE(take_nftset),
	  .syntax = "/<domain>[/<domain>…]/[4#|6#][<family>#]<table>#<set>[,…]",
	  .help = "Put the addresses of these domains into sets of nftables.",
	  .example = "/lan.example/4#inet#fw4#lan4" },
	{ ROW_OF("conntrack", 0, GROUP_SETS), DNS_FLAG(conntrack),
	  .help = "Give questions upstream the connection mark of the client's." },
	{ ROW_OF("connmark-allowlist-enable", 0, GROUP_SETS), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_connmark_enable), .once = true, .syntax = "<mask>",
	  .help = "Let connection marks say which names may be asked for.",
	  .example = "4294967295" },
	{ ROW_OF("connmark-allowlist", 0, GROUP_SETS), FORM_TAKE(take_connmark),
	  .syntax = "<mark>[/<mask>][,<pattern>[/<pattern>…]]",
	  .help = "Names that may be asked for with this mark.", .example = "1,*.example.com" },
};
/* clang-format on */

/* One port for all questions leaves no choice of a socket for a mark, says dnsmasq. */
static void check(struct conf *conf, void *section)
{
	const struct lan_conf *lan = conf_section(conf, &lan_section);
	const struct dns_conf *c = section;

	if (c->conntrack && c->has_query_port && lan && lan->port)
		conf_error(conf, conf_given(conf, "conntrack"),
			   "conntrack: cannot be used with query-port; leave out one of them");
}

const struct conf_section dns_sets_section = {
	.name = "dns-sets", .rows = rows, .n = COUNT_OF(rows), .fills = &dns_upstream_section,
	.check = check,
};

bool dns_conf_needs_netfilter(const struct dns_conf *c)
{
	return c->ipsets || c->nftsets || c->conntrack || c->connmark;
}
