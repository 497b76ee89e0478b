/* SPDX-License-Identifier: ISC */
/*
 * words -- `lanlord reload` and `lanlord status`, which ask a server that runs,
 * and `lanlord explain` and `lanlord dhcp_release`, which need none of ours.
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

/* Was the program started by the name of a word that is a program of its own with dnsmasq?
 * Then all of its words belong to that. */
bool words_name_program(const char *argv0);
int words_run_program(char **argv);
