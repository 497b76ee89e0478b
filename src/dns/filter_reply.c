/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/uncleared.h"
#include "dns/filter_private.h"

#define CHAIN_MAX 32			/* aliases followed in one answer */

/* ---- what a reply says -------------------------------------------------------------------- */

/* The asked name and those that it is an alias of. */
struct chain {
	struct dname name[CHAIN_MAX];
	size_t n;
};

/* All that the rules ask of a reply. */
struct judged {
	const struct dns_conf *conf;
	const struct dns_question *question;
	struct span reply;
	struct dns_header header;
	struct chain *chain;
	bool answered;			/* it has a record of the asked type */
	bool removed;			/* and has some that a filter takes out */
	bool aliased;
	const struct dname *private_at;	/* in the chain; NULL: no address is private */
	size_t before_private;		/* records of the answer before that one */
	const struct dns_net *bogus;	/* the line that makes it NXDOMAIN */
	uint32_t bogus_ttl_s;		/* of a record of its that stands at an asked name; else 0 */
	uint32_t answer_ttl_s;		/* the smallest of what answers, aliases too */
	bool has_soa;
	uint32_t soa_ttl_s;		/* RFC 2308 5: the lesser of its TTL and its minimum */
	size_t end;			/* of the last record that is not OPT */
	unsigned opts;
	bool opt_last;
	struct dns_edns edns;		/* of the last one that is whole */
};

static const struct dname *chain_find(const struct chain *c, const struct dname *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (dname_eq(&c->name[i], name))
			return &c->name[i];
	return NULL;
}

static bool chain_has(const struct chain *c, const struct dname *name)
{
	return chain_find(c, name) != NULL;
}

static const struct dname *chain_end(const struct chain *c)
{
	return &c->name[c->n - 1];
}

/* One more alias; true where the record carries the chain on. */
static bool chain_follow(struct chain *c, const struct dns_walk *w, const struct dns_rr *rr)
{
	struct reader r;
	struct dname to;

	if (rr->type != DNS_CNAME || c->n == CHAIN_MAX || !dname_eq(&rr->owner, chain_end(c)))
		return false;
	r = reader_back_to(&w->r, rr->rdata_at);
	if (!dname_read(&r, &to) || chain_has(c, &to))
		return false;
	c->name[c->n++] = to;
	return true;
}

/* In any order, though they nearly always come in theirs.  False: it does not parse. */
static bool chain_build(struct chain *c, const struct dns_question *q, struct span reply)
{
	struct dns_walk w;
	struct dns_rr rr;
	bool more;

	c->name[0] = q->name;
	c->n = 1;
	do {
		size_t followed = 0, aliases = 0;

		if (!dns_walk_start(&w, reply, NULL))
			return false;
		while (dns_walk_next(&w, &rr))
			if (w.section == DNS_ANSWER && rr.type == DNS_CNAME) {
				aliases++;
				followed += chain_follow(c, &w, &rr);
			}
		more = followed && followed < aliases;
	} while (more && dns_walk_ok(&w));
	return dns_walk_ok(&w);
}

/* ---- judging its records ------------------------------------------------------------------------ */

static const struct dns_net *net_having(const struct dns_net *n, const struct addr *a)
{
	while (n && !prefix_has(&n->net, a))
		n = n->next;
	return n;
}

static bool has_type(const struct dns_types *t, uint16_t type)
{
	while (t && t->type != type)
		t = t->next;
	return t;
}

/* filter-rr=ANY takes from the answer to ANY all but what mail and the web need, in all sections. */
bool filter_takes_out(const struct dns_conf *c, const struct dns_question *q,
		      const struct dns_rr *rr, enum dns_section section)
{
	if (q->type == DNS_ANY && has_type(c->filter_types, DNS_ANY) && rr->type != DNS_A &&
	    rr->type != DNS_AAAA && rr->type != DNS_MX && rr->type != DNS_CNAME)
		return true;
	return section == DNS_ANSWER && filter_takes_type(c, rr->type);
}

bool filter_takes_type(const struct dns_conf *c, uint16_t type)
{
	return (c->filter_a && type == DNS_A) || (c->filter_aaaa && type == DNS_AAAA) ||
	       (c->filter_types && type != DNS_ANY && has_type(c->filter_types, type));
}

static bool is_filtered(const struct judged *j, const struct dns_rr *rr, enum dns_section section)
{
	return filter_takes_out(j->conf, j->question, rr, section);
}

