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

/* About so many names will come; makes room for them at once. */
void hosts_expect(struct hosts *h, size_t n);

/* One more entry, unless the same name has this address already.  The name is copied. */
void hosts_add(struct hosts *h, struct origin o, const struct addr *a, struct span name);

/* All is read: from now on entries may be found. */
void hosts_seal(struct hosts *h);

/* What it keeps for its entries, bytes. */
size_t hosts_bytes(const struct hosts *h);

/* From now on each entry or name that is compared with another counts there.  For tests: it is to be
 * a few for each line and each look, whatever the lines say. */
void hosts_count_compared(struct hosts *h, uint64_t *count);

/* What text says, read as the file `path` would be; gives how many names it has.  For fuzzing,
 * where there are no files. */
size_t hosts_parse(struct hosts *h, const struct hosts_want *want, const char *path,
		   struct span text);
