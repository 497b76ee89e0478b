/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "app/json.h"
#include "app/log.h"
#include "app/log_gather.h"
#include "app/log_queue.h"
#include "base/must.h"
#include "base/text.h"
#include "base/uncleared.h"

#define SERVICE_LINES 20000		/* of DHCP, TFTP or HTTP at once; then one a millisecond */
#define LONGEST_MESSAGE 600		/* bytes where all do not fit: each may become \u00XX */

/* The one log of the process. */
static struct {
	enum log_target target;
	enum log_layout layout;
	bool echo;			/* debug mode: to stderr as well */
	bool json, debug;
	int facility;
	const char *path;
	int file;			/* the log file, or -1; another file has the same number */
	_Atomic int socket;		/* to syslog, or -1; the same number for ever, once there is one */
	_Atomic uint64_t syslog_lost;	/* since the last line that went through */
	uint32_t queue_lines;		/* log-async; 0: off */
	pthread_mutex_t limits_lock;
} the = { .facility = LOG_DAEMON, .file = -1, .socket = -1,
	  .limits_lock = PTHREAD_MUTEX_INITIALIZER };

const char *log_ident(enum log_subsystem sub)
{
	static const char *const idents[] = {
		[LOG_MAIN] = "dnsmasq",		 [LOG_DHCP] = "dnsmasq-dhcp",
		[LOG_TFTP] = "dnsmasq-tftp",	 [LOG_SCRIPT] = "dnsmasq-script",
		[LOG_HTTP] = "dnsmasq-http",
	};

	return idents[sub];
}

const char *log_level_name(enum log_level level)
{
	static const char *const names[] = {
		[LOG_LEVEL_ERROR] = "error",   [LOG_LEVEL_WARNING] = "warning",
		[LOG_LEVEL_NOTICE] = "notice", [LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug",
	};

	return names[level];
}

static int priority_of(enum log_level level)
{
	static const int priorities[] = {
		[LOG_LEVEL_ERROR] = LOG_ERR,	 [LOG_LEVEL_WARNING] = LOG_WARNING,
		[LOG_LEVEL_NOTICE] = LOG_NOTICE, [LOG_LEVEL_INFO] = LOG_INFO,
		[LOG_LEVEL_DEBUG] = LOG_DEBUG,
	};

	return priorities[level];
}

void log_lay_out(struct text *out, enum log_layout layout, enum log_subsystem sub,
		 const struct tm *when, int pid, const char *line)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	if (layout == LAYOUT_STAMPED)
		text_addf(out, "%s %2d %02d:%02d:%02d ", months[when->tm_mon], when->tm_mday,
			  when->tm_hour, when->tm_min, when->tm_sec);
	text_add(out, log_ident(sub));
	if (layout != LAYOUT_BARE)
		text_addf(out, "[%d]", pid);
	text_add(out, ": ");
	text_add(out, line);
}

/* ---- the three ways out -------------------------------------------------- */

/* What stands before a line, "Nov 23 04:28:29 dnsmasq[7793]: "; many lines have the same. */
struct prefix_text {
	time_t at;
	enum log_subsystem sub;
	enum log_layout layout;
	char s[96];
	size_t n;
};

static const struct prefix_text *prefix_of(const struct log_entry *l, enum log_layout layout)
{
	static _Thread_local struct prefix_text last;
	struct text t;
	struct tm when;

	if (last.n && last.at == l->at && last.sub == l->sub && last.layout == layout)
		return &last;
	t = TEXT(last.s);
	localtime_r(&l->at, &when);
	log_lay_out(&t, layout, l->sub, &when, getpid(), "");
	last.at = l->at;
	last.sub = l->sub;
	last.layout = layout;
	last.n = t.n;
	return &last;
}

/* log_lay_out's line of an entry, and room for one byte behind it. */
static struct text line_of(char *buffer, size_t size, const struct log_entry *l,
			   enum log_layout layout)
{
	struct text t = text_of(buffer, size - 1);
	const struct prefix_text *prefix = prefix_of(l, layout);

	text_addn(&t, prefix->s, prefix->n);
	text_add(&t, l->text);
	return t;
}

static void write_fd(int fd, const struct log_entry *l, enum log_layout layout)
{
	char buffer[LOG_ENTRY_TEXT + 128] UNCLEARED;
	struct text t = text_of(buffer, sizeof buffer - 1);

	if (the.json)
		text_add(&t, l->text);
	else
		t = line_of(buffer, sizeof buffer, l, layout);
	buffer[t.n++] = '\n';
	if (!log_gather_add(fd, buffer, t.n))
		log_write_all(fd, buffer, t.n);
}

