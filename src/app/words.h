/* SPDX-License-Identifier: ISC */
/*
 * words -- `lanlord reload` and `lanlord status`, which ask a server that runs,
 * and `lanlord explain`, which needs none.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* Is this one of them? */
bool words_know(const char *word);

/* A line for each, for --help. */
void words_help(FILE *out);

/* Runs it; the exit code. */
int words_run(int argc, char **argv);
