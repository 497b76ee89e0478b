/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/text.h"
#include "boot/log.h"
#include "test/test.h"

static char recorded[4096];
static unsigned recorded_n;

static void record(enum log_subsystem sub, enum log_level level, const char *text)
{
	static const char *const subs[] = { "main", "dhcp", "tftp", "script", "http" };
	static const char levels[] = "EWNID";

	snprintf(recorded, sizeof recorded, "%s %c %s", subs[sub], levels[level], text);
	recorded_n++;
}

TEST(boot_events_are_logged_in_dnsmasqs_words)
{
	static const struct {
		struct event event;
		const char *line;
	} cases[] = {
		{ { .kind = EVENT_TFTP_SENT, .name = "/srv/f" }, "tftp I sent /srv/f to 192.0.2.9" },
		{ { .kind = EVENT_TFTP_FAILED, .name = "/srv/f" },
		  "tftp I failed sending /srv/f to 192.0.2.9" },
		{ { .kind = EVENT_TFTP_NOT_FOUND, .name = "/srv/f" },
		  "tftp E file /srv/f not found for 192.0.2.9" },
		{ { .kind = EVENT_TFTP_ERROR, .name = "/srv/f", .status = 8, .text = "no thanks" },
		  "tftp E error 8 no thanks received from 192.0.2.9" },
		{ { .kind = EVENT_TFTP_REFUSED, .text = "unsupported request from 192.0.2.9" },
		  "tftp E unsupported request from 192.0.2.9" },
		{ { .kind = EVENT_TFTP_NOT_FOUND, .name = "/srv/\x1b[31m\n\xff" },
		  "tftp E file /srv/\\x1b[31m\\x0a\\xff not found for 192.0.2.9" },
		{ { .kind = EVENT_HTTP_SENT, .name = "/srv/f" }, "http I sent /srv/f to 192.0.2.9" },
		{ { .kind = EVENT_HTTP_FAILED, .name = "/srv/f" },
		  "http I failed sending /srv/f to 192.0.2.9" },
		{ { .kind = EVENT_HTTP_NOT_FOUND, .name = "/srv/f" },
		  "http E file /srv/f not found for 192.0.2.9" },
		{ { .kind = EVENT_HTTP_ERROR, .name = "/srv/f", .status = 405, .text = "GET or HEAD" },
		  "http E refused /srv/f to 192.0.2.9: 405 GET or HEAD" },
	};
	struct events events = { 0 };
	struct boot_log log;

	boot_log_init(&log, &events);
	log_set_sink(record);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct event e = cases[i].event;

		e.at.mono_ms = 1;
		e.addr = addr_ip4(0xc0000209);
		recorded[0] = 0;
		events_publish(&events, &e);
		CHECK_TEXT(recorded, cases[i].line);
	}
	recorded_n = 0;
	events_publish(&events, &(struct event){ .kind = EVENT_DHCP_ACK });
	CHECK_EQ(recorded_n, 0);		/* not ours to log */
	log_set_sink(NULL);
}

TEST(quiet_tftp_keeps_back_missing_files_alone)
{
	static const struct { enum event_kind kind; unsigned lines; } cases[] = {
		{ EVENT_TFTP_NOT_FOUND, 0 }, { EVENT_TFTP_SENT, 1 }, { EVENT_TFTP_FAILED, 1 },
		{ EVENT_TFTP_REFUSED, 1 }, { EVENT_TFTP_ERROR, 1 }, { EVENT_HTTP_NOT_FOUND, 1 },
	};
	struct boot_conf quiet = { .quiet = true };
	struct events events = { 0 };
	struct boot_log log;

	boot_log_init(&log, &events);
	boot_log_configure(&log, &quiet);
	log_set_sink(record);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		recorded_n = 0;
		events_publish(&events, &(struct event){ .kind = cases[i].kind, .at.mono_ms = 1 });
		CHECK_EQ(recorded_n, cases[i].lines);
	}
	log_set_sink(NULL);
}

TEST(a_stranger_cannot_fill_the_log)
{
	struct event missing = { .kind = EVENT_TFTP_NOT_FOUND, .name = "/f", .at.mono_ms = 1000 };
	struct events events = { 0 };
	struct boot_log log;

	boot_log_init(&log, &events);
	log_set_sink(record);
	recorded_n = 0;
	for (unsigned i = 0; i < 5000; i++)
		events_publish(&events, &missing);
	CHECK_EQ(recorded_n, 200);
	missing.at.mono_ms += 50;
	events_publish(&events, &missing);
	CHECK_EQ(recorded_n, 202);		/* one more, and how many were left out */
	for (unsigned i = 0; i < 1000; i++)
		events_publish(&events, &(struct event){ .kind = EVENT_TFTP_SENT, .name = "/f" });
	CHECK_EQ(recorded_n, 1202);		/* what was sent is always told */
	log_set_sink(NULL);
}

TEST(the_start_tells_the_root_and_the_mode_in_dnsmasqs_words)
{
	static const struct { bool root, secure, single; const char *line; } cases[] = {
		{ false, false, false, "tftp I TFTP enabled  "                             },
		{ true,  false, false, "tftp I TFTP root is /tmp  "                        },
		{ true,  true,  false, "tftp I TFTP root is /tmp secure mode "             },
		{ true,  true,  true,  "tftp I TFTP root is /tmp secure mode single port mode" },
		{ true,  false, true,  "tftp I TFTP root is /tmp  single port mode"        },
	};
	struct boot_root root = { .path = "/tmp" };
	struct boot_conf b = { .tftp = true, .max = 50 };

	log_set_sink(record);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		b.tftp_roots = cases[i].root ? &root : NULL;
		b.secure = cases[i].secure;
		b.single_port = cases[i].single;
		boot_log_start(&b);
		CHECK_TEXT(recorded, cases[i].line);
	}
	b.single_port = false;
	b.port_first = 40000;
	b.port_last = 40001;
	boot_log_start(&b);
	CHECK_TEXT(recorded, "tftp W restricting maximum simultaneous TFTP transfers to 2");
	root.path = "/proc/none";
	b.port_first = 0;
	boot_log_start(&b);
	CHECK_TEXT(recorded, "tftp W warning: /proc/none inaccessible");
	log_set_sink(NULL);
}
