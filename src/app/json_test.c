/* SPDX-License-Identifier: ISC */
#include "app/event_log.h"
#include "app/json.h"
#include "test/test.h"

static const struct { const char *value, *json; } values[] = {
	{ "plain", "{\"m\":\"plain\"}" },
	{ "a \"b\" \\c", "{\"m\":\"a \\\"b\\\" \\\\c\"}" },
	{ "tab\tend\x7f", "{\"m\":\"tab\\u0009end\\u007f\"}" },
	{ "gr\xc3\xbc\xc3\x9f" "e", "{\"m\":\"gr\xc3\xbc\xc3\x9f" "e\"}" },
	{ "\xff\xc3", "{\"m\":\"\\u00ff\\u00c3\"}" },
	{ "\xc0\xaf", "{\"m\":\"\\u00c0\\u00af\"}" },		/* overlong */
	{ "\xed\xa0\x80", "{\"m\":\"\\u00ed\\u00a0\\u0080\"}" },	/* a surrogate */
	{ "\xf0\x9f\x98\x80", "{\"m\":\"\xf0\x9f\x98\x80\"}" },
	{ "", "{}" },
	{ NULL, "{}" },
};

TEST(json_text_is_escaped_whatever_a_stranger_sent)
{
	char buffer[128];

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct text t = TEXT(buffer);
		struct json j = json_open(&t);

		json_text(&j, "m", values[i].value);
		json_close(&j);
		CHECK_TEXT(buffer, values[i].json);
	}
}

TEST(json_members_are_separated_by_commas)
{
	char buffer[64];
	struct text t = TEXT(buffer);
	struct json j = json_open(&t);

	json_uint(&j, "a", 1);
	json_text(&j, "b", "x");
	json_uint(&j, "c", UINT64_MAX);
	json_close(&j);
	CHECK_TEXT(buffer, "{\"a\":1,\"b\":\"x\",\"c\":18446744073709551615}");
}

TEST(json_objects_and_lists_lie_in_one_another)
{
	char buffer[128];
	struct text t = TEXT(buffer);
	struct json j = json_open(&t), list = json_list(&j, "list"), o;

	json_text(&list, NULL, "a\n");
	o = json_object(&list, NULL);
	json_bool(&o, "yes", true);
	json_close(&o);
	json_uint(&list, NULL, 7);
	json_close(&list);
	o = json_object(&j, "none");
	json_close(&o);
	json_bool(&j, "no", false);
	json_close(&j);
	CHECK_TEXT(buffer, "{\"list\":[\"a\\u000a\",{\"yes\":true},7],\"none\":{},\"no\":false}");
}

TEST(json_of_an_event_has_the_members_that_the_event_has)
{
	struct event e = {
		.kind = EVENT_DHCP_ACK, .at = { 1, 1800000000 }, .xid = 7, .interface = "br0",
		.addr = addr_ip4(0x0a4d0064), .hw = { 1, 6, { 2, 0, 0, 0, 0, 1 } },
		.name = "printer", .origin_file = "/etc/dnsmasq.conf", .origin_line = 3,
	};
	char buffer[512];
	struct text t = TEXT(buffer);

	event_json(&t, &e);
	CHECK_TEXT(buffer,
		"{\"time\":1800000000,\"event\":\"dhcp-ack\",\"subsystem\":\"dnsmasq-dhcp\","
		"\"interface\":\"br0\",\"address\":\"10.77.0.100\",\"mac\":\"02:00:00:00:00:01\","
		"\"name\":\"printer\",\"file\":\"/etc/dnsmasq.conf\",\"xid\":7,\"line\":3}");
}

TEST(json_of_a_long_event_is_shortened_and_stays_whole)
{
	char name[3001], buffer[4096];
	struct event e = { .kind = EVENT_HTTP_NOT_FOUND, .at = { 1, 1800000000 }, .name = name,
			   .text = name, .status = 404 };
	struct text t = TEXT(buffer);

	memset(name, 0xff, sizeof name - 1);
	name[sizeof name - 1] = 0;
	event_json(&t, &e);
	CHECK(!t.cut);
	CHECK(strstr(buffer, "\"name\":\"\\u00ff\\u00ff") != NULL);
	CHECK_TEXT(buffer + strlen(buffer) - sizeof "\\u00ff\",\"status\":404}" + 1,
		   "\\u00ff\",\"status\":404}");
}

TEST(every_kind_of_event_has_a_name_of_its_own)
{
	for (enum event_kind a = 0; a < EVENT_KINDS; a++) {
		CHECK(event_kind_name(a) != NULL);
		for (enum event_kind b = 0; b < a; b++)
			CHECK(strcmp(event_kind_name(a), event_kind_name(b)) != 0);
	}
}
