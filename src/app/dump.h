/* SPDX-License-Identifier: ISC */
/*
 * dump -- dumpfile: packets as they came and went, for a packet analyser.
 *
 * Opened before privileges are given up and kept open.  Any thread may write: each
 * record goes in whole, by one system call, and a record that does not fit on
 * the disk is taken back.  The headers are made up (wire/pcap_write.h).
 */
#pragma once

#include <pthread.h>

#include "app/failure.h"
#include "store/packets.h"

struct dump {
	struct packet_tap tap;
	int fd;				/* of the file; 0: none */
	bool is_file;			/* not a pipe or a device */
	bool failed_told;
	uint64_t packets;		/* written */
	pthread_mutex_t lock;
};

/*
 * Opens it and adds itself to the events; before threads start.  A file that is there and not empty
 * must be a capture of ours; what comes is put behind.  False: *f says why.
 */
bool dump_open(struct dump *d, struct events *e, const char *path, unsigned kinds,
	       struct failure *f);
void dump_close(struct dump *d);	/* also where it never was opened */
