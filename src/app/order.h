/* SPDX-License-Identifier: ISC */
/*
 * order -- have something done on another loop's thread, and wait for it.
 */
#pragma once

#include "net/loop.h"

/* Returns when work(arg) has returned.  The loop must run, and not be the caller's. */
void order_give(struct loop *l, void (*work)(void *arg), void *arg);
