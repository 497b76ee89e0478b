/* SPDX-License-Identifier: ISC */
/*
 * lease_words -- `lanlord leases` and `lanlord pools`: the leases of a running server
 * as an operator sees and changes them.
 *
 * Everything is asked of the server over its control socket; nothing is read from
 * its store.
 */
#pragma once

/* argv as main has it; the exit code. */
int lease_words_run(int argc, char **argv);
int pool_words_run(int argc, char **argv);
