/* SPDX-License-Identifier: ISC */
/*
 * json -- write one JSON object, with what lies in it, into a fixed text.
 *
 * Strings are escaped; bytes that are not UTF-8 become \u00XX, so the line is
 * always valid JSON whatever a stranger sent.  Members whose value is NULL or
 * empty are left out by json_text.
 */
#pragma once

#include "base/text.h"

struct json {
	struct text *t;
	bool more;			/* a member stands before */
	char end;			/* what closes it */
	size_t longest;			/* bytes of a text that are kept; 0: all */
};

struct json json_open(struct text *t);
void json_text(struct json *j, const char *name, const char *value);
void json_uint(struct json *j, const char *name, uint64_t value);
void json_bool(struct json *j, const char *name, bool value);
/* An object or a list as a member, to be filled and closed before the next one.  In a list, members
 * have no name: NULL. */
struct json json_object(struct json *j, const char *name);
struct json json_list(struct json *j, const char *name);
void json_close(struct json *j);
