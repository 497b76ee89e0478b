/* SPDX-License-Identifier: ISC */
/*
 * reload -- a new configuration takes the place of the one that serves.
 *
 * It is read and checked whole beside the old one, and so are the files that it
 * names; only one without a mistake takes over, between two turns of the loop, so
 * that no packet and no lease sees half of each.  What a running process cannot
 * change any more (its user, its store, its log) is named, and keeps its old value
 * until the next start.
 */
#pragma once

#include <stdio.h>

#include "app/change.h"
#include "app/control.h"
#include "app/reader.h"

struct server;
struct reload_asker;

struct reload {
	struct reader_job job;
	struct server *server;
	struct reload_asker *askers;
	FILE *out;			/* what is told to those who asked before it began */
	char *text;
	size_t text_n;
	bool lacks;			/* what could not be had of a configuration that serves, or would */
	bool helper_gone;
	bool ends;			/* all is told; what is left is to be let go of */
	struct generation *new;		/* read, and not serving; or NULL */
	struct generation *over;	/* that served before; or NULL */
	struct change change;
};

void reload_init(struct reload *r, struct server *s);

/* The control socket's: who asks is told how it went. */
extern const struct control_task reload_task;
