/* SPDX-License-Identifier: ISC */
/*
 * The inside of struct tftp, shared by tftp.c (requests), transfer.c (one
 * transfer's life) and blocks.c (what a block holds).
 */
#pragma once

#include "boot/tftp.h"
#include "boot/tftp_place.h"
#include "wire/tftp.h"

#define WAITING_MAX 64			/* requests that wait for a transfer's place */
#define WAITING_BYTES 640		/* of one; longer ones do not wait */
#define WAITING_MS 10000		/* then the client has asked anew or gone */
#define BUCKETS 256
#define AHEAD 16384			/* bytes of a file read at once, for its next blocks */

struct shared_file {			/* one descriptor for all who read this file now */
	int fd;
	dev_t device;
	ino_t inode;
	uint64_t size;
	int64_t mtime_s;
	unsigned users;			/* transfers; it closes with the last (none owns it) */
	struct shared_file *next;
};

/* Where a block begins: an offset, and whether the LF of a CR LF is still to come (netascii). */
struct block_start {
	uint64_t offset;
	bool owes_lf;
};

struct transfer {
	struct tftp *tftp;
	struct transfer *next;		/* in its bucket, or in the free list */
	struct udp own;
	struct udp *udp;		/* its own, or the listener's with tftp-single-port */
	struct loop_timer timer;
	struct endpoint client, local;
	unsigned ifindex;		/* to leave by; 0: routing decides */
	uint64_t request_hash;		/* to know the same request again */

	struct shared_file *file;
	uint8_t *ahead;			/* AHEAD bytes, the place's own: what was read of the file */
	uint64_t ahead_from;
	size_t ahead_n;
	enum tftp_mode mode;
	uint32_t blksize, timeout_s;
	struct tftp_oack oack;

	uint64_t block;			/* on its way; 0: the OACK */
	struct block_start start, after;
	bool last;			/* the block on its way is the last */
	bool heard;			/* the client has acknowledged something */
	unsigned sends;			/* of this block */
	int64_t first_ms, sent_ms;	/* its first and its latest sending */
	char path[PATH_MAX_SHOWN];
};

struct listener {
	struct udp udp;
	struct tftp *tftp;
	struct listener *next;
};

struct waiting {
	struct listener *listener;
	struct endpoint from, to;
	unsigned ifindex;
	int64_t since_ms;
	size_t n;
	uint8_t bytes[WAITING_BYTES];
};

struct transfer_chunk {
	struct transfer_chunk *next;
	uint8_t *ahead;			/* of all its transfers; the kernel gives it as it is used */
	struct transfer transfer[];
};

struct tftp {
	struct loop *loop;
	struct files *files;
	struct events *events;
	struct counters *counters;
	const struct boot_conf *boot;
	const struct lan_conf *lan;
	tftp_find_hw *find_hw;
	void *find_arg;

	struct listener *listeners;
	struct transfer_chunk *chunks;
	struct transfer *free;
	size_t room, active;		/* transfers in all chunks; running */
	struct transfer *bucket[BUCKETS];	/* of running ones, by client */
	struct shared_file *shared, *shared_free;

	struct waiting waiting[WAITING_MAX];	/* a ring */
	size_t waiting_first, waiting_n;
	struct loop_timer wake;

	uint8_t packet[TFTP_HEAD + TFTP_BLOCK_MAX];
	uint8_t raw[TFTP_BLOCK_MAX];
};

/* ---- transfer.c ----------------------------------------------------------- */

/* A running transfer without a file, or NULL: all places taken, or no port free (then told). */
struct transfer *transfer_new(struct tftp *t, struct listener *l, const struct dgram *request);
void transfer_free(struct transfer *x);
struct transfer *transfer_find(const struct tftp *t, const struct endpoint *client,
			       const struct udp *udp);

/* Sends the first packet: the OACK, or block 1. */
void transfer_begin(struct transfer *x);
/* The block on its way once more, unless it was sent this moment. */
void transfer_repeat(struct transfer *x);
/* What came from the client. */
void transfer_hear(struct transfer *x, struct span packet);
void transfer_send_error(struct transfer *x, enum tftp_code code, const char *text);
void tell_refused(struct tftp *t, const struct endpoint *client, const char *text);

/* ---- blocks.c -------------------------------------------------------------- */

/* The shared descriptor of a file that was just opened; takes over found->fd.  NULL: none left. */
struct shared_file *shared_open(struct tftp *t, const struct files_found *found);
void shared_close(struct tftp *t, struct shared_file *s);

/*
 * Lays the block that begins at x->start into `out` (x->blksize bytes), sets
 * x->after and x->last, returns its length; -1 with errno where the file could
 * not be read or became shorter.
 */
ptrdiff_t block_read(struct transfer *x, uint8_t *out);
