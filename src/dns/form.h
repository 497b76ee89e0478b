/* SPDX-License-Identifier: ISC */
/*
 * form -- takers for what many DNS options have in their values, checking form
 * alone.
 *
 * All take the next word, or report what is wrong with it and return false.
 */
#pragma once

#include "conf/args.h"
#include "conf/row.h"

#define DNS_FEATURE "DNS, which port=0 turns off"

/* The members of a row whose option has its form checked and no more. */
#define FORM(n, letter, in) \
	.name = (n), .flag = (letter), .group = (in), .service = CONF_QUALIFIES, \
	.feature = DNS_FEATURE
#define FORM_FLAG  .arity = CONF_NO_VALUE, .kind = CONF_FLAG
#define FORM_COUNT .arity = CONF_MUST_VALUE, .kind = CONF_COUNT, .once = true
#define FORM_TEXT  .arity = CONF_MUST_VALUE, .kind = CONF_TEXT
#define FORM_TAKE(fn) .arity = CONF_MUST_VALUE, .kind = CONF_FUNCTION, .take = (fn)

/*
 * A domain name: labels of at most 63 bytes, no control characters, UTF-8 that
 * IDNA 2008 can encode.  An empty word passes, as in dnsmasq.  `what` names it
 * in the remedy.
 */
bool form_name(struct args *a, const char *what);
bool name_fits(const char *name);

/* A number from 0 to max; an empty word passes as 0. */
bool form_number(struct args *a, uint64_t max, const char *what);

/* Hexadecimal digits, with colons or blanks between them or not. */
bool form_hex(struct args *a, const char *what);

/* ADDRESS[/BITS], BITS from `least`. */
bool form_prefix(struct args *a, unsigned least, const char *what);

/* INTERFACE, or INTERFACE/4, or INTERFACE/6.  False with nothing said where the part after / is
 * something else. */
bool interface_fits(const char *text);

/*
 * Of "/a/b/rest" takes the names between the slashes and gives an args that
 * stands at rest; a word that begins otherwise is all rest.  NULL where a name
 * is wrong (reported) or there is no word.
 */
struct args *form_domains(struct args *a);
