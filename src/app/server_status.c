/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "app/identity.h"
#include "app/log.h"
#include "app/server_status.h"
#include "base/must.h"
#include "wire/dhcp_options.h"

/* A part of the answer: a heading's lines. */
static void print_process(struct server *s, FILE *out)
{
	int64_t up_s = (loop_now(s->loop).mono_ms - s->started_ms) / 1000;
	char line[64];
	struct text up = TEXT(line);

	dhcp_seconds_text(&up, (uint32_t)up_s);
	fprintf(out, "version     %s\n", identity_version());
	fprintf(out, "pid         %d, up %s\n", (int)getpid(), up_s ? line : "0s");
	fprintf(out, "user        %u, group %u\n", (unsigned)getuid(), (unsigned)getgid());
}

void server_print_paths(struct server *s, FILE *out, const char *label)
{
	const char *const *paths;
	size_t n = conf_paths(s->now->conf, &paths);
	char *path;

	for (size_t i = 0; i < n; i++) {
		path = server_path(s, paths[i]);
		fprintf(out, "%s%s\n", label, path);
		free(path);
	}
}

static void print_configuration(struct server *s, FILE *out)
{
	fprintf(out, "generation  %u\n", s->number);
	server_print_paths(s, out, "reads       ");
}

static void print_sandbox(struct server *s, FILE *out)
{
	fprintf(out, "helper      %s\n", s->helper ? "yes" : "no (not started as root)");
	fprintf(out, "sandbox     Landlock %s", s->sandbox.landlock ? "on" : "off");
	if (s->sandbox.landlock)
		fprintf(out, " (version %d)", s->sandbox.abi);
	fprintf(out, ", seccomp %s%s%s\n", s->sandbox.seccomp ? "on" : "off",
		s->sandbox.missing[0] ? "; this system gives no " : "", s->sandbox.missing);
}

static void print_counters(struct server *s, FILE *out)
{
	for (enum counter c = 0; c < COUNTERS; c++) {
		uint64_t n = atomic_load_explicit(&s->counters.value[c], memory_order_relaxed);

		if (n)
			fprintf(out, "counter     %-32s %llu\n", counter_name(c),
				(unsigned long long)n);
	}
}

static void (*const parts[])(struct server *s, FILE *out) = {
	print_process, print_configuration, print_sandbox, print_counters,
};

void server_status(struct server *s, FILE *out)
{
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		parts[i](s, out);
}

void server_statistics(struct server *s)
{
	log_info(LOG_MAIN, "time %lld", (long long)loop_now(s->loop).wall_s);
	for (enum counter c = 0; c < COUNTERS; c++) {
		uint64_t n = atomic_load_explicit(&s->counters.value[c], memory_order_relaxed);

		if (n)
			log_info(LOG_MAIN, "%s %llu", counter_name(c), (unsigned long long)n);
	}
}
