/* SPDX-License-Identifier: ISC */
/*
 * form -- takers for what many DNS options have in their values, and the words
 * of their rows.
 *
 * All takers take the next word, or report what is wrong with it and return false.
 */
#pragma once

#include "conf/args.h"
#include "conf/row.h"
#include "wire/dname.h"

/* What a row qualifies whose option is checked for form while DNS is off, and is an error, for it
 * is not served yet, while DNS is on. */
#define DNS_FEATURE "DNS, and is refused while DNS is on (port is not 0) until it is served"

/* The members of a row: served; not served while DNS is on; one that means nothing without another
 * option, which is not served. */
#define ROW_OF(n, letter, in) .name = (n), .flag = (letter), .group = (in)
#define ROW_UNSERVED(n, letter, in) \
	ROW_OF(n, letter, in), .service = CONF_QUALIFIES, .feature = DNS_FEATURE
#define ROW_QUALIFIES(n, letter, in, what) \
	ROW_OF(n, letter, in), .service = CONF_QUALIFIES, .feature = (what)

/* What follows the name; the first three are for rows that fill no member. */
#define FORM_FLAG  .arity = CONF_NO_VALUE, .kind = CONF_FLAG
#define FORM_COUNT .arity = CONF_MUST_VALUE, .kind = CONF_COUNT, .once = true
#define FORM_TEXT  .arity = CONF_MUST_VALUE, .kind = CONF_TEXT
#define FORM_TAKE(fn) .arity = CONF_MUST_VALUE, .kind = CONF_FUNCTION, .take = (fn)
#define DNS_FLAG(m)  .arity = CONF_NO_VALUE, ROW_FLAG(struct dns_conf, m)
#define DNS_COUNT(m) .arity = CONF_MUST_VALUE, ROW_COUNT(struct dns_conf, m), .once = true

/*
 * A domain name: labels of at most 63 bytes, no control characters, UTF-8 that
 * IDNA 2008 can encode.  An empty word passes, as in dnsmasq: it is the root.
 * `what` names it in the remedy.  *out (may be NULL) is its wire form in small
 * letters, in the configuration's arena; empty where no message can hold the
 * name (an empty label, more than 255 bytes), which dnsmasq lets pass too: then
 * nobody can ask for it.
 */
bool form_name(struct args *a, const char *what, struct span *out);

/* The same of text, with nothing said.  False: it is none, and *out is untouched. */
bool name_parse(struct arena *arena, const char *text, struct span *out);
bool name_wire(const char *text, uint8_t wire[DNAME_MAX], size_t *out_n);
#define NAME_ROOT span_of("", 1)

/* A number from 0 to max; an empty word passes as 0.  out may be NULL. */
bool form_number(struct args *a, uint64_t max, const char *what, uint64_t *out);

/* Hexadecimal digits, with colons or blanks between them or not. */
bool form_hex(struct args *a, const char *what, struct span *out);

/* ADDRESS[/BITS], BITS from `least`. */
bool form_prefix(struct args *a, unsigned least, const char *what, struct prefix *out);

/* An interface; the part after / says which addresses of it count. */
struct interface_part { const char *name; bool ip4, ip6; };

/* INTERFACE, or INTERFACE/4, or INTERFACE/6.  False with nothing said where the part after / is
 * something else. */
bool interface_parse(struct arena *arena, const char *text, struct interface_part *out);

/* The names between the slashes of "/a/b/rest", as written, each of good form. */
struct form_domains {
	const char **names;
	size_t n;			/* 0: the word does not begin with a slash */
	struct args *rest;
};

/* A word that does not begin so is all rest.  False: a name is wrong (reported), or there is no
 * word. */
bool form_domains(struct args *a, struct form_domains *out);
