/* SPDX-License-Identifier: ISC */
/*
 * conf_runner -- the process that runs the commands of conf-script again when the
 * configuration is read again.
 *
 * It is forked at the start where there are such commands, stays who we were,
 * and runs these alone, as they were written then.  It has one client, the
 * helper, or the server where there is none.
 */
#pragma once

#include <sys/types.h>

#include "conf/conf.h"

/* -1: there are no commands, or no process could be had; else the client's end, and its pid. */
int conf_runner_fork(const struct conf *c, pid_t *out_pid);

/* As script_run, by the runner; EPERM: the command was not there at the start, or no runner is. */
int conf_runner_run(int runner, const char *command, int *out_status);
