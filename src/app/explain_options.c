/* SPDX-License-Identifier: ISC */
/*
 * The options of a reply as they stand in it, and for each the line behind it.
 *
 * The packet is walked, not the verdict: what it holds is what the client gets.
 */
#include <stdio.h>

#include "app/explain_private.h"
#include "base/must.h"
#include "wire/dhcp_options.h"
#include "wire/tlv.h"

/* Sub-options that people write, by the option that they lie in: of PXE 2.1 and of iPXE. */
static const struct { uint8_t in, code; const char *name; } sub_names[] = {
	{ 43, 6, "discovery-control" }, { 43, 7, "discovery-multicast" }, { 43, 8, "boot-servers" },
	{ 43, 9, "boot-menu" },         { 43, 10, "menu-prompt" },        { 43, 71, "boot-item" },
	{ 175, 1, "priority" },         { 175, 8, "keep-san" },           { 175, 9, "skip-san-boot" },
	{ 175, 81, "scriptlet" },       { 175, 85, "syslogs" },           { 175, 176, "no-pxedhcp" },
	{ 175, 190, "username" },       { 175, 191, "password" },
};

static const char *sub_name(uint8_t in, uint8_t code)
{
	for (size_t i = 0; i < COUNT_OF(sub_names); i++)
		if (sub_names[i].in == in && sub_names[i].code == code)
			return sub_names[i].name;
	return NULL;
}

static const char *option_name(uint8_t code)
{
	return code == DHCP4_IPXE ? "ipxe" : dhcp4_options[code].name;
}

static void add(struct explained *e, const struct explain_option *o)
{
	if (e->options < EXPLAIN_OUTS)
		e->option[e->options++] = *o;
}

/* ---- what lies inside one ------------------------------------------------------------------ */

static bool carries(const struct dhcp_opt *o, uint8_t code)
{
	static const uint8_t of_space[] = { [OPT_VENDOR] = DHCP4_VENDOR_OPTS,
					    [OPT_VI_VENDOR] = DHCP4_VI_OPTS };

	if (!o || o->space == OPT_TOP)
		return false;
	return code == (o->space == OPT_ENCAP ? o->encap : of_space[o->space]);
}

static const struct origin *line_of_sub(const struct explained *e, uint8_t in, const struct tlv *sub,
					struct span value)
{
	for (size_t i = e->chosen.n; i-- > 0;) {
		const struct dhcp_opt *o = e->chosen.c[i].opt;

		if (carries(o, in) && (o->code & 0xff) == sub->tag && span_eq(o->value, value))
			return &o->origin;
	}
	return NULL;
}

static bool has_inside(const struct explained *e, uint8_t code)
{
	for (size_t i = 0; i < e->chosen.n; i++)
		if (carries(e->chosen.c[i].opt, code))
			return true;
	return false;
}

static void add_inside(struct explained *e, uint8_t in, struct span body)
{
	struct reader r = reader_of(body);
	struct tlv sub;

	if (in == DHCP4_VI_OPTS)
		reader_take(&r, 5);			/* the enterprise and a length */
	while (tlv_next(&r, &TLV_DHCP4, &sub)) {
		struct span value = reader_take(&sub.body, reader_left(&sub.body));

		add(e, &(struct explain_option){
			.code = (uint8_t)sub.tag, .inside = true, .value = value,
			.name = sub_name(in, (uint8_t)sub.tag),
			.why.origin = line_of_sub(e, in, &sub, value),
		});
	}
}

/* ---- the options ------------------------------------------------------------------------------ */

/* Of the verdict: that with this value or, of one that was split, with this code. */
static const struct dhcp_out *out_of(const struct dhcp_verdict *v, uint8_t code, struct span body)
{
	const struct dhcp_out *alike = NULL;

	for (size_t i = 0; i < v->outs; i++) {
		if (v->out[i].code != code)
			continue;
		if (span_eq(v->out[i].value, body))
			return &v->out[i];
		alike = &v->out[i];
	}
	return alike;
}

static struct explain_why why_of(const struct explained *e, uint8_t code, struct span body)
{
	const struct dhcp_out *o = out_of(&e->r->verdict, code, body);

	if (code == DHCP4_AGENT_INFO)
		return (struct explain_why){ NULL, "given back to the relay" };
	if (code == DHCP4_OVERLOAD)
		return (struct explain_why){ NULL, "options lie in the fields for names too" };
	if (o && o->origin)
		return (struct explain_why){ o->origin, NULL };
	return (struct explain_why){ NULL, EXPLAIN_ITSELF };
}

static bool was_left_out(const struct dhcp_reply *r, uint8_t code)
{
	size_t n = r->lefts < sizeof r->left_out ? r->lefts : sizeof r->left_out;

	return memchr(r->left_out, code, n) != NULL;
}

/* What was to be sent and had no room. */
static void add_left_out(struct explained *e)
{
	const struct dhcp_verdict *v = &e->r->verdict;

	for (size_t i = 0; e->r->reply.lefts && i < v->outs; i++)
		if (was_left_out(&e->r->reply, v->out[i].code))
			add(e, &(struct explain_option){
				.code = v->out[i].code, .left_out = true, .value = v->out[i].value,
				.name = option_name(v->out[i].code), .why.origin = v->out[i].origin,
			});
}

void explain_options(struct explained *e)
{
	const struct dhcp_env env = explain_stage_env(e->stage);
	struct dhcp4_walk w;
	struct span body;
	uint8_t code;

	if (e->r->reply.n == 0)
		return;
	if (e->r->verdict.outs)
		dhcp_choose(&env, &e->r->request, &e->r->verdict, &e->chosen);
	dhcp4_walk_start(&w, span_of(e->r->reply.packet, e->r->reply.n));
	while (dhcp4_walk_next(&w, &code, &body)) {
		add(e, &(struct explain_option){ .code = code, .value = body, .name = option_name(code),
						 .why = why_of(e, code, body) });
		if (has_inside(e, code))
			add_inside(e, code, body);
	}
	add_left_out(e);
}
