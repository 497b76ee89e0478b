/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

#define OWN "no-resolv\nno-hosts\nhost-record=a.lan,192.0.2.9,2001:db8::9\nmx-host=a.lan,m.lan\n" \
	    "local=/lan/\nserver=198.51.100.1\n"

/* The answer's records by type: "1 28 15". */
static const char *types(struct server_lab *o, const char *name)
{
	const struct lab_query q = { .name = name, .id = 7, .type = DNS_ANY, .udp_size = 1232 };
	static char text[200];
	struct dns_walk w;
	struct dns_rr rr;
	struct dgram d;
	size_t n = 0;

	server_lab_ask(o, &q);
	if (!server_lab_sent(o, false, &d) || !dns_walk_start(&w, d.data, NULL))
		return "nothing";
	n = (size_t)snprintf(text, sizeof text, "%u:", w.header.flags & DNS_RCODE_MASK);
	while (dns_walk_next(&w, &rr) && w.section == DNS_ANSWER)
		n += (size_t)snprintf(text + n, sizeof text - n, " %u", rr.type);
	return text;
}

TEST(any_is_answered_with_all_there_is_without_the_option)
{
	struct server_lab o;

	server_lab_open(&o, OWN);
	CHECK_TEXT(types(&o, "a.lan"), "0: 1 28 15");
	CHECK_TEXT(types(&o, "a.org"), "nothing");	/* it is asked elsewhere */
	CHECK_EQ(o.counts.forwarded, 1);
	server_lab_close(&o);
}

TEST(any_is_answered_with_one_set_of_records_or_a_word_that_it_is_not_told)
{
	struct server_lab o;

	server_lab_open(&o, OWN "any-small\n");
	CHECK_TEXT(types(&o, "a.lan"), "0: 1");
	CHECK_TEXT(types(&o, "b.lan"), "3:");		/* what is not, is not */
	CHECK_TEXT(types(&o, "a.org"), "0: 13");
	CHECK_EQ(o.counts.forwarded, 0);
	server_lab_close(&o);
}

TEST(the_word_that_any_is_not_told_is_that_of_rfc_8482)
{
	const struct lab_query q = { .name = "a.org", .id = 7, .type = DNS_ANY };
	struct server_lab o;
	struct dgram d;

	server_lab_open(&o, OWN "any-small\n");
	dns_set_tells(o.dns, DNS_TELLS_QUERIES);
	server_lab_ask(&o, &q);
	must(server_lab_sent(&o, false, &d));
	CHECK_BYTES(d.data, HEX("0007 8180 0001 0001 0000 0000 0161 036f7267 00 00ff 0001"
				"c00c 000d 0001 00000ecd 0009 07 52464338343832 00"));
	CHECK_TEXT(o.told, "query[ANY] a.org from 192.0.2.50\nconfig a.org is <HINFO>\n");
	server_lab_close(&o);
}
