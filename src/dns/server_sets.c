/* SPDX-License-Identifier: ISC */
/*
 * The addresses of a reply on their way into sets of the kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "dns/server_private.h"
#include "net/kernel_set.h"
#include "net/nfnl.h"

/* Of one worker. */
struct sets_filler {
	struct nfnl kernel;
	const struct dns_sets *line[2];	/* by enum kernel_set_kind: that of the name at hand, or NULL */
	struct kernel_set_add *add;	/* of the reply at hand, record by record */
	size_t n, room;
	size_t told_to;			/* those before it are told */
};

struct nfnl *server_netfilter(struct dns *d)
{
	if (!d->filler)
		d->filler = calloc(1, sizeof *d->filler);
	return d->filler ? &d->filler->kernel : NULL;
}

/* ---- filling --------------------------------------------------------------------------- */

static struct kernel_set_add *one_more(struct sets_filler *s)
{
	size_t room = s->room ? 2 * s->room : 64;
	struct kernel_set_add *add;

	if (s->n == s->room) {
		add = realloc(s->add, room * sizeof *add);
		if (!add)
			return NULL;
		s->add = add;
		s->room = room;
	}
	return &s->add[s->n++];
}

static void add_address(void *arg, uint32_t record, const struct addr *a)
{
	struct sets_filler *s = arg;
	struct kernel_set_add *add;

	for (size_t kind = 0; kind < COUNT_OF(s->line); kind++)
		for (size_t i = 0; s->line[kind] && i < s->line[kind]->n; i++) {
			const struct kernel_set *set = &s->line[kind]->set[i];

			if (set->only != ADDR_NONE && set->only != a->family)
				continue;
			add = one_more(s);
			if (add)
				*add = (struct kernel_set_add){ .set = set, .addr = *a,
								.record = record };
		}
}

static bool lines_of(struct dns *d, struct span name, const struct dns_sets *line[2])
{
	line[SET_IPSET] = sets_find(d->data->ipsets, name);
	line[SET_NFT] = sets_find(d->data->nftsets, name);
	return line[SET_IPSET] || line[SET_NFT];
}

/* As dnsmasq: what an answer had before stop-dns-rebind stopped it counts, what bogus-nxdomain makes
 * nothing of does not. */
static void keep_before(struct sets_filler *s, size_t records)
{
	while (s->n > 0 && s->add[s->n - 1].record >= records)
		s->n--;
}

void server_fill_sets(struct dns *d, const struct dns_question *q, struct span message,
		      const struct filtered *f)
{
	const struct dns_sets *line[2];
	struct sets_filler *s;

	if (q->class != DNS_IN || (q->type != DNS_A && q->type != DNS_AAAA) ||
	    f->say == FILTER_NXDOMAIN || !lines_of(d, dname_span(&q->name), line))
		return;
	if (!server_netfilter(d))
		return;
	s = d->filler;
	memcpy(s->line, line, sizeof line);
	s->n = s->told_to = 0;
	filter_each_address(d->data->conf, q, message, add_address, s);
	if (f->say == FILTER_REBIND)
		keep_before(s, f->before_private);
	kernel_sets_add(&s->kernel, s->add, s->n);
}

/* ---- telling ----------------------------------------------------------------------------- */

static void warn(struct dns *d, const struct client *c, const struct kernel_set *set,
		 const char *words)
{
	tell_event(d, c, &(struct event){ .kind = EVENT_DNS_WARNING, .text = words,
					  .name = set->words });
}

/* Of an ipset once under the same data, by whichever worker; that an address is of the other family is how ipset= is used. */
static bool is_news(struct dns *d, const struct kernel_set_add *a)
{
	if (a->error == 0)
		return false;
	if (a->set->kind == SET_NFT || a->error == ENAMETOOLONG)
		return true;
	if (kernel_set_is_other_type(a->error))
		return false;
	return told_first(&d->want.common->told, d->data->edition, span_text(a->set->name));
}

static void tell_failure(struct dns *d, const struct client *c, const struct kernel_set_add *a)
{
	const char *const why = kernel_set_error_text(a->error), *words = a->set->words;
	char text[600];

	if (a->set->kind == SET_NFT && a->set->only != ADDR_NONE)
		words += 2;			/* "4 " */
	if (a->set->kind == SET_NFT)
		snprintf(text, sizeof text, "nftset %s Error: %s", words, why);
	else
		snprintf(text, sizeof text, "failed to update ipset %s: %s", words, why);
	warn(d, c, a->set, text);
}

/* dnsmasq does not hear what becomes of an ipset's address, and tells each. */
static bool is_told_as_added(const struct kernel_set_add *a)
{
	return a->error == 0 || (a->set->kind == SET_IPSET && a->error != ENAMETOOLONG);
}

static void tell_add(struct dns *d, const struct client *c, const struct kernel_set_add *a)
{
	static const char *const sources[] = { [SET_IPSET] = "ipset add", [SET_NFT] = "nftset add" };
	const struct dns_sets *line = d->filler->line[a->set->kind];
	char text[64 + sizeof(struct dname_text)];

	snprintf(text, sizeof text, "%s %s", addr_text(&a->addr).s,
		 line->domain.n > 1 ? dname_span_text(line->domain).s : "");
	tell_event(d, c, &(struct event){ .kind = EVENT_DNS_SET, .source = sources[a->set->kind],
					  .name = a->set->words, .text = text,
					  .origin_file = line->origin.file,
					  .origin_line = line->origin.line });
}

static void tell_one(struct dns *d, const struct client *c, const struct kernel_set_add *a)
{
	if (is_told_as_added(a) && tell_wanted(d))
		tell_add(d, c, a);
	if (events_wanted(d->want.events) && is_news(d, a))
		tell_failure(d, c, a);
}

void tell_sets(struct dns *d, const struct client *c, uint32_t record)
{
	struct sets_filler *s = d->filler;

	while (s && s->told_to < s->n && s->add[s->told_to].record <= record)
		tell_one(d, c, &s->add[s->told_to++]);
}

void tell_sets_end(struct dns *d, const struct client *c)
{
	tell_sets(d, c, UINT32_MAX);
	if (d->filler)
		d->filler->n = d->filler->told_to = 0;
}

/* ---- life ---------------------------------------------------------------------------------- */

void server_sets_free(struct dns *d)
{
	if (!d->filler)
		return;
	nfnl_close(&d->filler->kernel);
	free(d->filler->add);
	free(d->filler);
}
