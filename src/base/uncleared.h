/* SPDX-License-Identifier: ISC */
/*
 * uncleared -- for a large variable on a hot path that is written before it is read.
 *
 * The build has the compiler clear every variable of a function (meson.build), which costs more
 * than the work where one is large.
 */
#pragma once

#define UNCLEARED __attribute__((uninitialized))
