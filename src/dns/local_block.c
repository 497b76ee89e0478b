/* SPDX-License-Identifier: ISC */
/*
 * Names of block lists.  What the machine knows of itself, and a line of the configuration for as
 * long a domain, go before a list.
 */
#include "base/must.h"
#include "dns/local_private.h"
#include "store/lease_tags.h"

struct asking { struct block_client client; const struct deciding *d; };

static bool has_tags(const struct block_client *c, const struct tag_cond *when)
{
	const struct deciding *d = container_of(c, struct asking, client)->d;
	static const struct tags none;

	return d->v->tags ? lease_tags_match(d->v->tags, &d->q->from.addr, when)
			  : tags_match(&none, when);
}

/* Something of its own has been configured for the name, or a lease has it. */
static bool is_own(const struct deciding *d)
{
	return (d->owner && (d->owner->records || d->owner->interface)) ||
	       local_host_exists(d, dname_span(&d->name));
}

static void add_zeros(struct deciding *d, uint16_t type, size_t n)
{
	static const uint8_t zeros[16];

	if (deciding_wants(d, type))
		local_add(d, DNS_ANSWER, &d->name, &(struct local_found){
			type, d->v->conf->local_ttl_s, span_of(zeros, n), FROM_BLOCK,
			d->out->origin });
}

bool local_blocked(struct deciding *d, unsigned line_labels)
{
	const struct asking asking = { { has_tags }, d };
	struct local_verdict *v = d->out;
	struct block_verdict b;

	if (!d->v->blocks)
		return false;
	b = blocks_find(d->v->blocks, dname_span(&d->name), &asking.client);
	v->fleeting = b.of_client;
	if (!b.blocked || b.labels <= line_labels || is_own(d))
		return false;
	v->block = b;
	v->origin = b.origin;
	return true;
}

void local_answer_blocked(struct deciding *d)
{
	d->out->answered = true;
	if (d->v->conf->block_answer != BLOCK_ZEROS)
		return;
	add_zeros(d, DNS_A, 4);
	add_zeros(d, DNS_AAAA, 16);
}
