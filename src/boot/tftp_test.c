/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "boot/tftp.h"
#include "net/sim.h"
#include "test/test.h"
#include "wire/tftp.h"

#define SERVER "192.0.2.1"
#define SERVER6 "2001:db8::1"
#define BYTES(text) span_of(text, sizeof(text) - 1)

/* ---- a server, its files, and what was said about them -------------------------- */

struct stage {
	struct loop *loop;
	struct tftp *tftp;
	struct files *files;
	struct events events;
	struct event_watch watch;
	struct counters counters;
	struct boot_conf boot;
	struct lan_conf lan;
	struct boot_root root;
	unsigned ifindex;
	char dir[48];
	char said[256];			/* the latest event, as a line */
	unsigned sent, failed, errors, refused, missing;
};

static void told(struct event_watch *w, const struct event *e)
{
	struct stage *s = container_of(w, struct stage, watch);
	struct text t = TEXT(s->said);
	unsigned *count[EVENT_KINDS] = {
		[EVENT_TFTP_SENT] = &s->sent, [EVENT_TFTP_FAILED] = &s->failed,
		[EVENT_TFTP_ERROR] = &s->errors, [EVENT_TFTP_REFUSED] = &s->refused,
		[EVENT_TFTP_NOT_FOUND] = &s->missing,
	};

	text_addf(&t, "%s|%s|%u|%llu", e->name ? e->name + strlen(s->dir) : "",
		  e->text ? e->text : "", e->status, (unsigned long long)e->bytes);
	++*count[e->kind];
}

static void stage_open(struct stage *s)
{
	struct udp_want any4 = { .at.addr.family = ADDR_IP4 };
	struct udp_want any6 = { .at.addr.family = ADDR_IP6 };

	*s = (struct stage){ .loop = sim_new(7), .watch.told = told,
			     .boot = { .tftp = true, .max = 50 } };
	strcpy(s->dir, "/tmp/lanlord-tftp-XXXXXX");
	must(mkdtemp(s->dir) && chmod(s->dir, 0755) == 0);
	s->root.path = s->dir;
	s->boot.tftp_roots = &s->root;
	s->ifindex = sim_netif_add(s->loop, "eth0", SERVER "/24", "02:00:00:00:00:01");
	sim_netif_addr(s->loop, s->ifindex, SERVER6 "/64");
	events_watch(&s->events, &s->watch);
	s->files = files_new(0);
	s->tftp = tftp_new(s->loop, s->files, &s->events, &s->counters);
	must(tftp_configure(s->tftp, &s->boot, &s->lan) == ST_OK);
	must(tftp_listen(s->tftp, &any4) == ST_OK && tftp_listen(s->tftp, &any6) == ST_OK);
}

static void stage_close(struct stage *s)
{
	char command[96];

	tftp_free(s->tftp);
	files_free(s->files);
	sim_free(s->loop);
	snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
	must(system(command) == 0);
}

static void file_make(struct stage *s, const char *name, const void *bytes, size_t n)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/%s", s->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	must(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && fchmod(fd, 0644) == 0);
	close(fd);
}

static uint8_t pattern(uint64_t i)
{
	return (uint8_t)(i * 7 + i / 251 + i / 65537);
}

static void pattern_make(struct stage *s, const char *name, size_t n)
{
	uint8_t *bytes = malloc(n + 1);

	must(bytes != NULL);
	for (size_t i = 0; i < n; i++)
		bytes[i] = pattern(i);
	file_make(s, name, bytes, n);
	free(bytes);
}

/* ---- a client -------------------------------------------------------------------- */

struct client {
	struct stage *stage;
	struct endpoint me, server;	/* server.port: the transfer's, once known */
};

static struct client client_of(struct stage *s, const char *addr, uint16_t port)
{
	struct client c = { .stage = s, .me.port = port, .server.port = TFTP_PORT };

	must(addr_parse(addr, &c.me.addr));
	must(addr_parse(c.me.addr.family == ADDR_IP6 ? SERVER6 : SERVER, &c.server.addr));
	return c;
}

static bool client_send(struct client *c, struct span packet)
{
	return sim_deliver(c->stage->loop, &(struct dgram){
		.from = c->me, .to = c->server, .ifindex = c->stage->ifindex, .data = packet });
}

/* name, mode and options, a space between each two, become a request. */
static void ask(struct client *c, const char *words)
{
	uint8_t packet[600] = { 0, TFTP_RRQ };
	size_t n = strlen(words) + 1;

	must(n + 2 <= sizeof packet);
	memcpy(packet + 2, words, n);
	for (size_t i = 2; i < n + 2; i++)
		if (packet[i] == ' ')
			packet[i] = 0;
	c->server.port = TFTP_PORT;
	CHECK(client_send(c, span_of(packet, n + 2)));
}

/* What came next, for whomever; empty if nothing.  A client locks on to the port. */
static struct span heard(struct client *c)
{
	struct sim_sent s;