/* As a stream where syslog does not take datagrams; -1: neither. */
static int syslog_open(void)
{
	static const int kinds[] = { SOCK_DGRAM, SOCK_STREAM };
	struct sockaddr_un path = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		int fd = socket(AF_UNIX, kinds[i] | SOCK_CLOEXEC, 0);

		if (fd < 0 || connect(fd, (struct sockaddr *)&path, sizeof path) == 0)
			return fd;
		close(fd);
	}
	return -1;
}

/* A new socket, where the number of the old one was: others may be sending to that. */
static bool syslog_connect(void)
{
	int fd = syslog_open(), none = -1;

	if (fd < 0)
		return false;
	if (atomic_compare_exchange_strong(&the.socket, &none, fd))
		return true;
	dup3(fd, none, O_CLOEXEC);
	close(fd);
	return true;
}

/* syslog may have been restarted: a new socket, once. */
static bool syslog_send(const char *text, size_t n)
{
	for (int tries = 0; tries < 2; tries++) {
		int fd = atomic_load(&the.socket);

		if (fd >= 0 && send(fd, text, n, MSG_NOSIGNAL) >= 0)
			return true;
		if (tries == 0 && !syslog_connect())
			return false;
	}
	return false;
}

static void write_syslog(const struct log_entry *l)
{
	char buffer[LOG_ENTRY_TEXT + 128] UNCLEARED;
	struct text t = TEXT(buffer);
	const struct prefix_text *prefix = prefix_of(l, LAYOUT_STAMPED);

	text_addf(&t, "<%d>", the.facility | l->priority);
	text_addn(&t, prefix->s, prefix->n);
	text_add(&t, l->text);
	if (!syslog_send(buffer, t.n + 1))	/* the NUL ends a record of a stream */
		atomic_fetch_add(&the.syslog_lost, 1);
}

/* Without a lock: a whole line, or several, is one write, and the descriptors stay what they are. */
static void write_entry(const struct log_entry *l)
{
	switch (the.target) {
	case LOG_TO_FILE:
		write_fd(the.file, l, the.layout);
		break;
	case LOG_TO_STDERR:
		write_fd(STDERR_FILENO, l, the.layout);
		break;
	case LOG_TO_SYSLOG:
		write_syslog(l);
		break;
	}
	if (the.echo)
		write_fd(STDERR_FILENO, l, LAYOUT_BARE);
}

/* ---- the writer of log-async ---------------------------------------------- */

static void write_lost(time_t at, unsigned lost)
{
	struct log_entry l = { LOG_MAIN, LOG_WARNING, at, "" };

	snprintf(l.text, sizeof l.text, "overflow: %u log entries lost", lost);
	write_entry(&l);
}

void log_start(void)
{
	if (the.queue_lines == 0 || !log_queue_start(the.queue_lines, write_entry, write_lost))
		return;
	if (the.target == LOG_TO_SYSLOG)
		log_info(LOG_MAIN, "asynchronous logging enabled, queue limit is %u messages",
			 the.queue_lines);
}

void log_stop(void)
{
	log_queue_stop();
}

/* ---- the sink --------------------------------------------------------------- */

static void put(enum log_subsystem sub, int priority, const char *text)
{
	struct log_entry l UNCLEARED;
	struct text t = TEXT(l.text);

	l.sub = sub;
	l.priority = priority;
	l.at = time(NULL);
	text_add(&t, text);
	if (!log_queue_put(&l))
		write_entry(&l);
}

/* A plain line in JSON: the same three things that the text has. */
static void add_json(struct text *t, enum log_subsystem sub, enum log_level level,
		     const char *text, size_t longest)
{
	struct json j = json_open(t);

	j.longest = longest;
	json_uint(&j, "time", (uint64_t)time(NULL));
	json_text(&j, "level", log_level_name(level));
	json_text(&j, "subsystem", log_ident(sub));
	json_text(&j, "message", text);
	json_close(&j);
}

