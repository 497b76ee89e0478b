/* SPDX-License-Identifier: ISC */
/*
 * lease_line -- one lease as the line that dnsmasq's lease file has for it.
 *
 *	EXPIRY [HWTYPE-]MAC IP NAME|* CLIENTID|*
 *
 * The line is how a lease travels between the table, the database and the text
 * file: whoever can read one can read all three.  Nothing here knows files.
 */
#pragma once

#include "base/addr.h"
#include "store/leases.h"

#define LEASE_LINE_MAX 1200	/* bytes, with its newline */

/* A lease by value: what a line says and nothing more. */
struct lease_record {
	struct addr addr;			/* IPv4 */
	struct hwaddr hw;			/* len 0: none */
	int64_t expires_s;			/* wall clock; 0: never */
	uint8_t clid_len;
	uint8_t clid[CLID_MAX];
	char name[LEASE_NAME_MAX + 1];		/* "" : none */
};

/*
 * A line without its newline.  False if it is not an IPv4 lease: another count
 * of words, a number or an address that is none.  *out is then undefined.
 */
bool lease_line_parse(struct span line, struct lease_record *out);

/* The line with its newline and no NUL; the bytes written.  A name that would break it is left out. */
size_t lease_line_print(const struct lease_record *r, char out[LEASE_LINE_MAX]);

/* The five words of a printed line, borrowed from it. */
enum lease_word { WORD_EXPIRES, WORD_HW, WORD_ADDR, WORD_NAME, WORD_CLID, LEASE_WORDS };
bool lease_line_words(struct span line, struct span out[LEASE_WORDS]);

/* The address alone, quickly, as a number in host order; 0 if the line is not a lease. */
uint32_t lease_line_ip4(struct span line);

/* False for what would not survive as one word of a line: empty, "*", blanks, control bytes. */
bool lease_name_fits(const char *name);

/* ---- the whole file ----------------------------------------------------- */

/*
 * What a text is made of, a line at a time.  Leases end where "duid" begins the
 * IPv6 part; from there on every line is kept as it is.
 */
enum lease_line_kind {
	LINE_LEASE,		/* record is set */
	LINE_KEPT,		/* "duid" or a line of the IPv6 part */
	LINE_NOTE,		/* agent-info or vendorclass, of newer dnsmasq: not kept */
	LINE_BLANK,
	LINE_GARBAGE,
	LINE_END
};
struct lease_walk {
	struct span rest;
	unsigned line;				/* of what was last returned, from 1 */
	bool kept;				/* the duid line was seen */
	bool ended;				/* the line last returned had its newline */
	struct span text;			/* the line last returned, without its newline */
	struct lease_record record;
};
enum lease_line_kind lease_walk_next(struct lease_walk *w);
