/* SPDX-License-Identifier: ISC */
/*
 * A whole name service on the simulated loop, of the configuration that a target's own
 * file gives: queries, by UDP and TCP, and what an upstream server makes of the questions
 * that went on to it.
 *
 * The input is pieces: a byte that says what comes, two of its length, and so many
 * bytes.  A reply gets the ID of the last question sent on, and that question
 * where it shall match; a server's cookie where it shall have one (its piece counts the
 * OPT record).
 */
#include <errno.h>

#include "base/must.h"
#include "base/text.h"
#include "conf/conf.h"
#include "dns/cookies.h"
#include "dns/log.h"
#include "dns/server.h"
#include "dns/server_fuzz.h"
#include "net/neighbours.h"
#include "net/sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum piece { BY_UDP, BY_TCP, REPLY_BY_UDP, REPLY_BY_TCP, PIECES };

#define MATCHING 0x04			/* the reply has the question that was asked */
#define HAS_COOKIE 0x08			/* and the cookie, with one of the server's own */
#define STRANGE 0x04			/* the client is on the outer side */
#define TCP_ENDS 0x08			/* the client says no more after it */
#define MS_SHIFT 4			/* the upper bits: half seconds that pass */

#define EDNS_MAX 1232

static struct fuzzed {
	struct loop *loop;
	struct dns *dns;
	struct sim_peer *client, *upstream;
	struct endpoint asked, asked_from;	/* the last question that went on */
	uint8_t query[1500];
	size_t query_n;
	unsigned eth0, eth1;
	struct events events;
	struct event_watch watch;
} fz;

static int no_file(struct conf_files *f, const char *path, int flags)
{
	(void)f;
	(void)path;
	(void)flags;
	errno = ENOENT;
	return -1;
}

static void ignore_line(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	(void)o;
	(void)what;
}

/* Read once: it does not change. */
static struct dns_data *data_of_lines(void)
{
	static const struct conf_section *const parts[] = {
		&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
		&dns_edns_section,
		&dns_auth_section, &dns_beyond_section, &dns_sets_section,
	};
	static struct conf_files none = { .open = no_file };
	static const struct dns_reading how = { .from = &none, .bad = ignore_line };
	static struct dns_data *data;
	struct conf *c;

	if (data)
		return data;
	c = conf_new(parts, COUNT_OF(parts), &none);
	conf_read_text(c, "test", span_text(server_fuzz_lines));
	conf_check(c);
	must(conf_errors(c) == 0);
	data = dns_data_read(dns_conf_of(c), conf_section(c, &lan_section), &how);
	return data;
}

/* ---- what the service sends ---------------------------------------------------------- */

/* Whole, and an answer; what clients get by UDP is no larger than we ever say. */
static void check_answer(struct span m, size_t limit)
{
	struct dns_walk w;
	struct dns_rr rr;

	must(m.n <= limit && dns_walk_start(&w, m, NULL) && (w.header.flags & DNS_QR));
	while (dns_walk_next(&w, &rr))
		;
	must(dns_walk_ok(&w) && reader_left(&w.r) == 0);
}

static void keep_query(struct span m, const struct endpoint *to, const struct endpoint *from)
{
	struct dns_query q;
	int why;

	must(m.n <= sizeof fz.query && dns_query_read(m, &q, &why));
	memcpy(fz.query, m.p, m.n);
	fz.query_n = m.n;
	fz.asked = *to;
	fz.asked_from = *from;
}

static void look_at_datagrams(void)
{
	struct sim_sent s;

	while (sim_sent_next(fz.loop, &s))
		if (s.d.from.port == 53)
			check_answer(s.d.data, EDNS_MAX);
		else
			keep_query(s.d.data, &s.d.to, &s.d.from);
}

static void look_at_client(void)
{
	struct reader r;

	if (!fz.client)
		return;
	r = reader_of(sim_peer_sent(fz.client));
	while (reader_left(&r) > 0) {
		size_t n = reader_u16(&r);

		check_answer(reader_take(&r, n), DNS_MESSAGE_MAX);
		must(reader_ok(&r));
	}
}

static void look_at_upstream(void)
{
	struct endpoint to, from;
	struct sim_peer *next = sim_peer_next(fz.loop, &to, &from);
	struct span m;

	if (!next)
		return;
	fz.upstream = next;
	sim_peer_answer(next, ST_OK);
	sim_run_for(fz.loop, 0);
	m = sim_peer_sent(next);
	if (m.n > 2)
		keep_query(span_of(m.p + 2, m.n - 2), &to, &from);
}

/* Each event has a line of one line. */
static void told(struct event_watch *w, const struct event *e)
{
	char line[2400];
	struct text t = TEXT(line);

	(void)w;
	dns_log_text(&t, DNS_LOG_EXTRA, e);
	must(!strchr(line, '\n'));
}

/* ---- what it gets ---------------------------------------------------------------------- */

static void send_udp(const struct endpoint *from, const struct endpoint *to, unsigned ifindex,
		     struct span m)
{
	sim_deliver(fz.loop, &(struct dgram){ .from = *from, .to = *to, .ifindex = ifindex,
					      .data = m });
}