	if (!sim_sent_next(c->stage->loop, &s))
		return span_of(NULL, 0);
	CHECK(addr_eq(&s.d.to.addr, &c->me.addr) && s.d.to.port == c->me.port);
	if (c->server.port == TFTP_PORT)
		c->server.port = s.d.from.port ? s.d.from.port : TFTP_PORT;
	return s.d.data;
}

static void ack(struct client *c, uint16_t block)
{
	uint8_t packet[4] = { 0, TFTP_ACK, (uint8_t)(block >> 8), (uint8_t)block };

	client_send(c, SPAN(packet));
}

static bool is_error(struct span p)
{
	return p.n >= 4 && p.p[1] == TFTP_ERROR;
}

static bool is_data(struct span p, uint16_t block, size_t n)
{
	return p.n == n + 4 && p.p[1] == TFTP_DATA && p.p[2] == block >> 8 && p.p[3] == (uint8_t)block;
}

/* Takes the rest of a transfer, from block 1; returns how many bytes fitted the pattern. */
static uint64_t take_pattern(struct client *c, struct span first, size_t blksize)
{
	struct span p = first;
	uint64_t got = 0;
	uint16_t block = 1;

	for (;;) {
		size_t n = p.n - 4;

		if (p.n < 4 || !is_data(p, block, n))
			return 0;
		for (size_t i = 0; i < n; i++)
			if (p.p[4 + i] != pattern(got + i))
				return 0;
		got += n;
		ack(c, block++);
		if (n < blksize)
			return got;
		p = heard(c);
	}
}

/* ---- whole transfers ---------------------------------------------------------------- */

TEST(tftp_sends_files_of_every_size_whole)
{
	static const size_t sizes[] = { 0, 1, 511, 512, 513, 1024, 100000 };
	static const char *const clients[] = { "192.0.2.9", "2001:db8::9" };
	struct stage s;
	char want[64];

	stage_open(&s);
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (size_t k = 0; k < COUNT_OF(clients); k++) {
			struct client c = client_of(&s, clients[k], 1000);

			pattern_make(&s, "f", sizes[i]);
			ask(&c, "f octet");
			CHECK_EQ(take_pattern(&c, heard(&c), 512), sizes[i]);
			CHECK(c.server.port != TFTP_PORT);
			snprintf(want, sizeof want, "/f||0|%zu", sizes[i]);
			CHECK_TEXT(s.said, want);
			CHECK_EQ(heard(&c).n, 0);
		}
	CHECK_EQ(s.sent, COUNT_OF(sizes) * COUNT_OF(clients));
	CHECK_EQ(s.counters.value[COUNTER_TFTP_SENT], s.sent);
	CHECK_EQ(tftp_transfers(s.tftp), 0);
	stage_close(&s);
}

TEST(tftp_sends_whole_files_in_blocks_of_any_size)
{
	static const unsigned sizes[] = { 8, 511, 512, 1000, 1468, 16383, 16384, 16385, 40000, 65464 };
	struct stage s;
	char words[64];

	stage_open(&s);
	pattern_make(&s, "f", 200000);
	s.boot.mtu = 5;				/* too small to mean anything: no bound */
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct client c = client_of(&s, "192.0.2.9", (uint16_t)(1000 + i));

		snprintf(words, sizeof words, "f octet blksize %u", sizes[i]);
		ask(&c, words);
		CHECK_EQ(heard(&c).p[1], TFTP_OACK);
		ack(&c, 0);
		CHECK_EQ(take_pattern(&c, heard(&c), sizes[i]), 200000);
	}
	CHECK_EQ(s.sent, COUNT_OF(sizes));
	stage_close(&s);
}

TEST(tftp_block_numbers_roll_over_beyond_65535)
{
	const size_t size = 8 * 70000 + 3;
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "huge", size);
	struct client c = client_of(&s, "192.0.2.9", 1000);

	ask(&c, "huge octet blksize 8");
	CHECK_BYTES(heard(&c), BYTES("\0\6blksize\0008\0"));
	ack(&c, 0);
	CHECK_EQ(take_pattern(&c, heard(&c), 8), size);
	CHECK_EQ(s.sent, 1);
	stage_close(&s);
}

