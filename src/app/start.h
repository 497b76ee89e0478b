/* SPDX-License-Identifier: ISC */
/*
 * start -- from the command line to a server that serves, in one fixed order:
 *
 * parse; go into the background (the parent waits); open the log and the
 * sockets; fork the helper; open the store (no database handle crosses a fork);
 * write the pid file; become nobody; Landlock; seccomp; and only then the first
 * thread.
 */
#pragma once

/* Runs a server, or answers --test, --help and --version; the exit code. */
int start(int argc, char **argv);