/* Where clients are, and what they ask: on the inner side or the outer. */
static const struct { struct endpoint here, there; } sides[] = {
	{ { { ADDR_IP4, { 192, 0, 2, 1 } }, 53 }, { { ADDR_IP4, { 192, 0, 2, 50 } }, 4000 } },
	{ { { ADDR_IP4, { 198, 18, 0, 1 } }, 53 }, { { ADDR_IP4, { 203, 0, 113, 7 } }, 4000 } },
};

static void send_tcp(struct span m, bool strange, bool ends)
{
	if (!fz.client || !sim_peer_is_open(fz.client))
		fz.client = sim_peer_connect(fz.loop, &sides[strange].here, &sides[strange].there,
					     strange ? fz.eth1 : fz.eth0);
	if (!fz.client || !sim_peer_send(fz.client, m) || !ends)
		return;
	sim_peer_end(fz.client);
	sim_run_for(fz.loop, 0);
	look_at_client();
	fz.client = NULL;
}

/* An OPT record with the query's cookie, and one of the server's own behind it. */
static void write_cookie(struct writer *w, const struct dns_query *q)
{
	struct span value, client, server;

	if (!cookie_find(q->edns.options, &value) || !cookie_split(value, &client, &server))
		return;
	writer_span(w, span_of("\0\0\x29\4\xd0\0\0\0\0\0\x14\0\x0a\0\x10", 15));
	writer_span(w, client);
	writer_span(w, span_text("servers!"));
}

/* The piece's header and records, with the ID of the question that was asked, and perhaps that. */
static struct span make_reply(struct span m, bool matching, bool cookie)
{
	static uint8_t out[2 + DNS_MESSAGE_MAX];
	struct writer w = writer_of(out + 2, DNS_MESSAGE_MAX);
	struct reader r = reader_of(m);
	struct dns_query q;
	int why;

	must(dns_query_read(span_of(fz.query, fz.query_n), &q, &why));
	(void)reader_take(&r, 2);
	writer_u16(&w, q.header.id);
	if (matching) {
		writer_u16(&w, DNS_QR | reader_u16(&r));
		writer_u16(&w, 1);
		writer_span(&w, reader_take(&r, 6));
		writer_span(&w, span_of(fz.query + DNS_HEADER, q.question_end - DNS_HEADER));
	}
	writer_span(&w, reader_take(&r, reader_left(&r)));
	if (cookie)
		write_cookie(&w, &q);
	put_uint(out, 2, writer_done(&w).n);
	return writer_done(&w);
}

static void send_reply(enum piece p, struct span m, uint8_t what)
{
	if (fz.query_n == 0)
		return;
	m = make_reply(m, what & MATCHING, what & HAS_COOKIE);
	if (p == REPLY_BY_UDP)
		send_udp(&fz.asked, &(struct endpoint){ addr_ip4(0xc0000201), fz.asked_from.port },
			 fz.eth0, m);
	else if (fz.upstream && sim_peer_is_open(fz.upstream))
		sim_peer_send(fz.upstream, span_of(m.p - 2, m.n + 2));
}

static void play(uint8_t what, struct span m)
{
	const enum piece p = what % PIECES;
	const bool strange = what & STRANGE;

	if (p == BY_UDP)
		send_udp(&sides[strange].there, &sides[strange].here, strange ? fz.eth1 : fz.eth0, m);
	else if (p == BY_TCP)
		send_tcp(m, strange, what & TCP_ENDS);
	else
		send_reply(p, m, what);
	sim_run_for(fz.loop, (what >> MS_SHIFT) * 500);
	look_at_datagrams();
	look_at_client();
	look_at_upstream();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(span_of(data, size));
	struct dns_counts counts = { 0 };
	static struct neighbours *neighbours;	/* it does not change either */
	const struct hwaddr hw = { 1, 6, { 2, 0, 0, 0, 0, 1 } };
	struct rng rng = { .seed = 1 };
	struct dns_want want = { .rng = &rng, .counts = &counts, .events = &fz.events };

	fz = (struct fuzzed){ .loop = sim_new(1), .watch.told = told };
	fz.eth0 = sim_netif_add(fz.loop, "eth0", "192.0.2.1/24", NULL);
	fz.eth1 = sim_netif_add(fz.loop, "eth1", "198.18.0.1/24", NULL);
	events_watch(&fz.events, &fz.watch);
	if (!neighbours) {
		neighbours = neighbours_new();
		neighbours_set(neighbours, fz.eth0, &sides[0].there.addr, &hw);
	}
	want.neighbours = neighbours;
	want.loop = fz.loop;
	want.cache = cache_new(50, 0, &counts);
	fz.dns = dns_new(&want);
	dns_set_tells(fz.dns, DNS_TELLS_QUERIES);
	dns_use(fz.dns, data_of_lines());
	must(dns_listen(fz.dns, &(struct binding){ .addr.family = ADDR_IP4 }, 53, NULL) == ST_OK);
	while (reader_left(&r) > 2) {
		uint8_t what = reader_u8(&r);
		size_t n = reader_u16(&r);

		play(what, reader_take(&r, n < reader_left(&r) ? n : reader_left(&r)));
	}
	dns_free(fz.dns);
	cache_free(want.cache);
	sim_free(fz.loop);
	return 0;
}
