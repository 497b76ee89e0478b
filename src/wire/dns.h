/* SPDX-License-Identifier: ISC */
/*
 * dns -- DNS messages: read a question, walk an answer, write one.
 *
 * RFC 1035 4.1, EDNS0 of RFC 6891.  Reading allocates nothing and borrows the
 * message's bytes.  Writing compresses names.
 */
#pragma once

#include "wire/dname.h"
#include "wire/writer.h"

#define DNS_HEADER 12
#define DNS_UDP_MIN 512			/* what every client takes (RFC 1035 4.2.1) */
#define DNS_MESSAGE_MAX 65535

enum dns_type {
	DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_PTR = 12, DNS_HINFO = 13,
	DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28, DNS_SRV = 33, DNS_NAPTR = 35, DNS_DNAME = 39,
	DNS_OPT = 41, DNS_DS = 43, DNS_RRSIG = 46, DNS_NSEC = 47, DNS_DNSKEY = 48, DNS_NSEC3 = 50,
	DNS_SVCB = 64, DNS_HTTPS = 65, DNS_TSIG = 250, DNS_IXFR = 251, DNS_AXFR = 252,
	DNS_ANY = 255, DNS_CAA = 257,
};
enum dns_class { DNS_IN = 1, DNS_CHAOS = 3, DNS_CLASS_ANY = 255 };
enum dns_opcode { DNS_QUERY = 0 };
enum dns_rcode {
	DNS_NOERROR = 0, DNS_FORMERR = 1, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3, DNS_NOTIMP = 4,
	DNS_REFUSED = 5, DNS_BADVERS = 16, DNS_BADCOOKIE = 23,	/* RFC 6891: the upper bits lie in the OPT record */
};

/* Flags of the header, as the second 16 bits have them. */
enum dns_flag {
	DNS_QR = 0x8000, DNS_AA = 0x0400, DNS_TC = 0x0200, DNS_RD = 0x0100, DNS_RA = 0x0080,
	DNS_AD = 0x0020, DNS_CD = 0x0010, DNS_OPCODE_MASK = 0x7800, DNS_RCODE_MASK = 0x000f,
};

struct dns_header {
	uint16_t id, flags;
	uint16_t questions, answers, authorities, additionals;
};

/* Names come last, here and below: of their room most have little, and the rest lies together. */
struct dns_question {
	uint16_t type, class;
	struct dname name;		/* as asked, case and all; in a message never compressed */
};

enum dns_ede {				/* RFC 8914 */
	DNS_EDE_NONE = -1,
	DNS_EDE_OTHER = 0, DNS_EDE_STALE = 3, DNS_EDE_NOT_READY = 14, DNS_EDE_BLOCKED = 15,
	DNS_EDE_FILTERED = 17, DNS_EDE_PROHIBITED = 18, DNS_EDE_STALE_NXDOMAIN = 19,
	DNS_EDE_NOT_AUTHORITATIVE = 20, DNS_EDE_UNREACHABLE = 22, DNS_EDE_NETWORK = 23,
	DNS_EDE_INVALID_DATA = 24,
};

struct dns_edns {
	bool present;
	uint8_t version;
	uint16_t udp_size;		/* as told; callers treat less than 512 as 512 */
	bool dnssec_ok;			/* DO */
	uint8_t rcode_high;		/* the upper eight bits of the rcode */
	struct span options;		/* borrowed; walk with dns_edns_next */
};

/* A record met in a message.  rdata is borrowed and may hold compressed names. */
struct dns_rr {
	struct dname owner;
	uint16_t type, class;
	uint32_t ttl_s;			/* its top bit set counts as 0 (RFC 2181 8); of OPT: as it is */
	size_t ttl_at;			/* offset of the four bytes in the message */
	size_t rdata_at;
	struct span rdata;
};

enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

/* ---- reading ------------------------------------------------------------------- */

/* The header alone; false: too short. */
bool dns_header_read(struct span message, struct dns_header *out);

/*
 * A query as a server sees it: the header, exactly one question, and the OPT
 * record wherever it lies in the additional section.  False: *why says what to
 * answer: DNS_FORMERR for what does not parse, DNS_NOTIMP for another opcode (whose
 * sections mean other things), or -1 for nothing at all: a reply, or a message
 * shorter than its header.  Unless it is -1, out->header is filled, no more.
 * Bytes behind the last record are left alone.
 */
struct dns_query {
	struct dns_header header;
	struct dns_edns edns;
	size_t question_end;		/* offset of what follows the question */
	struct dns_question question;
};
bool dns_query_read(struct span message, struct dns_query *out, int *why);

/* The EDNS of a message that is no such query, if it has a question at most.  False: it does not
 * parse. */
bool dns_query_edns(struct span message, struct dns_edns *out);

