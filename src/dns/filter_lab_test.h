/* SPDX-License-Identifier: ISC */
/*
 * filter_lab_test -- replies from a table of records, and what the filter made of
 * them as text.
 */
#pragma once

#include "dns/filter.h"

struct lab_record {
	const char *owner;
	uint16_t type;
	uint32_t ttl_s;
	const char *data;		/* an address, a name; of a SOA its minimum; else text */
	enum dns_section section;
};

#define LAB_RECORDS 6

struct filter_lab {
	struct dns_conf conf;
	struct dns_question question;
	struct filtered out;
	enum status status;
	uint8_t reply[4096], buffer[8192];
};

/* Asks for name and type, gets a reply of these flags and records (up to one without owner), and
 * filters it. */
void filter_run(struct filter_lab *lab, const char *name, uint16_t type, unsigned flags,
		const struct lab_record *records, bool exists);
/* "8180 a.example A 60 192.0.2.1; ! ex SOA 70 30; + n.example A 5 192.0.2.2": flags; the
 * records, of the authority with !, of the additional section with +.  Static. */
const char *filter_text(struct span message);
