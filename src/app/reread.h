/* SPDX-License-Identifier: ISC */
/*
 * reread -- files beside the configuration, read again: on SIGHUP all of them, and some
 * as they change.
 *
 * The control loop serves while they are read, by what it knew before.  Where a file
 * gives no more than a part of itself, that goes on.
 */
#pragma once

#include "app/change.h"
#include "app/reader.h"

struct server;

/* One for each enum change_of. */
struct reread {
	struct reader_job job;
	struct server *server;
	enum change_of of;
	struct change change;
};

void reread_init(struct reread *r, struct server *s, enum change_of of);
