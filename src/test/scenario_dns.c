/* SPDX-License-Identifier: ISC */
/*
 * Questions and answers of a story, the servers upstream, and the files beside
 * the configuration.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/rrtypes.h"
#include "test/scenario_private.h"

#define DNS_PORT 53
#define STEP_MS 10			/* between looks at what engines sent */

/* ---- files ------------------------------------------------------------------------- */

static int open_file(struct conf_files *files, const char *path, int flags)
{
	struct story *st = container_of(files, struct story, conf_files);
	int fd = -1;

	(void)flags;
	for (size_t i = 0; i < st->files_n; i++)
		if (strcmp(st->file[i].path, path) == 0) {
			size_t n = strlen(st->file[i].text);

			fd = memfd_create("story", MFD_CLOEXEC);
			must(fd >= 0 && write(fd, st->file[i].text, n) == (ssize_t)n);
			must(lseek(fd, 0, SEEK_SET) == 0);
		}
	errno = fd < 0 ? ENOENT : errno;
	return fd;
}

bool story_file(struct story *st, const char *path, struct span text)
{
	size_t i = 0;

	while (i < st->files_n && strcmp(st->file[i].path, path) != 0)
		i++;
	if (i == STORY_FILES || text.n >= sizeof st->file[i].text)
		return story_fail(st, "too many files, or too long");
	snprintf(st->file[i].path, sizeof st->file[i].path, "%s", path);
	memcpy(st->file[i].text, text.p, text.n);
	st->file[i].text[text.n] = 0;
	st->files_n += i == st->files_n;
	return true;
}

/* ---- the service ---------------------------------------------------------------------- */

static void bad_line(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	log_error(LOG_MAIN, "%s:%u: %s", o->file, o->line, what);
}

static void hosts_read_line(void *arg, const char *path, size_t names)
{
	(void)arg;
	log_info(LOG_MAIN, "read %s - %zu names", path, names);
}

static bool make_dns(struct story *st, const struct lan_conf *lan)
{
	static const struct addr any[] = { { .family = ADDR_IP4 }, { .family = ADDR_IP6 } };
	struct dns_want want = { .loop = st->loop, .rng = &st->rng, .events = &st->events,
				 .names = st->names, .counts = &st->dns_counts };

	st->rng.seed = 1;
	st->cache = cache_new(dns_conf_of(st->conf)->cache_size, 0, &st->dns_counts);
	want.cache = st->cache;
	st->dns = dns_new(&want);
	dns_set_tells(st->dns, DNS_TELLS_QUERIES);
	for (size_t i = 0; i < COUNT_OF(any); i++)
		if (dns_listen(st->dns, &(struct binding){ .addr = any[i] }, (uint16_t)lan->port, NULL) !=
		    ST_OK)
			return story_fail(st, "cannot listen");
	return true;
}

bool story_dns_use(struct story *st)
{
	const struct lan_conf *lan = conf_section(st->conf, &lan_section);
	const struct dns_reading how = { .from = &st->conf_files, .bad = bad_line,
					 .hosts_read = hosts_read_line };
	struct dns_data *old = st->dns_data;

	st->conf_files.open = open_file;
	st->dns_data = dns_data_read(dns_conf_of(st->conf), lan, &how);
	lease_names_use(&st->lease_names, lan, st->dns_data->hosts);
	if (!st->dns && lan->port && !make_dns(st, lan))
		return false;
	if (st->dns) {
		cache_clear(st->cache);
		dns_use(st->dns, st->dns_data);
	}
	dns_data_free(old);
	return true;
}

void story_dns_free(struct story *st)
{
	dns_free(st->dns);
	cache_free(st->cache);
	dns_data_free(st->dns_data);
	names_free(st->names);
}

/* ---- servers upstream --------------------------------------------------------------------- */

static struct story_upstream *upstream_at(struct story *st, const struct addr *a)
{
	for (size_t i = 0; i < st->upstreams; i++)
		if (addr_eq(&st->upstream[i].addr, a))
			return &st->upstream[i];
	must(st->upstreams < STORY_UPSTREAMS);
	st->upstream[st->upstreams] = (struct story_upstream){ .addr = *a, .delay_ms = 10 };
	return &st->upstream[st->upstreams++];
}

static const struct story_saying *saying_for(const struct story_upstream *u,
					     const struct dns_question *q)
{
	struct dname_text name = dname_text(&q->name);

	for (size_t i = 0; i < u->n; i++)
		if (text_same(u->saying[i].name, name.s) && u->saying[i].type == q->type)
			return &u->saying[i];
	return NULL;
}

