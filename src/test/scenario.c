/* SPDX-License-Identifier: ISC */
#include "test/scenario_private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/sections.h"
#include "base/must.h"
#include "base/text.h"

/* ---- saying what went wrong ------------------------------------------------------ */

bool story_fail(struct story *st, const char *format, ...)
{
	va_list args;

	st->failed = true;
	fprintf(stderr, "%s:%u: ", st->path, st->line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	for (size_t i = st->says > 8 ? st->says - 8 : 0; i < st->says; i++)
		fprintf(stderr, "    log: %s\n", st->said[i % STORY_LOG]);
	return false;
}

const char *step_value(const struct step *s, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < s->n; i++)
		if (strncmp(s->word[i], key, n) == 0 && s->word[i][n] == '=')
			return s->word[i] + n + 1;
	return NULL;
}

bool step_has(const struct step *s, const char *word)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->word[i], word) == 0)
			return true;
	return false;
}

/* ---- the network ------------------------------------------------------------------- */

struct story_client *story_client(struct story *st, const struct hwaddr *hw)
{
	for (size_t i = 0; i < st->clients; i++)
		if (hwaddr_eq(&st->client[i].hw, hw))
			return &st->client[i];
	must(st->clients < STORY_CLIENTS);
	st->client[st->clients] = (struct story_client){ .hw = *hw };
	return &st->client[st->clients++];
}

static void sort_reply(struct story *st, const struct sim_sent *sent)
{
	struct story_reply *r = calloc(1, sizeof *r), **at;
	struct dhcp4_msg m;

	must(r && sent->d.data.n <= sizeof r->bytes);
	*r = (struct story_reply){ .to = sent->d.to, .frame_to = sent->frame_to,
				   .at_ms = sent->at_ms, .n = sent->d.data.n };
	memcpy(r->bytes, sent->d.data.p, r->n);
	must(dhcp4_read_reply(sent->d.data, &m) == DHCP4_READ);
	at = &story_client(st, &m.hw)->inbox;
	while (*at)
		at = &(*at)->next;
	*at = r;
}

static void run_once(struct story *st, int64_t ms)
{
	struct sim_sent sent;

	story_upstream_run(st);
	sim_run_for(st->loop, ms);
	while (sim_sent_next(st->loop, &sent))
		if (!story_upstream_asked(st, &sent) && !story_dns_heard(st, &sent))
			sort_reply(st, &sent);
}

/* Servers upstream are looked after in steps, until no question can be on its way any more. */
void story_run(struct story *st, int64_t ms)
{
	const int64_t busy_ms = st->dns && ms > STORY_STEP_MS ? STORY_BUSY_MS : 0;
	int64_t done_ms = 0;

	for (; done_ms + STORY_STEP_MS <= ms && done_ms < busy_ms; done_ms += STORY_STEP_MS)
		run_once(st, STORY_STEP_MS);
	run_once(st, ms - done_ms);
}

/* ---- the configuration ---------------------------------------------------------------- */

static bool read_conf(struct story *st, struct span text)
{
	struct conf *c = conf_new(sections, sections_n, NULL);

	conf_read_text(c, st->path, text);
	if (!conf_given(c, "port"))
		conf_read_text(c, "the player", span_text("port=0\n"));
	conf_check(c);
	for (size_t i = 0; i < conf_errors(c); i++)
		story_fail(st, "%s", conf_error_text(c, i));
	if (st->failed) {
		conf_free(c);
		return false;
	}
	st->old_conf = st->conf;
	st->conf = c;
	return true;
}

static bool configure(struct story *st)
{
	const struct dhcp_conf *d = conf_section(st->conf, &dhcp_section);
	bool good;

	dhcp_server_configure(st->server, d, conf_section(st->conf, &lan_section), NULL);
	leases_set_max(st->leases, d->lease_max);
	dhcp_log_set(&st->log, d->log_dhcp, d->quiet);
	good = story_dns_use(st);
	conf_free(st->old_conf);
	st->old_conf = NULL;
	return good;
}

/* The engines are made with the first configuration; later ones are reloads. */
static bool make_engines(struct story *st)
{
	struct leases_want want = { .file = "leases", .store = "memory", .max = 1000,
				    .counters = &st->counters };
	char why[200];

	if (leases_open(&st->leases, st->loop, &want, (uid_t)-1, (gid_t)-1, why, sizeof why) != ST_OK)
		return story_fail(st, "%s", why);
	if (leases_start(st->leases) != ST_OK)
		return story_fail(st, "the store does not start");
	st->server = dhcp_server_new(st->loop, st->leases, &st->events, &st->counters);
	st->names = names_new();
	lease_names_init(&st->lease_names, st->names, st->loop);
	lease_names_follow(&st->lease_names, st->leases);
	if (!configure(st))
		return false;
	if (dhcp_server_listen(st->server, why, sizeof why) != ST_OK)
		return story_fail(st, "%s", why);
	return true;
}

static bool use_conf(struct story *st, struct span text)
{
	if (!read_conf(st, text))
		return false;
	if (!st->server)
		return make_engines(st);
	return configure(st);
}

