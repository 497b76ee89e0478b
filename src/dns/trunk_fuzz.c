/* SPDX-License-Identifier: ISC */
/*
 * Questions by TCP to two servers that do what the input says: they answer, late or never, in any order
 * and in pieces, end connections, or send what they like.
 *
 * The input is pairs of bytes: what happens, and to what.  Whatever that is, each question is
 * answered once, there are no more connections than may be, and none is left at the end.
 *
 * fuzzes: dns/trunk.c dns/upstream_tcp.c
 */
#include <stdio.h>

#include "base/must.h"
#include "dns/trunk.h"
#include "net/sim.h"

#define CLIENTS 600
#define PEERS 256
#define HEARD 64			/* questions that are remembered of one connection */
#define QUERY 64

enum { ASK, ASK_MANY, CANCEL, ACCEPT, REFUSE, ANSWER, ANSWER_ALL, RAW, HALF, END, RESET, WAIT, WAIT_LONG,
       IDLE, ADDRESS, FORGET, DOES };

struct peer {
	struct sim_peer *p;
	bool accepted;
	size_t n;
	struct { size_t n; uint8_t bytes[2 + QUERY]; } heard[HEARD];
};

struct client {
	struct asked asked;
	bool waits;
};

static struct {
	struct loop *loop;
	struct forward *forward;
	struct dns_conf conf;
	struct dns_server server[2];
	struct dns_rule rule[2];
	const struct dns_rule *list[2];
	struct client client[CLIENTS];
	struct peer peer[PEERS];
	size_t clients_n, peers_n;
	unsigned addresses;
} fz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- who asks ---------------------------------------------------------------------------- */

static void answered(struct asked *a, const struct upstream_reply *reply)
{
	struct client *c = container_of(a, struct client, asked);

	must(c->waits);
	must(!reply || reply->message.n >= DNS_HEADER);
	c->waits = false;
}

static void ask(uint8_t how)
{
	const struct rule_servers servers = { fz.list, 2, 0 };
	struct client *c = &fz.client[fz.clients_n];
	struct forward_question q = {
		.question = { .type = DNS_A, .class = DNS_IN }, .tcp = true, .mark = how & 3,
		.from = { addr_ip4(0xc0000264), (uint16_t)(1000 + fz.clients_n) },
	};
	char name[16];

	if (fz.clients_n == CLIENTS)
		return;
	snprintf(name, sizeof name, "n%zu", fz.clients_n++);
	must(dname_parse(name, &q.question.name));
	c->asked.answered = answered;
	c->waits = forward_ask(fz.forward, &q, &servers, &c->asked) == ST_OK;
}

static void cancel(uint8_t which)
{
	struct client *c = &fz.client[which % (fz.clients_n + 1) % CLIENTS];

	forward_cancel(fz.forward, &c->asked);
	c->waits = false;
}

/* ---- who answers ------------------------------------------------------------------------------ */

static void meet(void)
{
	struct endpoint to, from;
	struct sim_peer *p;
	size_t open = 0;

	while (fz.peers_n < PEERS && (p = sim_peer_next(fz.loop, &to, &from)))
		fz.peer[fz.peers_n++] = (struct peer){ .p = p };
	for (size_t i = 0; i < fz.peers_n; i++)
		open += sim_peer_is_open(fz.peer[i].p);
	must(open <= TRUNKS_MAX);
}

/* What came by it since; numbers of what is not answered are never equal. */
static void hear(struct peer *k)
{
	struct reader r = reader_of(sim_peer_sent(k->p));

	while (reader_left(&r) > 0) {
		struct span m = reader_take(&r, reader_u16(&r));

		must(reader_ok(&r) && m.n >= DNS_HEADER && m.n <= QUERY);
		for (size_t i = 0; i < k->n; i++)
			must(memcmp(k->heard[i].bytes + 2, m.p, 2) != 0);
		if (k->n == HEARD)
			continue;
		put_uint(k->heard[k->n].bytes, 2, m.n);
		memcpy(k->heard[k->n].bytes + 2, m.p, m.n);
		k->heard[k->n++].n = 2 + m.n;
	}
}

/* A connection that is open; the newest ones are more likely.  NULL: there is none. */
static struct peer *some(uint8_t which, bool accepted)
{
	for (size_t i = 0; i < fz.peers_n; i++) {
		struct peer *k = &fz.peer[fz.peers_n - 1 - (which + i) % fz.peers_n];

		if (sim_peer_is_open(k->p) && k->accepted == accepted)
			return k;
	}
	return NULL;
}

static void accept_one(struct peer *k, enum status how)
{
	sim_peer_answer(k->p, how);
	k->accepted = true;
	sim_run_for(fz.loop, 0);
}

