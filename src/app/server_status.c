/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "app/identity.h"
#include "app/log.h"
#include "app/server_status.h"
#include "app/start_lines.h"
#include "base/must.h"
#include "lan/bind.h"
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
	fprintf(out, "helper      %s\n", !s->helper ? "no (not started as root)"
		: helper_is_gone(s->helper) ? "gone; start the server anew to reload" : "yes");
	fprintf(out, "sandbox     Landlock %s", s->sandbox.landlock ? "on" : "off");
	if (s->sandbox.landlock)
		fprintf(out, " (version %d)", s->sandbox.abi);
	fprintf(out, ", seccomp %s%s%s\n", s->sandbox.seccomp ? "on" : "off",
		s->sandbox.missing[0] ? "; this system gives no " : "", s->sandbox.missing);
}

static void print_bindings(FILE *out, const char *service, unsigned port, const struct bindings *b)
{
	for (size_t i = 0; i < b->n; i++)
		fprintf(out, "listens     %s %s#%u%s%s\n", service, addr_text(&b->at[i].addr).s,
			port, b->at[i].device[0] ? " on " : "", b->at[i].device);
}

static void print_sockets(struct server *s, FILE *out)
{
	static struct bindings b;	/* the control loop is one thread */

	if (s->dns) {
		print_bindings(out, "dns", s->now->lan->port, dns_service_listening(s->dns));
	}
	if (s->dhcp) {
		dhcp_server_listening(s->dhcp, &b);
		print_bindings(out, "dhcp", 67, &b);
	}
	if (s->tftp) {
		tftp_thread_listening(s->tftp, &b);
		print_bindings(out, "tftp", 69, &b);
	}
	if (s->http) {
		http_service_listening(s->http, &b);
		print_bindings(out, "http", s->now->boot->http_port, &b);
	}
}

static void print_dns(struct server *s, FILE *out)
{
	if (s->dns)
		dns_service_status(s->dns, out);
}

static size_t roots_count(const struct boot_root *r)
{
	size_t n = 0;

	for (; r; r = r->next)
		n++;
	return n;
}

static void print_dhcp(struct server *s, FILE *out)
{
	char lines[1024];
	struct text t = TEXT(lines);

	if (!s->dhcp)
		return;
	for (const struct dhcp_range *r = s->now->dhcp->ranges; r; r = r->next) {
		struct text range = TEXT(lines);

		start_lines_range(&range, r);
		fprintf(out, "range       %s (%s:%u)\n", lines, r->origin.file, r->origin.line);
	}
	fprintf(out, "leases      %zu of %u\n", leases_count(s->leases), s->now->dhcp->lease_max);
	leases_status(s->leases, &t);
	for (const char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n"))
		fprintf(out, "store       %s\n", line);
	fprintf(out, "waiting     %zu packets\n", dhcp_server_parked(s->dhcp));
}

static void print_boot(struct server *s, FILE *out)
{
	if (s->now->boot->tftp)
		fprintf(out, "tftp        %zu roots, at most %u transfers\n",
			roots_count(s->now->boot->tftp_roots), boot_tftp_max(s->now->boot));
	if (s->now->boot->http_roots)
		fprintf(out, "http        %zu roots, port %u\n",
			roots_count(s->now->boot->http_roots), s->now->boot->http_port);
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
	print_process, print_configuration, print_sandbox, print_sockets, print_dns, print_dhcp, print_boot,
	print_counters,
};

void server_status(struct server *s, FILE *out)
{
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		parts[i](s, out);
}

void server_statistics(struct server *s)
{
	log_info(LOG_MAIN, "time %lld", (long long)loop_now(s->loop).wall_s);
	if (s->dns)
		dns_service_statistics(s->dns);
	for (enum counter c = 0; c < COUNTERS; c++) {
		uint64_t n = atomic_load_explicit(&s->counters.value[c], memory_order_relaxed);

		if (n)
			log_info(LOG_MAIN, "%s %llu", counter_name(c), (unsigned long long)n);
	}
}
