/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <time.h>

#include "base/text.h"
#include "http/parts.h"

/* ---- the path --------------------------------------------------------------- */

bool http_path_decode(const char *path, char *out, size_t size, size_t *out_n)
{
	size_t n = 0;

	for (const char *p = path; *p && *p != '?' && *p != '#'; p++) {
		char c = *p;

		if (c == '%') {
			int high = text_hex_digit(p[1]);
			int low = high < 0 ? -1 : text_hex_digit(p[2]);

			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			p += 2;
		}
		if (n == size)
			return false;
		out[n++] = c;
	}
	*out_n = n;
	return true;
}

/* ---- a range ----------------------------------------------------------------- */

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

/* Digits, saturated; NULL where there are none. */
static const char *read_number(const char *p, uint64_t *out)
{
	const char *start = p;
	uint64_t v = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		v = v > (UINT64_MAX - digit) / 10 ? UINT64_MAX : v * 10 + digit;
	}
	*out = v;
	return p == start ? NULL : p;
}

/* "-500": the last so many bytes. */
static enum http_range read_suffix(const char *p, uint64_t size, uint64_t *first, uint64_t *last)
{
	uint64_t n;

	p = read_number(p, &n);
	if (!p || *skip_blanks(p))
		return HTTP_RANGE_NONE;
	if (n == 0 || size == 0)
		return HTTP_RANGE_OUTSIDE;
	*first = n < size ? size - n : 0;
	*last = size - 1;
	return HTTP_RANGE_PART;
}

/* "500-999" or "500-" */
static enum http_range read_ends(const char *p, uint64_t size, uint64_t *first, uint64_t *last)
{
	uint64_t from, to = UINT64_MAX;
	const char *after;

	p = read_number(p, &from);
	if (!p || *p != '-')
		return HTTP_RANGE_NONE;
	after = read_number(p + 1, &to);
	if (!after)
		to = UINT64_MAX;
	if (*skip_blanks(after ? after : p + 1) || from > to)
		return HTTP_RANGE_NONE;
	if (from >= size)
		return HTTP_RANGE_OUTSIDE;
	*first = from;
	*last = to < size ? to : size - 1;
	return HTTP_RANGE_PART;
}

static bool is_unit(const char *p)
{
	const char *u = "bytes=";

	while (*u && (*p == *u || (*p | 0x20) == *u))
		p++, u++;
	return *u == 0;
}

enum http_range http_range_read(const char *header, uint64_t size, uint64_t *out_first,
				uint64_t *out_last)
{
	const char *p = header ? skip_blanks(header) : "";

	if (!is_unit(p))
		return HTTP_RANGE_NONE;
	p = skip_blanks(p + strlen("bytes="));
	return *p == '-' ? read_suffix(p + 1, size, out_first, out_last) :
			   read_ends(p, size, out_first, out_last);
}

/* ---- a date ------------------------------------------------------------------- */

static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

struct http_date http_date_print(int64_t wall_s)
{
	struct http_date d = { "" };
	time_t t = (time_t)wall_s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
		return d;
	snprintf(d.s, sizeof d.s, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
		 tm.tm_mday % 100, months[tm.tm_mon], (tm.tm_year + 1900) % 10000,
		 tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100);
	return d;
}

/* `digits` of them at p, or -1. */
static int fixed_number(const char *p, unsigned digits)
{
	int v = 0;

	while (digits--) {
		if (*p < '0' || *p > '9')
			return -1;
		v = v * 10 + (*p++ - '0');
	}
	return v;
}

static int month_of(const char *p)
{
	for (int i = 0; i < 12; i++)
		if (memcmp(p, months[i], 3) == 0)
			return i;
	return -1;
}

bool http_date_read(const char *text, int64_t *out_wall_s)
{
	static const char form[] = "***, ** *** **** **:**:** GMT";
	struct tm tm = { 0 };

	if (!text || strlen(text) != sizeof form - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] != '*' && form[i] != text[i])
			return false;
	tm.tm_mday = fixed_number(text + 5, 2);
	tm.tm_mon = month_of(text + 8);
	tm.tm_year = fixed_number(text + 12, 4) - 1900;
	tm.tm_hour = fixed_number(text + 17, 2);
	tm.tm_min = fixed_number(text + 20, 2);
	tm.tm_sec = fixed_number(text + 23, 2);
	if (tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_mon < 0 || tm.tm_year < 0 - 1900 ||
	    tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 ||
	    tm.tm_sec < 0 || tm.tm_sec > 60)
		return false;
	*out_wall_s = timegm(&tm);
	return true;
}
