/* SPDX-License-Identifier: ISC */
/*
 * dname -- domain names in the form that the wire has (RFC 1035 3.1): labels
 * with their lengths, the root's zero last, at most 255 bytes.
 *
 * A struct dname is a whole name, never compressed.  Case is kept as it came;
 * comparing, hashing and being below fold ASCII letters (RFC 4343).  What lives
 * long (a configuration, a cache) keeps a name as a span of exactly its bytes in
 * small letters: dname_span() of a lowered name.
 */
#pragma once

#include "base/addr.h"
#include "wire/reader.h"

#define DNAME_MAX 255
#define DNAME_LABEL_MAX 63
#define DNAME_LABELS_MAX 127

struct dname {
	uint8_t n;			/* bytes, with the root's zero; 0: no name at all */
	uint8_t labels;			/* without the root */
	uint8_t bytes[DNAME_MAX];
};

struct dname_text { char s[4 * DNAME_MAX + 1]; };

/*
 * From a message, following compression (RFC 1035 4.1.4).  The reader must have
 * the whole message as its base.  Each pointer must lead before the part that it
 * was met in, so a loop cannot be, and there are at most 127 of them.  False (the
 * reader spoiled, *out untouched): it does not parse, or is too long.
 */
bool dname_read(struct reader *r, struct dname *out);

/* A whole name without compression, in place.  Empty, and the reader spoiled: there is none. */
struct span dname_take(struct reader *r);
/* The same as a dname; false, *out untouched: there is none. */
bool dname_take_copy(struct reader *r, struct dname *out);

/* From text: "a.b", "a.b." and "." alike are absolute; \. and \DDD as in RFC 1035 5.1.  False, *out
 * untouched: an empty label, one over 63 bytes, more than 255 in all.  No IDNA here. */
bool dname_parse(const char *text, struct dname *out);

/* "a.b" without the last dot; the root is "."; what is not printable, and dots and backslashes in
 * labels, as \DDD, \. and \\. */
struct dname_text dname_text(const struct dname *n);
struct dname_text dname_span_text(struct span name);

/* The same bytes as a dname; *out is untouched and false where they are no name. */
bool dname_of_span(struct span name, struct dname *out);
static inline struct span dname_span(const struct dname *n)
{
	return span_of(n->bytes, n->n);
}

void dname_lower(struct dname *n);
bool dname_eq(const struct dname *a, const struct dname *b);
/* Any case; both are whole names. */
bool dname_span_eq(struct span a, struct span b);

/* Equal to zone, or below it by whole labels.  All names are below the root. */
bool dname_below(struct span name, struct span zone);

/* What is left when the first `labels` labels are taken off; borrowed.  The root of too many. */
struct span dname_parent(struct span name, unsigned labels);

/* The first label, without its length; empty for the root.  Borrowed. */
struct span dname_first(struct span name);

/*
 * A keyed hash (SipHash's class: whoever does not know the key cannot make names
 * that collide) of the name in small letters.  The same key gives the same hash
 * for all spellings.
 */
struct dname_key { uint64_t k[2]; };
uint64_t dname_hash(struct span name, const struct dname_key *key);

/* 4.3.2.1.in-addr.arpa and its like of RFC 3596 2.5. */
void dname_of_reverse(const struct addr *a, struct dname *out);
/*
 * The other way.  A whole reverse name gives all bits; a shorter one, as of a
 * zone, the prefix that it stands for.  False: not below in-addr.arpa or ip6.arpa,
 * or its labels are no numbers.
 */
bool dname_reverse(struct span name, struct prefix *out);
