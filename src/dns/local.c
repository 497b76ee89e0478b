/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/auth.h"
#include "dns/local_private.h"
#include "dns/synth.h"

#define ALIASES_MAX 64			/* of one another; the configuration allows no circles */

/* ---- adding records -------------------------------------------------------------------- */

void local_add(struct deciding *d, enum dns_section section, const struct dname *owner,
	       const struct local_found *f)
{
	struct local_verdict *v = d->out;
	struct local_item *i;

	v->overflow |= v->n == COUNT_OF(v->items);
	if (v->overflow)
		return;
	i = &v->items[v->n++];
	i->section = section;
	i->owner.n = owner->n;
	i->owner.labels = owner->labels;
	memcpy(i->owner.bytes, owner->bytes, owner->n);
	i->type = f->type;
	i->ttl_s = f->ttl_s;
	i->rdata = f->rdata;
	i->from = f->from;
	i->origin = f->origin;
}

uint32_t local_ttl(const struct deciding *d, const struct dns_record *r)
{
	return r->has_ttl ? r->ttl_s : d->v->conf->local_ttl_s;
}

void local_add_record(struct deciding *d, const struct dns_record *r)
{
	local_add(d, DNS_ANSWER, &d->name, &(struct local_found){
		r->type, local_ttl(d, r), r->rdata, FROM_RECORD, r->origin });
}

uint8_t *local_bytes(struct deciding *d, size_t n)
{
	struct local_verdict *v = d->out;
	uint8_t *at = v->bytes + v->bytes_n;

	if (n > sizeof v->bytes - v->bytes_n) {
		v->overflow = true;
		return NULL;
	}
	v->bytes_n += n;
	return at;
}

struct span local_copy(struct deciding *d, struct span bytes)
{
	uint8_t *at = local_bytes(d, bytes.n);

	if (!at)
		return span_of(NULL, 0);
	memcpy(at, bytes.p, bytes.n);
	return span_of(at, bytes.n);
}

/* ---- a name that has data ----------------------------------------------------------------- */

/* Steps from alias to alias; false: the question was for the alias itself, or it leads nowhere. */
static bool follow_aliases(struct deciding *d)
{
	for (unsigned step = 0; step <= ALIASES_MAX; step++) {
		d->owner = records_owner(d->v->records, dname_span(&d->name));
		if (!d->owner || !d->owner->cname)
			return true;
		local_add_record(d, d->owner->cname);
		if (d->type == DNS_CNAME || !dname_of_span(d->owner->cname->rdata, &d->name))
			return false;
	}
	return false;
}

/* In the order in which dnsmasq answers ANY. */
static void add_data(struct deciding *d)
{
	static void (*const parts[])(struct deciding *d) = {
		local_texts, local_raw, local_reverse, local_addresses, local_mail, local_services,
		local_pointers, local_targets,
	};

	if (!follow_aliases(d))
		return;
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		parts[i](d);
}

/* ---- a name that has none --------------------------------------------------------------------- */

/* A domain=…,local line is as good as a local= line, but for one thing: a line for the same domain
 * beats it.  Gives how many labels the domain has that a line decides for. */
static unsigned find_rule(struct deciding *d)
{
	struct local_verdict *v = d->out;
	struct origin origin = { 0 };
	/* In other classes there are no addresses to give. */
	uint16_t type = d->q->query->question.class == DNS_IN ? d->type : DNS_TXT;
	unsigned zone = records_local_zone(d->v->records, dname_span(&d->name), &origin);

	v->rule = rules_find(d->v->rules, dname_span(&d->name), type);
	if (v->rule.rule)
		v->origin = v->rule.origin;
	if (zone <= v->rule.labels)
		return v->rule.labels;
	v->rule = (struct rules_verdict){ .say = SAY_LOCAL };
	v->origin = origin;
	return zone;
}

static bool gives_address(const struct rules_verdict *r)
{
	return r->say == SAY_ADDRESS || r->say == SAY_ZEROS;
}

/*
 * A line gives an address of this type to the name, or one for a domain above would but for the
 * line that sends it elsewhere: as in dnsmasq.
 */
static bool line_gives(const struct deciding *d, uint16_t type)
{
	struct span name = dname_span(&d->name);
	struct rules_verdict r = rules_find(d->v->rules, name, type);

	while (!gives_address(&r)) {
		if (!r.rule || r.labels == 0)
			return false;
		r = rules_find(d->v->rules, dname_parent(name, d->name.labels - r.labels + 1), type);
	}
	return true;
}

/* A line for this very domain gives an address of this type. */
static bool line_of_zone_gives(const struct deciding *d, unsigned zone, uint16_t type)
{
	const struct rules_verdict r = rules_find(d->v->rules, dname_span(&d->name), type);

	return gives_address(&r) && r.labels == zone;
}

/* Where a line says that local data are all, one for the same domain must give the address. */
static bool lines_know(const struct deciding *d)
{
	const struct rules_verdict *r = &d->out->rule;
	struct origin unused;
	unsigned zone;

	if (r->say != SAY_LOCAL)
		return line_gives(d, DNS_A) || line_gives(d, DNS_AAAA);
	if (r->rule)
		return r->exists;
	zone = records_local_zone(d->v->records, dname_span(&d->name), &unused);
	return line_of_zone_gives(d, zone, DNS_A) || line_of_zone_gives(d, zone, DNS_AAAA);
}

