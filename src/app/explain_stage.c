/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/explain_private.h"
#include "app/host_names.h"
#include "app/privileges.h"
#include "base/must.h"
#include "net/uv_loop.h"

void explain_note(struct explain_stage *s, const char *format, ...)
{
	va_list args;

	if (s->notes == EXPLAIN_NOTES)
		return;
	va_start(args, format);
	vsnprintf(s->note[s->notes++], EXPLAIN_NOTE, format, args);
	va_end(args);
}

/* ---- the configuration -------------------------------------------------------------------- */

static char **command_line(const struct explain_want *w, int *out_n)
{
	static char program[] = "lanlord", file_word[] = "--conf-file";
	char **argv;
	int n = 0;

	while (w->server_words[n])
		n++;
	argv = calloc((size_t)n + 4, sizeof *argv);
	must(argv);
	*out_n = 0;
	argv[(*out_n)++] = program;
	if (w->conf) {
		argv[*out_n] = malloc(sizeof file_word + strlen(w->conf) + 1);
		must(argv[*out_n]);
		sprintf(argv[(*out_n)++], "%s=%s", file_word, w->conf);
	}
	for (int i = 0; i < n; i++)
		argv[(*out_n)++] = w->server_words[i];
	return argv;
}

static bool tell_mistakes(const struct conf *c, struct failure *f)
{
	for (size_t i = 0; i < conf_errors(c); i++)
		fprintf(stderr, "lanlord: %s\n", conf_error_text(c, i));
	f->code = (enum exit_code)conf_exit_code(c);
	return conf_errors(c) == 0;
}

static bool open_conf(struct explain_stage *s, const struct explain_want *w, struct failure *f)
{
	const char *error;

	s->argv = command_line(w, &s->argc);
	s->conf_made = w->conf != NULL;
	s->g = generation_read(&(struct command_line){ s->argc, s->argv }, NULL);
	if (!tell_mistakes(s->g->conf, f))
		return false;
	error = lan_start_error(s->g->lan);
	if (error)
		explain_note(s, "a server would not start with this configuration: %s", error);
	if (!w->conf && !w->server_words[0] && access(CONF_DEFAULT_FILE, F_OK) < 0)
		explain_note(s, "%s is not there: nothing is configured", CONF_DEFAULT_FILE);
	return true;
}

/* Of a file with many, the first are enough. */
static void bad_line(void *arg, const struct origin *o, const char *what)
{
	enum { TOLD_MAX = 20 };
	size_t *told = arg;

	if (++*told <= TOLD_MAX)
		fprintf(stderr, "lanlord: %s:%u: %s\n", o->file, o->line, what);
	else if (*told == TOLD_MAX + 1)
		fprintf(stderr, "lanlord: more wrong lines are left out\n");
}

/* ---- leases and files ------------------------------------------------------------------------- */

/* As they are now: a server that runs writes its text at most a second behind its answers. */
static void open_leases(struct explain_stage *s)
{
	const char *file = s->g->dhcp->lease_file;
	struct leases_want want = { .file = file, .store = "copy", .max = UINT32_MAX,
				    .counters = &s->counters };
	char why[512];

	if (s->g->dhcp->leasefile_ro) {
		explain_note(s, s->g->dhcp->script ? "dhcp-script keeps the leases (leasefile-ro), and is "
			     "not asked for them: nobody has one here" : "leasefile-ro without dhcp-script: "
			     "no leases are kept that could be looked at");
		want.store = "memory";
		must(leases_open(&s->leases, s->loop, &want, (uid_t)-1, (gid_t)-1, why,
				 sizeof why) == ST_OK);
		return;
	}
	if (leases_open(&s->leases, s->loop, &want, (uid_t)-1, (gid_t)-1, why, sizeof why) == ST_OK) {
		explain_note(s, "the leases are those of %s, %zu", file, leases_count(s->leases));
		return;
	}
	explain_note(s, "nobody has a lease: %s", why);
	want.store = "memory";
	must(leases_open(&s->leases, s->loop, &want, (uid_t)-1, (gid_t)-1, why, sizeof why) == ST_OK);
}

