/* SPDX-License-Identifier: ISC */
#include "dhcp/facts.h"
#include "dhcp/parked.h"
#include "dhcp/stage_test.h"

static const char mac[] = "02:00:00:00:00:01";

/* What is told of a client, with spaces for NULs. */
static const char *facts_of(struct span options, size_t size)
{
	static char text[DHCP_FACTS_MAX];
	struct stage *s = stage_new("192.0.2.1/24", "dhcp-range=set:red,192.0.2.10,192.0.2.20\nno-ping\n"
						    "dhcp-mac=set:blue,02:*:*:*:*:*\n");
	const struct dhcp_verdict *v = stage_decide(s, mac, options);
	size_t n = dhcp_facts(&s->request, v, text, size);

	for (size_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = i + 1 == n ? '\0' : ';';
	stage_free(s);
	return n ? text : "";
}

/* As dnsmasq 2.90 puts them into the environment. */
TEST(facts_are_what_the_client_said_and_its_tags)
{
	const struct { const char *what; const char *facts; struct span options; } rows[] = {
		{ "nothing", "TAGS=red blue eth0", HEX("350101") },
		{ "texts end at an equals sign",
		  "VENDOR_CLASS=a;SUPPLIED_HOSTNAME=pc.lan;MUD_URL=u;TAGS=red blue eth0",
		  HEX("350101 3c03613d62 0c0670632e6c616e a103753d31") },
		{ "what it asks for", "REQUESTED_OPTIONS=1,3,252;TAGS=red blue eth0",
		  HEX("350101 37030103fc") },
		{ "classes with their lengths", "TAGS=red blue eth0;USER_CLASS0=abc;USER_CLASS1=de",
		  HEX("350101 4d0703616263026465") },
		{ "and iPXE's without", "TAGS=red blue eth0;USER_CLASS0=iPXE",
		  HEX("350101 4d0469505845") },
		{ "a relay",
		  "CIRCUIT_ID=c;SUBSCRIBER_ID=s;REMOTE_ID=r;TAGS=red blue eth0",
		  HEX("350101 5209010163020172060173") },
		{ "a gateway",
		  "CPEWAN_OUI=o;CPEWAN_SERIAL=n;CPEWAN_CLASS=c;TAGS=red blue cpewan-id eth0",
		  HEX("350101 7d0e00000de90901016f02016e030163") },
		{ "somebody else's options", "TAGS=red blue eth0",
		  HEX("350101 7d080000000903010161") },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		CHECK_TEXT(facts_of(rows[i].options, DHCP_FACTS_MAX), rows[i].facts);
}

TEST(a_fact_that_has_no_room_is_left_out)
{
	CHECK_TEXT(facts_of(HEX("350101 3c08 6161616161616161 37020103"), 24),
		   "VENDOR_CLASS=aaaaaaaa");
	CHECK_TEXT(facts_of(HEX("350101 3c08 6161616161616161"), 19), "TAGS=red blue eth0");
}
