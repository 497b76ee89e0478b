/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/log.h"
#include "test/test.h"

#define CLIENT .addr = { ADDR_IP4, { 192, 0, 2, 50 } }, .port = 4711, .xid = 7

static const struct {
	struct event event;
	enum dns_log_form form;
	const char *line;
} told[] = {
	{ { .kind = EVENT_DNS_QUERY, .source = "query[A]", .name = "a.lan", CLIENT },
	  DNS_LOG_PLAIN, "query[A] a.lan from 192.0.2.50" },
	{ { .kind = EVENT_DNS_QUERY, .source = "query[A]", .name = "a.lan", CLIENT },
	  DNS_LOG_EXTRA, "7 192.0.2.50/4711 query[A] a.lan from 192.0.2.50" },
	{ { .kind = EVENT_DNS_QUERY, .source = "query[A]", .name = "a.lan", .tcp = true, CLIENT },
	  DNS_LOG_PROTO, "TCP 7 192.0.2.50/4711 query[A] a.lan from 192.0.2.50" },
	{ { .kind = EVENT_DNS_ANSWER, .source = "auth", .name = "a.lan", .text = "192.0.2.9", CLIENT },
	  DNS_LOG_PROTO, "UDP 7 192.0.2.50/4711 auth a.lan is 192.0.2.9" },
	{ { .kind = EVENT_DNS_FORWARDED, .name = "a.org", .text = "192.0.2.1#5353", CLIENT },
	  DNS_LOG_PLAIN, "forwarded a.org to 192.0.2.1#5353" },
	{ { .kind = EVENT_DNS_ANSWER, .source = "/etc/hosts", .name = "a.lan", .text = "192.0.2.9",
	    CLIENT }, DNS_LOG_PLAIN, "/etc/hosts a.lan is 192.0.2.9" },
	{ { .kind = EVENT_DNS_ANSWER, .source = "cached", .name = "a.org", .text = "NXDOMAIN",
	    CLIENT }, DNS_LOG_EXTRA, "7 192.0.2.50/4711 cached a.org is NXDOMAIN" },
	{ { .kind = EVENT_DNS_SET, .source = "ipset add", .name = "four",
	    .text = "192.0.2.9 a.org", CLIENT }, DNS_LOG_PLAIN, "ipset add four 192.0.2.9 a.org" },
	{ { .kind = EVENT_DNS_SET, .source = "nftset add", .name = "4 inet fw four",
	    .text = "192.0.2.9 a.org", CLIENT },
	  DNS_LOG_EXTRA, "7 192.0.2.50/4711 nftset add 4 inet fw four 192.0.2.9 a.org" },
	{ { .kind = EVENT_DNS_WARNING, .text = "possible DNS-rebind attack detected: a.org" },
	  DNS_LOG_EXTRA, "possible DNS-rebind attack detected: a.org" },
	{ { .kind = EVENT_DHCP_ACK, .name = "a" }, DNS_LOG_PLAIN, "" },
};

TEST(dns_events_are_told_in_dnsmasqs_words)
{
	for (size_t i = 0; i < COUNT_OF(told); i++) {
		char line[256];
		struct text t = TEXT(line);

		dns_log_text(&t, told[i].form, &told[i].event);
		CHECK_TEXT(line, told[i].line);
	}
}

static unsigned lines, left_out;

static void count(enum log_subsystem sub, enum log_level level, const char *line)
{
	(void)sub;
	(void)level;
	lines++;
	left_out += strstr(line, "warnings like the next were left out") != NULL;
}

TEST(warnings_that_strangers_cause_pass_a_limit_and_questions_do_not)
{
	struct event warning = { .kind = EVENT_DNS_WARNING, .text = "attack", .name = "",
				 .at.mono_ms = 1000000 };
	struct event query = { .kind = EVENT_DNS_QUERY, .source = "query[A]", .name = "a.lan",
			       .at.mono_ms = 1000000 };
	struct events events = { 0 };
	struct dns_log log;

	lines = left_out = 0;
	log_set_sink(count);
	dns_log_init(&log, &events);
	for (int i = 0; i < 100; i++)
		events_publish(&events, &warning);
	CHECK_EQ(lines, 20);
	warning.at.mono_ms += 1000;
	events_publish(&events, &warning);
	CHECK_EQ(lines, 22);
	CHECK_EQ(left_out, 1);
	for (int i = 0; i < 100; i++)
		events_publish(&events, &query);
	CHECK_EQ(lines, 122);
	log_set_sink(NULL);
}
