/* SPDX-License-Identifier: ISC */
/*
 * Local data: names, records and the files that hold them.
 *
 * A record whose name no question can have, or whose data no message can hold, is
 * read and left out.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/conf_private.h"
#include "dns/form.h"
#include "wire/dns.h"

#define U16 UINT16_MAX
#define STRING_MAX 255			/* RFC 1035 3.3 */
#define TTL_MAX INT32_MAX		/* RFC 2181 8 */

struct dns_record *record_add(struct arena *arena, struct dns_conf *c, struct origin o,
			      struct span owner, uint16_t type)
{
	struct dns_record *r = arena_new(arena, struct dns_record);

	*r = (struct dns_record){ .origin = o, .owner = owner, .type = type };
	if (c->records_last)
		c->records_last->next = r;
	else
		c->records = r;
	c->records_last = r;
	return r;
}

/* A record of this line, with what was written. */
static void add(struct args *a, struct dns_conf *c, struct span owner, uint16_t type,
		const struct writer *rdata)
{
	if (owner.n && writer_ok(rdata))
		record_add(args_arena(a), c, args_origin(a), owner, type)->rdata =
			arena_span(args_arena(a), writer_done(rdata));
}

/* A name in rdata; one that cannot be spoils the writer. */
static void write_name(struct writer *w, struct span name)
{
	if (name.n == 0)
		w->bad = true;
	writer_span(w, name);
}

struct span mx_rdata(struct arena *arena, struct span preference, struct span target)
{
	uint8_t bytes[MX_WITHOUT_TARGET + DNAME_MAX];
	struct writer w = writer_of(bytes, sizeof bytes);

	writer_span(&w, preference);
	writer_span(&w, target);
	return arena_span(arena, writer_done(&w));
}

/* ---- names with addresses ---------------------------------------------------------------- */

static bool take_path(struct args *a, struct dns_path **list)
{
	const char *path;

	args_rest(a, &path);
	if (!*path)
		return true;			/* names nothing, as in dnsmasq */
	while (*list)
		list = &(*list)->next;
	*list = arena_new(args_arena(a), struct dns_path);
	**list = (struct dns_path){ .origin = args_origin(a), .path = path };
	return true;
}

static bool take_addn_hosts(struct args *a, void *section)
{
	return take_path(a, &((struct dns_conf *)section)->hosts_files);
}

static bool take_hosts_dir(struct args *a, void *section)
{
	return take_path(a, &((struct dns_conf *)section)->hosts_dirs);
}

static bool is_number(const char *s)
{
	return s[strspn(s, "0123456789")] == 0;
}

static uint32_t ttl_parse(const char *digits)
{
	uint64_t ttl;

	return text_uint(digits, TTL_MAX, &ttl) ? (uint32_t)ttl : TTL_MAX;
}

/* A host-record while it is read: of addresses of one family the last counts. */
struct host {
	struct span *names;
	size_t n;
	struct addr ip4, ip6;
	bool has_ttl;
	uint32_t ttl_s;
};

static bool take_host_part(struct args *a, struct host *h)
{
	const char *text = args_peek(a)->s;

	if (args_addr4(a, &h->ip4, NULL) || args_addr6(a, &h->ip6, NULL))
		return true;
	if (*text && is_number(text)) {
		h->has_ttl = true;
		h->ttl_s = ttl_parse(text);
		args_take(a);
		return true;
	}
	if (!form_name(a, "a name", &h->names[h->n]))
		return false;
	h->n += *text && h->names[h->n].n;
	return true;
}

static void add_host(struct args *a, struct dns_conf *c, const struct host *h, size_t i,
		     const struct addr *addr, uint16_t type)
{
	struct dns_record *r;

	if (!addr_is_set(addr))
		return;
	r = record_add(args_arena(a), c, args_origin(a), h->names[i], type);
	r->rdata = arena_span(args_arena(a), addr_bytes(addr));
	r->has_ttl = h->has_ttl;
	r->ttl_s = h->ttl_s;
	r->from_host_record = true;
	r->names_address = i == 0;
}

/* Names, addresses and a time to live in any order, two at least. */
static bool take_host_record(struct args *a, void *section)
{
	struct host h = { .names = arena_take(args_arena(a), args_left(a) * sizeof *h.names) };

	if (args_left(a) < 2)
		return args_error(a, "bad host-record; write a name, a comma and an address");
	while (args_more(a))
		if (!take_host_part(a, &h))
			return false;
	for (size_t i = 0; i < h.n; i++) {
		add_host(a, section, &h, i, &h.ip4, DNS_A);
		add_host(a, section, &h, i, &h.ip6, DNS_AAAA);
	}
	return true;
}