/* The last line that speaks of the address. */
static const struct dns_alias *alias_of(const struct dns_conf *c, const struct dns_rr *rr)
{
	const struct addr a = c->aliases && rr->type == DNS_A ? dns_rr_addr(rr) : (struct addr){ 0 };
	const uint32_t ip = addr_to_ip4(&a);
	const struct dns_alias *found = NULL;

	if (!addr_is_set(&a))
		return NULL;
	for (const struct dns_alias *i = c->aliases; i; i = i->next)
		if (ip >= i->start && ip <= i->end)
			found = i;
	return found;
}

static uint32_t aliased_to(const struct dns_alias *alias, uint32_t ip)
{
	return (alias->to & alias->mask) | (ip & ~alias->mask);
}

bool filter_alias(const struct dns_conf *c, const struct dns_rr *rr, struct addr *out)
{
	const struct dns_alias *alias = alias_of(c, rr);
	const struct addr was = dns_rr_addr(rr);

	if (alias)
		*out = addr_ip4(aliased_to(alias, addr_to_ip4(&was)));
	return alias;
}

void filter_each_address(const struct dns_conf *c, const struct dns_question *q, struct span reply,
			 void (*told)(void *arg, uint32_t record, const struct addr *a), void *arg)
{
	struct chain chain UNCLEARED;
	struct dns_walk w;
	struct dns_rr rr;

	if (!chain_build(&chain, q, reply) || !dns_walk_start(&w, reply, NULL))
		return;
	for (uint32_t i = 0; dns_walk_next(&w, &rr) && w.section == DNS_ANSWER; i++) {
		struct addr a = dns_rr_addr(&rr);

		if (rr.type != q->type || !addr_is_set(&a) || !chain_has(&chain, &rr.owner))
			continue;
		(void)filter_alias(c, &rr, &a);
		told(arg, i, &a);
	}
}

static bool is_asked_type(const struct judged *j, const struct dns_rr *rr)
{
	return j->question->type == DNS_ANY || rr->type == j->question->type;
}

static void judge_address(struct judged *j, const struct dns_rr *rr, const struct addr *a,
			  bool in_chain)
{
	const struct dns_net *bogus = net_having(j->conf->bogus_nxdomain, a);
	enum filter_localhost localhost = j->conf->rebind_localhost_ok ? LOCALHOST_IS_FINE
								       : LOCALHOST_COUNTS;

	if (bogus) {
		j->bogus = bogus;
		j->bogus_ttl_s = in_chain ? rr->ttl_s : j->bogus_ttl_s;
	}
	if (in_chain && !j->private_at && rr->type == j->question->type &&
	    filter_private(a, localhost))
		j->private_at = chain_find(j->chain, &rr->owner);
}

static bool is_address(const struct dns_rr *rr)
{
	return rr->class == DNS_IN && (rr->type == DNS_A || rr->type == DNS_AAAA);
}

/* False: an address of another length than its type's. */
static bool judge_answer(struct judged *j, const struct dns_rr *rr)
{
	const struct addr a = dns_rr_addr(rr);
	bool in_chain = chain_has(j->chain, &rr->owner);

	if (is_address(rr) && !addr_is_set(&a))
		return false;
	if (is_address(rr))
		judge_address(j, rr, &a, in_chain);
	j->before_private += !j->private_at;
	if (!in_chain || (rr->type != DNS_CNAME && !is_asked_type(j, rr)))
		return true;
	if (is_asked_type(j, rr))
		j->answered = true;
	if (rr->ttl_s < j->answer_ttl_s)
		j->answer_ttl_s = rr->ttl_s;
	return true;
}

/* A SOA tells how long there is nothing, if the name lies in its zone. */
static bool judge_soa(struct judged *j, const struct dns_walk *w, const struct dns_rr *rr)
{
	struct reader r = reader_back_to(&w->r, rr->rdata_at);
	struct dname server, mailbox;
	uint32_t minimum_s;

	if (!dname_read(&r, &server) || !dname_read(&r, &mailbox))
		return false;
	(void)reader_take(&r, 16);
	minimum_s = reader_u32(&r);
	if (!reader_ok(&r))
		return false;
	if (!dname_below(dname_span(chain_end(j->chain)), dname_span(&rr->owner)))
		return true;
	j->has_soa = true;
	j->soa_ttl_s = rr->ttl_s < minimum_s ? rr->ttl_s : minimum_s;
	return true;
}

