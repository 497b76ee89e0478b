/* SPDX-License-Identifier: ISC */
/*
 * fuzz_files -- a small closed world of files for the fuzz entries: nothing
 * that a configuration names is opened in the real file system.
 */
#pragma once

#include "base/span.h"
#include "conf/conf.h"

struct fuzz_files {
	struct conf_files files;
	struct span self;		/* what every file whose name begins with "s" holds */
	unsigned selves;		/* how often that was opened */
};

void fuzz_files_init(struct fuzz_files *f, struct span self);