/* ---- steps ------------------------------------------------------------------------------- */

bool story_time(const char *s, int64_t *out_ms)
{
	static const struct { const char *unit; int64_t ms; } units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
		{ "", 1000 },
	};
	char *end;
	int64_t n = strtoll(s, &end, 10);

	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (end != s && strcmp(end, units[i].unit) == 0) {
			*out_ms = n * units[i].ms;
			return true;
		}
	return false;
}

bool step_time(const struct step *s, const char *key, int64_t *out_ms)
{
	const char *word = step_value(s, key);

	return !word || story_time(word, out_ms);
}

static bool step_at(struct story *st, const struct step *s)
{
	int64_t at_ms, now_ms = loop_now(st->loop).mono_ms - st->start_ms;

	if (s->n != 2 || !story_time(s->word[1], &at_ms))
		return story_fail(st, "at when?");
	if (at_ms < now_ms)
		return story_fail(st, "it is %lld ms already", (long long)now_ms);
	story_run(st, at_ms - now_ms);
	return true;
}

static bool step_interface(struct story *st, const struct step *s)
{
	unsigned i;

	if (s->n < 3)
		return story_fail(st, "interface NAME ADDRESS/BITS");
	i = sim_netif_add(st->loop, s->word[1], s->word[2], "02:ff:00:00:00:01");
	for (size_t w = 3; w < s->n; w++)
		sim_netif_addr(st->loop, i, s->word[w]);
	return true;
}

static bool step_store(struct story *st, const struct step *s)
{
	const char *word = s->n > 1 ? s->word[1] : "";
	int64_t delay_ms = 0;

	if (!st->leases)
		return story_fail(st, "a configuration comes first");
	if (strcmp(word, "answers") == 0 && s->n == 4 && story_time(s->word[3], &delay_ms))
		leases_memory_answers(st->leases, delay_ms, ST_OK);
	else if (strcmp(word, "fails") == 0)
		leases_memory_answers(st->leases, 0, ST_FULL);
	else if (strcmp(word, "recovers") == 0)
		leases_memory_answers(st->leases, 0, ST_OK);
	else
		return story_fail(st, "store answers after TIME, store fails, store recovers");
	return true;
}

/* The blank that an empty name leaves at the end of a line counts for nothing. */
static bool same_line(const char *said, const char *want)
{
	size_t n = strlen(want);

	return strncmp(said, want, n) == 0 && (strcmp(said + n, "") == 0 || strcmp(said + n, " ") == 0);
}

static bool step_log(struct story *st, const struct step *s)
{
	char want[STORY_LINE];
	struct text t = TEXT(want);

	for (size_t i = 2; i < s->n; i++)
		text_addf(&t, "%s%s", i > 2 ? " " : "", s->word[i]);
	for (; st->looked < st->says; st->looked++)
		if (same_line(st->said[st->looked % STORY_LOG], want))
			return true;
	return story_fail(st, "no such line of the log: %s", want);
}

static bool step_counter(struct story *st, const struct step *s)
{
	for (size_t i = 0; s->n == 4 && i < COUNTERS; i++)
		if (strcmp(counter_name((enum counter)i), s->word[1]) == 0) {
			uint64_t got = st->counters.value[i];

			return got == strtoull(s->word[3], NULL, 10) ||
			       story_fail(st, "it is %llu", (unsigned long long)got);
		}
	return story_fail(st, "counter NAME is NUMBER");
}

/* Many strangers at once, each with an address of its own from 02:99:00:00:00:00 on. */
static bool step_crowd(struct story *st, const struct step *s)
{
	long many = strtol(s->word[0], NULL, 10);
	struct story_client crowd = { .hw = { 1, 6, { 2, 0x99 } } };

	for (long i = 0; i < many && !st->failed; i++) {
		crowd.hw.bytes[4] = (uint8_t)(i >> 8);
		crowd.hw.bytes[5] = (uint8_t)i;
		story_sends(st, story_client(st, &crowd.hw), s);
	}
	return !st->failed;
}

static bool step_sim(struct story *st, const struct step *s)
{
	if (strcmp(s->word[0], "frames") == 0)
		sim_refuse_frames(st->loop, true);
	else
		sim_refuse_neighbours(st->loop, true);
	return true;
}

static bool step_leases(struct story *st, const struct step *s)
{
	size_t got = leases_count(st->leases);

	return (s->n == 3 && got == strtoull(s->word[2], NULL, 10)) ||
	       story_fail(st, "there are %zu leases", got);
}

/* "192.0.2.10 is used by MAC", "192.0.2.10 is named printer". */
static bool step_address(struct story *st, const struct step *s, const struct addr *a)
{
	const struct lease *l = leases_at(st->leases, a);
	const char *name = l && l->name ? l->name : "nothing";

	if (s->n == 5 && step_has(s, "used")) {
		sim_occupy(st->loop, s->word[0], s->word[4]);
		return true;
	}
	return (s->n == 4 && step_has(s, "named") && strcmp(name, s->word[3]) == 0) ||
	       story_fail(st, "it is named %s", name);
}