static bool judge_record(struct judged *j, const struct dns_walk *w, const struct dns_rr *rr)
{
	j->opt_last = rr->type == DNS_OPT && w->section == DNS_ADDITIONAL;
	if (j->opt_last) {
		j->opts++;
		(void)dns_edns_of(rr, &j->edns);
		return true;
	}
	j->end = reader_offset(&w->r);
	j->removed |= is_filtered(j, rr, w->section);
	j->aliased |= alias_of(j->conf, rr) != NULL;
	if (w->section == DNS_ANSWER)
		return judge_answer(j, rr);
	return w->section != DNS_AUTHORITY || rr->type != DNS_SOA || judge_soa(j, w, rr);
}

static bool judge(struct judged *j)
{
	struct dns_question q;
	struct dns_walk w;
	struct dns_rr rr;

	if (!dns_walk_start(&w, j->reply, &q) || q.name.n == 0 ||
	    !dname_eq(&q.name, &j->question->name) || !chain_build(j->chain, j->question, j->reply))
		return false;
	j->header = w.header;
	j->end = reader_offset(&w.r);
	j->answer_ttl_s = UINT32_MAX;
	while (dns_walk_next(&w, &rr))
		if (!judge_record(j, &w, &rr))
			return false;
	return dns_walk_ok(&w);
}

bool filter_ignores(const struct dns_conf *c, const struct dns_question *q, struct span reply)
{
	struct dns_walk w;
	struct dns_rr rr;

	(void)q;
	if (!c->ignore_addresses || !dns_walk_start(&w, reply, NULL))
		return false;
	while (dns_walk_next(&w, &rr)) {
		const struct addr a = dns_rr_addr(&rr);

		if (w.section == DNS_ANSWER && net_having(c->ignore_addresses, &a))
			return true;
	}
	return false;
}

/* ---- writing what is left -------------------------------------------------------------------------- */

/* Which records go into a copy, and with what time to live. */
struct copying {
	const struct judged *j;
	bool (*wanted)(const struct judged *j, const struct dns_rr *rr, enum dns_section section);
	uint32_t (*ttl_s)(const struct judged *j, const struct dns_rr *rr,
			  enum dns_section section);
};

static uint32_t ttl_to_send(const struct judged *j, const struct dns_rr *rr,
			    enum dns_section section)
{
	const uint32_t max_s = j->conf->max_ttl_s;

	return section == DNS_ANSWER && max_s && rr->ttl_s > max_s ? max_s : rr->ttl_s;
}

static uint32_t ttl_in_cache(const struct dns_conf *c, uint32_t ttl_s)
{
	if (c->max_cache_ttl_s && ttl_s > c->max_cache_ttl_s)
		ttl_s = c->max_cache_ttl_s;
	return ttl_s < c->min_cache_ttl_s ? c->min_cache_ttl_s : ttl_s;
}

static uint32_t ttl_to_keep(const struct judged *j, const struct dns_rr *rr,
			    enum dns_section section)
{
	(void)section;
	return ttl_in_cache(j->conf, rr->ttl_s);
}

static bool wanted_to_send(const struct judged *j, const struct dns_rr *rr,
			   enum dns_section section)
{
	return rr->type != DNS_OPT && !is_filtered(j, rr, section);
}

static bool is_proof(const struct dns_rr *rr)
{
	return rr->type == DNS_RRSIG || rr->type == DNS_NSEC || rr->type == DNS_NSEC3;
}

/* A record, or its signature, that made an alias of the chain out of one of a whole tree (RFC 6672): who
 * validates the answer needs it. */
static bool made_an_alias(const struct judged *j, const struct dns_rr *rr)
{
	struct reader r = reader_of(rr->rdata);

	if (rr->type != DNS_DNAME && (rr->type != DNS_RRSIG || reader_u16(&r) != DNS_DNAME))
		return false;
	for (size_t i = 0; i + 1 < j->chain->n; i++)
		if (dname_below(dname_span(&j->chain->name[i]), dname_span(&rr->owner)) &&
		    !dname_eq(&j->chain->name[i], &rr->owner))
			return true;
	return false;
}

/* What answers, and no more: a stranger's records do not come into the cache by the way. */
static bool wanted_to_keep(const struct judged *j, const struct dns_rr *rr,
			   enum dns_section section)
{
	if (is_filtered(j, rr, section) || section == DNS_ADDITIONAL)
		return false;
	if (section == DNS_AUTHORITY)
		return is_proof(rr) || (rr->type == DNS_SOA && !j->answered);
	return made_an_alias(j, rr) ||
	       (chain_has(j->chain, &rr->owner) &&
		(is_asked_type(j, rr) || rr->type == DNS_CNAME || is_proof(rr)));
}

