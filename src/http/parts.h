/* SPDX-License-Identifier: ISC */
/*
 * parts -- the small texts inside a request: the path, a range, a date
 * (RFC 3986, RFC 9110).
 */
#pragma once

#include "base/span.h"

/*
 * "%2F" becomes "/" and so on, up to "?" or "#".  The result may hold any byte,
 * NUL too, and is not ended by one.  False, and *out_n untouched, where a "%"
 * has no two hex digits behind it or the text does not fit.
 */
bool http_path_decode(const char *path, char *out, size_t size, size_t *out_n);

enum http_range {
	HTTP_RANGE_NONE,		/* nothing asked, or nothing that we understand: send it all */
	HTTP_RANGE_PART,
	HTTP_RANGE_OUTSIDE,		/* no byte of the file lies in it: 416 */
};

/* A Range header's value (or NULL) over `size` bytes; both ends are inclusive.  Several ranges in
 * one header count as nothing that we understand, which RFC 9110 14.2 leaves to the server. */
enum http_range http_range_read(const char *header, uint64_t size, uint64_t *out_first,
				uint64_t *out_last);

struct http_date { char s[48]; };

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
struct http_date http_date_print(int64_t wall_s);

/* That form alone; false for another, which is then as if it had not been sent. */
bool http_date_read(const char *text, int64_t *out_wall_s);