static const struct { const char *word; unsigned rcode; } rcodes[] = {
	{ "NXDOMAIN", DNS_NXDOMAIN }, { "SERVFAIL", DNS_SERVFAIL }, { "REFUSED", DNS_REFUSED },
	{ "NODATA", DNS_NOERROR },
};

/* A CNAME or an address; an SOA beside what says no. */
static unsigned write_saying(struct dns_writer *w, const struct dns_question *q,
			     const struct story_saying *s)
{
	static const uint8_t soa[] = {
		0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 60,
	};
	struct dname target;
	struct addr a;

	for (size_t i = 0; s && i < COUNT_OF(rcodes); i++)
		if (strcmp(s->value, rcodes[i].word) == 0) {
			if (rcodes[i].rcode % DNS_NXDOMAIN == 0)
				dns_write_rr(w, DNS_AUTHORITY, span_of("", 1), DNS_SOA, DNS_IN, 60,
					     SPAN(soa));
			return rcodes[i].rcode;
		}
	if (!s)
		return DNS_SERVFAIL;
	if (addr_parse(s->value, &a))
		dns_write_addr(w, DNS_ANSWER, dname_span(&q->name), &a, s->ttl_s);
	else if (dname_parse(s->value, &target))
		dns_write_rr(w, DNS_ANSWER, dname_span(&q->name), DNS_CNAME, DNS_IN, s->ttl_s,
			     dname_span(&target));
	return DNS_NOERROR;
}

/* What the server at d->to makes of a query; it arrives after its delay. */
static void upstream_asked(struct story *st, const struct sim_sent *sent)
{
	struct story_upstream *u = upstream_at(st, &sent->d.to.addr);
	struct story_answer *a;
	struct dns_writer w;
	struct dns_query q;
	int why;

	must(dns_query_read(sent->d.data, &q, &why));
	u->asked++;
	if (u->silent || st->answers == STORY_ANSWERS)
		return;
	a = &st->answer[st->answers++];
	a->due_ms = sent->at_ms + u->delay_ms;
	a->from = sent->d.to;
	a->to = sent->d.from;
	dns_write_start(&w, a->bytes, sizeof a->bytes, q.header.id, DNS_QR | DNS_RD | DNS_RA);
	dns_write_question(&w, &q.question);
	a->n = dns_write_end(&w, write_saying(&w, &q.question, saying_for(u, &q.question))).n;
}

static void deliver_answers(struct story *st)
{
	int64_t now_ms = loop_now(st->loop).mono_ms;

	for (size_t i = 0; i < st->answers;) {
		struct story_answer a = st->answer[i];

		if (a.due_ms > now_ms) {
			i++;
			continue;
		}
		st->answer[i] = st->answer[--st->answers];
		sim_deliver(st->loop, &(struct dgram){ .from = a.from, .to = a.to,
						       .ifindex = st->ifindex,
						       .data = span_of(a.bytes, a.n) });
	}
}

bool story_dns_sent(struct story *st, const struct sim_sent *sent)
{
	struct story_asker *k = &st->asker;

	if (sent->d.to.port == DNS_PORT) {
		upstream_asked(st, sent);
		return true;
	}
	if (sent->d.from.port != DNS_PORT)
		return false;
	must(sent->d.data.n <= sizeof k->bytes);
	memcpy(k->bytes, sent->d.data.p, sent->d.data.n);
	k->n = sent->d.data.n;
	return true;
}

/* "upstream 198.51.100.1 says NAME TYPE VALUE [ttl=N]", "… is silent", "… answers after TIME",
 * "… was asked N times". */
bool story_upstream(struct story *st, const struct step *s)
{
	struct story_upstream *u;
	struct addr a;

	if (s->n < 4 || !addr_parse(s->word[1], &a))
		return story_fail(st, "upstream ADDRESS says NAME TYPE VALUE");
	u = upstream_at(st, &a);
	if (strcmp(s->word[2], "says") == 0 && s->n >= 6 && u->n < STORY_SAYINGS) {
		struct story_saying *y = &u->saying[u->n++];
		const char *ttl = step_value(s, "ttl");

		snprintf(y->name, sizeof y->name, "%s", s->word[3]);
		snprintf(y->value, sizeof y->value, "%s", s->word[5]);
		y->ttl_s = ttl ? (uint32_t)strtoul(ttl, NULL, 10) : 300;
		u->silent = false;
		return rrtype_parse(s->word[4], &y->type) || story_fail(st, "no such type");
	}
	if (strcmp(s->word[2], "is") == 0 && strcmp(s->word[3], "silent") == 0) {
		u->silent = true;
		return true;
	}
	if (strcmp(s->word[2], "was") == 0 && s->n == 6)
		return u->asked == strtoul(s->word[4], NULL, 10) ||
		       story_fail(st, "it was asked %u times", u->asked);
	return story_fail(st, "says, is silent, was asked N times");
}

