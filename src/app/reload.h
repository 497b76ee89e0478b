/* SPDX-License-Identifier: ISC */
/*
 * reload -- a new configuration takes the place of the one that serves.
 *
 * It is read and checked whole beside the old one; only one without a mistake
 * takes over, between two turns of the loop, so that no packet and no lease
 * sees half of each.  What a running process cannot change any more (its user,
 * its store, its log) is named, and keeps its old value until the next start.
 */
#pragma once

#include "app/server.h"

/* Prints what happened, or all mistakes; false: the old configuration still serves, or the new one
 * without all of its sockets, as was printed. */
bool server_reload(struct server *s, FILE *out);

/* SIGHUP: dhcp-hostsfile and dhcp-optsfile, read again. */
void server_read_files(struct server *s, enum dns_why why);
