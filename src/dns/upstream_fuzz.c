/* SPDX-License-Identifier: ISC */
/*
 * A reply from upstream on its whole way: matched, filtered, kept, given from the cache.  The first
 * byte says which filters are on; ID and question are made to fit, so that the way is gone to its
 * end; the rest is the fuzzer's.
 *
 * fuzzes: dns/filter_reply.c
 */
#include <stdlib.h>

#include "base/must.h"
#include "dns/cache.h"
#include "dns/filter.h"
#include "dns/forward.h"
#include "net/sim.h"

static const struct dns_conf *conf;
static struct dns_question question;
static uint8_t filtered[2 * DNS_MESSAGE_MAX], copy[DNS_MESSAGE_MAX];

static void keep_and_get(const struct filtered *f)
{
	const struct cache_key key = { .name = dname_span(&question.name), .type = question.type,
				       .class = question.class };
	struct dns_counts counts = { 0 };
	struct cache *c = cache_new(10, 0, &counts);
	struct now now = { .mono_ms = 1000 };
	struct cache_hit hit;

	cache_put(c, &key, f->keep, f->ttl_s, now);
	now.mono_ms += 700;
	if (cache_get(c, &key, now, 60, 0, copy, sizeof copy, &hit))
		must(hit.n == f->keep.n && hit.left_s <= f->ttl_s);
	cache_free(c);
}

static void answered(struct asked *a, const struct upstream_reply *reply)
{
	struct filtered f;

	(void)a;
	if (!reply || filter_ignores(conf, &question, reply->message) ||
	    filter_reply(conf, &question, reply->message, false, filtered, sizeof filtered, &f) !=
		    ST_OK)
		return;
	must(f.message.n >= DNS_HEADER && (f.ttl_s == 0 || f.keep.n >= DNS_HEADER));
	keep_and_get(&f);
}

/* Records of addresses lie in the order of the reply. */
static void count_address(void *arg, uint32_t record, const struct addr *a)
{
	uint32_t *next = arg;

	must(record >= *next && addr_is_set(a));
	*next = record + 1;
}

/* Asks, and gives the bytes as the reply. */
static void play(uint8_t *reply, size_t n)
{
	struct loop *l = sim_new(1);
	struct rng rng = { .seed = 1 };
	struct dns_counts counts = { 0 };
	struct dns_server server = { .at = { addr_ip4(0xc0000235), 53 } };
	const struct dns_rule rule = { .kind = RULE_SERVER, .server = &server }, *list = &rule;
	const struct rule_servers servers = { &list, 1, 0 };
	struct forward *f = forward_new(&(struct forward_want){ .loop = l, .rng = &rng,
								.counts = &counts });
	const struct forward_question q = { .question = question };
	struct asked a = { .answered = answered };
	struct sim_sent s;

	sim_netif_add(l, "eth0", "192.0.2.1/24", NULL);
	forward_configure(f, conf);
	must(forward_ask(f, &q, &servers, &a) == ST_OK && sim_sent_next(l, &s));
	memcpy(reply, s.d.data.p, 2);
	sim_deliver(l, &(struct dgram){ .from = s.d.to, .to = { addr_ip4(0xc0000201),
								s.d.from.port },
					.ifindex = 1, .data = span_of(reply, n) });
	forward_free(f);
	sim_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_net net = { .net = { { ADDR_IP4, { 9, 9, 9 } }, 24 } };
	static struct dns_alias alias = { .start = 0x01020300, .end = 0x010203ff, .to = 0x06070800,
					  .mask = 0xffffff00 };
	static struct dns_types txt = { .type = DNS_TXT };
	struct dns_conf c = { .forward_max = 2, .min_port = 1024, .max_port = 65535,
			      .edns_max = 1232, .neg_ttl_s = 30, .port_limit = 1,
			      .upstream_timeout_s = 10 };
	struct dns_walk w;
	uint32_t next = 0;
	uint8_t *reply;

	if (size < 1 + DNS_HEADER)
		return 0;
	c.stop_rebind = data[0] & 1;
	c.bogus_nxdomain = data[0] & 2 ? &net : NULL;
	c.ignore_addresses = data[0] & 4 ? &net : NULL;
	c.aliases = data[0] & 8 ? &alias : NULL;
	c.filter_types = data[0] & 16 ? &txt : NULL;
	c.filter_a = data[0] & 32;
	c.cache_types = data[0] & 64 ? &txt : NULL;
	c.max_ttl_s = c.min_cache_ttl_s = data[0] & 128 ? 50 : 0;
	conf = &c;
	if (!dns_walk_start(&w, span_of(data + 1, size - 1), &question) || question.name.n == 0)
		return 0;
	reply = malloc(size - 1);
	must(reply);
	memcpy(reply, data + 1, size - 1);
	reply[2] = (uint8_t)((reply[2] | 0x80) & ~0x7a);	/* a reply, opcode 0, not truncated */
	filter_each_address(&c, &question, span_of(reply, size - 1), count_address, &next);
	play(reply, size - 1);
	free(reply);
	return 0;
}
