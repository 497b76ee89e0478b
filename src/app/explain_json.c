/* SPDX-License-Identifier: ISC */
/* What was explained, as one JSON object on a line of its own. */
#include <stdio.h>
#include <stdlib.h>

#include "app/explain_private.h"
#include "app/json.h"
#include "base/must.h"
#include "base/text.h"

enum { ROOM = 4 << 20, WORD = 2400 };

/* "origin" and "why", where there are such. */
static void add_why(struct json *j, struct explain_why w)
{
	char place[600];
	struct text t = TEXT(place);

	if (w.origin)
		explain_origin_text(&t, w.origin);
	json_text(j, "origin", place);
	json_text(j, "why", w.words);
}

static void add_hex(struct json *j, const char *name, struct span bytes)
{
	static char hex[2 * DHCP4_MAX_SIZE + 1];
	struct text t = TEXT(hex);

	text_hex(&t, bytes, 0);
	json_text(j, name, hex);
}

/* ---- parts ------------------------------------------------------------------------------------ */

static void add_notes(struct json *j, const struct explain_stage *s)
{
	struct json list = json_list(j, "assumed");

	for (size_t i = 0; i < s->notes; i++)
		json_text(&list, NULL, s->note[i]);
	json_close(&list);
}

static void add_client(struct json *j, const struct explained *e)
{
	const struct dhcp_request *r = &e->r->request;

	json_text(j, "interface", e->stage->netif->name);
	if (e->r->reject == DHCP4_READ && e->r->is_query) {
		json_text(j, "message", explain_message(DHCP4_LEASEQUERY));
		json_text(j, "relay", addr_text(&e->r->msg.giaddr).s);
	}
	if (e->r->reject != DHCP4_READ || !e->r->has_type)
		return;
	json_text(j, "message", explain_message(r->type));
	json_text(j, "client", hwaddr_text(&r->hw).s);
	if (r->arch >= 0)
		json_uint(j, "arch", (uint64_t)r->arch);
	json_bool(j, "ipxe", r->ipxe);
	if (!addr_is_any(&r->msg->giaddr))
		json_text(j, "relay", addr_text(&r->msg->giaddr).s);
}

static void add_outcome(struct json *j, const struct explained *e)
{
	struct json o = json_object(j, "answer");
	char way[120];
	struct text t = TEXT(way);

	json_text(&o, "outcome", e->outcome);
	json_bool(&o, "sent", e->r->reply.n > 0);
	if (e->r->reply.n) {
		explain_way(&t, &e->r->reply);
		json_text(&o, "way", way);
	}
	add_why(&o, (struct explain_why){ e->because_origin, e->because });
	if (e->decided)
		json_text(&o, "warning", e->r->verdict.warning);
	json_close(&o);
}

static void add_tags(struct json *j, const struct explained *e)
{
	const struct dhcp_verdict *v = &e->r->verdict;
	struct json list = json_list(j, "tags");

	for (size_t i = 0; i < v->tags.n; i++) {
		struct json o = json_object(&list, NULL);

		json_text(&o, "tag", v->tags.name[i]);
		add_why(&o, explain_tag_why(v, i));
		json_close(&o);
	}
	json_close(&list);
}

static void add_asked(struct json *j, const struct explained *e)
{
	struct json o;

	if (addr_is_set(&e->asked)) {
		o = json_object(j, "asked_for");
		json_text(&o, "address", addr_text(&e->asked).s);
		add_why(&o, e->asked_why);
		json_close(&o);
	}
	if (!e->own_leases)
		return;
	o = json_list(j, "leases");
	for (size_t i = 0; i < e->own_leases; i++) {
		char words[4 * CLID_MAX];
		struct text t = TEXT(words);
		struct json l = json_object(&o, NULL);

		explain_lease_words(e, e->own_lease[i], &t);
		json_text(&l, "address", addr_text(&e->own_lease[i]->addr).s);
		json_text(&l, "why", words);
		json_close(&l);
	}
	json_close(&o);
}

