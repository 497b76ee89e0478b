/* SPDX-License-Identifier: ISC */
/* What was explained, as lines for people. */
#include <stdio.h>

#include "app/explain_private.h"
#include "base/must.h"
#include "base/text.h"
#include "wire/dhcp_options.h"

enum { LABEL = 14, VALUE = 30, LINE = 2400 };

/* One line of three columns; a value that is longer than its column moves the reason on. */
static void row(FILE *out, const char *label, const char *value, struct explain_why why)
{
	char reason[LINE];
	struct text t = TEXT(reason);

	explain_why_text(&t, why);
	if (t.n)
		fprintf(out, "  %-*s %-*s  %s\n", LABEL, label, VALUE, value, reason);
	else
		fprintf(out, "  %-*s %s\n", LABEL, label, value);
}

static void plain(FILE *out, const char *label, const char *value)
{
	row(out, label, value, (struct explain_why){ 0 });
}

/* ---- who asks ------------------------------------------------------------------------------ */

static void print_head(FILE *out, const struct explained *e, size_t i, size_t n)
{
	const struct dhcp_request *r = &e->r->request;
	const char *arch;

	if (n > 1)
		fprintf(out, "packet %zu of %zu: ", i, n);
	if (e->r->reject == DHCP4_READ && e->r->is_query) {
		fprintf(out, "%s from %s on %s\n", explain_message(DHCP4_LEASEQUERY),
			addr_text(&e->r->msg.giaddr).s, e->stage->netif->name);
		return;
	}
	if (e->r->reject != DHCP4_READ || !e->r->has_type) {
		fprintf(out, "not a message of DHCP, on %s\n", e->stage->netif->name);
		return;
	}
	arch = arch_text(r->arch);
	fprintf(out, "%s from %s", explain_message(r->type), hwaddr_text(&r->hw).s);
	if (r->ipxe || arch)
		fprintf(out, " (%s%s%s)", arch ? arch : "", r->ipxe && arch ? ", " : "",
			r->ipxe ? "iPXE" : "");
	fprintf(out, " on %s", e->stage->netif->name);
	if (!addr_is_any(&r->msg->giaddr))
		fprintf(out, ", through the relay %s", addr_text(&r->msg->giaddr).s);
	fputc('\n', out);
}

/* ---- what it gets ---------------------------------------------------------------------------- */

static void print_outcome(FILE *out, const struct explained *e)
{
	char way[120];
	struct text t = TEXT(way);

	if (e->r->reply.n) {
		explain_way(&t, &e->r->reply);
		row(out, "answer", e->outcome, (struct explain_why){ NULL, way });
	} else {
		plain(out, "answer", e->outcome);
	}
	if (e->because[0])
		row(out, "because", e->because, (struct explain_why){ e->because_origin, NULL });
	if (e->decided && e->r->verdict.warning[0] && strcmp(e->r->verdict.warning, e->because) != 0)
		plain(out, "but", e->r->verdict.warning);
}

static bool gives_address(const struct explained *e)
{
	enum verdict_kind k = e->r->verdict.kind;

	return e->decided && (k == VERDICT_OFFER || k == VERDICT_ACK || k == VERDICT_INFORM);
}

static void print_name(FILE *out, const struct dhcp_verdict *v)
{
	char name[2 * DHCP_NAME_MAX];
	struct text t = TEXT(name);

	if (!v->name)
		return;
	text_addf(&t, "%s%s%s", v->name, v->domain ? "." : "", v->domain ? v->domain : "");
	row(out, "name", name, v->name_origin ? (struct explain_why){ v->name_origin, NULL }
					      : (struct explain_why){ NULL, "its own" });
}

static void print_address(FILE *out, const struct explained *e)
{
	const struct dhcp_verdict *v = &e->r->verdict;
	char lease[64];
	struct text t = TEXT(lease);

	if (!gives_address(e))
		return;
	row(out, "address", addr_text(&v->addr).s, e->addr_why);
	if (e->r->would_probe)
		plain(out, "", "somebody may have it: the server asks the network first");
	if (v->lease_s) {
		dhcp_seconds_text(&t, v->lease_s);
		row(out, "lease", lease, e->lease_why);
	}
	print_name(out, v);
}

