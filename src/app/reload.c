/* SPDX-License-Identifier: ISC */
#include "app/reload.h"

#include <stdlib.h>

#include "app/fixed.h"
#include "app/log.h"
#include "app/server.h"
#include "base/must.h"

static void lack(struct reload *r, enum log_subsystem sub, const char *what)
{
	if (!*what)
		return;
	r->lacks = true;
	fprintf(r->out, "%s\n", what);
	log_error(sub, "%s", what);
}

/* ---- the swap -------------------------------------------------------------------- */

static bool same_dhcp(const struct server *s, const struct generation *new, FILE *out)
{
	if ((s->leases || !new->dhcp->ranges) && (s->dhcp || !new->dhcp->relays))
		return true;
	if (!new->dhcp->ranges) {
		fprintf(out, "%s:%u: DHCP was off at the start; restart the server to relay it\n",
			new->dhcp->relays->origin.file, new->dhcp->relays->origin.line);
		return false;
	}
	fprintf(out, "%s:%u: DHCP was off at the start, and its store can only be opened then; "
		"restart the server\n", new->dhcp->ranges->origin.file,
		new->dhcp->ranges->origin.line);
	return false;
}

static bool swap_tftp(struct server *s, const struct generation *new, struct failure *f)
{
	if (s->tftp)
		return tftp_thread_configure(s->tftp, new, f) == ST_OK ||
		       failure_set(f, EXIT_CODE_MEMORY, "no memory for TFTP");
	if (!new->boot->tftp)
		return true;
	s->tftp = tftp_thread_open(new, s->files, &s->events, &s->counters, &s->lease_hw,
				   &s->door, f);
	if (!s->tftp || tftp_thread_start(s->tftp) == ST_OK)
		return s->tftp != NULL;
	tftp_thread_free(s->tftp);
	s->tftp = NULL;
	return failure_set(f, EXIT_CODE_MISC, "cannot start a thread for TFTP");
}

static bool swap_http(struct server *s, const struct generation *new, struct failure *f)
{
	if (s->http)
		return http_service_configure(s->http, new, f) == ST_OK ||
		       failure_set(f, EXIT_CODE_MEMORY, "no memory for HTTP");
	if (!new->boot->http_roots)
		return true;
	s->http = http_service_open(s->loop, new, s->files, &s->events, &s->counters, f);
	if (!s->http || http_service_start(s->http) == ST_OK)
		return s->http != NULL;
	http_service_free(s->http);
	s->http = NULL;
	return failure_set(f, EXIT_CODE_MISC, "cannot start threads for HTTP");
}

/* Opened by a reload where it was off: what follows is as at a start. */
static bool open_dns(struct server *s, const struct generation *new, struct failure *f)
{
	if (!server_open_dns(s, new, f) || dns_service_start(s->dns) == ST_OK) {
		if (s->dns && s->leases)
			dns_service_follow(s->dns, s->leases);
		return s->dns != NULL;
	}
	dns_service_free(s->dns);
	s->dns = NULL;
	return failure_set(f, EXIT_CODE_MISC, "cannot start a thread for DNS");
}

static const char no_tcp[] = "DNS was off at the start: servers can be asked by UDP, and by TCP only "
			     "after a restart";

static void swap_dns(struct reload *r, struct server *s, const struct generation *new)
{
	struct failure f = { .code = EXIT_CODE_OK };

	if (!s->dns && new->lan->port && !open_dns(s, new, &f))
		lack(r, LOG_MAIN, f.text);
	else if (new->lan->port && s->sandbox.landlock && s->sandbox.tcp == SANDBOX_TAKES_TCP)
		lack(r, LOG_MAIN, no_tcp);
}

/* What can fail comes first.  A service that has moved on moves back when the next one cannot:
 * the memory for its old configuration was enough before. */
static bool swap_boot(struct reload *r, struct server *s, const struct generation *new)
{
	struct failure tftp = { .code = EXIT_CODE_OK }, http = tftp, back = tftp;
	bool swapped;

	server_add_roots(s, new);
	swapped = swap_tftp(s, new, &tftp) && swap_http(s, new, &http);
	lack(r, LOG_TFTP, tftp.text);
	lack(r, LOG_HTTP, http.text);
	if (!swapped)
		must(swap_tftp(s, s->now, &back));
	return swapped;
}

/* Ranges that are gone leave their leases alone: they are renewed nowhere, and end. */
static void swap_dhcp(struct reload *r, struct server *s, const struct generation *new)
{
	char why[256];

	if (!s->dhcp)
		return;
	if (s->leases)
		leases_set_max(s->leases, new->dhcp->lease_max);
	if (dhcp_server_listen(s->dhcp, why, sizeof why) != ST_OK)
		lack(r, LOG_DHCP, why);
	if (s->script)
		script_configure(s->script, new);
}

static void swap_files(struct reload *r, struct server *s)
{
	struct failure f = { .code = EXIT_CODE_OK };

	change_use(&r->change, s, &f);
	lack(r, LOG_MAIN, f.text);
}

static bool swap(struct reload *r, struct server *s)
{
	if (!swap_boot(r, s, r->new))
		return false;
	fixed_tell(s->fixed, r->new, r->out);
	swap_dns(r, s, r->new);
	swap_files(r, s);
	swap_dhcp(r, s, r->new);
	server_configure_logs(s, r->new);
	r->over = s->now;
	s->now = r->new;
	r->new = NULL;
	s->number++;
	if (s->helper)
		helper_serve(s->helper);
	return true;
}

/* ---- those who ask ------------------------------------------------------------------- */

