/* SPDX-License-Identifier: ISC */
/*
 * Questions and answers of a story, and the files beside the configuration.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/rrtypes.h"
#include "test/scenario_private.h"

#define DNS_PORT 53
#define ANSWER_MS 12000			/* until there is no answer */
#define NOTHING_MS 15000		/* the same where none is expected */

/* ---- files ------------------------------------------------------------------------- */

static int open_file(struct conf_files *files, const char *path, int flags)
{
	struct story *st = container_of(files, struct story, conf_files);
	int fd = -1;

	(void)flags;
	for (size_t i = 0; i < st->files_n; i++)
		if (strcmp(st->file[i].path, path) == 0) {
			size_t n = strlen(st->file[i].text);

			fd = memfd_create("story", MFD_CLOEXEC);
			must(fd >= 0 && write(fd, st->file[i].text, n) == (ssize_t)n);
			must(lseek(fd, 0, SEEK_SET) == 0);
		}
	errno = fd < 0 ? ENOENT : errno;
	return fd;
}

bool story_file(struct story *st, const char *path, struct span text)
{
	size_t i = 0;

	while (i < st->files_n && strcmp(st->file[i].path, path) != 0)
		i++;
	if (i == STORY_FILES || text.n >= sizeof st->file[i].text)
		return story_fail(st, "too many files, or too long");
	snprintf(st->file[i].path, sizeof st->file[i].path, "%s", path);
	memcpy(st->file[i].text, text.p, text.n);
	st->file[i].text[text.n] = 0;
	st->files_n += i == st->files_n;
	return true;
}

/* ---- the service ---------------------------------------------------------------------- */

static void bad_line(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	log_error(LOG_MAIN, "%s:%u: %s", o->file, o->line, what);
}

static void hosts_read_line(void *arg, const char *path, size_t names)
{
	(void)arg;
	log_info(LOG_MAIN, "read %s - %zu names", path, names);
}

static bool make_dns(struct story *st, const struct lan_conf *lan)
{
	static const struct addr any[] = { { .family = ADDR_IP4 }, { .family = ADDR_IP6 } };
	struct dns_want want = { .loop = st->loop, .rng = &st->rng, .events = &st->events,
				 .names = st->names, .counts = &st->dns_counts };

	st->rng.seed = 1;
	st->cache = cache_new(dns_conf_of(st->conf)->cache_size, 0, &st->dns_counts);
	want.cache = st->cache;
	st->dns = dns_new(&want);
	dns_set_tells(st->dns, DNS_TELLS_QUERIES);
	for (size_t i = 0; i < COUNT_OF(any); i++)
		if (dns_listen(st->dns, &(struct binding){ .addr = any[i] }, (uint16_t)lan->port, NULL) !=
		    ST_OK)
			return story_fail(st, "cannot listen");
	return true;
}

bool story_dns_use(struct story *st)
{
	const struct lan_conf *lan = conf_section(st->conf, &lan_section);
	const struct dns_reading how = { .from = &st->conf_files, .bad = bad_line,
					 .hosts_read = hosts_read_line };
	struct dns_data *old = st->dns_data;

	st->conf_files.open = open_file;
	st->dns_data = dns_data_read(dns_conf_of(st->conf), lan, &how);
	lease_names_use(&st->lease_names, lan, st->dns_data->hosts);
	if (!st->dns && lan->port && !make_dns(st, lan))
		return false;
	if (st->dns) {
		cache_clear(st->cache);
		dns_use(st->dns, st->dns_data);
	}
	dns_data_free(old);
	return true;
}

void story_dns_free(struct story *st)
{
	dns_free(st->dns);
	cache_free(st->cache);
	lease_names_stop(&st->lease_names);
	dns_data_free(st->dns_data);
	names_free(st->names);
}

/* ---- clients -------------------------------------------------------------------------------- */

static void send_question(struct story *st, const struct addr *from, const char *name,
			  uint16_t type)
{
	const struct netif *n = loop_netif_named(st->loop, "eth0");
	struct dns_question q = { .type = type, .class = DNS_IN };
	uint8_t bytes[DNS_UDP_MIN];
	struct dns_writer w;

	must(n && n->addrs > 0 && dname_parse(name, &q.name));
	st->asker.n = 0;
	dns_write_start(&w, bytes, sizeof bytes, ++st->asker.id, DNS_RD);
	dns_write_question(&w, &q);
	sim_deliver(st->loop, &(struct dgram){ .from = { *from, 40000 },
					       .to = { n->addr[0].addr, DNS_PORT },
					       .ifindex = n->index,
					       .data = dns_write_end(&w, 0) });
}