/* What it asked for in vain, and what its machine has besides. */
static void print_asked(FILE *out, const struct explained *e)
{
	if (e->decided && addr_is_set(&e->asked))
		row(out, "asked for", addr_text(&e->asked).s, e->asked_why);
	for (size_t i = 0; i < e->own_leases; i++) {
		char words[4 * CLID_MAX];
		struct text t = TEXT(words);

		explain_lease_words(e, e->own_lease[i], &t);
		row(out, i ? "" : "has leases", addr_text(&e->own_lease[i]->addr).s,
		    (struct explain_why){ NULL, words });
	}
}

/* ---- the boot file ------------------------------------------------------------------------------ */

static void print_missing(FILE *out, const struct explain_boot *b)
{
	static const char *const words[] = {
		[FILES_MISSING] = "there is no such file",
		[FILES_FORBIDDEN] = "the server may not read it, or it lies outside the root",
		[FILES_NOT_A_FILE] = "it is not a file",
		[FILES_FAILED] = "it cannot be read",
	};

	row(out, "file", b->path, (struct explain_why){ NULL, b->by });
	row(out, "WARNING", words[b->result], (struct explain_why){ b->root, NULL });
}

static void print_found(FILE *out, const struct explain_boot *b)
{
	char what[200];
	struct text t = TEXT(what);

	text_addf(&t, "%llu bytes, ", (unsigned long long)b->size);
	image_text(&t, &b->image);
	row(out, "file", b->path, (struct explain_why){ NULL, b->by });
	row(out, "", what, (struct explain_why){ b->root, b->root ? NULL : "there is no tftp-root" });
	if (b->trouble)
		plain(out, "WARNING", b->trouble);
}

static void print_boot(FILE *out, const struct explained *e)
{
	static const char *const words[] = {
		[EXPLAIN_ELSEWHERE] = "another machine has it: not looked at",
		[EXPLAIN_UNSERVED] = "this server is told to the client, but serves no such files here",
		[EXPLAIN_VARIABLE] = "iPXE fills in a part of the name: not looked at",
	};
	const struct explain_boot *b = &e->boot;

	if (!b->file[0])
		return;
	row(out, "boot file", b->file, b->file_why);
	row(out, "boot server", b->server, b->server_why);
	if (b->place == EXPLAIN_LOOKED && b->result == FILES_OK)
		print_found(out, b);
	else if (b->place == EXPLAIN_LOOKED)
		print_missing(out, b);
	else
		row(out, b->place == EXPLAIN_UNSERVED ? "WARNING" : "file", words[b->place],
		    (struct explain_why){ NULL, b->by });
}

/* ---- tags and options ------------------------------------------------------------------------------- */

static void print_tags(FILE *out, const struct explained *e)
{
	const struct tags *tags = &e->r->verdict.tags;

	for (size_t i = 0; e->decided && i < tags->n; i++)
		row(out, i ? "" : "tags", tags->name[i], explain_tag_why(&e->r->verdict, i));
}

static void print_option(FILE *out, const struct explain_option *o)
{
	char label[64], value[LINE], reason[400];
	struct text l = TEXT(label), v = TEXT(value), w = TEXT(reason);

	text_addf(&l, "%s%3u %s", o->inside ? "  " : "", o->code, o->name ? o->name : "");
	explain_value(&v, o);
	explain_why_text(&w, o->why);
	fprintf(out, "    %-26s %-28s  %s%s\n", label, value, o->left_out ? "NO ROOM for it; " : "",
		reason);
}

void explain_print_text(FILE *out, const struct explained *e, size_t i, size_t n)
{
	if (i == 1)
		for (size_t k = 0; k < e->stage->notes; k++)
			fprintf(out, "assumed: %s\n", e->stage->note[k]);
	fputc('\n', out);
	print_head(out, e, i, n);
	print_outcome(out, e);
	print_address(out, e);
	print_asked(out, e);
	print_boot(out, e);
	print_tags(out, e);
	if (e->options)
		fprintf(out, "  options\n");
	for (size_t k = 0; k < e->options; k++)
		print_option(out, &e->option[k]);
}
