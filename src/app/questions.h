/* SPDX-License-Identifier: ISC */
/*
 * questions -- what can be asked of the program instead of serving.
 */
#pragma once

#include "app/generation.h"

/* --version and --help, wherever they stand on the command line: answered on stdout.  False: not
 * asked. */
bool questions_answer(const struct generation *g);

/* `docs-options` alone prints docs/options.md, for `make docs`.  False: not asked. */
bool questions_manual(int argc, char **argv);

/* `--help dhcp` and `--help dhcp6` alone, before anything is read.  False: not asked. */
bool questions_names(int argc, char **argv);