/* ---- clients -------------------------------------------------------------------------------- */

static void send_question(struct story *st, const struct addr *from, const char *name,
			  uint16_t type)
{
	const struct netif *n = loop_netif_named(st->loop, "eth0");
	struct dns_question q = { .type = type, .class = DNS_IN };
	uint8_t bytes[DNS_UDP_MIN];
	struct dns_writer w;

	must(n && n->addrs > 0 && dname_parse(name, &q.name));
	st->asker.n = 0;
	dns_write_start(&w, bytes, sizeof bytes, ++st->asker.id, DNS_RD);
	dns_write_question(&w, &q);
	sim_deliver(st->loop, &(struct dgram){ .from = { *from, 40000 },
					       .to = { n->addr[0].addr, DNS_PORT },
					       .ifindex = n->index,
					       .data = dns_write_end(&w, 0) });
}

/* The answer in a word or more: "192.0.2.1 192.0.2.2", "other.example 192.0.2.1", "NXDOMAIN". */
static void say_answer(struct text *t, const struct story_asker *k, uint32_t *out_ttl_s)
{
	struct dns_walk w;
	struct dns_rr rr;
	unsigned rcode;

	if (k->n == 0 || !dns_walk_start(&w, span_of(k->bytes, k->n), NULL)) {
		text_add(t, "nothing");
		return;
	}
	rcode = w.header.flags & DNS_RCODE_MASK;
	while (dns_walk_next(&w, &rr) && w.section == DNS_ANSWER) {
		struct addr a = dns_rr_addr(&rr);
		uint8_t plain[1024];
		struct writer out = writer_of(plain, sizeof plain);

		*out_ttl_s = rr.ttl_s;
		if (t->n)
			text_add(t, " ");
		if (addr_is_set(&a))
			text_add(t, addr_text(&a).s);
		else if (dns_rdata_expand(&w.r, &rr, &out))
			text_add(t, dname_span_text(writer_done(&out)).s);
	}
	for (size_t i = 0; t->n == 0 && i < COUNT_OF(rcodes); i++)
		if (rcodes[i].rcode == rcode)
			text_add(t, rcodes[i].word);
}

static void wait_for_answer(struct story *st, int64_t limit_ms)
{
	for (int64_t ms = 0; st->asker.n == 0 && ms < limit_ms; ms += STEP_MS) {
		deliver_answers(st);
		story_run(st, STEP_MS);
	}
}

/* "192.0.2.50 asks NAME TYPE, gets ANSWER… [ttl=N]" */
bool story_asks(struct story *st, const struct step *s, const struct addr *from)
{
	char got[600], want[600];
	struct text g = TEXT(got), w = TEXT(want);
	uint32_t ttl_s = 0;
	char *comma;
	uint16_t type;

	if (s->n < 6 || !st->dns || strcmp(s->word[4], "gets") != 0)
		return story_fail(st, "ADDRESS asks NAME TYPE, gets ANSWER");
	comma = strchr(s->word[3], ',');
	if (comma)
		*comma = 0;
	if (!rrtype_parse(s->word[3], &type))
		return story_fail(st, "no such type");
	send_question(st, from, s->word[2], type);
	wait_for_answer(st, strcmp(s->word[5], "nothing") == 0 ? 15000 : 12000);
	say_answer(&g, &st->asker, &ttl_s);
	for (size_t i = 5; i < s->n && strncmp(s->word[i], "ttl=", 4) != 0; i++)
		text_addf(&w, "%s%s", i > 5 ? " " : "", s->word[i]);
	if (strcmp(got, want) != 0)
		return story_fail(st, "the answer is %s", got);
	if (step_value(s, "ttl") && strtoul(step_value(s, "ttl"), NULL, 10) != ttl_s)
		return story_fail(st, "its TTL is %u", ttl_s);
	return true;
}
