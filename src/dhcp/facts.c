/* SPDX-License-Identifier: ISC */
#include "dhcp/facts.h"

#include <stdio.h>

#include "wire/tlv.h"

#define ENTERPRISE_BROADBAND 3561	/* IANA: the Broadband Forum, TR-069 */

struct facts {
	char *out;
	size_t n, size;
};

static void add(struct facts *f, const char *name, struct span value)
{
	const size_t name_n = strlen(name);
	size_t n = 0;

	while (n < value.n && value.p[n] && value.p[n] != '=')
		n++;
	if (f->size - f->n < name_n + n + 2)
		return;
	memcpy(f->out + f->n, name, name_n);
	f->out[f->n + name_n] = '=';
	if (n)
		memcpy(f->out + f->n + name_n + 1, value.p, n);
	f->n += name_n + n + 2;
	f->out[f->n - 1] = '\0';
}

static void add_given(struct facts *f, const char *name, struct span value)
{
	if (value.n)
		add(f, name, value);
}

/* RFC 3004 puts a length before each class; iPXE and others send one without. */
static void add_user_classes(struct facts *f, struct span classes)
{
	struct reader r = reader_of(classes);
	char name[32];

	for (unsigned i = 0; reader_left(&r); i++) {
		const struct span rest = span_of(r.at, reader_left(&r));
		const struct span one = reader_take(&r, reader_u8(&r));

		snprintf(name, sizeof name, "USER_CLASS%u", i);
		add(f, name, reader_ok(&r) ? one : rest);
		if (!reader_ok(&r))
			return;
	}
}

/* What a home gateway says of itself (TR-069, Annex F). */
static void add_gateway(struct facts *f, struct span vendor_options)
{
	static const char *const names[] = { NULL, "CPEWAN_OUI", "CPEWAN_SERIAL", "CPEWAN_CLASS" };
	struct reader r = reader_of(vendor_options);

	while (reader_left(&r)) {
		const uint32_t enterprise = reader_u32(&r);
		struct reader own = reader_of(reader_take(&r, reader_u8(&r)));
		struct tlv t;

		if (!reader_ok(&r))
			return;
		while (enterprise == ENTERPRISE_BROADBAND && tlv_next(&own, &TLV_DHCP4_SUB, &t))
			if (t.tag >= 1 && t.tag <= 3)
				add(f, names[t.tag], span_of(t.body.at, reader_left(&t.body)));
	}
}

static void add_wanted(struct facts *f, struct span want)
{
	char list[4 * 256];
	size_t n = 0;

	for (size_t i = 0; i < want.n && n < sizeof list - 5; i++)
		n += (size_t)snprintf(list + n, sizeof list - n, "%s%u", i ? "," : "", want.p[i]);
	if (n)
		add(f, "REQUESTED_OPTIONS", span_of(list, n));
}

/* The latest first, as they are listed everywhere. */
static void add_tags(struct facts *f, const struct tags *tags)
{
	char list[1024];
	size_t n = 0;

	for (size_t i = tags->n; i-- > 0;) {
		const size_t more = strlen(tags->name[i]) + (n ? 1 : 0);

		if (sizeof list - n <= more)
			break;
		n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? " " : "",
				      tags->name[i]);
	}
	add_given(f, "TAGS", span_of(list, n));
}

size_t dhcp_facts(const struct dhcp_request *r, const struct dhcp_verdict *v, char *out,
		  size_t size)
{
	struct facts f = { .out = out, .size = size };

	add_given(&f, "VENDOR_CLASS", r->vendor_class);
	add_given(&f, "SUPPLIED_HOSTNAME", span_text(r->name));
	add_gateway(&f, r->msg->opt[DHCP4_VI_OPTS]);
	add_given(&f, "CIRCUIT_ID", r->relay.circuit);
	add_given(&f, "SUBSCRIBER_ID", r->relay.subscriber);
	add_given(&f, "REMOTE_ID", r->relay.remote);
	add_wanted(&f, r->want);
	add_given(&f, "MUD_URL", r->msg->opt[DHCP4_MUD_URL]);
	add_tags(&f, &v->tags);
	if (!addr_is_any(&r->msg->giaddr))
		add(&f, "RELAY_ADDRESS", span_text(addr_text(&r->msg->giaddr).s));
	add_user_classes(&f, r->user_class);
	return f.n;
}
