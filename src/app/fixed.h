/* SPDX-License-Identifier: ISC */
/*
 * fixed -- what a running process cannot change any more: its user, its pid
 * file, its log, its store.  Kept as it was at the start, so that a reload can
 * say what of it would take a new one.
 */
#pragma once

#include <stdio.h>

#include "app/generation.h"

struct fixed;

/* As this configuration has it; freed by the caller. */
struct fixed *fixed_of(const struct generation *g);
void fixed_free(struct fixed *f);

/* A line for each that another configuration has otherwise. */
void fixed_tell(const struct fixed *f, const struct generation *g, FILE *out);