static void add_interface_name(struct args *a, struct dns_conf *c,
			       const struct dns_interface_name *one)
{
	struct dns_interface_name **at = &c->interface_names;

	if (one->owner.n == 0)
		return;
	while (*at)
		at = &(*at)->next;
	*at = arena_new(args_arena(a), struct dns_interface_name);
	**at = *one;
}

/* NAME,[ADDRESS,]…INTERFACE; of each family the last address counts, as in dnsmasq. */
static bool take_dynamic_host(struct args *a, void *section)
{
	struct dns_interface_name one = { .origin = args_origin(a) };
	struct interface_part part;
	const struct word *w;

	if (!form_name(a, "a name", &one.owner))
		return false;
	while (args_addr4(a, &one.host4, NULL) ||
	       args_addr6(a, &one.host6, "the host's part of an address"))
		continue;
	one.ip4 = addr_is_set(&one.host4);
	one.ip6 = addr_is_set(&one.host6);
	if (!one.ip4 && !one.ip6)
		return args_fail(a);
	w = args_take(a);
	if (!w)
		return args_error(a, "no interface; write its name at the end");
	if (!interface_parse(args_arena(a), w->s, &part) || !part.ip4 || !part.ip6)
		return args_error(a, "bad interface \"%s\"; write its name alone", w->s);
	one.interface = part.name;
	add_interface_name(a, section, &one);
	while (args_take(a))
		continue;		/* what follows is of no use, as in dnsmasq */
	return true;
}

static bool take_interface_name(struct args *a, void *section)
{
	struct dns_interface_name one = { .origin = args_origin(a) };
	struct interface_part part;
	const struct word *w;

	if (!form_name(a, "a name", &one.owner))
		return false;
	w = args_take(a);
	if (!w)
		return args_error(a, "bad interface name; write NAME,INTERFACE");
	if (!interface_parse(args_arena(a), w->s, &part))
		return args_error(a, "bad interface \"%s\"; write /4 or /6 behind it, or nothing",
				  w->s);
	one.interface = part.name;
	one.ip4 = part.ip4;
	one.ip6 = part.ip6;
	add_interface_name(a, section, &one);
	return true;
}

/* ---- records ------------------------------------------------------------------------------- */

static bool is_aliased(const struct dns_conf *c, struct span name)
{
	for (const struct dns_record *r = c->records; r; r = r->next)
		if (r->type == DNS_CNAME && span_eq(r->owner, name))
			return true;
	return false;
}

static bool add_alias(struct args *a, struct dns_conf *c, struct span alias, struct span target)
{
	if (alias.n == 0 || target.n == 0)
		return true;
	if (span_eq(alias, target))
		return args_error(a, "%s is an alias of itself; write another target",
				  dname_span_text(alias).s);
	if (is_aliased(c, alias))
		return args_error(a, "duplicate CNAME: %s is an alias already; leave one out",
				  dname_span_text(alias).s);
	record_add(args_arena(a), c, args_origin(a), alias, DNS_CNAME)->rdata = target;
	return true;
}

/* ALIAS[,ALIAS…],TARGET[,TTL] */
static bool take_cname(struct args *a, void *section)
{
	size_t n = args_left(a);
	struct span *names = arena_take(args_arena(a), (n + 1) * sizeof *names);
	struct dns_conf *c = section;
	const char *last = "";
	bool has_ttl;

	for (size_t i = 0; i < n; i++) {
		last = args_peek(a)->s;
		if (!form_name(a, "a name", &names[i]))
			return false;
	}
	if (n < 2)
		return args_error(a, "bad CNAME; write ALIAS,TARGET");
	has_ttl = n > 2 && is_number(last);
	n -= has_ttl;
	for (size_t i = 0; i + 1 < n; i++) {
		if (!add_alias(a, c, names[i], names[n - 1]))
			return false;
		if (has_ttl && *last && c->records_last) {
			c->records_last->has_ttl = true;
			c->records_last->ttl_s = ttl_parse(last);
		}
	}
	return true;
}

/* NAME, then TARGET where there is one; without one *target stays as it is. */
static bool take_name_and_target(struct args *a, struct span *name, struct span *target)
{
	return form_name(a, "a name", name) &&
	       (!args_more(a) || form_name(a, "a target", target));
}