TEST(tftp_netascii_parts_a_line_end_where_a_block_ends)
{
	static const struct { const char *file, *wire; } cases[] = {
		{ "one\ntwo\n",        "one\r\ntwo\r\n"          },
		{ "a\rb\r\nc",         "a\rb\r\r\nc"             },
		{ "1234567\n",         "1234567\r\n"             },	/* CR is the 8th byte */
		{ "123456\n",          "123456\r\n"              },	/* LF is */
		{ "\n\n\n\n",          "\r\n\r\n\r\n\r\n"        },
		{ "1234567\n234567\n", "1234567\r\n234567\r\n"   },
		{ "",                  ""                        },
	};
	struct stage s;

	stage_open(&s);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct client c = client_of(&s, "192.0.2.9", (uint16_t)(1000 + i));
		char got[64] = "";
		struct text t = TEXT(got);
		size_t n;

		file_make(&s, "text", cases[i].file, strlen(cases[i].file));
		ask(&c, "text netascii blksize 8 tsize 0");
		CHECK_BYTES(heard(&c), BYTES("\0\6blksize\0008\0"));
		ack(&c, 0);
		for (uint16_t block = 1; ; block++) {
			struct span p = heard(&c);

			n = p.n - 4;
			CHECK(is_data(p, block, n));
			text_addn(&t, (const char *)p.p + 4, n);
			if (block == 1) {	/* lost: the same comes again */
				char copy[8];

				memcpy(copy, p.p + 4, n);
				sim_run_for(s.loop, 2000);
				CHECK_BYTES(span_of(heard(&c).p + 4, n), span_of(copy, n));
			}
			ack(&c, block);
			if (n < 8)
				break;
		}
		CHECK_TEXT(got, cases[i].wire);
	}
	CHECK_EQ(s.sent, COUNT_OF(cases));
	stage_close(&s);
}

/* ---- options ------------------------------------------------------------------------- */

TEST(tftp_grants_options_within_bounds)
{
	static const struct {
		const char *client, *words;
		uint32_t mtu;
		bool no_blocksize;
		struct span answer;	/* n 0: DATA */
	} cases[] = {
#define OACK(text) { (const uint8_t *)"\0\6" text, sizeof("\0\6" text) - 1 }
		{ "192.0.2.9",   "f octet tsize 0",          0, false, OACK("tsize\0" "9\0") },
		{ "192.0.2.9",   "f netascii tsize 0",       0, false, { NULL, 0 } },
		{ "192.0.2.9",   "f octet blksize 8",        0, false, OACK("blksize\0" "8\0") },
		{ "192.0.2.9",   "f octet blksize 7",        0, false, { NULL, 0 } },
		{ "192.0.2.9",   "f octet blksize 65464",    0, false, OACK("blksize\0" "1468\0") },
		{ "2001:db8::9", "f octet blksize 65464",    0, false, OACK("blksize\0" "1448\0") },
		{ "192.0.2.9",   "f octet blksize 65464", 1280, false, OACK("blksize\0" "1248\0") },
		{ "192.0.2.9",   "f octet blksize 65464", 9000, false, OACK("blksize\0" "1468\0") },
		{ "192.0.2.9",   "f octet blksize 65464",    5, false, OACK("blksize\0" "65464\0") },
		{ "192.0.2.9",   "f octet blksize 1000",     0, true,  { NULL, 0 } },
		{ "192.0.2.9",   "f octet blksize 1000 tsize 0", 0, true, OACK("tsize\0" "9\0") },
		{ "192.0.2.9",   "f octet timeout 5",        0, false, OACK("timeout\0" "5\0") },
		{ "192.0.2.9",   "f octet windowsize 8",     0, false, { NULL, 0 } },
		{ "192.0.2.9",   "f octet timeout 3 windowsize 8 tsize 0 blksize 1024", 0, false,
		  OACK("blksize\0" "1024\0tsize\0" "9\0timeout\0" "3\0") },
	};
	struct stage s;

	stage_open(&s);
	file_make(&s, "f", "nine byte", 9);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct client c = client_of(&s, cases[i].client, (uint16_t)(1000 + i));

		s.boot.mtu = cases[i].mtu;
		s.boot.no_blocksize = cases[i].no_blocksize;
		ask(&c, cases[i].words);
		CHECK_BYTES(heard(&c), cases[i].answer.n ? cases[i].answer :
			    BYTES("\0\3\0\1nine byte"));
	}
	stage_close(&s);
}

TEST(tftp_leaves_a_timeout_unanswered_where_it_is_told_to)
{
	struct stage s;

	stage_open(&s);
	file_make(&s, "f", "nine byte", 9);
	s.boot.no_timeout = true;
	struct client c = client_of(&s, "192.0.2.9", 1000);

	ask(&c, "f octet timeout 5");
	CHECK_BYTES(heard(&c), BYTES("\0\3\0\1nine byte"));
	stage_close(&s);
}

/* ---- loss --------------------------------------------------------------------------- */

TEST(tftp_sends_a_lost_block_again_and_gives_up_as_dnsmasq_does)
{
	static const int64_t at_ms[] = { 0, 2000, 4000, 7000, 10000, 15000, 20000 };
	struct stage s;
	struct sim_sent sent;

	stage_open(&s);
	pattern_make(&s, "f", 2000);
	struct client c = client_of(&s, "192.0.2.9", 1000);
	int64_t start_ms = loop_now(s.loop).mono_ms;

	ask(&c, "f octet");
	sim_run_for(s.loop, 28999);
	for (size_t i = 0; i < COUNT_OF(at_ms); i++) {
		CHECK(sim_sent_next(s.loop, &sent));
		CHECK_EQ(sent.at_ms - start_ms, at_ms[i]);
		CHECK(is_data(sent.d.data, 1, 512));
	}
	CHECK(!sim_sent_next(s.loop, &sent));
	CHECK_EQ(s.failed, 0);
	sim_run_for(s.loop, 1);
	CHECK_EQ(s.failed, 1);
	CHECK_TEXT(s.said, "/f||0|0");
	CHECK_EQ(tftp_transfers(s.tftp), 0);
	CHECK_EQ(s.counters.value[COUNTER_TFTP_FAILED], 1);
	stage_close(&s);
}

