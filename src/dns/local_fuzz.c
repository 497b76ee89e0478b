/* SPDX-License-Identifier: ISC */
/*
 * A query's whole way: read, decided from rich local data, written, read again.
 *
 * fuzzes: dns/local.c dns/local_addr.c dns/local_records.c dns/local_reverse.c dns/reply.c dns/synth.c
 */
#include "base/must.h"
#include "dns/local.h"
#include "dns/reply.h"
#include "net/sim.h"

static const char lines[] =
	"no-hosts\nlocal-ttl=60\nlocalise-queries\nselfmx\n"
	"domain=lan,192.0.2.0/26,local\n"
	"host-record=a.lan,a,192.0.2.1,fd00::1\nhost-record=a.lan,192.0.2.2\n"
	"host-record=a.lan,192.0.2.3\ncname=c.lan,d.lan\ncname=d.lan,a.lan\ncname=e.lan,up.example\n"
	"txt-record=t.lan,hello,\"a, b\"\nmx-host=m.lan,a.lan,5\nmx-host=m.lan,b.lan,6\n"
	"srv-host=_s._tcp.lan,a.lan,80,1,2\nsrv-host=_s._tcp.lan,b.lan,80,1,2\n"
	"ptr-record=9.2.0.192.in-addr.arpa,p.lan\nnaptr-record=n.lan,1,2,s,SIP,!x!y!,a.lan\n"
	"caa-record=t.lan,0,issue,b\ndns-rr=t.lan,99,010203\ninterface-name=i.lan,br0\n"
	"synth-domain=y.lan,192.0.2.64/26,p-\nsynth-domain=z.lan,fd01::/64,q*\n"
	"synth-domain=w.lan,::ffff:0:0/96\n"
	"address=/ad.lan/192.0.2.9\naddress=/ad.lan/fd00::9\naddress=/zero.lan/#\nlocal=/loc/\n"
	"server=/s.lan/192.0.2.53\nserver=192.0.2.54\n";

static struct local_view view;
static struct loop *loop;

static void add_lease(struct names *names, const char *name, const char *addr, int64_t ends_ms)
{
	struct names_entry e = { .names_address = true, .mono_expires_ms = ends_ms };

	must(dname_parse(name, &e.name) && addr_parse(addr, &e.addr));
	must(names_put(names, &e) == ST_OK);
}

static void start(void)
{
	static const struct conf_section *const sections[] = {
		&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
		&dns_auth_section, &dns_beyond_section,
	};
	struct conf *c = conf_new(sections, COUNT_OF(sections), NULL);
	struct names *names = names_new();

	conf_read_text(c, "f", span_text(lines));
	must(conf_errors(c) == 0);
	loop = sim_new(5);
	sim_netif_addr(loop, sim_netif_add(loop, "br0", "192.0.2.1/24", NULL), "fd00:77::1/64");
	add_lease(names, "pc.lan", "192.0.2.20", 0);
	add_lease(names, "pc", "192.0.2.20", 1005000);
	view = (struct local_view){
		.conf = dns_conf_of(c), .lan = conf_section(c, &lan_section), .names = names,
		.loop = loop,
	};
	view.hosts = hosts_read(&(struct hosts_want){ .conf = view.conf }, NULL);
	view.rules = rules_new(view.conf, NULL);
	view.records = records_new(view.conf, view.lan);
}

/* What we write is a reply to what was asked, within the limit. */
static void check_reply(const struct dns_query *q, const struct reply_how *how, struct span reply)
{
	struct dns_question asked;
	struct dns_walk w;
	struct dns_rr rr;

	must(reply.n <= how->limit);
	must(dns_walk_start(&w, reply, &asked));
	must(w.header.id == q->header.id && w.header.flags & DNS_QR);
	must(dname_span_eq(dname_span(&asked.name), dname_span(&q->question.name)));
	must(asked.type == q->question.type && asked.class == q->question.class);
	while (dns_walk_next(&w, &rr))
		continue;
	must(dns_walk_ok(&w) && reader_left(&w.r) == 0);
}

/* The first byte turns the addresses and sets the limit; what follows is the query. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct local_verdict v;
	static struct local_turns turns;
	static uint8_t buffer[DNS_MESSAGE_MAX];
	struct reply_how how = { .limit = DNS_UDP_MIN, .edns_size = 1232 };
	struct local_question question = { .to = addr_ip4(0xc0000201) };
	struct dns_query q;
	int why;

	if (!loop)
		start();
	if (size < 1 || !dns_query_read(span_of(data + 1, size - 1), &q, &why))
		return 0;
	view.turn = data[0];
	how.limit += data[0] & 0x80 ? 60000 : data[0];
	question.query = &q;
	question.now = loop_now(loop);
	local_decide(&view, &question, &v);
	must(v.answered || v.n == 0);
	must(v.n == 0 || v.exists || q.question.class == DNS_CHAOS);
	check_reply(&q, &how, reply_write(&v, &q, &how, buffer, sizeof buffer));
	(void)local_exists(&view, &question, &v);
	local_answer(&view, &question, &v);
	must(v.answered || v.n == 0);
	must(local_pass(data[0], view.names) != 0);
	(void)local_turn(&turns, &q.question);
	return 0;
}
