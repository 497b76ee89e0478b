/* SPDX-License-Identifier: ISC */
/*
 * server_status -- how the server is: for `lanlord status`, and as the lines of
 * SIGUSR1.
 */
#pragma once

#include "app/server.h"

void server_status(struct server *s, FILE *out);
void server_statistics(struct server *s);

/* Every file and folder of the configuration, whole, a line each. */
void server_print_paths(struct server *s, FILE *out, const char *label);