TEST(a_timeout_that_the_client_asked_for_sets_the_pace)
{
	struct stage s;
	struct sim_sent sent;

	stage_open(&s);
	pattern_make(&s, "f", 2000);
	struct client c = client_of(&s, "192.0.2.9", 1000);

	ask(&c, "f octet timeout 5");
	CHECK_BYTES(heard(&c), BYTES("\0\6timeout\0005\0"));
	ack(&c, 0);
	CHECK(is_data(heard(&c), 1, 512));
	sim_run_for(s.loop, 4999);
	CHECK(!sim_sent_next(s.loop, &sent));
	sim_run_for(s.loop, 1);
	CHECK(is_data(heard(&c), 1, 512));

	struct client slow = client_of(&s, "192.0.2.8", 1000);

	ask(&slow, "f octet timeout 255");
	sim_run_for(s.loop, 255000);
	CHECK_EQ(tftp_transfers(s.tftp), 0);	/* and no longer than one such timeout */
	stage_close(&s);
}

TEST(a_transfer_survives_the_loss_of_any_packet)
{
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 512 * 6 + 10);
	for (unsigned lost = 0; lost < 14; lost++) {
		struct client c = client_of(&s, "192.0.2.9", (uint16_t)(1000 + lost));
		unsigned packet = 0;
		uint64_t got = 0;

		ask(&c, "f octet");
		for (uint16_t block = 1; block <= 7; ) {
			struct span p = heard(&c);

			if (p.n == 0) {
				sim_run_for(s.loop, 2000);
				continue;
			}
			if (packet++ == lost)
				continue;		/* DATA is lost */
			if (is_data(p, block, p.n - 4)) {
				got += p.n - 4;
				block++;
			}
			if (packet++ != lost)
				ack(&c, (uint16_t)(block - 1));
		}
		CHECK_EQ(got, 512 * 6 + 10);
		sim_run_for(s.loop, 60000);
		while (heard(&c).n)
			;
	}
	CHECK_EQ(s.sent + s.failed, 14);
	CHECK_EQ(s.failed, 1);			/* the one whose last ACK was lost */
	stage_close(&s);
}

TEST(tftp_answers_a_duplicate_acknowledgement_with_nothing)
{
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 5000);
	struct client c = client_of(&s, "192.0.2.9", 1000);

	ask(&c, "f octet");
	CHECK(is_data(heard(&c), 1, 512));
	ack(&c, 1);
	CHECK(is_data(heard(&c), 2, 512));
	for (unsigned i = 0; i < 5; i++)
		ack(&c, 1);
	ack(&c, 0);
	ack(&c, 9);
	CHECK_EQ(heard(&c).n, 0);
	ack(&c, 2);
	CHECK(is_data(heard(&c), 3, 512));
	CHECK_EQ(heard(&c).n, 0);
	stage_close(&s);
}

TEST(tftp_goes_on_where_a_packet_could_not_be_sent)
{
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 3000);
	for (unsigned nth = 1; nth <= 6; nth++) {
		struct client c = client_of(&s, "192.0.2.9", (uint16_t)(1000 + nth));

		sim_fail_send(s.loop, nth, ST_FULL);
		ask(&c, "f octet");
		for (uint16_t block = 1; block <= 6; block++) {
			struct span p = heard(&c);

			if (p.n == 0) {
				CHECK_EQ(block, nth);
				sim_run_for(s.loop, 2000);
				p = heard(&c);
			}
			CHECK(is_data(p, block, block < 6 ? 512 : 3000 - 5 * 512));
			ack(&c, block);
		}
	}
	CHECK_EQ(s.sent, 6);
	stage_close(&s);
}

/* ---- who may say what ------------------------------------------------------------------ */

TEST(a_stranger_is_told_so_and_the_transfer_goes_on)
{
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 5000);
	struct client c = client_of(&s, "192.0.2.9", 1000);
	struct client stranger = client_of(&s, "192.0.2.8", 1000);

	ask(&c, "f octet");
	CHECK(is_data(heard(&c), 1, 512));
	stranger.server.port = c.server.port;
	ack(&stranger, 1);
	CHECK_BYTES(heard(&stranger),
		    BYTES("\0\5\0\5ignoring packet from 192.0.2.8 (TID mismatch)\0"));
	client_send(&stranger, BYTES("\0\5\0\0die\0"));
	CHECK_EQ(heard(&stranger).n, 0);		/* an error is never answered */
	ack(&c, 1);
	CHECK(is_data(heard(&c), 2, 512));
	stage_close(&s);
}

