/* SPDX-License-Identifier: ISC */
/*
 * blocks_lab_test -- files in memory, for tests that read block lists.
 */
#pragma once

#include "conf/conf.h"

struct lab_file { const char *path, *text; };

struct lab_files {
	struct conf_files files;
	const struct lab_file *list;
	size_t n;
};

/* Opens these, and nothing else; no folders. */
struct lab_files lab_files_of(const struct lab_file *list, size_t n);
