/* SPDX-License-Identifier: ISC */
#include "dhcp/options.h"

#include "base/text.h"
#include "dhcp/chosen.h"
#include "dhcp/out.h"

enum { DNS_PORT = 53 };

/* ---- the server's own ------------------------------------------------------------ */

/* One reply in the making. */
struct making {
	const struct dhcp_env *e;
	const struct dhcp_request *r;
	struct dhcp_verdict *v;
	struct dhcp_chosen chosen;
};

/* What the server would add unless a line speaks of it, even to suppress it. */
static bool by_itself(const struct making *m, uint8_t code)
{
	return !dhcp_chosen_top(&m->chosen, code);
}

static bool wanted_by_itself(const struct making *m, uint8_t code)
{
	return by_itself(m, code) && dhcp_request_wants(m->r, code);
}

/* A line's renewal time, where it makes sense for this lease, else so many eighths of the lease. */
static uint32_t timer_s(const struct making *m, uint8_t code, uint32_t eighths,
			const struct origin **origin)
{
	enum { TIMER_MIN_S = 3 };
	const struct dhcp_opt *o = dhcp_chosen_top(&m->chosen, code);
	struct reader r = reader_of(o ? o->value : span_text(""));
	uint32_t s = reader_u32(&r);

	*origin = NULL;
	if (reader_ok(&r) && s >= TIMER_MIN_S && s < m->v->lease_s) {
		*origin = &o->origin;
		return s;
	}
	return (uint32_t)((uint64_t)m->v->lease_s * eighths / 8);
}

/* A network that lost its power starts all at once: by this it renews at different times.
 * Transaction numbers are random enough. */
static uint32_t spread_s(const struct making *m, uint32_t t1_s)
{
	if (m->r->type != DHCP4_REQUEST || addr_is_set(&m->r->requested))
		return 0;		/* it does not renew */
	return (m->r->msg->xid * 2654435761u >> 16) % (t1_s / 8 + 1);
}

/* T1 comes before T2, and a lease that never ends has neither. */
static void add_timers(const struct making *m)
{
	const struct origin *by1, *by2;
	uint32_t t1 = timer_s(m, DHCP4_T1, 4, &by1), t2 = timer_s(m, DHCP4_T2, 7, &by2), earlier;

	if (m->v->kind == VERDICT_INFORM || m->v->lease_s == LEASE_INFINITE)
		return;
	if (t1 >= t2)
		t1 = t2 - 1;
	earlier = spread_s(m, t1);
	dhcp_out_number(m->v, DHCP4_T1, 4, t1 - earlier, by1);
	dhcp_out_number(m->v, DHCP4_T2, 4, t2 - earlier, by2);
}

static void add_network(const struct making *m)
{
	const struct dhcp_context *x = &m->v->context;

	if (!x->range)
		return;
	if (by_itself(m, DHCP4_NETMASK))
		dhcp_out_number(m->v, DHCP4_NETMASK, 4, x->netmask,
				x->range->has_netmask ? &x->range->origin : NULL);
	if (by_itself(m, DHCP4_BROADCAST_ADDR))
		dhcp_out_number(m->v, DHCP4_BROADCAST_ADDR, 4, x->broadcast,
				x->range->has_broadcast ? &x->range->origin : NULL);
	if (wanted_by_itself(m, DHCP4_ROUTER))
		dhcp_out_addr(m->v, DHCP4_ROUTER, &x->router);
	if (m->e->lan->port == DNS_PORT && wanted_by_itself(m, DHCP4_DNS))
		dhcp_out_addr(m->v, DHCP4_DNS, &x->local);
}

/* A name in DNS wire form, with its root if it is whole; false if it does not fit. */
static bool write_wire_name(struct writer *w, const char *name, bool whole)
{
	while (*name && writer_ok(w)) {
		size_t n = strcspn(name, ".");

		if (n > 63)
			return false;
		writer_u8(w, n);
		writer_span(w, span_of(name, n));
		name += n + (name[n] == '.');
	}
	writer_uint(w, whole, 0);
	return writer_ok(w);
}

enum { FLAG_S = 1, FLAG_O = 2, FLAG_E = 4, FLAG_N = 8 };