TEST(an_error_of_the_client_ends_its_transfer)
{
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 600);
	struct client c = client_of(&s, "192.0.2.9", 1000);

	ask(&c, "f octet tsize 0");
	CHECK_EQ(heard(&c).n, 12);
	client_send(&c, BYTES("\0\5\0\x08no thanks\0"));
	CHECK_EQ(s.errors, 1);
	CHECK_EQ(s.failed, 1);
	CHECK_EQ(tftp_transfers(s.tftp), 0);
	CHECK_EQ(heard(&c).n, 0);

	ask(&c, "f octet");
	CHECK(is_data(heard(&c), 1, 512));
	ack(&c, 1);
	CHECK(is_data(heard(&c), 2, 88));
	client_send(&c, BYTES("\0\5\0\0enough\0"));	/* everything was on its way: dnsmasq says sent */
	CHECK_EQ(s.errors, 2);
	CHECK_EQ(s.sent, 1);
	stage_close(&s);
}

TEST(what_is_not_a_packet_of_a_transfer_is_counted_and_ignored)
{
	const struct span junk[] = {
		BYTES(""), BYTES("\0"), BYTES("\0\4"), BYTES("\0\4\0"), BYTES("\0\3\0\1"),
		BYTES("\0\6"), BYTES("\0\1f\0octet\0"), BYTES("\xff\xff\xff\xff"),
	};
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 600);
	struct client c = client_of(&s, "192.0.2.9", 1000);

	ask(&c, "f octet");
	CHECK(is_data(heard(&c), 1, 512));
	for (size_t i = 0; i < COUNT_OF(junk); i++)
		client_send(&c, junk[i]);
	CHECK_EQ(heard(&c).n, 0);
	CHECK_EQ(s.counters.value[COUNTER_TFTP_MALFORMED], COUNT_OF(junk));
	ack(&c, 1);
	CHECK(is_data(heard(&c), 2, 88));
	stage_close(&s);
}

/* ---- refusals ----------------------------------------------------------------------------- */

TEST(tftp_refuses_in_dnsmasqs_words)
{
	static const struct { const char *words; uint8_t code; const char *before, *after; } cases[] = {
		{ "nowhere octet",     1, "file ",          "/nowhere not found for 192.0.2.9"   },
		{ "../etc/passwd octet", 2, "cannot access ", "/../etc/passwd: Permission denied" },
		{ "..\\secret octet",  2, "cannot access ", "/../secret: Permission denied"      },
		{ "sub octet",         0, "cannot read ",   "/sub: Is a directory"               },
		{ "f/ octet",          0, "cannot read ",   "/f/: Not a directory"               },
		{ "closed octet",      2, "cannot access ", "/closed: Permission denied"         },
	};
	struct stage s;
	char path[64], want[160];

	stage_open(&s);
	pattern_make(&s, "f", 10);
	pattern_make(&s, "closed", 10);
	snprintf(path, sizeof path, "%s/closed", s.dir);
	must(chmod(path, 0600) == 0);
	snprintf(path, sizeof path, "%s/sub", s.dir);
	must(mkdir(path, 0755) == 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct client c = client_of(&s, "192.0.2.9", 1000);
		struct span p;

		ask(&c, cases[i].words);
		p = heard(&c);
		snprintf(want, sizeof want, "%s%s%s", cases[i].before, s.dir, cases[i].after);
		CHECK(p.n > 5 && p.p[1] == TFTP_ERROR && p.p[3] == cases[i].code);
		CHECK(c.server.port != TFTP_PORT);
		if (p.n > 5)
			CHECK_BYTES(span_of(p.p + 4, p.n - 5), span_text(want));
	}
	CHECK_EQ(s.missing, 1);
	CHECK_EQ(s.refused, COUNT_OF(cases) - 1);
	CHECK_EQ(tftp_transfers(s.tftp), 0);
	stage_close(&s);
}

TEST(what_is_not_a_read_request_is_refused_with_error_4)
{
	const struct span packets[] = {
		BYTES("\0\2f\0octet\0"), BYTES("\0\1f\0mail\0"), BYTES("\0\1f\0"), BYTES("\0\1"),
		BYTES("\0\1\0octet\0"), BYTES("\0\1f\0octet\0blksize\0001"), BYTES("\0\4\0\1"),
		BYTES("\0\x09"),
	};
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 10);
	for (size_t i = 0; i < COUNT_OF(packets); i++) {
		struct client c = client_of(&s, "192.0.2.9", 1000);

		client_send(&c, packets[i]);
		CHECK_BYTES(heard(&c), BYTES("\0\5\0\4unsupported request from 192.0.2.9\0"));
	}
	struct client c = client_of(&s, "192.0.2.9", 1000);

	client_send(&c, BYTES("\0\5\0\0an error\0"));	/* never answered, or two servers never rest */
	client_send(&c, BYTES("\0"));
	client_send(&c, BYTES(""));
	CHECK_EQ(heard(&c).n, 0);
	stage_close(&s);
}