/* An alias= of an address: its network changes, its host bits stay. */
static struct span aliased(const struct judged *j, const struct dns_rr *rr, struct span rdata,
			   uint8_t room[4])
{
	const struct dns_alias *alias = alias_of(j->conf, rr);
	struct reader r = reader_of(rdata);

	if (!alias)
		return rdata;
	put_uint(room, 4, aliased_to(alias, reader_u32(&r)));
	return span_of(room, 4);
}

/* False: no room, or it does not parse as its type. */
static bool copy_record(const struct copying *how, const struct dns_walk *w,
			const struct dns_rr *rr, struct writer rdata, struct dns_writer *out)
{
	uint8_t four[4];

	return dns_rdata_expand(&w->r, rr, &rdata) &&
	       dns_write_rr(out, w->section, dname_span(&rr->owner), rr->type, rr->class,
			    how->ttl_s(how->j, rr, w->section),
			    aliased(how->j, rr, writer_done(&rdata), four));
}

/* Empty: it is not possible. */
static struct span copy(const struct copying *how, uint16_t flags, unsigned rcode, void *buffer,
			size_t size)
{
	uint8_t expanded[DNS_MESSAGE_MAX] UNCLEARED;
	struct dns_question q;
	struct dns_writer out;
	struct dns_walk w;
	struct dns_rr rr;
	bool whole = true;

	must(dns_walk_start(&w, how->j->reply, &q));
	dns_write_start(&out, buffer, size < DNS_MESSAGE_MAX ? size : DNS_MESSAGE_MAX,
			how->j->header.id, flags);
	dns_write_question(&out, &q);
	while (dns_walk_next(&w, &rr))
		if (how->wanted(how->j, &rr, w.section))
			whole &= copy_record(how, &w, &rr,
					     writer_of(expanded, sizeof expanded), &out);
	return whole ? dns_write_end(&out, rcode) : span_of(NULL, 0);
}

/* The same bytes with other flags, TTLs and aliases: nothing goes but an OPT record at the end. */
static struct span copy_whole(const struct judged *j, uint16_t flags, uint8_t *buffer)
{
	struct dns_walk w;
	struct dns_rr rr;

	memcpy(buffer, j->reply.p, j->end);
	put_uint(buffer + 2, 2, flags);
	put_uint(buffer + 10, 2, j->header.additionals - j->opts);
	must(dns_walk_start(&w, j->reply, NULL));
	while (dns_walk_next(&w, &rr) && rr.type != DNS_OPT) {
		put_uint(buffer + rr.ttl_at, 4, ttl_to_send(j, &rr, w.section));
		if (alias_of(j->conf, &rr))
			(void)aliased(j, &rr, rr.rdata, buffer + rr.rdata_at);
	}
	return span_of(buffer, j->end);
}

/* ---- verdicts ----------------------------------------------------------------------------------------- */

static bool may_be_private(const struct dns_conf *c, const struct dns_question *q)
{
	for (const struct dns_domain *d = c->rebind_ok; d; d = d->next)
		if (dname_below(dname_span(&q->name), d->domain))
			return true;
	return false;
}

/* Those that dnsmasq keeps, and those that cache-rr adds. */
static bool is_kept_type(const struct dns_conf *c, const struct dns_question *q)
{
	struct prefix p;

	if (q->type == DNS_A || q->type == DNS_AAAA || q->type == DNS_SRV)
		return true;
	if (q->type == DNS_PTR && dname_reverse(dname_span(&q->name), &p))
		return true;
	return q->type != DNS_ANY &&
	       (has_type(c->cache_types, q->type) || has_type(c->cache_types, DNS_ANY));
}

static uint32_t negative_ttl_s(const struct judged *j)
{
	uint32_t ttl_s = j->has_soa ? j->soa_ttl_s : j->conf->neg_ttl_s;

	if (j->conf->no_negcache)
		return 0;
	if (j->answer_ttl_s < ttl_s)
		ttl_s = j->answer_ttl_s;
	return ttl_in_cache(j->conf, ttl_s);
}

static uint32_t ttl_of(const struct judged *j, unsigned rcode)
{
	if (j->question->class != DNS_IN || j->edns.rcode_high || (j->header.flags & DNS_TC) ||
	    (rcode != DNS_NOERROR && rcode != DNS_NXDOMAIN) ||
	    (rcode == DNS_NXDOMAIN && j->answered) ||
	    (rcode == DNS_NOERROR && !is_kept_type(j->conf, j->question)))
		return 0;
	return j->answered ? ttl_in_cache(j->conf, j->answer_ttl_s) : negative_ttl_s(j);
}

/* The question alone. */
static void say_nothing(const struct judged *j, unsigned rcode, void *buffer, size_t size,
			struct filtered *out)
{
	struct dns_writer w;

