/* SPDX-License-Identifier: ISC */
/*
 * log -- where lines go: syslog, a file, stderr, as text or JSON, now or by a
 * thread of its own.
 *
 * Layout and idents are dnsmasq's (people's tools read them):
 *	syslog, file, debug mode to "-"	"Nov  2 20:57:45 dnsmasq-dhcp[123]: text"
 *	foreground to "-"		"dnsmasq-dhcp[123]: text"
 *	debug mode to syslog or a file	that, and "dnsmasq-dhcp: text" on stderr
 * One log a process, as its sink is one; any thread may write.  Control
 * characters never reach it, and of what strangers can cause it takes 1,000 lines
 * a second (20,000 at once) a service, and says how many it left out.
 */
#pragma once

#include "app/conf.h"
#include "base/log.h"

/* Opens what the configuration names and becomes the sink.  ST_SYSTEM: the file, see errno. */
enum status log_open(const struct app_conf *c);

/* Starts the writer of log-async, if it is on; after the sandbox is up. */
void log_start(void);

/* Writes what waits, and ends the writer. */
void log_stop(void);

/* The log file's descriptor, or -1: to be chowned. */
int log_fd(void);

/* Opens or makes a log file, as dnsmasq for its group to read; -1 with errno. */
int log_file_open(const char *path, bool *out_new);

/* SIGUSR2: from now on lines go to this file instead (the log owns fd); -1: opens the file
 * itself.  ST_SYSTEM: cannot; the old file stays. */
enum status log_reopen(int fd);

/* The conf that opened the log; the file's path, or NULL. */
const char *log_path(void);

/* A whole JSON object as one line of this subsystem; in JSON mode only. */
void log_json(enum log_subsystem sub, enum log_level level, const char *object);

/* A failure to start, to wherever lines go (syslog before log_open): "text", then
 * "FAILED to start up". */
void log_failure(const char *text);

/* "dnsmasq-dhcp" */
const char *log_ident(enum log_subsystem sub);
const char *log_level_name(enum log_level level);

/* Layout alone, for tests: what one line looks like on its way to `target`. */
struct text;
struct tm;
enum log_layout { LAYOUT_STAMPED, LAYOUT_PID, LAYOUT_BARE };
void log_lay_out(struct text *out, enum log_layout layout, enum log_subsystem sub,
		 const struct tm *when, int pid, const char *line);
