/* SPDX-License-Identifier: ISC */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/uncleared.h"

static void to_stderr(enum log_subsystem sub, enum log_level level, const char *text)
{
	static const char *const ident[] = {
		[LOG_MAIN] = "", [LOG_DHCP] = "-dhcp", [LOG_TFTP] = "-tftp",
		[LOG_SCRIPT] = "-script", [LOG_HTTP] = "-http",
	};

	(void)level;
	fprintf(stderr, "lanlord%s: %s\n", ident[sub], text);
}

static _Atomic(log_sink *) sink = to_stderr;

void log_set_sink(log_sink *s)
{
	atomic_store(&sink, s ? s : to_stderr);
}

/* ---- lines that wait ----------------------------------------------------------- */

static _Thread_local struct log_held *holder;

void log_hold(struct log_held *h)
{
	holder = h;
}

/* False: there is no memory for it. */
static bool held_add(struct log_held *h, enum log_subsystem sub, enum log_level level,
		     const char *text)
{
	size_t n = strlen(text) + 1, room = h->room ? h->room : 1024;
	char *more;

	while (room < h->n + n + 2)
		room *= 2;
	more = room > h->room ? realloc(h->lines, room) : h->lines;
	if (!more)
		return false;
	h->lines = more;
	h->room = room;
	h->lines[h->n++] = (char)sub;
	h->lines[h->n++] = (char)level;
	memcpy(h->lines + h->n, text, n);
	h->n += n;
	return true;
}

void log_held_tell(struct log_held *h)
{
	const char *at = h->lines;

	while (at && at < h->lines + h->n) {
		log_plain((enum log_subsystem)at[0], (enum log_level)at[1], at + 2);
		at += 2 + strlen(at + 2) + 1;
	}
	log_held_forget(h);
}

void log_held_forget(struct log_held *h)
{
	free(h->lines);
	*h = (struct log_held){ 0 };
}

/* ---- writing ------------------------------------------------------------------- */

void log_vline(enum log_subsystem sub, enum log_level level, const char *format, va_list args)
{
	char text[2048] UNCLEARED;

	vsnprintf(text, sizeof text, format, args);
	log_plain(sub, level, text);
}

void log_plain(enum log_subsystem sub, enum log_level level, const char *text)
{
	if (!holder || !held_add(holder, sub, level, text))
		atomic_load(&sink)(sub, level, text);
}

void log_line(enum log_subsystem sub, enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vline(sub, level, format, args);
	va_end(args);
}

bool log_allowed(struct log_limit *l, int64_t now_ms)
{
	int64_t gained = l->every_ms ? (now_ms - l->last_ms) / l->every_ms : 0;

	if (l->last_ms == 0 || gained >= l->burst) {
		l->tokens = l->burst;
		l->last_ms = now_ms;
	} else if (gained > 0) {
		l->tokens += (uint32_t)gained;
		if (l->tokens > l->burst)
			l->tokens = l->burst;
		l->last_ms += gained * l->every_ms;
	}
	if (l->tokens == 0) {
		l->left_out++;
		return false;
	}
	l->tokens--;
	return true;
}

uint32_t log_left_out(struct log_limit *l)
{
	uint32_t n = l->left_out;

	l->left_out = 0;
	return n;
}