static const struct {
	const char *word;
	bool (*play)(struct story *st, const struct step *s);
} steps[] = {
	{ "at", step_at },         { "interface", step_interface }, { "store", step_store },
	{ "log", step_log },       { "counter", step_counter },     { "leases", step_leases },
	{ "frames", step_sim },    { "neighbours", step_sim },      { "upstream", story_upstream },
};

static bool play_step(struct story *st, const struct step *s)
{
	struct hwaddr hw;
	struct addr a;

	for (size_t i = 0; i < COUNT_OF(steps); i++)
		if (strcmp(s->word[0], steps[i].word) == 0)
			return steps[i].play(st, s);
	if (!st->server)
		return story_fail(st, "a configuration comes first");
	if (addr_parse(s->word[0], &a) && s->n > 1 && strcmp(s->word[1], "asks") == 0)
		return story_asks(st, s, &a);
	if (addr_parse(s->word[0], &a))
		return step_address(st, s, &a);
	if (s->n > 2 && strcmp(s->word[1], "clients") == 0)
		return step_crowd(st, &(struct step){ .word = { s->word[0], "send", s->word[3],
								s->n > 4 ? s->word[4] : "" },
						      .n = s->n - 1 });
	if (!hwaddr_parse(s->word[0], &hw) || s->n < 2)
		return story_fail(st, "what is %s?", s->word[0]);
	return strcmp(s->word[1], "sends") == 0 ? story_sends(st, story_client(st, &hw), s)
						: story_gets(st, story_client(st, &hw), s);
}

/* ---- lines -------------------------------------------------------------------------------- */

static void split(char *line, struct step *s)
{
	s->n = 0;
	while (*line && s->n < STORY_WORDS) {
		char *to;
		bool quoted = false;

		while (isspace((unsigned char)*line))
			line++;
		if (!*line || *line == '#')
			return;
		s->word[s->n++] = to = line;
		for (; *line && (quoted || !isspace((unsigned char)*line)); line++) {
			if (*line == '"')
				quoted = !quoted;
			else
				*to++ = *line;
		}
		if (*line)
			line++;
		*to = '\0';
	}
}

/* A block: the lines below that are indented, a configuration or the file at `path`. */
static bool read_block(struct story *st, FILE *f, const char *path)
{
	char text[8192], line[STORY_LINE];
	struct text t = TEXT(text);
	long at = ftell(f);
	unsigned lines = 0;

	while (fgets(line, sizeof line, f) && (isspace((unsigned char)line[0]))) {
		text_add(&t, line);
		at = ftell(f);
		lines++;
	}
	fseek(f, at, SEEK_SET);
	if (!(path ? story_file(st, path, span_of(text, t.n)) : use_conf(st, span_of(text, t.n))))
		return false;
	st->line += lines;
	return true;
}

static struct story *told_story;	/* the log's sink knows no owner; one story at a time */

static void hear(enum log_subsystem sub, enum log_level level, const char *text)
{
	(void)sub;
	(void)level;
	snprintf(told_story->said[told_story->says++ % STORY_LOG], STORY_LINE, "%s", text);
}

static void play_lines(struct story *st, FILE *f)
{
	char line[STORY_LINE];
	struct step s;

	while (!st->failed && fgets(line, sizeof line, f)) {
		st->line++;
		split(line, &s);
		if (s.n == 0)
			continue;
		if (strcmp(s.word[0], "config") == 0 || strcmp(s.word[0], "reload") == 0) {
			if (loop_netif_named(st->loop, "eth0") == NULL)
				sim_netif_add(st->loop, "eth0", "192.0.2.1/24", "02:ff:00:00:00:00");
			read_block(st, f, NULL);
		} else if (strcmp(s.word[0], "file") == 0 && s.n == 2) {
			read_block(st, f, s.word[1]);
		} else {
			play_step(st, &s);
		}
	}
}

static void free_story(struct story *st)
{
	if (st->leases)
		leases_stop(st->leases);
	dhcp_server_free(st->server);
	story_dns_free(st);
	leases_free(st->leases);
	conf_free(st->conf);
	for (size_t i = 0; i < st->clients; i++)
		while (st->client[i].inbox) {
			struct story_reply *r = st->client[i].inbox;

			st->client[i].inbox = r->next;
			free(r);
		}
	sim_free(st->loop);
	free(st);
}

bool scenario_play(const char *path)
{
	struct story *st = calloc(1, sizeof *st);
	FILE *f = fopen(path, "re");
	bool good;

	must(st);
	st->path = path;
	st->loop = sim_new(1);
	st->start_ms = loop_now(st->loop).mono_ms;
	told_story = st;
	log_set_sink(hear);
	dhcp_log_init(&st->log, &st->events);
	dns_log_init(&st->dns_log, &st->events);
	if (f) {
		play_lines(st, f);
		fclose(f);
	} else {
		story_fail(st, "cannot be read");
	}
	good = !st->failed;
	free_story(st);
	log_set_sink(NULL);
	return good;
}
