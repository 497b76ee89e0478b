/* SPDX-License-Identifier: ISC */
/*
 * text -- build a line into a fixed buffer, and read numbers out of one.
 *
 * A builder never overruns: what does not fit is cut, and `cut` says so.
 */
#pragma once

#include <stdarg.h>

#include "base/span.h"

struct text {
	char *s;		/* always ends in NUL */
	size_t size, n;
	bool cut;
};

#define TEXT(array) text_of(array, sizeof(array))

struct text text_of(char *buffer, size_t size);
void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const char *s, size_t n);
__attribute__((format(printf, 2, 3))) void text_addf(struct text *t, const char *format, ...);

/* Bytes as lower-case hex with `between` (0: nothing) between them. */
void text_hex(struct text *t, struct span bytes, char between);

/* 0 to 15; -1: it is no digit of hex. */
static inline int text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * A stranger's bytes made safe for a log line: printable ASCII as it is, all
 * else as "." would lose it, so control bytes and 8-bit bytes become \xHH.
 */
void text_safe(struct text *t, struct span bytes);

/* Whole string, decimal, no sign, at most max.  *out is untouched on failure. */
bool text_uint(const char *s, uint64_t max, uint64_t *out);

/* Case-insensitive for ASCII alone, whatever the locale. */
bool text_same(const char *a, const char *b);