/* We do the forward update whatever the client would like (S), and say so where it would not (O). */
static unsigned all_by_us(uint8_t flags)
{
	return flags & FLAG_S ? FLAG_S : FLAG_S | FLAG_O;
}

/* We do none at all (N), and say so where it would like us to. */
static unsigned none_by_us(uint8_t flags)
{
	return flags & FLAG_S ? FLAG_N | FLAG_O : FLAG_N;
}

/* RFC 4702 3.1.  The response codes are 255 as it asks. */
static void add_fqdn(const struct making *m)
{
	uint8_t flags = m->r->fqdn.flags;
	uint8_t bytes[DHCP_NAME_MAX + 8];
	struct writer w = writer_of(bytes, sizeof bytes);
	char name[2 * DHCP_NAME_MAX];
	struct text t = TEXT(name);

	text_addf(&t, "%s%s%s", m->v->name, m->v->domain ? "." : "",
		  m->v->domain ? m->v->domain : "");
	writer_u8(&w, (flags & (FLAG_O | FLAG_E)) | (m->e->conf->client_update ? none_by_us(flags)
										 : all_by_us(flags)));
	writer_u16(&w, 0xffff);
	if (m->r->fqdn.encoded)
		w.bad |= !write_wire_name(&w, name, m->v->domain);
	else
		writer_span(&w, span_of(name, t.n));
	if (writer_ok(&w))
		dhcp_out_text(m->v, DHCP4_FQDN, writer_done(&w), false, m->v->name_origin);
}

static void add_names(const struct making *m)
{
	bool nul = m->r->name_ends_in_nul;

	if (m->v->domain && wanted_by_itself(m, DHCP4_DOMAIN))
		dhcp_out_text(m->v, DHCP4_DOMAIN, span_text(m->v->domain), nul,
			      m->v->domain_origin);
	if (!m->v->name)
		return;
	if (wanted_by_itself(m, DHCP4_HOSTNAME))
		dhcp_out_text(m->v, DHCP4_HOSTNAME, span_text(m->v->name), nul, m->v->name_origin);
	if (m->r->fqdn.given)
		add_fqdn(m);
}

/* ---- boot file and server name ------------------------------------------------------ */

/* A field of the header, and which line filled it. */
struct boot_field {
	struct span *text;
	const struct origin **origin;
	size_t size;
};

static void boot_field_set(struct boot_field f, struct span text, const struct origin *origin)
{
	*f.text = text;
	*f.origin = origin;
}

/*
 * A name goes where the client looks: as an option if it asked for that, else
 * into the header, which old boot loaders read alone.
 */
static void add_boot_name(const struct making *m, uint8_t code, struct boot_field f,
			  const char *name)
{
	const struct dhcp_opt *o = dhcp_chosen_top(&m->chosen, code);
	bool asked = m->r->want.n && dhcp_request_wants(m->r, code);
	bool as_option = asked && !m->e->conf->no_override;

	if (name && *name && (as_option || strlen(name) >= f.size))
		dhcp_out_text(m->v, code, span_text(name), true, &m->v->boot->origin);
	else if (name && *name)
		boot_field_set(f, span_text(name), &m->v->boot->origin);
	else if (o && o->value.n < f.size && !o->force && !asked)
		boot_field_set(f, o->value, &o->origin);
}

/* dnsmasq's option 255 is the boot server's address where no dhcp-boot speaks. */
static void add_boot_server(const struct making *m)
{
	const struct dhcp_opt *o = dhcp_chosen_top(&m->chosen, DHCP4_END);

	if (o && !m->v->boot && o->value.n >= 4) {
		m->v->next_server = addr_of_bytes(span_of(o->value.p, 4));
		m->v->next_origin = &o->origin;
	}
}

static void add_boot(const struct making *m)
{
	struct dhcp_verdict *v = m->v;
	const struct dhcp_boot *b = v->boot;
	struct boot_field sname = { &v->sname, &v->sname_origin, DHCP4_SNAME };
	struct boot_field file = { &v->file, &v->file_origin, DHCP4_FILE };

	add_boot_server(m);
	add_boot_name(m, DHCP4_SERVER_NAME, sname, b ? b->server_name : NULL);
	add_boot_name(m, DHCP4_BOOT_FILE, file, b ? b->file : NULL);
}

/* ---- the configured ------------------------------------------------------------------ */

