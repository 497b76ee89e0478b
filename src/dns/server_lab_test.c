/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/log.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

#define DNS_PORT 53

static const struct conf_section *const parts[] = {
	&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
	&dns_edns_section,
	&dns_auth_section, &dns_beyond_section, &dns_sets_section,
};

static int no_file(struct conf_files *f, const char *path, int flags)
{
	(void)f;
	(void)path;
	(void)flags;
	return -1;
}

static void ignore_line(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	(void)o;
	(void)what;
}

static void ignore_read(void *arg, const char *path, size_t names)
{
	(void)arg;
	(void)path;
	(void)names;
}

static void note(struct event_watch *w, const struct event *e)
{
	struct server_lab *o = container_of(w, struct server_lab, watch);
	char line[2400];
	struct text t = TEXT(line);
	size_t n = strlen(o->told);

	dns_log_text(&t, o->extra ? DNS_LOG_EXTRA : DNS_LOG_PLAIN, e);
	snprintf(o->told + n, sizeof o->told - n, "%s\n", line);
}

void server_lab_use(struct server_lab *o, const char *lines)
{
	static struct conf_files none = { .open = no_file };
	const struct dns_reading how = { .from = &none, .bad = ignore_line,
					 .hosts_read = ignore_read };
	struct conf *old_conf = o->conf;
	struct dns_data *old = o->data;

	o->conf = conf_new(parts, COUNT_OF(parts), &none);
	conf_read_text(o->conf, "test", span_text(lines));
	conf_check(o->conf);
	CHECK_EQ(conf_errors(o->conf), 0);
	o->data = dns_data_read(dns_conf_of(o->conf), conf_section(o->conf, &lan_section), &how);
	dns_use(o->dns, o->data);
	dns_data_free(old);
	if (old_conf)
		conf_free(old_conf);
}

static void serve(struct server_lab *o, uint16_t port, const char *lines)
{
	static const struct addr any[] = { { .family = ADDR_IP4 }, { .family = ADDR_IP6 } };
	struct dns_want want;

	o->rng.seed = 1;
	o->watch.told = note;
	events_watch(&o->events, &o->watch);
	o->cache = cache_new(100, 0, &o->counts);
	o->names = names_new();
	want = (struct dns_want){ .loop = o->loop, .rng = &o->rng, .cache = o->cache,
				  .names = o->names,
				  .counts = &o->counts, .events = &o->events };
	o->dns = dns_new(&want);
	server_lab_use(o, lines);
	for (size_t i = 0; i < COUNT_OF(any); i++)
		CHECK_EQ(dns_listen(o->dns, &(struct binding){ .addr = any[i] }, port, NULL), ST_OK);
}

void server_lab_open(struct server_lab *o, const char *lines)
{
	*o = (struct server_lab){ .loop = sim_new(1) };
	o->eth0 = sim_netif_add(o->loop, "eth0", "192.0.2.1/24", NULL);
	sim_netif_addr(o->loop, o->eth0, "2001:db8::1/64");
	o->eth1 = sim_netif_add(o->loop, "eth1", "198.18.0.1/24", NULL);
	serve(o, DNS_PORT, lines);
}

void server_lab_open_beside(struct server_lab *o, const struct server_lab *host, uint16_t port,
			    const char *lines)
{
	*o = (struct server_lab){ .loop = host->loop, .host = host, .eth0 = host->eth0,
				  .eth1 = host->eth1 };
	serve(o, port, lines);
}

void server_lab_close(struct server_lab *o)
{
	dns_free(o->dns);
	dns_data_free(o->data);
	cache_free(o->cache);
	names_free(o->names);
	conf_free(o->conf);
	if (!o->host)
		sim_free(o->loop);
}

void server_lab_ask_from(struct server_lab *o, const struct lab_query *q,
			 const struct endpoint *from, const struct endpoint *to, unsigned ifindex)
{
	struct dns_question question = { .type = q->type ? q->type : DNS_A, .class = DNS_IN };
	uint8_t bytes[DNS_UDP_MIN];
	struct dns_writer w;

	must(dname_parse(q->name, &question.name));
	dns_write_start(&w, bytes, sizeof bytes, q->id, (q->no_recursion ? 0 : DNS_RD) | q->flags);
	dns_write_question(&w, &question);
	if (q->udp_size || q->dnssec_ok)
		dns_write_edns(&w, q->udp_size, q->dnssec_ok, 0, DNS_EDE_NONE);
	(void)sim_deliver(o->loop, &(struct dgram){ .from = *from, .to = *to, .ifindex = ifindex,
						    .data = dns_write_end(&w, 0) });
}