TEST(a_file_that_shrinks_during_its_transfer_ends_it_with_an_error)
{
	struct stage s;
	char path[64];
	unsigned blocks = 0;

	stage_open(&s);
	pattern_make(&s, "f", 100000);
	snprintf(path, sizeof path, "%s/f", s.dir);
	struct client c = client_of(&s, "192.0.2.9", 1000);

	ask(&c, "f octet");
	must(truncate(path, 600) == 0);
	for (struct span p = heard(&c); p.n == 516 && p.p[1] == TFTP_DATA; p = heard(&c)) {
		CHECK_EQ(p.p[4], pattern((uint64_t)blocks * 512));	/* never bytes that are not the file's */
		ack(&c, (uint16_t)++blocks);
	}
	CHECK(blocks > 0 && blocks < 100000 / 512);
	CHECK_EQ(s.failed, 1);
	CHECK_EQ(s.refused, 1);
	CHECK_EQ(tftp_transfers(s.tftp), 0);
	stage_close(&s);
}

/* ---- which interface, which root --------------------------------------------------------- */

TEST(tftp_serves_only_the_interfaces_that_it_may)
{
	struct if_name eth0 = { .name = "eth0" }, eth1 = { .name = "eth1" };
	const struct {
		struct if_name *enable, *interfaces, *no_dhcp, *no_dhcp4, *no_dhcp6;
		bool served;
	} cases[] = {
		{ NULL,  NULL,  NULL,  NULL,  NULL,  true  },
		{ NULL,  &eth0, NULL,  NULL,  NULL,  true  },
		{ NULL,  &eth1, NULL,  NULL,  NULL,  false },
		{ NULL,  NULL,  NULL,  &eth0, NULL,  true  },
		{ NULL,  NULL,  NULL,  &eth0, &eth0, true  },	/* it is of neither family */
		{ NULL,  NULL,  &eth0, NULL,  NULL,  false },
		{ &eth0, &eth1, &eth0, &eth0, &eth0, true  },	/* the list alone counts */
		{ &eth1, &eth0, NULL,  NULL,  NULL,  false },
	};
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 10);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct client c = client_of(&s, "192.0.2.9", (uint16_t)(1000 + i));

		s.boot.tftp_interfaces = cases[i].enable;
		s.lan.interfaces = cases[i].interfaces;
		s.lan.no_dhcp = cases[i].no_dhcp;
		s.lan.no_dhcp4 = cases[i].no_dhcp4;
		s.lan.no_dhcp6 = cases[i].no_dhcp6;
		ask(&c, "f octet");
		CHECK_EQ(heard(&c).n, cases[i].served ? 14 : 0);
	}
	stage_close(&s);
}

TEST(a_request_to_everybody_is_not_answered)
{
	static const char *const all[] = { "255.255.255.255", "192.0.2.255", "224.0.0.1" };
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 10);
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct client c = client_of(&s, "192.0.2.9", 1000);

		must(addr_parse(all[i], &c.server.addr));
		ask(&c, "f octet");
		CHECK_EQ(heard(&c).n, 0);
	}
	stage_close(&s);
}

TEST(a_client_is_served_from_its_own_folder_where_it_has_one)
{
	static const struct { enum tftp_unique unique; const char *folder, *mac; bool mine; } cases[] = {
		{ TFTP_UNIQUE_NO,  "192.0.2.9",         "02:00:00:00:0a:09", false },
		{ TFTP_UNIQUE_IP,  "192.0.2.9",         "02:00:00:00:0a:09", true  },
		{ TFTP_UNIQUE_IP,  "192.0.2.8",         "02:00:00:00:0a:09", false },
		{ TFTP_UNIQUE_MAC, "02-00-00-00-0a-09", "02:00:00:00:0a:09", true  },
		{ TFTP_UNIQUE_MAC, "02-00-00-00-0a-09", "02:00:00:00:0a:08", false },
	};
	char path[96];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct stage s;

		stage_open(&s);
		sim_occupy(s.loop, "192.0.2.9", cases[i].mac);
		s.boot.unique = cases[i].unique;
		file_make(&s, "f", "common", 6);
		snprintf(path, sizeof path, "%s/%s", s.dir, cases[i].folder);
		must(mkdir(path, 0755) == 0);
		snprintf(path, sizeof path, "%s/f", cases[i].folder);
		file_make(&s, path, "my own", 6);
		struct client c = client_of(&s, "192.0.2.9", 1000);

		ask(&c, "f octet");
		CHECK_BYTES(heard(&c), cases[i].mine ? BYTES("\0\3\0\1my own") :
			    BYTES("\0\3\0\1common"));
		stage_close(&s);
	}
}

static bool lease_of(void *arg, const struct addr *client, struct hwaddr *out)
{
	(void)arg;
	return addr_to_ip4(client) == 0xc0000209 && hwaddr_parse("02:00:00:00:0a:09", out);
}