static void add_address(struct json *j, const struct explained *e)
{
	const struct dhcp_verdict *v = &e->r->verdict;
	struct json o;

	if (v->outs == 0)
		return;
	o = json_object(j, "address");
	json_text(&o, "address", addr_text(&v->addr).s);
	add_why(&o, e->addr_why);
	json_bool(&o, "probed_first", e->r->would_probe);
	json_close(&o);
	if (v->lease_s) {
		o = json_object(j, "lease");
		json_uint(&o, "seconds", v->lease_s);
		add_why(&o, e->lease_why);
		json_close(&o);
	}
	if (v->name) {
		o = json_object(j, "name");
		json_text(&o, "name", v->name);
		json_text(&o, "domain", v->domain);
		add_why(&o, (struct explain_why){ v->name_origin, NULL });
		json_close(&o);
	}
}

static void add_file(struct json *j, const struct explain_boot *b)
{
	static const char *const results[] = {
		[FILES_OK] = "found",             [FILES_MISSING] = "missing",
		[FILES_FORBIDDEN] = "forbidden",  [FILES_NOT_A_FILE] = "not a file",
		[FILES_FAILED] = "unreadable",
	};
	char words[200];
	struct text t = TEXT(words);

	json_text(j, "path", b->path);
	json_text(j, "file", results[b->result]);
	if (b->root)
		add_why(j, (struct explain_why){ b->root, NULL });
	if (b->result != FILES_OK)
		return;
	image_text(&t, &b->image);
	json_uint(j, "size", b->size);
	json_text(j, "kind", words);
	json_text(j, "warning", b->trouble);
}

static void add_boot(struct json *j, const struct explained *e)
{
	static const char *const places[] = {
		[EXPLAIN_ELSEWHERE] = "elsewhere", [EXPLAIN_UNSERVED] = "not served",
		[EXPLAIN_VARIABLE] = "variable",
	};
	const struct explain_boot *b = &e->boot;
	struct json o, part;

	if (!b->file[0])
		return;
	o = json_object(j, "boot");
	json_text(&o, "name", b->file);
	add_why(&o, b->file_why);
	part = json_object(&o, "server");
	json_text(&part, "address", b->server);
	add_why(&part, b->server_why);
	json_close(&part);
	part = json_object(&o, "found");
	json_text(&part, "by", b->by);
	if (b->place == EXPLAIN_LOOKED)
		add_file(&part, b);
	else
		json_text(&part, "file", places[b->place]);
	json_close(&part);
	json_close(&o);
}

static void add_options(struct json *j, const struct explained *e)
{
	struct json list = json_list(j, "options");

	for (size_t i = 0; i < e->options; i++) {
		const struct explain_option *x = &e->option[i];
		struct json o = json_object(&list, NULL);
		char value[WORD];
		struct text t = TEXT(value);

		explain_value(&t, x);
		json_uint(&o, "code", x->code);
		json_text(&o, "name", x->name);
		json_bool(&o, "inside", x->inside);
		json_bool(&o, "left_out", x->left_out);
		json_text(&o, "value", value);
		add_hex(&o, "hex", x->value);
		add_why(&o, x->why);
		json_close(&o);
	}
	json_close(&list);
}

void explain_print_json(FILE *out, const struct explained *e)
{
	char *memory = malloc(ROOM);
	struct text t = text_of(memory, ROOM);
	struct json j;

	must(memory);
	j = json_open(&t);
	add_notes(&j, e->stage);
	add_client(&j, e);
	add_outcome(&j, e);
	if (e->decided) {
		add_tags(&j, e);
		add_address(&j, e);
		add_asked(&j, e);
		add_boot(&j, e);
		add_options(&j, e);
	}
	add_hex(&j, "packet", span_of(e->r->reply.packet, e->r->reply.n));
	json_close(&j);
	must(!t.cut);
	fprintf(out, "%s\n", memory);
	free(memory);
}
