/* SPDX-License-Identifier: ISC */
#include "app/fixed.h"
#include "app/host_files.h"
#include "app/log.h"
#include "app/reload.h"
#include "base/must.h"

/* What could not be had of a configuration that serves, or would. */
struct swap {
	FILE *out;
	bool lacks;
};

static void lack(struct swap *w, enum log_subsystem sub, const char *what)
{
	if (!*what)
		return;
	w->lacks = true;
	fprintf(w->out, "%s\n", what);
	log_error(sub, "%s", what);
}

/* ---- the swap -------------------------------------------------------------------- */

static void tell_mistakes(const struct generation *g, FILE *out)
{
	for (size_t i = 0; i < conf_errors(g->conf); i++) {
		fprintf(out, "%s\n", conf_error_text(g->conf, i));
		log_error(LOG_MAIN, "%s", conf_error_text(g->conf, i));
	}
}

static bool same_dhcp(const struct server *s, const struct generation *new, FILE *out)
{
	if (s->dhcp || !new->dhcp->ranges)
		return true;
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
	const struct dns_service_want want = { s->loop, &s->events, &s->door, s->lease_tags };

	s->dns = dns_service_open(&want, new, f);
	if (!s->dns || dns_service_start(s->dns) == ST_OK) {
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

static void swap_dns(struct server *s, const struct generation *new, struct swap *w)
{
	struct failure f = { .code = EXIT_CODE_OK };

	if (!s->dns && (!new->lan->port || !open_dns(s, new, &f))) {
		lack(w, LOG_MAIN, f.text);
		return;
	}
	if (new->lan->port && s->sandbox.landlock && s->sandbox.tcp == SANDBOX_TAKES_TCP)
		lack(w, LOG_MAIN, no_tcp);
	dns_service_configure(s->dns, new, server_files(s), &f);
	lack(w, LOG_MAIN, f.text);
}

/* What can fail comes first.  A service that has moved on moves back when the next one cannot:
 * the memory for its old configuration was enough before. */
static bool swap_boot(struct server *s, const struct generation *new, struct swap *w)
{
	struct failure tftp = { .code = EXIT_CODE_OK }, http = tftp, back = tftp;
	bool swapped;

	server_add_roots(s, new);
	swapped = swap_tftp(s, new, &tftp) && swap_http(s, new, &http);
	lack(w, LOG_TFTP, tftp.text);
	lack(w, LOG_HTTP, http.text);
	if (!swapped)
		must(swap_tftp(s, s->now, &back));
	return swapped;
}

/* Ranges that are gone leave their leases alone: they are renewed nowhere, and end. */
static void swap_dhcp(struct server *s, const struct generation *new, struct swap *w)
{
	struct dhcp_files *old = s->host_files;
	char why[256];

	if (!s->dhcp)
		return;
	s->host_files = host_files_read(s, new->dhcp);
	dhcp_server_configure(s->dhcp, new->dhcp, new->lan, s->host_files);
	dhcp_server_recall_tags(s->dhcp);
	dhcp_files_free(old);
	leases_set_max(s->leases, new->dhcp->lease_max);
	if (dhcp_server_listen(s->dhcp, why, sizeof why) != ST_OK)
		lack(w, LOG_DHCP, why);
}

static bool swap(struct server *s, struct generation *new, struct swap *w)
{
	struct generation *old = s->now;

	if (!same_dhcp(s, new, w->out) || !swap_boot(s, new, w))
		return false;
	fixed_tell(s->fixed, new, w->out);
	swap_dns(s, new, w);		/* first: DHCP asks it for the addresses of names */
	swap_dhcp(s, new, w);
	server_configure_logs(s, new);
	s->now = new;
	s->number++;
	generation_free(old);
	if (s->helper)
		helper_serve(s->helper);
	return true;
}

static const char no_helper[] = "the helper process is gone, and only it may read the "
				"configuration; start the server anew";

bool server_reload(struct server *s, FILE *out)
{
	struct swap w = { .out = out };
	struct generation *new;
	struct failure f;

	if (s->helper && !helper_read_again(s->helper)) {
		fprintf(out, "%s\nthe configuration before still serves\n", no_helper);
		log_error(LOG_MAIN, "%s", no_helper);
		return false;
	}
	new = generation_read(&s->line, server_files(s));
	if (conf_errors(new->conf) == 0)
		boot_roots_check(new->conf, new->boot);
	if (conf_errors(new->conf) == 0 && !server_check(s, new, &f))
		conf_error_exit(new->conf, NULL, (int)f.code, "%s", f.text);
	tell_mistakes(new, out);
	if (conf_errors(new->conf) > 0 || !swap(s, new, &w)) {
		generation_free(new);
		fprintf(out, "the configuration before still serves\n");
		log_error(LOG_MAIN,
			  "the configuration was not reloaded; the one before still serves");
		return false;
	}
	fprintf(out, "generation %u serves%s\n", s->number, w.lacks ? ", without that" : "");
	log_info(LOG_MAIN, "read the configuration again: generation %u serves", s->number);
	return !w.lacks;
}

void server_read_files(struct server *s, enum dns_why why)
{
	struct dhcp_files *old = s->host_files;

	if (s->helper && helper_is_gone(s->helper)) {
		log_error(LOG_MAIN, "%s", no_helper);
		return;
	}
	if (s->dns)			/* first: DHCP asks it for the addresses of names */
		dns_service_read(s->dns, server_files(s), why);
	if (!s->dhcp)
		return;
	s->host_files = host_files_read(s, s->now->dhcp);
	dhcp_server_configure(s->dhcp, s->now->dhcp, s->now->lan, s->host_files);
	dhcp_server_recall_tags(s->dhcp);
	dhcp_files_free(old);
	if (s->script)
		script_tell_all(s->script);
}
