/* SPDX-License-Identifier: ISC */
#include "app/log.h"
#include "app/reload.h"
#include "base/must.h"

/* ---- what a running process cannot change -------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_user(const struct generation *a, const struct generation *b)
{
	return same_text(a->app->user, b->app->user) && same_text(a->app->group, b->app->group);
}

static bool same_pid_file(const struct generation *a, const struct generation *b)
{
	return same_text(a->app->pid_file, b->app->pid_file);
}

static bool same_log(const struct generation *a, const struct generation *b)
{
	return a->app->log_target == b->app->log_target &&
	       a->app->log_facility == b->app->log_facility &&
	       same_text(a->app->log_file, b->app->log_file) &&
	       a->app->log_async == b->app->log_async && a->app->log_json == b->app->log_json;
}

static bool same_store(const struct generation *a, const struct generation *b)
{
	return same_text(a->dhcp->lease_file, b->dhcp->lease_file) &&
	       same_text(a->dhcp->lease_store, b->dhcp->lease_store);
}

static const struct {
	const char *what;
	bool (*same)(const struct generation *a, const struct generation *b);
} fixed[] = {
	{ "user and group", same_user },
	{ "pid-file", same_pid_file },
	{ "log-facility, log-async and log-format", same_log },
	{ "dhcp-leasefile and lease-store", same_store },
};

static void tell_fixed(const struct generation *old, const struct generation *new, FILE *out)
{
	for (size_t i = 0; i < COUNT_OF(fixed); i++)
		if (!fixed[i].same(old, new))
			fprintf(out, "%s: changed; takes effect at the next start\n", fixed[i].what);
}

/* ---- the swap -------------------------------------------------------------------- */

static void tell_mistakes(const struct generation *g, FILE *out)
{
	for (size_t i = 0; i < conf_errors(g->conf); i++) {
		fprintf(out, "%s\n", conf_error_text(g->conf, i));
		log_error(LOG_MAIN, "%s", conf_error_text(g->conf, i));
	}
	fprintf(out, "the configuration before still serves\n");
	log_error(LOG_MAIN, "the new configuration has mistakes; the one before still serves");
}

bool server_reload(struct server *s, FILE *out)
{
	struct generation *new, *old = s->now;

	if (s->helper)
		helper_read_again(s->helper);
	new = generation_read(&s->line, server_files(s));
	if (conf_errors(new->conf) > 0) {
		tell_mistakes(new, out);
		generation_free(new);
		return false;
	}
	tell_fixed(old, new, out);
	s->now = new;
	s->number++;
	fprintf(out, "generation %u serves\n", s->number);
	log_info(LOG_MAIN, "read the configuration again: generation %u serves", s->number);
	generation_free(old);
	return true;
}

void server_read_files(struct server *s)
{
	(void)s;
}
