/* SPDX-License-Identifier: ISC */
/*
 * log -- lines for people, in dnsmasq's words and layout.
 *
 * Each line belongs to a subsystem, which is its syslog ident ("dnsmasq-dhcp").
 * Where lines go (stderr, syslog, a file, JSON) is decided once at start; until
 * then they go to stderr.  Safe from any thread.  Engines do not call this:
 * they publish events, and edges log.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO,
		 LOG_LEVEL_DEBUG };

enum log_subsystem { LOG_MAIN, LOG_DHCP, LOG_TFTP, LOG_SCRIPT, LOG_HTTP };

__attribute__((format(printf, 3, 4)))
void log_line(enum log_subsystem sub, enum log_level level, const char *format, ...);
__attribute__((format(printf, 3, 0)))
void log_vline(enum log_subsystem sub, enum log_level level, const char *format, va_list args);

/* The same of a whole text. */
void log_plain(enum log_subsystem sub, enum log_level level, const char *text);

#define log_error(sub, ...)   log_line(sub, LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(sub, ...) log_line(sub, LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(sub, ...)    log_line(sub, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(sub, ...)   log_line(sub, LOG_LEVEL_DEBUG, __VA_ARGS__)

/*
 * Who writes the lines.  The default writes "lanlord[-sub]: text" to stderr;
 * app/ puts its own here before the first thread starts, tests put a recorder.
 * NULL restores the default.
 */
typedef void log_sink(enum log_subsystem sub, enum log_level level, const char *text);
void log_set_sink(log_sink *sink);

/*
 * Lines that wait: what a thread writes while it holds them is kept in order, and told by whom and
 * when it is said.  Zeroed before its first use.
 */
struct log_held {
	char *lines;			/* of each the subsystem, the level and the text with its NUL */
	size_t n, room;
};

/* This thread's lines, from now on; NULL: they go out at once, as before. */
void log_hold(struct log_held *h);
void log_held_tell(struct log_held *h);		/* and forgets them */
void log_held_forget(struct log_held *h);	/* idempotent */

/*
 * A limit for lines that a stranger can cause: at most `burst` lines, refilled
 * at one each `every_ms`.  log_allowed() is true when a line may be written;
 * the first line after a silence may say how many were left out
 * (log_left_out() returns and clears the count).  One limit per kind of line.
 */
struct log_limit {
	uint32_t burst, every_ms;
	uint32_t tokens, left_out;
	int64_t last_ms;
};
bool log_allowed(struct log_limit *l, int64_t now_ms);
uint32_t log_left_out(struct log_limit *l);