/* Codes that no line adds: what it says of them has gone into the reply, or cannot. */
static bool is_protocols(uint16_t code)
{
	static const uint8_t codes[] = { 0, DHCP4_OVERLOAD, DHCP4_MAX_MESSAGE, DHCP4_T1, DHCP4_T2,
					 DHCP4_FQDN, DHCP4_END };

	return code > 255 || memchr(codes, code, sizeof codes);
}

/* What the server would add by itself: a line without a value keeps it from doing so. */
static bool is_default(uint16_t code)
{
	static const uint8_t codes[] = { DHCP4_NETMASK, DHCP4_BROADCAST_ADDR, DHCP4_ROUTER,
					 DHCP4_DNS, DHCP4_DOMAIN, DHCP4_HOSTNAME };

	return code < 256 && memchr(codes, code, sizeof codes);
}

/* 0.0.0.0 in a list of addresses means this server. */
static struct span with_server(struct dhcp_verdict *v, struct span value)
{
	uint8_t *p;

	if (value.n % 4 != 0 || !(p = dhcp_out_scratch(v, value.n)))
		return value;
	memcpy(p, value.p, value.n);
	for (size_t i = 0; i < value.n; i += 4)
		if (memcmp(p + i, (const uint8_t[4]){ 0 }, 4) == 0)
			memcpy(p + i, v->context.local.bytes, 4);
	return span_of(p, value.n);
}

/* Beside what the server says itself, not instead: so dnsmasq has it, and its clients take the
 * first they find. */
static void add_top(const struct making *m, const struct dhcp_opt *o)
{
	bool nul = o->code == DHCP4_SERVER_NAME || o->code == DHCP4_BOOT_FILE ||
		   m->r->name_ends_in_nul;
	uint8_t code = (uint8_t)o->code;

	if (is_protocols(o->code) || (!o->force && !dhcp_request_wants(m->r, code)))
		return;
	if (o->value.n && (m->v->sname.p == o->value.p || m->v->file.p == o->value.p))
		return;				/* it is in the header */
	if (o->is_text)
		dhcp_out_text(m->v, code, o->value, nul, &o->origin);
	else
		dhcp_out_again(m->v, code,
			       o->is_addrs ? with_server(m->v, o->value) : o->value, &o->origin);
}

static void add_configured(const struct making *m)
{
	for (size_t i = m->chosen.n; i-- > 0;) {
		const struct dhcp_opt *o = m->chosen.c[i].opt;

		if (o && o->space == OPT_TOP && !(o->value.n == 0 && is_default(o->code)))
			add_top(m, o);
	}
}

/* ---- the whole ---------------------------------------------------------------------- */

static void add_head(const struct making *m)
{
	struct dhcp_verdict *v = m->v;

	dhcp_out_number(v, DHCP4_MESSAGE_TYPE, 1,
			v->kind == VERDICT_OFFER ? DHCP4_OFFER : DHCP4_ACK, NULL);
	dhcp_out_addr(v, DHCP4_SERVER_ID, &v->server_id);
	if (v->kind != VERDICT_INFORM || (v->lease_s && dhcp_request_wants(m->r, DHCP4_LEASE_TIME)))
		dhcp_out_number(v, DHCP4_LEASE_TIME, 4, v->lease_s, v->lease_origin);
	if (v->kind == VERDICT_ACK && m->r->type == DHCP4_DISCOVER)
		dhcp_out_add(v, DHCP4_RAPID_COMMIT, span_text(""), NULL);
}

/* In dnsmasq's order, which decides what is left out of a packet that is too small for all. */
void dhcp_options_choose(const struct dhcp_env *e, const struct dhcp_request *r,
			 struct dhcp_verdict *v)
{
	struct making m = { .e = e, .r = r, .v = v };
	const struct addr *asked = addr_is_set(&r->relay.link) ? &r->relay.link : &r->subnet;

	v->out_full = !dhcp_choose(e, r, v, &m.chosen);
	if (!v->bootp)
		add_head(&m);
	dhcp_out_addr(v, DHCP4_SUBNET_SELECT, asked);
	add_boot(&m);
	add_timers(&m);
	add_network(&m);
	add_names(&m);
	add_configured(&m);
	dhcp_chosen_add_groups(&m.chosen, r, v);
}
