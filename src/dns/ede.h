/* SPDX-License-Identifier: ISC */
/*
 * ede -- why an answer is as it is, for whoever asked: extended errors (RFC 8914) and words to
 * them, where extended-errors asks for it.
 *
 * Pure functions of what was decided.  Words are short, and name the line that decided.
 * Without the option an answer has the numbers that dnsmasq gives and no words; then
 * nobody calls these.
 */
#pragma once

#include "dns/filter.h"
#include "dns/local.h"

#define EDE_WORDS_MAX 160

struct ede {
	enum dns_ede code;
	char words[EDE_WORDS_MAX + 1];
};

/* Of our own data: blocked by a list, a line or an address that is nobody's, or known here alone. */
void ede_of_local(struct ede *out, const struct local_verdict *v);
/* Of a question that an option answers. */
void ede_of_option(struct ede *out, const char *option);
/* Nobody may be asked; `rule` says so, or is NULL. */
void ede_of_nobody(struct ede *out, const struct dns_rule *rule);
/* Why a question did not go out: forward_ask's status. */
void ede_of_unasked(struct ede *out, enum status why);
/* More wait than may. */
void ede_of_full(struct ede *out);
/* The mark of its client's connection does not permit the name. */
void ede_of_mark(struct ede *out);
/* Of a copy of a zone: for who is no peer, or one too many at this time. */
void ede_of_stranger(struct ede *out);
void ede_of_copies(struct ede *out);
/* Of what became of a server's reply. */
void ede_of_reply(struct ede *out, const struct filtered *f, const struct dns_server *from);
/* Of a server that said nothing (rcode 0) or that it failed. */
void ede_of_failure(struct ede *out, const struct endpoint *at, unsigned rcode);
/* Of an answer past its time. */
void ede_of_stale(struct ede *out, enum dns_ede code, uint32_t past_s);
/* rate-limit, by this line. */
void ede_of_limit(struct ede *out, const struct origin *o);
