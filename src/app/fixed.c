/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "app/fixed.h"
#include "base/must.h"

/* Each prints its settings so that two are alike when their texts are; NULL is not "". */
static void print(FILE *to, const char *text)
{
	fprintf(to, text ? "=%s\n" : "\n", text);
}

static void print_user(FILE *to, const struct generation *g)
{
	print(to, g->app->user);
	print(to, g->app->group);
}

static void print_pid_file(FILE *to, const struct generation *g)
{
	print(to, g->app->pid_file);
}

static void print_log(FILE *to, const struct generation *g)
{
	print(to, g->app->log_file);
	fprintf(to, "%d %d %d %u %d", (int)g->app->log_target, g->app->log_facility,
		g->app->log_async, g->app->log_async_lines, g->app->log_json);
}

static void print_dump(FILE *to, const struct generation *g)
{
	print(to, g->app->dump_file);
	fprintf(to, "%u", g->app->dump_mask);
}

static void print_store(FILE *to, const struct generation *g)
{
	print(to, g->dhcp->lease_file);
	print(to, g->dhcp->lease_store);
	fprintf(to, "%d", g->dhcp->leasefile_ro);
}

/* Whether there are any: the right to speak to netfilter is kept or given up at the start. */
static void print_netfilter(FILE *to, const struct generation *g)
{
	fprintf(to, "%d", g->lan->port && dns_conf_needs_netfilter(g->dns));
}

static void print_workers(FILE *to, const struct generation *g)
{
	fprintf(to, "%u", g->dns->workers);
}

static void print_script(FILE *to, const struct generation *g)
{
	print(to, g->dhcp->script);
	print(to, g->dhcp->script_user);
	fprintf(to, "%d", g->dhcp->script_arp);
}

static const struct {
	const char *what;
	void (*print)(FILE *to, const struct generation *g);
} settings[] = {
	{ "user and group", print_user },
	{ "pid-file", print_pid_file },
	{ "log-facility, log-async and log-format", print_log },
	{ "dumpfile and dumpmask", print_dump },
	{ "dhcp-leasefile, leasefile-ro and lease-store", print_store },
	{ "ipset, nftset, conntrack and connmark-allowlist-enable, all of them", print_netfilter },
	{ "dns-workers", print_workers },
	{ "dhcp-script, dhcp-scriptuser and script-arp", print_script },
};

struct fixed {
	char *text[COUNT_OF(settings)];
};

struct fixed *fixed_of(const struct generation *g)
{
	struct fixed *f = calloc(1, sizeof *f);

	must(f);
	for (size_t i = 0; i < COUNT_OF(settings); i++) {
		size_t n;
		FILE *to = open_memstream(&f->text[i], &n);

		must(to);
		settings[i].print(to, g);
		must(fclose(to) == 0);
	}
	return f;
}

void fixed_free(struct fixed *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < COUNT_OF(settings); i++)
		free(f->text[i]);
	free(f);
}

void fixed_tell(const struct fixed *f, const struct generation *g, FILE *out)
{
	struct fixed *other = fixed_of(g);

	for (size_t i = 0; i < COUNT_OF(settings); i++)
		if (strcmp(f->text[i], other->text[i]) != 0)
			fprintf(out, "%s: changed; takes effect at the next start\n",
				settings[i].what);
	fixed_free(other);
}