static bool take_mx_host(struct args *a, void *section)
{
	uint8_t rdata[MX_WITHOUT_TARGET + DNAME_MAX];
	struct writer w = writer_of(rdata, sizeof rdata);
	bool has_target = args_left(a) > 1;
	struct span owner, target = NAME_ROOT;
	uint64_t preference = 1;

	if (!take_name_and_target(a, &owner, &target) ||
	    (args_more(a) && !form_number(a, U16, "a preference", &preference)))
		return false;
	writer_u16(&w, preference);
	if (has_target)
		write_name(&w, target);
	add(a, section, owner, DNS_MX, &w);
	return true;
}

static bool take_srv_host(struct args *a, void *section)
{
	static const char *const what[] = { "a port", "a priority", "a weight" };
	uint64_t numbers[] = { 1, 0, 0 };
	uint8_t rdata[6 + DNAME_MAX];
	struct writer w = writer_of(rdata, sizeof rdata);
	struct span owner, target = NAME_ROOT;

	if (!take_name_and_target(a, &owner, &target))
		return false;
	for (size_t i = 0; i < COUNT_OF(numbers) && args_more(a); i++)
		if (!form_number(a, U16, what[i], &numbers[i]))
			return false;
	writer_u16(&w, numbers[1]);
	writer_u16(&w, numbers[2]);
	writer_u16(&w, numbers[0]);
	write_name(&w, target);
	add(a, section, owner, DNS_SRV, &w);
	return true;
}

/* A text in strings of a byte's length each. */
static void write_strings(struct writer *w, const char *text)
{
	size_t left = strlen(text);

	do {
		size_t n = left < STRING_MAX ? left : STRING_MAX;

		writer_u8(w, n);
		writer_span(w, span_of(text, n));
		text += n;
		left -= n;
	} while (left);
}

/* Room for the strings of a text. */
static size_t strings_size(const char *text)
{
	size_t n = strlen(text);

	return n + n / STRING_MAX + 1;
}

static bool take_txt_record(struct args *a, void *section)
{
	const char **texts = arena_take(args_arena(a), (args_left(a) + 1) * sizeof *texts);
	size_t n = 0, size = 0;
	struct span owner;
	struct writer w;

	if (!form_name(a, "a name", &owner))
		return false;
	if (!args_more(a))
		texts[n++] = "";
	while (args_more(a)) {	/* blanks round the commas between texts are theirs, as in dnsmasq */
		texts[n] = args_take_blanks(a, n > 0);
		n++;
	}
	for (size_t i = 0; i < n; i++)
		size += strings_size(texts[i]);
	w = writer_of(arena_take(args_arena(a), size), size < U16 ? size : U16);
	for (size_t i = 0; i < n; i++)
		write_strings(&w, texts[i]);
	add(a, section, owner, DNS_TXT, &w);
	return true;
}

static bool take_caa_record(struct args *a, void *section)
{
	const struct word *tag;
	const char *value;
	struct span owner;
	uint64_t flags;
	uint8_t *rdata;
	struct writer w;

	if (!form_name(a, "a name", &owner) || !form_number(a, 255, "flags", &flags))
		return false;
	tag = args_take(a);
	if (!tag)
		return args_error(a, "bad CAA record; write NAME,FLAGS,TAG,VALUE");
	if (!args_rest(a, &value))
		return false;
	rdata = arena_take(args_arena(a), 2 + strlen(tag->s) + strlen(value));
	w = writer_of(rdata, 2 + strlen(tag->s) + strlen(value));
	writer_u8(&w, flags);
	writer_u8(&w, strlen(tag->s));
	writer_span(&w, span_text(tag->s));
	writer_span(&w, span_text(value));
	add(a, section, owner, DNS_CAA, &w);
	return true;
}

static bool take_dns_rr(struct args *a, void *section)
{
	struct dns_conf *c = section;
	struct span owner, rdata = { 0 };
	uint64_t type;

	if (!form_name(a, "a name", &owner) || !form_number(a, U16, "the type's number", &type) ||
	    (args_more(a) && !form_hex(a, "data", &rdata)))
		return false;
	if (owner.n && rdata.n <= U16)
		record_add(args_arena(a), c, args_origin(a), owner, (uint16_t)type)->rdata = rdata;
	return true;
}

static bool take_ptr_record(struct args *a, void *section)
{
	uint8_t rdata[DNAME_MAX];
	struct writer w = writer_of(rdata, sizeof rdata);
	struct span owner, target = NAME_ROOT;

	if (!take_name_and_target(a, &owner, &target))
		return false;
	write_name(&w, target);
	add(a, section, owner, DNS_PTR, &w);
	return true;
}