static void put_as_json(enum log_subsystem sub, enum log_level level, const char *text)
{
	char buffer[LOG_ENTRY_TEXT] UNCLEARED;
	struct text t = TEXT(buffer);

	add_json(&t, sub, level, text, 0);
	if (t.cut) {
		t = TEXT(buffer);
		add_json(&t, sub, level, text, LONGEST_MESSAGE);
	}
	put(sub, priority_of(level), buffer);
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* One line stays one line, and does nothing to a terminal. */
static void put_as_text(enum log_subsystem sub, enum log_level level, const char *text)
{
	char buffer[LOG_ENTRY_TEXT] UNCLEARED;
	struct text t = TEXT(buffer);

	while (*text) {
		const char *from = text;

		while (*text && !is_control(*text))
			text++;
		text_addn(&t, from, (size_t)(text - from));
		if (*text)
			text_addf(&t, "\\x%02x", (unsigned char)*text++);
	}
	put(sub, priority_of(level), buffer);
}

static void put_line(enum log_subsystem sub, enum log_level level, const char *text)
{
	if (the.json)
		put_as_json(sub, level, text);
	else
		put_as_text(sub, level, text);
}

/* ---- what strangers can cause -------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * Every packet may be a line, and so may fill the disk: a service has as many as
 * a busy network makes, and no more.  Our own lines are never held back.
 */
static bool is_allowed(enum log_subsystem sub, uint32_t *out_left_out)
{
	static struct log_limit limits[] = {
		[LOG_DHCP] = { .burst = SERVICE_LINES, .every_ms = 1 },
		[LOG_TFTP] = { .burst = SERVICE_LINES, .every_ms = 1 },
		[LOG_HTTP] = { .burst = SERVICE_LINES, .every_ms = 1 },
	};
	bool allowed;

	*out_left_out = 0;
	if (sub >= COUNT_OF(limits) || limits[sub].burst == 0)
		return true;
	pthread_mutex_lock(&the.limits_lock);
	allowed = log_allowed(&limits[sub], now_ms());
	if (allowed)
		*out_left_out = log_left_out(&limits[sub]);
	pthread_mutex_unlock(&the.limits_lock);
	return allowed;
}

static bool passes(enum log_subsystem sub)
{
	uint32_t left_out;
	char line[64];

	if (!is_allowed(sub, &left_out))
		return false;
	if (left_out) {
		snprintf(line, sizeof line, "%u lines were left out, there were too many",
			 left_out);
		put_line(sub, LOG_LEVEL_WARNING, line);
	}
	return true;
}

static void sink(enum log_subsystem sub, enum log_level level, const char *text)
{
	if ((level != LOG_LEVEL_DEBUG || the.debug) && passes(sub))
		put_line(sub, level, text);
}

void log_json(enum log_subsystem sub, enum log_level level, const char *object)
{
	if (passes(sub))
		put(sub, priority_of(level), object);
}

/* ---- opening ------------------------------------------------------------------ */

int log_file_open(const char *path, bool *out_new)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;
	int fd = open(path, flags | O_EXCL, 0640);

	*out_new = fd >= 0;
	return fd < 0 && errno == EEXIST ? open(path, flags, 0640) : fd;
}

/* At the start one of root's group is that group's to write, and nobody else's to read, as dnsmasq has
 * it; without this it is as it was. */
static void set_mode(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_gid == 0)
		(void)fchmod(fd, 0660);
}

enum status log_open(const struct app_conf *c)
{
	bool is_new;

	if (c->log_target == LOG_TO_FILE) {
		the.file = log_file_open(c->log_file, &is_new);
		if (the.file < 0)
			return ST_SYSTEM;
		set_mode(the.file);
		free((void *)the.path);
		the.path = strdup(c->log_file);
		must(the.path);
	}
	the.target = c->log_target;
	the.layout = c->log_target == LOG_TO_STDERR && c->foreground && !c->no_daemon ? LAYOUT_PID
										 : LAYOUT_STAMPED;
	the.echo = c->no_daemon && c->log_target != LOG_TO_STDERR;
	the.json = c->log_json;
	the.debug = c->log_debug;
	the.facility = c->log_facility;
	the.queue_lines = c->log_async ? c->log_async_lines : 0;
	tzset();			/* before the sandbox closes /etc */
	if (the.target == LOG_TO_SYSLOG)
		syslog_connect();
	log_set_sink(sink);
	return ST_OK;
}

int log_fd(void)
{
	return the.file;
}

const char *log_path(void)
{
	return the.path;
}

enum status log_reopen(int fd)
{
	bool is_new;

	if (the.target != LOG_TO_FILE)
		return ST_OK;
	if (fd < 0)
		fd = log_file_open(the.path, &is_new);
	if (fd < 0)
		return ST_SYSTEM;
	dup3(fd, the.file, O_CLOEXEC);
	close(fd);
	return ST_OK;
}

void log_failure(const char *text)
{
	const char *lines[] = { text, "FAILED to start up" };

	if (the.target == LOG_TO_STDERR || the.echo)
		return;			/* the person at the terminal has read it already */
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		put(LOG_MAIN, LOG_CRIT, lines[i]);
}
