/* SPDX-License-Identifier: ISC */
/*
 * tftp -- the packets of RFC 1350 with the options of RFC 2347, 2348 and 2349.
 *
 * It knows no file and no transfer.  What a read returns borrows the packet.
 * Option values that are not plain decimal numbers are left out, as if the
 * client had not asked (RFC 2347: an option that is not acknowledged is off).
 */
#pragma once

#include "wire/reader.h"
#include "wire/writer.h"

#define TFTP_PORT 69
#define TFTP_HEAD 4			/* opcode and block number before the data */
#define TFTP_BLOCK 512			/* without blksize */
#define TFTP_BLOCK_MIN 8		/* RFC 2348 */
#define TFTP_BLOCK_MAX 65464

enum tftp_op { TFTP_RRQ = 1, TFTP_WRQ, TFTP_DATA, TFTP_ACK, TFTP_ERROR, TFTP_OACK };

enum tftp_code {			/* RFC 1350, appendix; 8 is RFC 2347's */
	TFTP_UNDEFINED, TFTP_NOT_FOUND, TFTP_ACCESS, TFTP_DISK_FULL, TFTP_ILLEGAL,
	TFTP_UNKNOWN_TID, TFTP_EXISTS, TFTP_NO_USER, TFTP_BAD_OPTIONS,
};

enum tftp_mode { TFTP_OCTET, TFTP_NETASCII };

struct tftp_request {
	struct span name;		/* not empty, no NUL inside */
	enum tftp_mode mode;
	bool asks_tsize;
	uint32_t blksize;		/* 0: not asked; else 8 or more, saturated */
	uint32_t timeout_s;		/* 0: not asked; else 1 to 255 */
};

/* What a client says during a transfer. */
struct tftp_word {
	enum tftp_op op;		/* TFTP_ACK or TFTP_ERROR */
	uint16_t number;		/* block or error code */
	struct span text;		/* of an error, without its NUL */
};

/* The numbers that we agree to; 0: left out.  tsize is there when has_tsize. */
struct tftp_oack {
	uint32_t blksize, timeout_s;
	bool has_tsize;
	uint64_t tsize;
};

/* The opcode, or 0 where there is none. */
unsigned tftp_op_of(struct span packet);

/* A read request.  False for anything else: then *out means nothing. */
bool tftp_request_read(struct span packet, struct tftp_request *out);

/* An ACK or ERROR; false for anything else. */
bool tftp_word_read(struct span packet, struct tftp_word *out);

void tftp_write_oack(struct writer *w, const struct tftp_oack *o);

/* The four bytes before the data of a block. */
void tftp_write_data_head(struct writer *w, uint16_t block);

void tftp_write_error(struct writer *w, enum tftp_code code, struct span text);