void server_lab_ask(struct server_lab *o, const struct lab_query *q)
{
	const struct endpoint from = { addr_ip4(0xc0000232), 40000 };
	const struct endpoint to = { addr_ip4(0xc0000201), DNS_PORT };

	server_lab_ask_from(o, q, &from, &to, o->eth0);
}

bool server_lab_sent(struct server_lab *o, bool upstream, struct dgram *out)
{
	struct sim_sent s;

	sim_run_for(o->loop, 1);
	while (sim_sent_next(o->loop, &s))
		if ((s.d.from.port != DNS_PORT) == upstream) {
			*out = s.d;
			if (upstream) {
				must(s.d.data.n <= sizeof o->query);
				memcpy(o->query, s.d.data.p, s.d.data.n);
				out->data = span_of(o->query, s.d.data.n);
			}
			return true;
		}
	return false;
}

void server_lab_answer(struct server_lab *o, const struct dgram *query, const char *addr,
		       uint32_t ttl_s)
{
	static const uint8_t soa[22] = { [21] = 60 };
	uint8_t bytes[DNS_UDP_MIN];
	struct dns_writer w;
	struct dns_query q;
	struct dname alias;
	struct addr a;
	int why;

	must(dns_query_read(query->data, &q, &why));
	dns_write_start(&w, bytes, sizeof bytes, q.header.id, DNS_QR | DNS_RD | DNS_RA);
	dns_write_question(&w, &q.question);
	if (addr && addr_parse(addr, &a)) {
		dns_write_addr(&w, DNS_ANSWER, dname_span(&q.question.name), &a, ttl_s);
	} else if (addr) {
		must(dname_parse(addr, &alias));
		dns_write_rr(&w, DNS_ANSWER, dname_span(&q.question.name), DNS_CNAME, DNS_IN, ttl_s,
			     dname_span(&alias));
	} else {
		dns_write_rr(&w, DNS_AUTHORITY, span_of("", 1), DNS_SOA, DNS_IN, ttl_s, SPAN(soa));
	}
	(void)sim_deliver(o->loop, &(struct dgram){
		.from = query->to, .to = query->from, .ifindex = o->eth0,
		.data = dns_write_end(&w, addr ? DNS_NOERROR : DNS_NXDOMAIN) });
	sim_run_for(o->loop, 1);
}

void server_lab_fail(struct server_lab *o, const struct dgram *query, unsigned rcode)
{
	uint8_t bytes[DNS_UDP_MIN];
	struct dns_writer w;
	struct dns_query q;
	int why;

	must(dns_query_read(query->data, &q, &why));
	dns_write_start(&w, bytes, sizeof bytes, q.header.id, DNS_QR | DNS_RD | DNS_RA);
	dns_write_question(&w, &q.question);
	(void)sim_deliver(o->loop, &(struct dgram){
		.from = query->to, .to = query->from, .ifindex = o->eth0,
		.data = dns_write_end(&w, rcode) });
	sim_run_for(o->loop, 1);
}

const char *server_lab_heard(struct server_lab *o)
{
	static const char *const rcodes[16] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
						"NOTIMP", "REFUSED" };
	static char text[2000];
	struct text t = TEXT(text);
	struct dns_edns_option option;
	struct dns_question q;
	struct dns_edns edns;
	struct dns_walk w;
	struct dns_rr rr;
	struct reader r;
	struct dgram d;

	if (!server_lab_sent(o, false, &d) || !dns_walk_start(&w, d.data, &q))
		return "nothing";
	text_addf(&t, "%u %s%s%s", w.header.id, rcodes[w.header.flags & DNS_RCODE_MASK],
		  w.header.flags & DNS_AA ? " aa" : "", w.header.flags & DNS_TC ? " tc" : "");
	if (w.header.flags & DNS_OPCODE_MASK)
		text_addf(&t, " opcode=%u", (w.header.flags & DNS_OPCODE_MASK) >> 11);
	if (q.name.n)
		text_addf(&t, " %s", dname_text(&q.name).s);
	while (dns_walk_next(&w, &rr)) {
		struct addr a = dns_rr_addr(&rr);

		if (addr_is_set(&a))
			text_addf(&t, " %s", addr_text(&a).s);
		if (rr.type == DNS_OPT)
			text_addf(&t, " opt=%u", rr.class);
		if (!dns_edns_of(&rr, &edns))
			continue;
		r = reader_of(edns.options);
		while (dns_edns_next(&r, &option))
			if (option.code == 15 && option.value.n >= 2)
				text_addf(&t, " ede=%u", option.value.p[1]);
	}
	return text;
}
