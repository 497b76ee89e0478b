/* SPDX-License-Identifier: ISC */
/*
 * tftp_place -- where a name that is asked for by TFTP is looked for.
 *
 * A root, and in it the client's own folder if tftp-unique-root gives it one and
 * it is there.  Whoever wants to know what a client would get goes this way too.
 */
#pragma once

#include "base/addr.h"
#include "boot/conf.h"
#include "boot/files.h"

#define PATH_MAX_SHOWN 1280		/* a path in a log line; what is longer is cut */

struct tftp_client {
	struct addr addr;
	struct hwaddr hw;		/* len 0: not known */
};

struct tftp_place {
	const struct boot_root *by;	/* the line of the root; NULL: there is none, "/" serves */
	const char *root;
	char folder[64];		/* "": none */
	char path[PATH_MAX_SHOWN];	/* both */
};

struct tftp_place tftp_place_of(const struct boot_conf *b, struct files *f, const char *interface,
				const struct tftp_client *c);

/* As files_clean and files_open, by what the configuration permits. */
enum files_result tftp_place_clean(const struct boot_conf *b, const struct tftp_place *p,
				   struct span asked, struct files_name *out);
enum files_result tftp_place_open(const struct boot_conf *b, struct files *f,
				  const struct tftp_place *p, const struct files_name *name,
				  struct files_found *out);
