/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/forward_lab_test.h"
#include "wire/dns.h"

static void answered(struct asked *a, const struct upstream_reply *reply)
{
	struct fwd_client *c = container_of(a, struct fwd_client, asked);
	struct dns_header h;

	c->answers++;
	c->nobody = !reply;
	if (reply) {
		must(dns_header_read(reply->message, &h));
		c->flags = h.flags;
		c->from = reply->from.at;
		c->tcp = reply->tcp;
		c->n = reply->message.n;
	}
	if (c->then)
		c->then(c);
}

static void sent(void *arg, const struct dns_question *q, const struct dns_server *to)
{
	struct forward_lab *lab = arg;

	must(q->name.n != 0 && to->at.port != 0);
	lab->told++;
}

static bool usable(void *arg, const struct dns_question *q, struct span options, struct span reply)
{
	const struct forward_lab *lab = arg;
	struct addr bad;

	(void)options;
	must(q->name.n != 0);
	if (!lab->unusable)
		return true;
	must(addr_parse(lab->unusable, &bad));
	return !span_eq(span_of(reply.p + reply.n - 4, 4), addr_bytes(&bad));
}

struct endpoint fwd_server(unsigned i)
{
	return (struct endpoint){ addr_ip4(0xc0000235 + i), 53 };
}

void fwd_configure(struct forward_lab *lab)
{
	forward_configure(lab->forward, &lab->conf);
}

struct forward_lab *fwd_open(size_t servers)
{
	struct forward_lab *lab = calloc(1, sizeof *lab);
	struct forward_want want;

	must(lab && servers <= LAB_SERVERS);
	lab->loop = sim_new(7);
	lab->rng.seed = 11;
	common_init(&lab->common);
	sim_netif_add(lab->loop, "eth0", "192.0.2.1/24", NULL);
	lab->conf = (struct dns_conf){ .forward_max = 150, .min_port = 1024, .max_port = 65535,
				       .edns_max = 1232, .port_limit = 1,
				       .upstream_timeout_s = FWD_TIMEOUT_MS / 1000,
				       .upstream_tcp_idle_s = 10,
				       .has_upstream_retry = true };
	for (unsigned i = 0; i < servers; i++) {
		lab->server[i].at = fwd_server(i);
		lab->rule[i] = (struct dns_rule){ .kind = RULE_SERVER, .server = &lab->server[i] };
		lab->list[i] = &lab->rule[i];
	}
	lab->servers = (struct rule_servers){ lab->list, servers, 0 };
	want = (struct forward_want){ .loop = lab->loop, .rng = &lab->rng, .counts = &lab->counts,
				      .common = &lab->common,
				      .sent = sent, .usable = usable, .arg = lab };
	lab->forward = forward_new(&want);
	must(lab->forward);
	fwd_configure(lab);
	sim_run_for(lab->loop, 0);		/* interfaces are told */
	return lab;
}

void fwd_close(struct forward_lab *lab)
{
	forward_free(lab->forward);
	common_done(&lab->common);
	sim_free(lab->loop);
	free(lab);
}

struct forward_question fwd_question(unsigned i, const char *name)
{
	struct forward_question q = {
		.question = { .type = DNS_A, .class = DNS_IN },
		.from = { addr_ip4(0xc0000264), (uint16_t)(1000 + i) }, .id = (uint16_t)(1000 + i),
	};

	must(dname_parse(name, &q.question.name));
	return q;
}

struct fwd_client *fwd_ask_as(struct forward_lab *lab, unsigned i,
			      const struct forward_question *q)
{
	struct fwd_client *c = &lab->client[i];

	must(i < LAB_CLIENTS);
	forward_cancel(lab->forward, &c->asked);
	*c = (struct fwd_client){ .lab = lab, .asked.answered = answered };
	c->status = forward_ask(lab->forward, q, &lab->servers, &c->asked);
	return c;
}

struct fwd_client *fwd_ask(struct forward_lab *lab, unsigned i, const char *name)
{
	const struct forward_question q = fwd_question(i, name);

	return fwd_ask_as(lab, i, &q);
}