TEST(a_lease_tells_the_hardware_address_before_the_neighbour_table)
{
	struct stage s;
	char path[96];

	stage_open(&s);
	sim_occupy(s.loop, "192.0.2.9", "02:00:00:00:00:ff");
	tftp_set_find_hw(s.tftp, lease_of, NULL);
	s.boot.unique = TFTP_UNIQUE_MAC;
	snprintf(path, sizeof path, "%s/02-00-00-00-0a-09", s.dir);
	must(mkdir(path, 0755) == 0);
	file_make(&s, "02-00-00-00-0a-09/f", "mine", 4);
	struct client c = client_of(&s, "192.0.2.9", 1000);

	ask(&c, "f octet");
	CHECK_BYTES(heard(&c), BYTES("\0\3\0\1mine"));
	stage_close(&s);
}

TEST(a_name_is_read_in_lower_case_where_asked_to)
{
	struct stage s;

	stage_open(&s);
	file_make(&s, "low", "low", 3);
	struct client c = client_of(&s, "192.0.2.9", 1000);

	ask(&c, "LOW octet");
	CHECK_EQ(heard(&c).p[1], TFTP_ERROR);
	s.boot.lowercase = true;
	ask(&c, "\\LOW octet");
	CHECK_BYTES(heard(&c), BYTES("\0\3\0\1low"));
	stage_close(&s);
}

/* ---- ports and places --------------------------------------------------------------------- */

TEST(transfers_keep_to_their_port_range)
{
	struct stage s;
	uint16_t ports[3] = { 0 };

	stage_open(&s);
	pattern_make(&s, "f", 5000);
	s.boot.port_first = 40000;
	s.boot.port_last = 40001;
	CHECK_EQ(boot_tftp_max(&s.boot), 2);
	must(tftp_configure(s.tftp, &s.boot, &s.lan) == ST_OK);
	for (unsigned i = 0; i < 3; i++) {
		struct client c = client_of(&s, "192.0.2.9", (uint16_t)(1000 + i));

		ask(&c, "f octet");
		CHECK_EQ(heard(&c).n != 0, i < 2);
		ports[i] = c.server.port;
	}
	CHECK_EQ(ports[0], 40000);
	CHECK_EQ(ports[1], 40001);
	stage_close(&s);
}

TEST(without_a_free_port_a_request_is_told_of_and_not_answered)
{
	struct stage s;
	struct udp other = { 0 };
	struct udp_want taken = { .at.addr.family = ADDR_IP4, .at.port = 40000 };

	stage_open(&s);
	pattern_make(&s, "f", 5000);
	s.boot.port_first = s.boot.port_last = 40000;
	must(udp_open(s.loop, &other, &taken) == ST_OK);
	struct client c = client_of(&s, "192.0.2.9", 1000);

	ask(&c, "f octet");
	CHECK_EQ(heard(&c).n, 0);
	CHECK_TEXT(s.said, "|unable to get free port for TFTP|0|0");
	CHECK_EQ(tftp_transfers(s.tftp), 0);
	udp_close(&other);
	stage_close(&s);
}

TEST(with_one_port_everything_leaves_from_it)
{
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 5000);
	pattern_make(&s, "g", 700);
	s.boot.single_port = true;
	struct client one = client_of(&s, "192.0.2.9", 1000);
	struct client two = client_of(&s, "192.0.2.9", 1001);
	struct client nobody = client_of(&s, "192.0.2.9", 1002);

	ask(&one, "f octet");
	CHECK(is_data(heard(&one), 1, 512));
	ask(&two, "g octet");
	CHECK_EQ(take_pattern(&two, heard(&two), 512), 700);
	CHECK_EQ(two.server.port, TFTP_PORT);
	ack(&one, 1);
	CHECK(is_data(heard(&one), 2, 512));
	ack(&nobody, 1);
	CHECK_BYTES(heard(&nobody), BYTES("\0\5\0\4unsupported request from 192.0.2.9\0"));
	ask(&one, "g octet");			/* its client thinks anew */
	CHECK_EQ(take_pattern(&one, heard(&one), 512), 700);
	CHECK_EQ(s.sent, 2);
	CHECK_EQ(tftp_transfers(s.tftp), 0);
	stage_close(&s);
}

TEST(requests_beyond_tftp_max_wait_for_a_place)
{
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 5000);
	s.boot.max = 2;
	struct client c[5];

	for (unsigned i = 0; i < 5; i++) {
		c[i] = client_of(&s, "192.0.2.9", (uint16_t)(1000 + i));
		ask(&c[i], "f octet");
		if (i == 2)
			ask(&c[i], "f octet");	/* impatient: still one request */
		CHECK_EQ(heard(&c[i]).n != 0, i < 2);
	}
	CHECK_EQ(tftp_transfers(s.tftp), 2);
	client_send(&c[0], BYTES("\0\5\0\0done\0"));
	sim_run_for(s.loop, 0);
	CHECK(is_data(heard(&c[2]), 1, 512));
	CHECK_EQ(heard(&c[3]).n, 0);
	CHECK_EQ(tftp_transfers(s.tftp), 2);

	sim_run_for(s.loop, 60000);		/* the rest have gone meanwhile */
	CHECK_EQ(tftp_transfers(s.tftp), 0);
	stage_close(&s);
}

