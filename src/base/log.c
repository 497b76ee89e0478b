/* SPDX-License-Identifier: ISC */
#include <stdatomic.h>
#include <stdio.h>

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

void log_vline(enum log_subsystem sub, enum log_level level, const char *format, va_list args)
{
	char text[2048] UNCLEARED;

	vsnprintf(text, sizeof text, format, args);
	atomic_load(&sink)(sub, level, text);
}

void log_plain(enum log_subsystem sub, enum log_level level, const char *text)
{
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
