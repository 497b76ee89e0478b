/* SPDX-License-Identifier: ISC */
/*
 * dns_text_test -- DNS questions from words and answers to lines, for tables that people
 * read; tests/net/dns_text.py is its twin.
 */
#pragma once

#include "base/text.h"
#include "wire/dns.h"

struct dns_text_asked {
	struct span message;
	bool tcp;
	char to[46];			/* the address that was asked, or "" */
};

/* NAME TYPE and what dns_text.py lists; false: does not parse. */
bool dns_text_ask(const char *words, uint8_t *buffer, size_t size, struct dns_text_asked *out);

/* "NOERROR aa rd ra", then a line for each record and for the OPT record. */
void dns_text_answer(struct span message, struct text *out);
