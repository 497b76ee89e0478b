/* SPDX-License-Identifier: ISC */
/*
 * scenario -- plays a story: real engines on the simulated loop, with the
 * configuration that a user would write, in virtual time.
 *
 * A story is a text file, a step a line; README.md beside the stories lists the
 * steps.  The first step that does not go as told ends the story.
 */
#pragma once

#include <stdbool.h>

/* False, and "file:line: what" on standard error, where the story goes wrong. */
bool scenario_play(const char *path);