	dns_write_start(&w, buffer, size, j->header.id,
			(uint16_t)(DNS_QR | DNS_RA | (j->header.flags & DNS_RD)));
	dns_write_question(&w, j->question);
	out->message = out->keep = dns_write_end(&w, rcode);
}

static void say_nxdomain(const struct judged *j, void *buffer, size_t size, struct filtered *out)
{
	out->say = FILTER_NXDOMAIN;
	out->negative = true;
	out->origin = j->bogus->origin;
	out->ede = DNS_EDE_BLOCKED;
	if (j->bogus_ttl_s && !j->conf->no_negcache)
		out->ttl_s = ttl_in_cache(j->conf, j->bogus_ttl_s);
	say_nothing(j, DNS_NXDOMAIN, buffer, size, out);
}

static void say_rebind(const struct judged *j, void *buffer, size_t size, struct filtered *out)
{
	out->say = FILTER_REBIND;
	out->negative = true;
	out->ede = DNS_EDE_BLOCKED;
	out->private_at = *j->private_at;
	out->before_private = j->before_private;
	say_nothing(j, DNS_NOERROR, buffer, size, out);
}

/* What the cache gets lies behind what is sent; where there is no room, nothing is kept. */
static void make_keep(const struct judged *j, unsigned rcode, bool authentic, uint8_t *buffer,
		      size_t size, struct filtered *out)
{
	const struct copying keep = { j, wanted_to_keep, ttl_to_keep };
	uint16_t flags = DNS_QR | DNS_RA | (j->header.flags & DNS_RD) | (authentic ? DNS_AD : 0);

	out->keep = copy(&keep, flags, rcode, buffer + out->message.n, size - out->message.n);
	if (out->keep.n == 0)
		out->ttl_s = 0;
}

/* AD is upstream's word, not ours, unless proxy-dnssec takes it over, and never of what was changed
 * here; RA is ours to say; AA only what was not changed. */
static uint16_t flags_of(const struct judged *j, bool made_nodata)
{
	unsigned flags = (j->header.flags & ~DNS_RCODE_MASK) | DNS_RA;

	if (!j->conf->proxy_dnssec || j->removed || j->aliased || made_nodata)
		flags &= ~DNS_AD;
	if (j->aliased)
		flags &= ~DNS_AA;
	return (uint16_t)(made_nodata ? flags | DNS_AA : flags);
}

static enum status pass(const struct judged *j, bool exists, uint8_t *buffer, size_t size,
			struct filtered *out)
{
	const struct copying send = { j, wanted_to_send, ttl_to_send };
	unsigned rcode = j->header.flags & DNS_RCODE_MASK;
	bool made_nodata = rcode == DNS_NXDOMAIN && exists;
	uint16_t flags = flags_of(j, made_nodata);

	if (made_nodata)
		rcode = DNS_NOERROR;
	if (j->removed || j->opts > 1 || (j->opts == 1 && !j->opt_last))
		out->message = copy(&send, flags, rcode, buffer, size);
	else if (j->end <= size)
		out->message = copy_whole(j, (uint16_t)(flags | rcode), buffer);
	if (out->message.n == 0)
		return ST_FULL;
	out->removed = j->removed;
	out->ede = j->removed ? DNS_EDE_FILTERED : DNS_EDE_NONE;
	out->negative = rcode == DNS_NXDOMAIN || (rcode == DNS_NOERROR && !j->answered);
	out->ttl_s = ttl_of(j, rcode);
	if (out->ttl_s)
		make_keep(j, rcode, flags & DNS_AD, buffer, size, out);
	return ST_OK;
}

enum status filter_reply(const struct dns_conf *c, const struct dns_question *q, struct span reply,
			 bool exists, void *buffer, size_t size, struct filtered *out)
{
	struct chain chain UNCLEARED;
	struct judged j = { .conf = c, .question = q, .reply = reply, .chain = &chain };
	struct filtered f = { .ede = DNS_EDE_NONE };
	enum status s = ST_OK;

	if (!judge(&j))
		return ST_MALFORMED;
	if (j.bogus)
		say_nxdomain(&j, buffer, size, &f);
	else if (c->stop_rebind && j.private_at && !may_be_private(c, q))
		say_rebind(&j, buffer, size, &f);
	else
		s = pass(&j, exists, buffer, size, &f);
	if (s != ST_OK)
		return s;
	f.edns = j.edns;
	if (f.say != FILTER_PASS)
		f.edns.rcode_high = 0;
	*out = f;
	return ST_OK;
}
