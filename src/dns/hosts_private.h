/* SPDX-License-Identifier: ISC */
/*
 * The inside of struct hosts: hosts_index.c keeps entries and finds them, hosts.c reads
 * files into it.
 */
#pragma once

#include "dns/hosts.h"

struct hosts *hosts_new(void);

/* For what lives as long as they do. */
struct arena *hosts_arena(struct hosts *h);

/* About so many entries will come; makes room for them at once. */
void hosts_expect(struct hosts *h, size_t n);

/* One more entry, unless the same name has this address already.  The name is copied. */
void hosts_add(struct hosts *h, struct origin o, const struct addr *a, struct span name);

/* All is read: from now on entries may be found. */
void hosts_seal(struct hosts *h);

/* Entry i in the order of reading, or NULL. */
const struct host_entry *hosts_entry(const struct hosts *h, size_t i);

/* What text says, read as the file `path` would be; gives how many names it has.  For fuzzing,
 * where there are no files. */
size_t hosts_parse(struct hosts *h, const struct hosts_want *want, const char *path,
		   struct span text);