bool fwd_sent(struct forward_lab *lab, struct fwd_query *out)
{
	struct sim_sent s;
	struct dns_header h;

	if (!sim_sent_next(lab->loop, &s))
		return false;
	must(s.d.data.n <= sizeof out->bytes && dns_header_read(s.d.data, &h));
	*out = (struct fwd_query){
		.server = addr_to_ip4(&s.d.to.addr) - 0xc0000235, .from = s.d.from,
		.at_ms = s.at_ms, .id = h.id, .flags = h.flags, .n = s.d.data.n,
	};
	out->from.addr = addr_ip4(0xc0000201);
	memcpy(out->bytes, s.d.data.p, s.d.data.n);
	return true;
}

const char *fwd_asked(struct forward_lab *lab, struct fwd_query *last)
{
	static char who[200];
	size_t n = 0;

	while (n < sizeof who - 1 && fwd_sent(lab, last))
		who[n++] = (char)('0' + last->server);
	who[n] = '\0';
	return who;
}

size_t fwd_answer(const struct fwd_query *q, unsigned rcode, void *buffer, size_t size)
{
	const struct addr a = addr_ip4(0xcb007101);
	struct dns_question question;
	struct dns_walk w;
	struct dns_writer out;

	must(dns_walk_start(&w, span_of(q->bytes, q->n), &question));
	dns_write_start(&out, buffer, size, q->id, DNS_QR | DNS_RD | DNS_RA);
	dns_write_question(&out, &question);
	if (rcode == DNS_NOERROR)
		must(dns_write_addr(&out, DNS_ANSWER, dname_span(&question.name), &a, 100));
	return dns_write_end(&out, rcode).n;
}

bool fwd_deliver(struct forward_lab *lab, struct endpoint from, struct endpoint to,
		 struct span data)
{
	return sim_deliver(lab->loop, &(struct dgram){ .from = from, .to = to, .ifindex = 1,
						       .data = data });
}

bool fwd_reply(struct forward_lab *lab, const struct fwd_query *q, unsigned rcode)
{
	uint8_t bytes[1500];
	size_t n = fwd_answer(q, rcode, bytes, sizeof bytes);

	return fwd_deliver(lab, fwd_server(q->server), q->from, span_of(bytes, n));
}

/* ---- by TCP -------------------------------------------------------------------------------- */

struct fwd_client *fwd_ask_by_tcp(struct forward_lab *lab, unsigned i, const char *name)
{
	struct forward_question q = fwd_question(i, name);

	q.tcp = true;
	return fwd_ask_as(lab, i, &q);
}

size_t fwd_heard(struct forward_lab *lab, struct sim_peer *p, struct fwd_query *q, size_t max)
{
	struct reader r;
	size_t n = 0;

	sim_run_for(lab->loop, 0);
	r = reader_of(sim_peer_sent(p));
	for (; reader_left(&r) > 0; n++) {
		struct span m = reader_take(&r, reader_u16(&r));

		must(n < max && reader_ok(&r) && m.n > DNS_HEADER && m.n <= sizeof q->bytes);
		q[n] = (struct fwd_query){ .id = (uint16_t)(m.p[0] << 8 | m.p[1]), .n = m.n };
		memcpy(q[n].bytes, m.p, m.n);
	}
	return n;
}

struct sim_peer *fwd_accepted(struct forward_lab *lab, struct fwd_query *q)
{
	struct endpoint to, from;
	struct sim_peer *p = sim_peer_next(lab->loop, &to, &from);

	if (!p)
		return NULL;
	must(to.port == 53);
	sim_peer_answer(p, ST_OK);
	must(fwd_heard(lab, p, q, 1) == 1);
	q->server = addr_to_ip4(&to.addr) - 0xc0000235;
	return p;
}

struct span fwd_framed(const struct fwd_query *q, unsigned rcode, uint8_t *b, size_t size)
{
	size_t n = fwd_answer(q, rcode, b + 2, size - 2);

	put_uint(b, 2, n);
	return span_of(b, n + 2);
}

void fwd_answer_by_tcp(struct forward_lab *lab, struct sim_peer *p, const struct fwd_query *q,
		       unsigned rcode)
{
	uint8_t b[1500];

	must(sim_peer_send(p, fwd_framed(q, rcode, b, sizeof b)));
	sim_run_for(lab->loop, 0);
}