static void answer(struct peer *k, uint8_t which)
{
	size_t i = k->n ? which % k->n : 0, n;
	uint8_t bytes[2 + QUERY];

	if (k->n == 0)
		return;
	n = k->heard[i].n;
	memcpy(bytes, k->heard[i].bytes, n);
	bytes[4] |= 0x80;
	bytes[5] |= which & 0x40 ? DNS_SERVFAIL : 0;
	k->heard[i] = k->heard[--k->n];
	sim_peer_send(k->p, span_of(bytes, n));
}

static void answer_half(struct peer *k)
{
	if (k->n > 0)
		sim_peer_send(k->p, span_of(k->heard[0].bytes, k->heard[0].n / 2));
}

static void to_peer(struct peer *k, unsigned what, uint8_t arg)
{
	hear(k);
	if (what == ANSWER)
		answer(k, arg);
	for (size_t n = what == ANSWER_ALL ? k->n : 0; n > 0 && sim_peer_is_open(k->p); n--)
		answer(k, 0);
	if (what == RAW)
		sim_peer_send(k->p, span_of(&arg, 1));
	if (what == HALF)
		answer_half(k);
	if (what == END)
		sim_peer_end(k->p);
	if (what == RESET)
		sim_peer_reset(k->p);
}

/* ---- what happens --------------------------------------------------------------------------------- */

static void change(unsigned what, uint8_t arg)
{
	char cidr[32];

	if (what == IDLE)
		fz.conf.upstream_tcp_idle_s = arg % 3 * 5;
	if (what == IDLE)
		forward_configure(fz.forward, &fz.conf);
	if (what == FORGET)
		forward_forget_rules(fz.forward);
	if (what == ADDRESS && fz.addresses < 200) {
		snprintf(cidr, sizeof cidr, "192.0.2.%u/24", 20 + fz.addresses++);
		sim_netif_addr(fz.loop, 1, cidr);
	}
}

static void happen(unsigned what, uint8_t arg)
{
	struct peer *k;

	for (unsigned n = what == ASK ? 1 : what == ASK_MANY ? 1u + arg : 0; n > 0; n--)
		ask(arg);
	if (what == CANCEL)
		cancel(arg);
	meet();
	k = what >= ACCEPT && what <= RESET ? some(arg >> 4, what > REFUSE) : NULL;
	if (k && what <= REFUSE)
		accept_one(k, what == ACCEPT ? ST_OK : ST_UNKNOWN);
	else if (k)
		to_peer(k, what, arg);
	change(what, arg);
	sim_run_for(fz.loop, what == WAIT ? arg : what == WAIT_LONG ? arg * 8 : 0);
	meet();
}

static void begin(uint8_t how, struct dns_counts *counts, struct rng *rng)
{
	memset(&fz, 0, sizeof fz);
	fz.loop = sim_new(1);
	sim_netif_add(fz.loop, "eth0", "192.0.2.1/24", NULL);
	fz.conf = (struct dns_conf){ .forward_max = 1000, .min_port = 1024, .max_port = 65535,
				     .edns_max = 1232, .port_limit = 1, .upstream_timeout_s = 10,
				     .upstream_tcp_idle_s = 10, .strict_order = how & 1,
				     .all_servers = how & 2,
				     .cookies = how & 4 ? COOKIES_ON : COOKIES_OFF };
	for (unsigned i = 0; i < 2; i++) {
		fz.server[i].at = (struct endpoint){ addr_ip4(0xc0000235 + i), 53 };
		fz.rule[i] = (struct dns_rule){ .kind = RULE_SERVER, .server = &fz.server[i] };
		fz.list[i] = &fz.rule[i];
	}
	fz.forward = forward_new(&(struct forward_want){ .loop = fz.loop, .rng = rng,
							 .counts = counts });
	must(fz.forward);
	forward_configure(fz.forward, &fz.conf);
	sim_run_for(fz.loop, 0);
}

static void end(void)
{
	sim_run_for(fz.loop, 30000);
	for (size_t i = 0; i < fz.clients_n; i++)
		must(!fz.client[i].waits);
	for (size_t i = 0; i < fz.peers_n; i++)
		must(!sim_peer_is_open(fz.peer[i].p));
	forward_free(fz.forward);
	sim_free(fz.loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_counts counts = { 0 };
	struct rng rng = { .seed = 1 };

	if (size < 1 || size > 1000)
		return 0;
	begin(data[0], &counts, &rng);
	for (size_t i = 1; i + 1 < size; i += 2)
		happen(data[i] % DOES, data[i + 1]);
	end();
	return 0;
}