/* The answer in a word or more: "192.0.2.1 192.0.2.2", "other.example 192.0.2.1", "NXDOMAIN". */
static void say_answer(struct text *t, const struct story_asker *k, uint32_t *out_ttl_s)
{
	struct dns_walk w;
	struct dns_rr rr;
	unsigned rcode;

	if (k->n == 0 || !dns_walk_start(&w, span_of(k->bytes, k->n), NULL)) {
		text_add(t, "nothing");
		return;
	}
	rcode = w.header.flags & DNS_RCODE_MASK;
	while (dns_walk_next(&w, &rr) && w.section == DNS_ANSWER) {
		struct addr a = dns_rr_addr(&rr);
		uint8_t plain[1024];
		struct writer out = writer_of(plain, sizeof plain);

		*out_ttl_s = rr.ttl_s;
		if (t->n)
			text_add(t, " ");
		if (addr_is_set(&a))
			text_add(t, addr_text(&a).s);
		else if (dns_rdata_expand(&w.r, &rr, &out))
			text_add(t, dname_span_text(writer_done(&out)).s);
	}
	for (size_t i = 0; t->n == 0 && i < COUNT_OF(story_rcodes); i++)
		if (story_rcodes[i].rcode == rcode)
			text_add(t, story_rcodes[i].word);
}

bool story_dns_heard(struct story *st, const struct sim_sent *sent)
{
	struct story_asker *k = &st->asker;

	if (sent->d.from.port != DNS_PORT)
		return false;
	must(sent->d.data.n <= sizeof k->bytes);
	memcpy(k->bytes, sent->d.data.p, sent->d.data.n);
	k->n = sent->d.data.n;
	return true;
}

/* How long it took. */
static int64_t wait_for_answer(struct story *st, int64_t limit_ms)
{
	int64_t ms = 0;

	for (; st->asker.n == 0 && ms < limit_ms; ms += STORY_STEP_MS)
		story_run(st, STORY_STEP_MS);
	return ms;
}

static bool is_in_time(struct story *st, int64_t took_ms, int64_t after_ms, int64_t within_ms)
{
	return (took_ms >= after_ms && took_ms <= within_ms) ||
	       story_fail(st, "it took %lld ms", (long long)took_ms);
}

/* The words of the answer that is told of, up to "key=value". */
static void wanted_answer(struct text *t, const struct step *s)
{
	for (size_t i = 5; i < s->n && !strchr(s->word[i], '='); i++)
		text_addf(t, "%s%s", i > 5 ? " " : "", s->word[i]);
}

/* "192.0.2.50 asks NAME TYPE, gets ANSWER… [ttl=N] [after=TIME] [within=TIME]" */
bool story_asks(struct story *st, const struct step *s, const struct addr *from)
{
	char got[600], want[600];
	struct text g = TEXT(got), w = TEXT(want);
	int64_t took_ms, after_ms = 0, within_ms;
	uint32_t ttl_s = 0;
	char *comma;
	uint16_t type;

	if (s->n < 6 || !st->dns || strcmp(s->word[4], "gets") != 0)
		return story_fail(st, "ADDRESS asks NAME TYPE, gets ANSWER");
	comma = strchr(s->word[3], ',');
	if (comma)
		*comma = 0;
	within_ms = strcmp(s->word[5], "nothing") == 0 ? NOTHING_MS : ANSWER_MS;
	if (!rrtype_parse(s->word[3], &type) || !step_time(s, "after", &after_ms) ||
	    !step_time(s, "within", &within_ms))
		return story_fail(st, "no such type, or time");
	send_question(st, from, s->word[2], type);
	took_ms = wait_for_answer(st, within_ms);
	say_answer(&g, &st->asker, &ttl_s);
	wanted_answer(&w, s);
	if (strcmp(got, want) != 0)
		return story_fail(st, "the answer is %s", got);
	if (step_value(s, "ttl") && strtoul(step_value(s, "ttl"), NULL, 10) != ttl_s)
		return story_fail(st, "its TTL is %u", ttl_s);
	return is_in_time(st, took_ms, after_ms, within_ms);
}