TEST(a_thousand_waiting_requests_take_no_more_than_their_room)
{
	struct stage s;
	struct sim_sent sent;

	stage_open(&s);
	pattern_make(&s, "f", 5000);
	s.boot.max = 1;
	for (unsigned i = 0; i < 1000; i++) {
		struct client c = client_of(&s, "192.0.2.9", (uint16_t)(1000 + i));

		ask(&c, "f octet");
	}
	CHECK_EQ(s.counters.value[COUNTER_TFTP_REFUSED], 1000 - 1 - 64);
	CHECK(sim_sent_next(s.loop, &sent));
	CHECK(!sim_sent_next(s.loop, &sent));
	stage_close(&s);
}

TEST(a_request_that_comes_again_does_not_start_a_second_transfer)
{
	struct stage s;

	stage_open(&s);
	pattern_make(&s, "f", 5000);
	struct client c = client_of(&s, "192.0.2.9", 1000);
	uint16_t port;

	ask(&c, "f octet");
	CHECK(is_data(heard(&c), 1, 512));
	port = c.server.port;
	ask(&c, "f octet");			/* an echo: too soon to mean anything */
	CHECK_EQ(heard(&c).n, 0);
	sim_run_for(s.loop, 1000);
	ask(&c, "f octet");
	CHECK(is_data(heard(&c), 1, 512));
	CHECK_EQ(c.server.port, port);
	CHECK_EQ(tftp_transfers(s.tftp), 1);
	ask(&c, "f octet tsize 0");		/* another request is another transfer */
	CHECK_EQ(heard(&c).p[1], TFTP_OACK);
	CHECK_EQ(tftp_transfers(s.tftp), 2);
	stage_close(&s);
}

static unsigned open_descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

TEST(transfers_of_one_file_share_its_descriptor)
{
	struct stage s;
	struct client c[20];
	unsigned before;

	stage_open(&s);
	pattern_make(&s, "f", 5000);
	before = open_descriptors();
	for (unsigned i = 0; i < COUNT_OF(c); i++) {
		c[i] = client_of(&s, "192.0.2.9", (uint16_t)(1000 + i));
		ask(&c[i], "f octet");
		CHECK(is_data(heard(&c[i]), 1, 512));
	}
	CHECK_EQ(open_descriptors() - before, 1);
	pattern_make(&s, "new", 5000);
	char old[96], new[96];

	snprintf(old, sizeof old, "%s/f", s.dir);
	snprintf(new, sizeof new, "%s/new", s.dir);
	must(rename(new, old) == 0);		/* who comes now gets the new file */
	struct client late = client_of(&s, "192.0.2.9", 2000);

	ask(&late, "f octet");
	CHECK(is_data(heard(&late), 1, 512));
	CHECK_EQ(open_descriptors() - before, 2);
	for (unsigned i = 0; i < COUNT_OF(c); i++)
		client_send(&c[i], BYTES("\0\5\0\0\0"));
	CHECK_EQ(open_descriptors() - before, 1);
	stage_close(&s);
}

TEST(a_new_configuration_leaves_running_transfers_alone)
{
	struct stage s;
	struct boot_conf next;

	stage_open(&s);
	pattern_make(&s, "f", 700);
	struct client c = client_of(&s, "192.0.2.9", 1000);

	ask(&c, "f octet");
	CHECK(is_data(heard(&c), 1, 512));
	next = s.boot;
	next.tftp_roots = NULL;
	next.max = 200;
	must(tftp_configure(s.tftp, &next, &s.lan) == ST_OK);
	ack(&c, 1);
	CHECK(is_data(heard(&c), 2, 188));
	struct client other = client_of(&s, "192.0.2.9", 1001);

	ask(&other, "f octet");
	CHECK(is_error(heard(&other)));
	stage_close(&s);
}

TEST(a_listener_that_closes_takes_its_waiting_requests_with_it)
{
	struct stage s;
	struct addr any = { .family = ADDR_IP4 };

	stage_open(&s);
	pattern_make(&s, "f", 700);
	s.boot.max = 1;
	struct client one = client_of(&s, "192.0.2.9", 1000);
	struct client two = client_of(&s, "192.0.2.9", 1001);

	ask(&one, "f octet");
	CHECK(is_data(heard(&one), 1, 512));
	ask(&two, "f octet");
	tftp_unlisten(s.tftp, &any);
	ack(&one, 1);
	CHECK(is_data(heard(&one), 2, 188));	/* what runs has a socket of its own */
	ack(&one, 2);
	sim_run_for(s.loop, 0);
	CHECK_EQ(heard(&two).n, 0);
	CHECK(!client_send(&(struct client){ .stage = &s, .me = two.me,
			   .server = { two.server.addr, TFTP_PORT } }, BYTES("\0\1f\0octet\0")));
	stage_close(&s);
}