/* One string; one that is too long spoils the writer. */
static void write_string(struct writer *w, const char *text)
{
	writer_u8(w, strlen(text));
	writer_span(w, span_text(text));
}

static bool take_naptr_record(struct args *a, void *section)
{
	uint8_t rdata[4 + 3 * (1 + STRING_MAX) + DNAME_MAX];
	struct writer w = writer_of(rdata, sizeof rdata);
	struct span owner, replacement = NAME_ROOT;
	uint64_t order, preference;

	if (!form_name(a, "a name", &owner) || !form_number(a, U16, "an order", &order) ||
	    !form_number(a, U16, "a preference", &preference))
		return false;
	if (args_left(a) < 3)
		return args_error(a, "bad NAPTR record; write NAME,ORDER,PREFERENCE,FLAGS,SERVICE,"
				  "REGEXP[,REPLACEMENT]");
	writer_u16(&w, order);
	writer_u16(&w, preference);
	for (int i = 0; i < 3; i++)
		write_string(&w, args_take(a)->s);	/* flags, service, expression: any text */
	if (args_more(a) && !form_name(a, "a replacement", &replacement))
		return false;
	write_name(&w, replacement);
	add(a, section, owner, DNS_NAPTR, &w);
	return true;
}

/* ---- names made from addresses ----------------------------------------------------------- */

