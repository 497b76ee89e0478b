/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "dns/ede.h"

#define DNS_PORT 53

static struct text begin(struct ede *e, enum dns_ede code)
{
	e->code = code;
	return TEXT(e->words);
}

static void add_line(struct text *t, const struct origin *o)
{
	if (o->file && o->line)
		text_addf(t, "%s:%u", o->file, o->line);
	else if (o->file)
		text_add(t, o->file);
}

static void add_place(struct text *t, const char *what, const struct origin *o)
{
	text_add(t, what);
	if (o->file) {
		text_add(t, ": ");
		add_line(t, o);
	}
}

static void add_server(struct text *t, const struct endpoint *at)
{
	text_add(t, addr_text(&at->addr).s);
	if (at->port != DNS_PORT)
		text_addf(t, "#%u", at->port);
}

/* ---- our own data --------------------------------------------------------------------------- */

/* 0.0.0.0 or ::, which is how names are blocked by hosts files and address=/name/#. */
static const struct local_item *nobodys_address(const struct local_verdict *v)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct local_item *item = &v->items[i];
		const struct addr a = addr_of_bytes(item->rdata);

		if (item->section == DNS_ANSWER && addr_is_any(&a) &&
		    (item->type == DNS_A || item->type == DNS_AAAA))
			return item;
	}
	return NULL;
}

void ede_of_local(struct ede *out, const struct local_verdict *v)
{
	const struct local_item *nobodys = nobodys_address(v);
	struct text t;

	begin(out, v->ede);
	if (v->block.blocked || nobodys) {
		t = begin(out, DNS_EDE_BLOCKED);
		add_place(&t, "blocked", v->block.blocked ? &v->origin : &nobodys->origin);
	} else if (v->n == 0 && v->origin.file &&
		   (v->rcode == DNS_NXDOMAIN || v->rcode == DNS_NOERROR)) {
		t = begin(out, DNS_EDE_OTHER);
		add_place(&t, "answered here alone", &v->origin);
	}
}

void ede_of_option(struct ede *out, const char *option)
{
	struct text t = begin(out, DNS_EDE_BLOCKED);

	text_addf(&t, "%s: not asked outside", option);
}

void ede_of_nobody(struct ede *out, const struct dns_rule *rule)
{
	struct text t = begin(out, DNS_EDE_NOT_READY);

	add_place(&t, "no server to ask", rule ? &rule->origin : &(struct origin){ 0 });
}

void ede_of_full(struct ede *out)
{
	struct text t = begin(out, DNS_EDE_OTHER);

	text_add(&t, "dns-forward-max: too many questions wait");
}

void ede_of_unasked(struct ede *out, enum status why)
{
	struct text t;

	if (why == ST_FULL) {
		ede_of_full(out);
		return;
	}
	t = begin(out, why == ST_UNNAMED ? DNS_EDE_NOT_READY : DNS_EDE_NETWORK);
	text_add(&t, why == ST_UNNAMED ? "no server to ask" : "no server can be sent to");
}

void ede_of_mark(struct ede *out)
{
	struct text t = begin(out, DNS_EDE_BLOCKED);

	text_add(&t, "connmark-allowlist: the mark does not permit this name");
}

void ede_of_stranger(struct ede *out)
{
	struct text t = begin(out, DNS_EDE_PROHIBITED);

	text_add(&t, "auth-peer: zones are copied by others alone");
}

void ede_of_copies(struct ede *out)
{
	struct text t = begin(out, DNS_EDE_OTHER);

	text_add(&t, "too many copies of zones at this time");
}

void ede_of_limit(struct ede *out, const struct origin *o)
{
	struct text t = begin(out, DNS_EDE_PROHIBITED);

	add_place(&t, "rate-limit", o);
}

/* ---- what servers said -------------------------------------------------------------------------- */

static const char *rcode_word(unsigned rcode)
{
	return rcode == DNS_SERVFAIL ? "SERVFAIL"
	     : rcode == DNS_REFUSED  ? "REFUSED"
	     : rcode == DNS_NOTIMP   ? "NOTIMP"
	     : rcode == DNS_FORMERR  ? "FORMERR"
				     : "another failure";
}

void ede_of_failure(struct ede *out, const struct endpoint *at, unsigned rcode)
{
	struct text t = begin(out, rcode ? DNS_EDE_UNREACHABLE : DNS_EDE_NETWORK);

	text_add(&t, rcode ? rcode_word(rcode) : "no answer");
	if (addr_is_set(&at->addr)) {
		text_add(&t, " from ");
		add_server(&t, at);
	}
}

void ede_of_reply(struct ede *out, const struct filtered *f, const struct dns_server *from)
{
	const unsigned rcode = f->message.p[3] & DNS_RCODE_MASK;
	struct text t = begin(out, f->ede);

	if (f->say == FILTER_NXDOMAIN) {
		t = begin(out, DNS_EDE_BLOCKED);
		add_place(&t, "bogus-nxdomain", &f->origin);
	} else if (f->say == FILTER_REBIND) {
		text_add(&t, "stop-dns-rebind: a private address from ");
		add_server(&t, &from->at);
	} else if (f->removed) {
		text_add(&t, "records of some types are left out here");
	} else if (rcode != DNS_NOERROR && rcode != DNS_NXDOMAIN) {
		ede_of_failure(out, &from->at, rcode);
	}
}

void ede_of_stale(struct ede *out, enum dns_ede code, uint32_t past_s)
{
	struct text t = begin(out, code);

	text_addf(&t, "%u s past its time", past_s);
}
