/* SPDX-License-Identifier: ISC */
/*
 * origin -- the place in the configuration that a thing came from.
 *
 * Everything configured carries one, and every decision that it shaped carries
 * a pointer to it: that is how the log, explain and the errors all name the
 * same line.
 */
#pragma once

struct origin {
	const char *file;	/* as the user named it; "command line" for an argument;
				 * NULL for what is built in */
	unsigned line;		/* from 1; 0 where lines do not apply */
};