struct reload_asker {
	struct reload *reload;
	struct reload_asker *next;
	bool taken;			/* before this one began */
	char *text;			/* how it went; NULL: not yet */
	bool ok;
};

static void *begin_asking(void *server, char *const *words)
{
	struct reload *r = &((struct server *)server)->reload;
	struct reload_asker *a = calloc(1, sizeof *a);

	(void)words;
	must(a);
	a->reload = r;
	a->next = r->askers;
	r->askers = a;
	reader_ask(r->server->reader, &r->job);
	return a;
}

static enum control_step ask(void *asker, struct control_client *c, FILE *out)
{
	const struct reload_asker *a = asker;

	(void)c;
	if (!a->text)
		return CONTROL_WAIT;
	fputs(a->text, out);
	return a->ok ? CONTROL_OK : CONTROL_FAILED;
}

static void end_asking(void *asker)
{
	struct reload_asker *a = asker, **at = &a->reload->askers;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	free(a->text);
	free(a);
}

const struct control_task reload_task = { begin_asking, ask, end_asking };

static void take_askers(struct reload *r)
{
	for (struct reload_asker *a = r->askers; a; a = a->next)
		a->taken = true;
}

static void answer(struct reload *r, bool ok)
{
	must(fclose(r->out) == 0);
	r->out = NULL;
	for (struct reload_asker *a = r->askers; a; a = a->next) {
		if (!a->taken || a->text)
			continue;
		a->ok = ok;
		a->text = strdup(r->text);
		must(a->text);
	}
	free(r->text);
	r->text = NULL;
}

/* ---- the steps: on the loop ---------------------------------------------------------- */

static bool begin(struct reload *r)
{
	r->lacks = r->helper_gone = r->ends = false;
	r->out = open_memstream(&r->text, &r->text_n);
	must(r->out);
	take_askers(r);
	return true;
}

static bool give_up(struct reload *r)
{
	fprintf(r->out, "the configuration before still serves\n");
	log_error(LOG_MAIN, r->helper_gone ? SERVER_NO_HELPER
			  : "the configuration was not reloaded; the one before still serves");
	answer(r, false);
	r->ends = true;
	return true;
}

static void tell_mistakes(struct reload *r)
{
	const struct conf *conf = r->new->conf;

	for (size_t i = 0; i < conf_errors(conf); i++) {
		fprintf(r->out, "%s\n", conf_error_text(conf, i));
		log_error(LOG_MAIN, "%s", conf_error_text(conf, i));
	}
}

/* What only shows on the machine that serves. */
static bool may_serve(struct reload *r)
{
	struct failure f;

	if (conf_errors(r->new->conf) == 0 && !server_check(r->server, r->new, &f))
		conf_error_exit(r->new->conf, NULL, (int)f.code, "%s", f.text);
	tell_mistakes(r);
	return conf_errors(r->new->conf) == 0 && same_dhcp(r->server, r->new, r->out);
}

static bool check(struct reload *r)
{
	if (r->helper_gone)
		fprintf(r->out, SERVER_NO_HELPER "\n");
	if (r->helper_gone || !may_serve(r))
		return give_up(r);
	change_prepare(&r->change, r->server, r->new, CHANGE_ALL);
	return true;
}

/* All of it, or nothing. */
static bool swap_if_whole(struct reload *r)
{
	if (!reader_broke(r->server->reader))
		return swap(r, r->server);
	log_held_tell(&r->change.lines);
	fprintf(r->out, SERVER_HALF_READ "\n");
	log_error(LOG_MAIN, SERVER_HALF_READ);
	return false;
}

static bool take_over(struct reload *r)
{
	struct server *s = r->server;

	if (!swap_if_whole(r)) {
		change_keep(&r->change, s);
		return give_up(r);
	}
	fprintf(r->out, "generation %u serves%s\n", s->number, r->lacks ? ", without that" : "");
	log_info(LOG_MAIN, "read the configuration again: generation %u serves", s->number);
	answer(r, !r->lacks);
	r->ends = true;
	return true;
}

static struct reload *reload_of(struct reader_job *j)
{
	return container_of(j, struct reload, job);
}

static bool next(struct reader_job *j)
{
	static bool (*const steps[])(struct reload *r) = { begin, check, take_over };
	struct reload *r = reload_of(j);

	if (j->worked > 0 && r->ends)
		return false;
	return steps[j->worked](r);
}

/* ---- on the reader's thread ----------------------------------------------------------- */

static void read_configuration(struct reload *r)
{
	struct server *s = r->server;

	r->helper_gone = s->helper && !helper_read_again(s->helper);
	if (r->helper_gone)
		return;
	r->new = generation_read(&s->line, reader_files(s->reader));
	if (conf_errors(r->new->conf) == 0)
		boot_roots_check(r->new->conf, r->new->boot);
}

static void let_go(struct reload *r)
{
	change_free(&r->change);
	generation_free(r->new);
	generation_free(r->over);
	r->new = r->over = NULL;
}

static void work(struct reader_job *j)
{
	struct reload *r = reload_of(j);

	if (r->ends)
		let_go(r);
	else if (j->worked == 0)
		read_configuration(r);
	else
		change_read(&r->change);
}

/* Nobody is told any more. */
static void drop(struct reader_job *j)
{
	struct reload *r = reload_of(j);

	let_go(r);
	if (r->out)
		fclose(r->out);
	free(r->text);
}

void reload_init(struct reload *r, struct server *s)
{
	*r = (struct reload){ .job = { .next = next, .work = work, .drop = drop },
			      .server = s };
}