/* Of any type and any class. */
static bool name_exists(const struct deciding *d)
{
	const struct local_view *v = d->v;
	struct span name = dname_span(&d->name);
	struct addr unused;

	if (name.n <= 1)
		return false;
	return (d->owner && d->owner->exists) || hosts_named(v->hosts, name).number ||
	       hosts_below(v->hosts, name) || local_host_exists(d, name) ||
	       (v->names && names_below(v->names, name)) || lines_know(d) ||
	       synth_address(v->conf->synths, name, &unused) || local_chaos_knows(v, name);
}

static void add_line_address(struct deciding *d, struct span address, uint16_t type,
			     struct origin origin)
{
	if (deciding_wants(d, type))
		local_add(d, DNS_ANSWER, &d->name, &(struct local_found){
			type, d->v->conf->local_ttl_s, address, FROM_CONFIG, origin });
}

static void answer_addresses(struct deciding *d)
{
	const struct rules_verdict *r = &d->out->rule;

	for (size_t i = 0; i < r->n_addresses; i++) {
		const struct dns_rule *line = r->addresses[i];

		add_line_address(d, addr_bytes(&line->addr),
				 line->addr.family == ADDR_IP4 ? DNS_A : DNS_AAAA,
				 rules_origin(r, line));
	}
}

static void answer_zeros(struct deciding *d)
{
	static const uint8_t zeros[16];

	add_line_address(d, span_of(zeros, 4), DNS_A, d->out->origin);
	add_line_address(d, span_of(zeros, 16), DNS_AAAA, d->out->origin);
}

static void answer_nothing(struct deciding *d)
{
	d->out->answered = true;
	d->out->exists = name_exists(d);
	d->out->rcode = d->out->exists ? DNS_NOERROR : DNS_NXDOMAIN;
}

static void use_line(struct deciding *d)
{
	static void (*const answers[])(struct deciding *d) = {
		[SAY_LOCAL] = answer_nothing,
		[SAY_ADDRESS] = answer_addresses,
		[SAY_ZEROS] = answer_zeros,
	};
	enum rules_say say = d->out->rule.say;

	if (say < COUNT_OF(answers) && answers[say])
		answers[say](d);
}

static void use_list(struct deciding *d)
{
	if (d->v->conf->block_answer == BLOCK_NXDOMAIN)
		answer_nothing(d);
	else
		local_answer_blocked(d);
}

/* Addresses of interfaces come and go. */
static bool is_fleeting(const struct deciding *d)
{
	return (d->owner && d->owner->interface) ||
	       (d->v->conf->interface_names && deciding_wants(d, DNS_PTR));
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static void start(struct local_verdict *v)
{
	v->answered = v->exists = v->authoritative = v->overflow = v->fleeting = false;
	v->by_zones = v->stranger = false;
	v->zone = NULL;
	v->rcode = DNS_NOERROR;
	v->ede = DNS_EDE_NONE;
	v->n = v->bytes_n = 0;
	v->rule = (struct rules_verdict){ .say = SAY_NOBODY };
	v->origin = (struct origin){ 0 };
	v->block.blocked = false;
}

static bool answer(struct deciding *d)
{
	if (d->out->n == 0 && !d->out->overflow)
		return false;
	d->out->answered = d->out->exists = d->out->authoritative = true;
	return true;
}

static struct deciding deciding_of(const struct local_view *v, const struct local_question *q,
				   struct local_verdict *out)
{
	const struct dns_question *asked = &q->query->question;

	start(out);
	return (struct deciding){
		.v = v, .q = q, .out = out, .name = asked->name, .type = asked->type,
		.owner = records_owner(v->records, dname_span(&asked->name)),
	};
}

static void decide(struct deciding *d)
{
	const uint16_t class = d->q->query->question.class;
	unsigned labels;

	if (auth_answers(d))
		return;
	if (class == DNS_CHAOS && local_chaos(d))
		return;
	if (class == DNS_IN)
		add_data(d);
	if (answer(d))
		return;
	labels = find_rule(d);
	if (class == DNS_IN && local_blocked(d, labels))
		use_list(d);
	else if (class == DNS_IN || d->out->rule.say == SAY_LOCAL)
		use_line(d);
	if (!answer(d))
		d->out->fleeting |= is_fleeting(d);
}

void local_answer(const struct local_view *v, const struct local_question *q,
		  struct local_verdict *out)
{
	struct deciding d = deciding_of(v, q, out);

	decide(&d);
}

void local_decide(const struct local_view *v, const struct local_question *q,
		  struct local_verdict *out)
{
	struct deciding d = deciding_of(v, q, out);

	decide(&d);
	if (!out->answered)
		out->exists = name_exists(&d);
}

bool local_exists(const struct local_view *v, const struct local_question *q,
		  struct local_verdict *room)
{
	struct deciding d = deciding_of(v, q, room);

	find_rule(&d);
	return name_exists(&d);
}

uint64_t local_pass(uint64_t edition, const struct names *names)
{
	uint64_t pass = edition + (names ? names_serial(names) : 0);

	return pass ? pass : 1;
}

unsigned long long local_turn(struct local_turns *t, const struct dns_question *q)
{
	static const struct dname_key key;	/* who makes names collide shares their turns */
	uint64_t hash = dname_hash(dname_span(&q->name), &key) + q->type;

	return atomic_fetch_add_explicit(&t->turn[hash % COUNT_OF(t->turn)], 1,
					 memory_order_relaxed);
}
