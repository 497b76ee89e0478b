/* SPDX-License-Identifier: ISC */
/*
 * block_line -- what one line of a block list says.
 *
 * Lists come in four dialects and often mix them:
 *
 *   0.0.0.0 ads.example tracker.example      a hosts file: these names alone
 *   ads.example                              plain: this name alone
 *   *.ads.example    .ads.example            it, and all below it
 *   address=/ads.example/#  local=/a/b/      dnsmasq's lines: it, and all below it
 *   ||ads.example^   |ads.example^           adblock's: it and all below it; it alone
 *   @@||good.example^  server=/good.example/#   an exception
 *
 * A comment is a line that begins with # or !, and what follows a blank and #.
 * A list cannot send names elsewhere: an address must be one of nobody's
 * (0.0.0.0, ::) or this machine's own (127.0.0.1, ::1).  Names are ASCII letters, digits, -
 * and _, or UTF-8 that IDNA can encode.
 */
#pragma once

#include "dns/name_set.h"

struct block_name {
	struct span name;		/* wire form, small letters */
	enum name_reach reach;
	bool exception;
};

struct block_reader {
	void (*told)(void *arg, const struct block_name *n);	/* each name of a line */
	void *arg;
	struct span last_word;		/* an address of the line before, */
	bool last_blocks;		/* and whether it is nobody's or this machine's */
	char last[48];
};

/* NULL, or what is wrong.  Names before that have been told. */
const char *block_line_read(struct block_reader *r, struct span line);
