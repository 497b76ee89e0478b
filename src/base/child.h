/* SPDX-License-Identifier: ISC */
/*
 * child -- the one way in which a program is started.
 *
 * A signal that we hold back or ignore is nothing to it, and it has no descriptor of
 * ours beyond the standard ones.
 */
#pragma once

#include <sys/types.h>

/*
 * argv[0] is its path.  Its output and its errors go to these; -1: where ours go.  0, or an errno:
 * it could not be run.
 */
int child_start(char *const *argv, char *const *env, int output, int errors, pid_t *out);

/* Its end; wait(2)'s status. */
int child_wait(pid_t child);
