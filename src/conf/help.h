/* SPDX-License-Identifier: ISC */
/*
 * help -- the rows as text: --help in dnsmasq's line format, and the reference
 * page docs/options.md.
 *
 * Both are loops over the rows of a conf made by conf_new(); nothing needs to
 * have been read into it.
 */
#pragma once

#include <stdio.h>

#include "conf/conf.h"

/* "Usage: PROGRAM [options]", then a line an option, by name:
 * "-p, --port=<integer>          What it does. (defaults to 53)". */
void conf_print_help(FILE *to, const struct conf *c, const char *program);

/* The whole of docs/options.md: counts, then a table for each group. */
void conf_print_manual(FILE *to, const struct conf *c);