/* Walks the records of a whole message after its question section. */
struct dns_walk {
	struct reader r;
	struct dns_header header;
	enum dns_section section;	/* of the record last given */
	unsigned left[DNS_SECTIONS];
};
/* *out_question may be NULL, and has n == 0 in its name where the message has no question; more
 * than one question does not parse.  False: not a message. */
bool dns_walk_start(struct dns_walk *w, struct span message, struct dns_question *out_question);
/* False at the end; ask dns_walk_ok then.  OPT comes as the record that it is. */
bool dns_walk_next(struct dns_walk *w, struct dns_rr *out);
static inline bool dns_walk_ok(const struct dns_walk *w)
{
	return reader_ok(&w->r);
}
/* The OPT record read as EDNS; false: it is none, or its owner is not the root, or its options are no
 * whole options. */
bool dns_edns_of(const struct dns_rr *rr, struct dns_edns *out);

struct dns_edns_option { uint16_t code; struct span value; };
bool dns_edns_next(struct reader *options, struct dns_edns_option *out);

/* The address in an A or AAAA record of class IN; ADDR_NONE where it is none or has a wrong length. */
struct addr dns_rr_addr(const struct dns_rr *rr);

/*
 * The rdata with its names uncompressed, for the types whose names may be
 * compressed (RFC 3597 4: those of RFC 1035, and SRV, NAPTR, DNAME, RP and others that some
 * compress all the same); of other types as it is.  `message` is a reader whose base
 * is the whole message, as a dns_walk's.  False, the writer as it was: it does not parse as
 * its type, or does not fit.
 */
bool dns_rdata_expand(const struct reader *message, const struct dns_rr *rr, struct writer *out);

/* ---- writing -------------------------------------------------------------------- */

#define DNS_COMPRESS_MAX 64		/* names that later ones may point to */

/*
 * A message being written, its records in the order of the sections.  A record that does not fit
 * leaves the message as it was; then further records are left out too.  The message is marked
 * truncated, unless it was of the additional section, which may be left out (RFC 2181 9).
 */
struct dns_writer {
	struct writer w;
	struct dns_header header;	/* counts are kept here; written by dns_write_end */
	bool truncated;			/* TC */
	bool full;			/* a record did not fit */
	enum dns_section section;	/* of the last record */
	uint16_t known[DNS_COMPRESS_MAX];	/* offsets of names already written */
	unsigned n_known;
	size_t reserve;			/* bytes that dns_write_edns will need */
};

/* limit: the largest message; the buffer is at least as large.  Begins with the header of this ID and
 * flags; of them, the rcode and TC are for dns_write_end to say. */
void dns_write_start(struct dns_writer *d, void *buffer, size_t limit, uint16_t id, uint16_t flags);
/* Goes on with a message whose first n bytes lie in the buffer, sections as its header counts them; an
 * OPT record may follow.  Later names do not point into what is there.  What was truncated stays so. */
void dns_write_resume(struct dns_writer *d, void *buffer, size_t limit, size_t n);
void dns_write_question(struct dns_writer *d, const struct dns_question *q);
/* Keeps room for an OPT record with this many bytes of options (DNS_EDE_BYTES for an extended error);
 * call before any record. */
#define DNS_EDE_BYTES 6
void dns_write_reserve(struct dns_writer *d, size_t options);

/*
 * A record.  rdata has no compressed names; for the types of RFC 1035 (NS CNAME SOA
 * PTR MX) its names are compressed here.  False, the message as it was: no room
 * (d->full), or the rdata does not parse as its type.
 */
bool dns_write_rr(struct dns_writer *d, enum dns_section section, struct span owner, uint16_t type,
		  uint16_t class, uint32_t ttl_s, struct span rdata);
bool dns_write_addr(struct dns_writer *d, enum dns_section section, struct span owner,
		    const struct addr *a, uint32_t ttl_s);

/* The OPT record as `e` has it (`present` does not matter).  False: no room. */
bool dns_write_opt(struct dns_writer *d, const struct dns_edns *e);

/* What the OPT record of an answer says. */
struct dns_opt_said {
	uint16_t udp_size;
	bool dnssec_ok;
	unsigned rcode;			/* the whole one, of which dns_write_end is given the same */
	struct span options;		/* whole options, such as a cookie; or empty */
	enum dns_ede ede;		/* an extended error (RFC 8914), or DNS_EDE_NONE, */
	struct span words;		/* and what it says to people, in UTF-8; or empty */
};
/* What has no room is left out: first the words, then the error, then the options.  Where there is no
 * room for the record itself, the message is marked truncated. */
void dns_write_said(struct dns_writer *d, const struct dns_opt_said *o);

/* The same without options and words. */
void dns_write_edns(struct dns_writer *d, uint16_t udp_size, bool dnssec_ok, unsigned rcode,
		    enum dns_ede ede);

/* Sets the rcode's lower bits and, where truncated, TC, and the counts.  Empty: not even the header
 * and the question fitted. */
struct span dns_write_end(struct dns_writer *d, unsigned rcode);
