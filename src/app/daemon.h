/* SPDX-License-Identifier: ISC */
/*
 * daemon -- go into the background, with a parent that waits to learn how it went.
 *
 * The parent exits with the child's exit code once the child is ready or dead;
 * until then the child keeps the terminal, so its error text is seen.
 */
#pragma once

#include <stdbool.h>

#include "base/status.h"

/* Returns in the child (or at once when nothing is to be forked and this is not called).
 * ST_SYSTEM: cannot fork, see errno. */
enum status daemon_enter(void);

/* The child serves: the parent exits 0, and the standard descriptors become /dev/null;
 * stderr stays where lines of the log go there, as with dnsmasq. */
void daemon_ready(bool logs_to_stderr);

/* The child fails: the parent exits with this code. */
void daemon_failed(int code);
