/* SPDX-License-Identifier: ISC */
/*
 * explain -- `lanlord explain`: what the server would do, and which line of the
 * configuration says so.
 *
 * It reads the configuration and the leases, never a running server, needs no
 * privileges and changes nothing.
 */
#pragma once

/* Runs it; argv[1] is "explain".  The exit code: 0 explained, 1 wrong words or a configuration with
 * mistakes, 3 a file that cannot be read. */
int explain_run(int argc, char **argv);
