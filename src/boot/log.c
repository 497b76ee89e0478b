/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "boot/log.h"

#define LINE 1600

/* ---- lines of events ------------------------------------------------------------ */

static void add_safe(struct text *t, const char *s)
{
	text_safe(t, span_text(s ? s : ""));
}

/* "sent FILE to ADDR" and its like: the words between are all that differs. */
static void write_file(struct text *t, const struct event *e, const char *before,
		       const char *between)
{
	text_add(t, before);
	add_safe(t, e->name);
	text_add(t, between);
	text_add(t, addr_text(&e->addr).s);
}

static void write_sent(struct text *t, const struct event *e)
{
	write_file(t, e, "sent ", " to ");
}

static void write_failed(struct text *t, const struct event *e)
{
	write_file(t, e, "failed sending ", " to ");
}

static void write_not_found(struct text *t, const struct event *e)
{
	write_file(t, e, "file ", " not found for ");
}

static void write_error(struct text *t, const struct event *e)
{
	text_addf(t, "error %u ", e->status);
	add_safe(t, e->text);
	text_addf(t, " received from %s", addr_text(&e->addr).s);
}

static void write_text(struct text *t, const struct event *e)
{
	add_safe(t, e->text);
}

static void write_http_error(struct text *t, const struct event *e)
{
	text_addf(t, "refused ");
	add_safe(t, e->name);
	text_addf(t, " to %s: %u ", addr_text(&e->addr).s, e->status);
	add_safe(t, e->text);
}

static const struct line {
	enum log_subsystem subsystem;
	enum log_level level;
	bool limited;			/* a stranger can cause any number of them */
	void (*write)(struct text *t, const struct event *e);
} lines[EVENT_KINDS] = {
	[EVENT_TFTP_SENT]      = { LOG_TFTP, LOG_LEVEL_INFO,  false, write_sent       },
	[EVENT_TFTP_FAILED]    = { LOG_TFTP, LOG_LEVEL_INFO,  false, write_failed     },
	[EVENT_TFTP_NOT_FOUND] = { LOG_TFTP, LOG_LEVEL_ERROR, true,  write_not_found  },
	[EVENT_TFTP_ERROR]     = { LOG_TFTP, LOG_LEVEL_ERROR, true,  write_error      },
	[EVENT_TFTP_REFUSED]   = { LOG_TFTP, LOG_LEVEL_ERROR, true,  write_text       },
	[EVENT_HTTP_SENT]      = { LOG_HTTP, LOG_LEVEL_INFO,  false, write_sent       },
	[EVENT_HTTP_FAILED]    = { LOG_HTTP, LOG_LEVEL_INFO,  false, write_failed     },
	[EVENT_HTTP_NOT_FOUND] = { LOG_HTTP, LOG_LEVEL_ERROR, true,  write_not_found  },
	[EVENT_HTTP_ERROR]     = { LOG_HTTP, LOG_LEVEL_ERROR, true,  write_http_error },
};

static bool is_allowed(struct boot_log *l, const struct event *e, uint32_t *out_left_out)
{
	bool allowed;

	pthread_mutex_lock(&l->lock);
	allowed = log_allowed(&l->limit, e->at.mono_ms);
	*out_left_out = allowed ? log_left_out(&l->limit) : 0;
	pthread_mutex_unlock(&l->lock);
	return allowed;
}

static void told(struct event_watch *w, const struct event *e)
{
	struct boot_log *l = container_of(w, struct boot_log, watch);
	const struct line *line = &lines[e->kind];
	uint32_t left_out = 0;
	char text[LINE];
	struct text t = TEXT(text);

	if (!line->write || (e->kind == EVENT_TFTP_NOT_FOUND && atomic_load(&l->quiet)))
		return;
	if (line->limited && !is_allowed(l, e, &left_out))
		return;
	if (left_out)
		log_line(line->subsystem, line->level, "%u lines like the next were left out",
			 left_out);
	line->write(&t, e);
	log_line(line->subsystem, line->level, "%s", text);
}

void boot_log_init(struct boot_log *l, struct events *e)
{
	*l = (struct boot_log){ .watch.told = told, .limit = { .burst = 200, .every_ms = 50 } };
	pthread_mutex_init(&l->lock, NULL);
	events_watch(e, &l->watch);
}

void boot_log_configure(struct boot_log *l, const struct boot_conf *b)
{
	atomic_store(&l->quiet, b->quiet);
}

/* ---- lines of a start ----------------------------------------------------------- */

static bool is_there(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* dnsmasq's line, with its blanks. */
static void log_tftp(const struct boot_conf *b)
{
	const struct boot_root *root = boot_root_for(b->tftp_roots, NULL);
	uint32_t max = boot_tftp_max(b);

	log_info(LOG_TFTP, "TFTP %s%s %s %s", root ? "root is " : "enabled",
		 root ? root->path : "", b->secure ? "secure mode" : "",
		 b->single_port ? "single port mode" : "");
	for (const struct boot_root *r = b->tftp_roots; r; r = r->next)
		if (!is_there(r->path))
			log_warning(LOG_TFTP, "warning: %s inaccessible", r->path);
	if (max < b->max)
		log_warning(LOG_TFTP, "restricting maximum simultaneous TFTP transfers to %u", max);
}

static void log_http(const struct boot_conf *b)
{
	for (const struct boot_root *r = b->http_roots; r; r = r->next) {
		log_info(LOG_HTTP, "HTTP root is %s, port %u%s%s", r->path, b->http_port,
			 r->interface ? ", on " : "", r->interface ? r->interface : "");
		if (!is_there(r->path))
			log_warning(LOG_HTTP, "warning: %s inaccessible", r->path);
	}
}

void boot_log_start(const struct boot_conf *b)
{
	if (b->tftp)
		log_tftp(b);
	log_http(b);
}