static void open_files(struct explain_stage *s)
{
	struct run_as who = { 0 };
	const char *name = NULL;

	s->run_as = geteuid();
	s->run_as_group = getegid();
	if (privileges_find(s->g->app, &who, &name) != ST_OK) {
		explain_note(s, "there is no user or group %s here: files are looked at as whoever asks",
			     name);
	} else if (who.change) {
		s->run_as = who.uid;
		s->run_as_group = who.gid;
	}
	s->files = files_new(s->run_as);
	must(s->files);
	for (const struct boot_root *r = s->g->boot->tftp_roots; r; r = r->next)
		(void)!files_add_root(s->files, r->path);
	for (const struct boot_root *r = s->g->boot->http_roots; r; r = r->next)
		(void)!files_add_root(s->files, r->path);	/* one that is not there is told later */
}

/* ---- the addresses of names ------------------------------------------------------------------ */

/* Read once somebody asks; NULL: names are not served. */
static const struct dns_data *dns_data(struct explain_stage *s)
{
	const struct dns_reading how = { 0 };	/* explain dns tells what is wrong in the files */

	if (!s->dns && s->g->lan->port)
		s->dns = dns_data_read(s->g->dns, s->g->lan, &how);
	return s->dns;
}

static bool find_name(void *arg, const char *name, struct dhcp_named *out)
{
	const struct dns_data *d = dns_data(arg);

	return d && host_names_find(d, name, out);
}

static bool find_name_at(void *arg, const struct addr *a, struct dhcp_name_at *out)
{
	const struct dns_data *d = dns_data(arg);

	return d && host_names_at(d, a, out);
}

static void tell_named(void *arg, const struct origin *o, const char *what)
{
	explain_note(arg, "%s:%u: %s", o->file, o->line, what);
}

static void open_hosts(struct explain_stage *s)
{
	size_t told = 0;

	s->names = (struct dhcp_names){ find_name, find_name_at, tell_named, s };
	s->host_files = dhcp_files_read(s->g->dhcp, NULL, bad_line, &told);
	dhcp_hosts_init(&s->hosts, s->g->dhcp, s->host_files, &s->names);
}

/* ---- all of it ------------------------------------------------------------------------------------ */

bool explain_stage_open(struct explain_stage *s, const struct explain_want *w, struct failure *f)
{
	bool leases_matter;

	if (!open_conf(s, w, f))
		return false;
	if (loop_new(&s->loop, UV_LOOP_NETLINK) != ST_OK)
		return failure_set(f, EXIT_CODE_MISC, "cannot look at this machine's interfaces: %s",
				   strerror(errno));
	leases_matter = s->g->dhcp->ranges || !w->names_only;
	if (leases_matter || w->interface)
		explain_find_netif(s, w->interface);
	if (leases_matter)
		open_leases(s);
	open_files(s);
	open_hosts(s);
	return true;
}

void explain_stage_close(struct explain_stage *s)
{
	dhcp_hosts_done(&s->hosts);
	if (s->host_files)
		dhcp_files_free(s->host_files);
	dns_data_free(s->dns);
	if (s->files)
		files_free(s->files);
	if (s->leases) {
		leases_stop(s->leases);
		leases_free(s->leases);
	}
	loop_free(s->loop);
	generation_free(s->g);
	if (s->conf_made)
		free(s->argv[1]);
	free(s->argv);
}

struct dhcp_env explain_stage_env(const struct explain_stage *s)
{
	return (struct dhcp_env){
		.conf = s->g->dhcp, .lan = s->g->lan, .files = s->host_files, .hosts = &s->hosts,
		.names = &s->names, .leases = s->leases, .memory = &s->memory, .now = loop_now(s->loop),
	};
}