/* Of a subnet all addresses; else what follows, or the one alone. */
static bool take_range(struct args *a, struct dns_synth *s, const struct prefix *start, bool is_net)
{
	s->start = s->end = start->addr;
	for (size_t i = start->bits; i < 8 * addr_bytes(&start->addr).n; i++) {
		s->start.bytes[i / 8] &= (uint8_t)~(0x80 >> i % 8);
		s->end.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
	if (is_net || !args_more(a))
		return true;
	if (!args_addr(a, &s->end, "the last address"))
		return false;
	return s->end.family == start->addr.family ||
	       args_error(a, "the range begins in the other family; write two of one family");
}

static bool take_prefix(struct args *a, struct dns_synth *s, bool counts)
{
	const char *text;
	size_t n;

	s->prefix = "";
	if (!args_text(a, &text, NULL))
		return true;
	n = strlen(text);
	s->counted = text[n - 1] == '*';
	s->prefix = arena_textn(args_arena(a), text, n - s->counted);
	if (s->counted && !counts)
		return args_error(a, "the prefix length is too small; counted names need at "
				  "least /64");
	return true;
}

/* DOMAIN,NET/LEN|START[,END][,PREFIX[*]] */
static bool take_synth_domain(struct args *a, void *section)
{
	struct dns_synth **at = &((struct dns_conf *)section)->synths;
	struct dns_synth *s = arena_new(args_arena(a), struct dns_synth);
	struct prefix net;
	bool is_net;

	s->origin = args_origin(a);
	if (!form_name(a, "a domain", &s->domain))
		return false;
	is_net = args_more(a) && strchr(args_peek(a)->s, '/');
	if (!args_prefix(a, &net, "a subnet or the first address") ||
	    !take_range(a, s, &net, is_net) ||
	    !take_prefix(a, s, net.addr.family == ADDR_IP4 || (is_net && net.bits >= 64)))
		return false;
	while (*at)
		at = &(*at)->next;
	if (s->domain.n)
		*at = s;
	return true;
}

/* clang-format off */
static const struct conf_row rows[] = {
	{ ROW_OF("no-hosts", 'h', GROUP_DNS_LOCAL), DNS_FLAG(no_hosts), .help = "Do not read /etc/hosts." },
	{ ROW_OF("addn-hosts", 'H', GROUP_DNS_LOCAL), FORM_TAKE(take_addn_hosts), .syntax = "<path>",
	  .help = "Read this hosts file too, or all in this folder.", .example = "/etc/hosts.lan" },
	{ ROW_OF("hostsdir", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_hosts_dir), .syntax = "<path>",
	  .help = "Read the hosts files of this folder, and again as they change.",
	  .example = "/etc/hosts.d" },
	{ ROW_OF("expand-hosts", 'E', GROUP_DNS_LOCAL), DNS_FLAG(expand_hosts),
	  .help = "Give simple names in hosts files the domain too." },
	{ ROW_OF("local-ttl", 'T', GROUP_DNS_LOCAL), DNS_COUNT(local_ttl_s), .clamp = true, .syntax = "<integer>",
	  .deflt = "0", .help = "Time to live of answers from hosts files and leases, in seconds.",
	  .example = "60" },
	{ ROW_OF("localise-queries", 'y', GROUP_DNS_LOCAL), DNS_FLAG(localise),
	  .help = "Prefer the addresses in the subnet that a question came from." },
	{ ROW_OF("no-round-robin", 0, GROUP_DNS_LOCAL), DNS_FLAG(no_round_robin),
	  .help = "Give several addresses always in the same order." },
	{ ROW_OF("host-record", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_host_record),
	  .syntax = "<name>[,<name>…],[<ipaddr>],[<ipv6addr>][,<ttl>]",
	  .help = "Names with their addresses, both ways.", .example = "a.example,192.0.2.1,60" },
	{ ROW_OF("dynamic-host", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_dynamic_host),
	  .syntax = "<name>,[<ipaddr>],[<ipv6addr>],<interface>",
	  .help = "A name whose address is in the interface's network and ends so.",
	  .example = "a.example,0.0.0.5,eth0" },
	{ ROW_OF("interface-name", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_interface_name),
	  .syntax = "<name>,<interface>[/4|/6]", .help = "A name for the addresses of an interface.",
	  .example = "gw.example,eth0/4" },
	{ ROW_OF("cname", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_cname),
	  .syntax = "<alias>[,<alias>…],<target>[,<ttl>]", .help = "Other names of a local name.",
	  .example = "www.example,a.example" },
	{ ROW_OF("mx-host", 'm', GROUP_DNS_LOCAL), FORM_TAKE(take_mx_host),
	  .syntax = "<name>[,<target>][,<preference>]", .help = "An MX record.",
	  .example = "example,mail.example,10" },
	{ ROW_OF("mx-target", 't', GROUP_DNS_LOCAL), .arity = CONF_MUST_VALUE,
	  ROW_TEXT(struct dns_conf, mx_target), .once = true, .syntax = "<name>",
	  .deflt = "this machine", .help = "Where MX records lead that say no target.",
	  .example = "mail.example" },
	{ ROW_OF("selfmx", 'e', GROUP_DNS_LOCAL), DNS_FLAG(mx_self),
	  .help = "Every local name has an MX record that leads to itself." },
	{ ROW_OF("localmx", 'L', GROUP_DNS_LOCAL), DNS_FLAG(mx_local),
	  .help = "Every local name has an MX record that leads to mx-target." },
	{ ROW_OF("srv-host", 'W', GROUP_DNS_LOCAL), FORM_TAKE(take_srv_host),
	  .syntax = "<_service._proto[.domain]>[,<target>[,<port>[,<priority>[,<weight>]]]]",
	  .help = "An SRV record; without a target the service is not here.",
	  .example = "_ldap._tcp.example,a.example,389" },
	{ ROW_OF("txt-record", 'Y', GROUP_DNS_LOCAL), FORM_TAKE(take_txt_record),
	  .syntax = "<name>[,<text>…]", .help = "A TXT record.", .example = "example,\"a,b\",c" },
	{ ROW_OF("caa-record", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_caa_record),
	  .syntax = "<name>,<flags>,<tag>,<value>", .help = "A CAA record.",
	  .example = "example,0,issue,ca.example" },
	{ ROW_OF("dns-rr", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_dns_rr),
	  .syntax = "<name>,<type's number>[,<hex>]", .help = "A record of any type.",
	  .example = "example,51,01:23" },
	{ ROW_OF("ptr-record", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_ptr_record),
	  .syntax = "<name>[,<target>]", .help = "A PTR record.",
	  .example = "_http._tcp.example,a.example" },
	{ ROW_OF("naptr-record", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_naptr_record),
	  .syntax = "<name>,<order>,<preference>,<flags>,<service>,<regexp>[,<replacement>]",
	  .help = "A NAPTR record.", .example = "example,100,10,s,SIP+D2U,!^.*$!sip:a@example!" },
	{ ROW_OF("synth-domain", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_synth_domain),
	  .syntax = "<domain>,<subnet>|<ipaddr>[,<ipaddr>][,<prefix>[*]]",
	  .help = "Names made from addresses, both ways.", .example = "example,192.0.2.0/24,ip-" },
};
/* clang-format on */

const struct conf_section dns_record_section = {
	.name = "dns-records", .rows = rows, .n = COUNT_OF(rows), .fills = &dns_upstream_section,
};
