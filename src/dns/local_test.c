/* SPDX-License-Identifier: ISC */
/*
 * What the tables of tests/dns do not show: where answers come from, what the clock does, and
 * limits.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "dns/local.h"
#include "dns/reply.h"
#include "net/sim.h"
#include "test/test.h"

struct here {
	struct loop *loop;
	struct conf *conf;
	struct hosts *hosts;
	struct rules *rules;
	struct records *records;
	struct names *names;
	struct local_view view;
};

static struct local_verdict verdict;

static void begin(struct here *h, const char *lines)
{
	static const struct conf_section *const sections[] = {
		&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
		&dns_auth_section, &dns_beyond_section,
	};

	*h = (struct here){ .loop = sim_new(3),
			    .conf = conf_new(sections, COUNT_OF(sections), NULL) };
	conf_read_text(h->conf, "f", span_text(lines));
	CHECK_EQ(conf_errors(h->conf), 0);
	h->view.conf = dns_conf_of(h->conf);
	h->view.lan = conf_section(h->conf, &lan_section);
	h->view.hosts = h->hosts = hosts_read(&(struct hosts_want){ .conf = h->view.conf }, NULL);
	h->view.rules = h->rules = rules_new(h->view.conf, NULL);
	h->view.records = h->records = records_new(h->view.conf, h->view.lan);
	h->view.names = h->names = names_new();
	h->view.loop = h->loop;
}

static void end(struct here *h)
{
	names_free(h->names);
	records_free(h->records);
	rules_free(h->rules);
	hosts_free(h->hosts);
	conf_free(h->conf);
	sim_free(h->loop);
}

static struct dns_query query_of(const char *name, uint16_t type)
{
	struct dns_query q = { .question = { .type = type, .class = DNS_IN } };

	must(dname_parse(name, &q.question.name));
	return q;
}

static const struct local_verdict *decide(const struct here *h, const char *name, uint16_t type)
{
	const struct dns_query q = query_of(name, type);

	local_decide(&h->view, &(struct local_question){ .query = &q, .now = loop_now(h->loop) },
		     &verdict);
	return &verdict;
}

static void lease(struct here *h, const char *name, uint32_t addr, int64_t ends_ms)
{
	struct names_entry e = { .addr = addr_ip4(addr), .names_address = true,
				 .mono_expires_ms = ends_ms };

	must(dname_parse(name, &e.name));
	CHECK_EQ(names_put(h->names, &e), ST_OK);
}

TEST(each_record_of_an_answer_knows_the_line_that_it_came_from)
{
	static const char lines[] = "no-hosts\nhost-record=a.lan,192.0.2.1\n"
				    "cname=c.lan,a.lan\nlocal=/loc/\naddress=/ad/192.0.2.2\n"
				    "synth-domain=s.lan,192.0.2.0/24\n";
	static const struct {
		const char *name;
		unsigned type, item, line;
		enum local_source from;
	} cases[] = {
		{ "a.lan", DNS_A, 0, 2, FROM_CONFIG },
		{ "c.lan", DNS_A, 0, 3, FROM_RECORD },
		{ "c.lan", DNS_A, 1, 2, FROM_CONFIG },
		{ "x.ad",  DNS_A, 0, 5, FROM_CONFIG },
		{ "192-0-2-9.s.lan", DNS_A, 0, 6, FROM_CONFIG },
		{ "1.2.0.192.in-addr.arpa", DNS_PTR, 0, 2, FROM_CONFIG },
		{ "9.2.0.192.in-addr.arpa", DNS_PTR, 0, 6, FROM_CONFIG },
	};
	struct here h;

	begin(&h, lines);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct local_verdict *v = decide(&h, cases[i].name, (uint16_t)cases[i].type);

		CHECK(v->n > cases[i].item);
		CHECK_EQ(v->items[cases[i].item].origin.line, cases[i].line);
		CHECK_TEXT(v->items[cases[i].item].origin.file, "f");
		CHECK_EQ(v->items[cases[i].item].from, cases[i].from);
	}
	CHECK_EQ(decide(&h, "x.loc", DNS_A)->origin.line, 4);
	CHECK(verdict.answered && verdict.rcode == DNS_NXDOMAIN);
	end(&h);
}

TEST(records_of_hosts_files_and_leases_say_so)
{
	char path[] = "/tmp/lanlord-hosts-XXXXXX", lines[100];
	int fd = mkstemp(path);
	struct here h;

	must(fd >= 0 && write(fd, "\n192.0.2.5 h.lan\n", 17) == 17);
	close(fd);
	snprintf(lines, sizeof lines, "no-hosts\naddn-hosts=%s\n", path);
	begin(&h, lines);
	lease(&h, "l", 0xc0000209, 0);
	CHECK_EQ(decide(&h, "h.lan", DNS_A)->items[0].from, FROM_HOSTS);
	CHECK_TEXT(verdict.items[0].origin.file, path);
	CHECK_EQ(verdict.items[0].origin.line, 2);
	CHECK_EQ(decide(&h, "5.2.0.192.in-addr.arpa", DNS_PTR)->items[0].from, FROM_HOSTS);
	CHECK_EQ(decide(&h, "l", DNS_A)->items[0].from, FROM_LEASE);
	CHECK(verdict.items[0].origin.file == NULL);
	CHECK_EQ(decide(&h, "9.2.0.192.in-addr.arpa", DNS_PTR)->items[0].from, FROM_LEASE);
	unlink(path);
	end(&h);
}

TEST(a_name_lives_no_longer_than_its_lease_whoever_removes_it)
{
	struct here h;

	begin(&h, "no-hosts\nlocal-ttl=100\nlocal=/lan/\n");
	lease(&h, "pc.lan", 0xc0000209, loop_now(h.loop).mono_ms + 60000);
	CHECK_EQ(decide(&h, "pc.lan", DNS_A)->items[0].ttl_s, 60);
	sim_run_for(h.loop, 59500);
	CHECK_EQ(decide(&h, "pc.lan", DNS_A)->items[0].ttl_s, 1);
	sim_run_for(h.loop, 500);
	CHECK_EQ(decide(&h, "pc.lan", DNS_A)->n, 0);
	CHECK_EQ(verdict.rcode, DNS_NXDOMAIN);
	CHECK_EQ(decide(&h, "9.2.0.192.in-addr.arpa", DNS_PTR)->n, 0);
	end(&h);
}

TEST(what_is_not_known_here_is_handed_on_with_the_line_that_decides)
{
	struct here h;

	begin(&h, "no-hosts\nno-resolv\nhost-record=a.lan,192.0.2.1\nserver=/lan/192.0.2.53\n");
	CHECK(!decide(&h, "b.lan", DNS_A)->answered);
	CHECK_EQ(verdict.rule.say, SAY_ASK);
	CHECK_EQ(verdict.rule.servers.n, 1);
	CHECK(!verdict.exists);
	CHECK(!decide(&h, "a.lan", DNS_MX)->answered);
	CHECK(verdict.exists);
	CHECK(!decide(&h, "b.example", DNS_A)->answered);
	CHECK_EQ(verdict.rule.say, SAY_NOBODY);
	end(&h);
}

static void add_addresses(char *lines, size_t size, unsigned count)
{
	size_t n = 0;

	n += (size_t)snprintf(lines, size, "no-hosts\ntxt-record=a.lan,x\n");
	for (unsigned i = 0; i < count; i++)
		n += (size_t)snprintf(lines + n, size - n, "host-record=a.lan,192.0.%u.%u\n",
				      i / 250, i % 250 + 1);
	must(n < size);
}

TEST(more_records_than_a_verdict_holds_make_the_answer_truncated)
{
	static char lines[32768];
	static uint8_t buffer[DNS_MESSAGE_MAX];
	const struct dns_query q = query_of("a.lan", DNS_A);
	struct dns_header header;
	struct here h;

	add_addresses(lines, sizeof lines, LOCAL_ITEMS_MAX + 1);
	begin(&h, lines);
	CHECK_EQ(decide(&h, "a.lan", DNS_A)->n, LOCAL_ITEMS_MAX);
	CHECK(verdict.overflow);
	CHECK(dns_header_read(reply_write(&verdict, &q, &(struct reply_how){ .limit = DNS_MESSAGE_MAX, .edns_size = 1232 },
					  buffer, sizeof buffer), &header));
	CHECK(header.flags & DNS_TC);
	CHECK_EQ(header.answers, LOCAL_ITEMS_MAX);
	CHECK_EQ(decide(&h, "a.lan", DNS_ANY)->n, LOCAL_ITEMS_MAX);	/* its TXT record, and those */
	CHECK(verdict.overflow);
	end(&h);
}

/* cname= makes no circles, but dns-rr can. */
TEST(aliases_in_a_circle_end)
{
	struct here h;

	begin(&h, "no-hosts\ndns-rr=a,5,016200\ndns-rr=b,5,016100\n");
	CHECK(decide(&h, "a", DNS_A)->n > 2);
	CHECK(verdict.n < LOCAL_ITEMS_MAX);
	CHECK(verdict.answered && !verdict.overflow);
	end(&h);
}

TEST(each_name_and_type_takes_its_own_turns)
{
	struct local_turns turns = { 0 };
	const struct dns_query a = query_of("a.lan", DNS_A), upper = query_of("A.LAN", DNS_A),
			       six = query_of("a.lan", DNS_AAAA);

	CHECK_EQ(local_turn(&turns, &a.question), 0);
	CHECK_EQ(local_turn(&turns, &six.question), 0);
	CHECK_EQ(local_turn(&turns, &upper.question), 1);
	CHECK_EQ(local_turn(&turns, &six.question), 1);
}
