/* SPDX-License-Identifier: ISC */
/*
 * lease_list -- the rows that a server sends of its leases and pools, chosen, put in
 * order and printed.
 *
 * Pure but for what it prints.
 */
#pragma once

#include <stdio.h>

#include "app/lease_answers.h"
#include "base/addr.h"

/* Which leases; what is NULL or unset is not asked for. */
struct lease_filter {
	const char *name, *hw, *tag;	/* name and hw may have * and ?; any case */
	struct addr first, last;	/* both of one family, included */
	bool all;			/* also those that are not bound */
};

/* "192.0.2.0/24", "192.0.2.10-192.0.2.20" or one address.  False: none of these. */
bool lease_filter_range(struct lease_filter *f, const char *text);

/* The n fields of a row that the server sent, with NUL in the places of tabs; false: there are not as
 * many. */
bool lease_row_cut(char *line, const char **field, size_t n);

/* The fields of the first row of `leases`, in `row`; false: there is none. */
bool lease_row_first(const char *text, char row[CONTROL_LINE_MAX], const char *field[LEASE_FIELDS]);

/* text: rows of `leases`; it is cut to pieces.  By address.  json: a list of objects. */
void lease_list_print(FILE *out, char *text, const struct lease_filter *f, bool json);

/* text: rows of `pools`; it is cut to pieces. */
void pool_list_print(FILE *out, char *text, bool json);
