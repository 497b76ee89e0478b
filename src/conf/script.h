/* SPDX-License-Identifier: ISC */
/*
 * script -- runs a command of the shell and keeps what it prints.
 */
#pragma once

/*
 * Waits for the command's end.  A descriptor of all that it printed, to be read from the beginning
 * and closed by the caller, and wait(2)'s status; -1 with errno where it could not be
 * run.  It reads what our standard input gives, and its other output goes where ours goes.
 */
int script_run(const char *command, int *out_status);
