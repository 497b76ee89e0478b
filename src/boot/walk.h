/* SPDX-License-Identifier: ISC */
/*
 * walk -- open a clean name beneath a directory descriptor.
 *
 * The kernel's openat2 keeps the rule where it is there; elsewhere (an old
 * kernel, a container that refuses it) the same rule is kept step by step.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

enum walk_links { WALK_FOLLOW, WALK_INSIDE };

/* Learnt once: is there no openat2 here? */
struct walk { _Atomic bool without_openat2; };

/*
 * `flags` are open's.  A descriptor, or -1 with errno: EXDEV where WALK_INSIDE
 * met a link that leads out (or an absolute one), ELOOP after too many links.
 */
int walk_open(struct walk *w, int root, const char *name, int flags, enum walk_links links);
