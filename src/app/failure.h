/* SPDX-License-Identifier: ISC */
/*
 * failure -- why the server cannot start, in dnsmasq's way: an empty line and
 * "lanlord: message" on stderr, the same and "FAILED to start up" in the log,
 * and dnsmasq's exit code, which the waiting parent passes on.
 */
#pragma once

#include <stdbool.h>

/* dnsmasq's */
enum exit_code { EXIT_CODE_OK, EXIT_CODE_CONF, EXIT_CODE_NET, EXIT_CODE_FILE, EXIT_CODE_MEMORY,
		 EXIT_CODE_MISC };

struct failure {
	enum exit_code code;		/* EXIT_CODE_OK: none */
	char text[1024];
};

/* Fills *f and returns false. */
__attribute__((format(printf, 3, 4)))
bool failure_set(struct failure *f, enum exit_code code, const char *format, ...);

/* Tells of it (the first of several begins with the empty line), and the log too. */
void failure_tell(const char *text, bool first);
