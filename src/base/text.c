/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/text.h"

struct text text_of(char *buffer, size_t size)
{
	if (size)
		buffer[0] = 0;
	return (struct text){ .s = buffer, .size = size };
}

void text_addn(struct text *t, const char *s, size_t n)
{
	size_t room = t->size ? t->size - 1 - t->n : 0;

	if (n > room) {
		n = room;
		t->cut = true;
	}
	if (n == 0)
		return;
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = 0;
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_addf(struct text *t, const char *format, ...)
{
	size_t room = t->size - t->n;
	va_list args;
	int n;

	if (t->size == 0) {
		t->cut = true;
		return;
	}
	va_start(args, format);
	n = vsnprintf(t->s + t->n, room, format, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n >= room) {
		t->cut = true;
		n = (int)room - 1;
	}
	t->n += (size_t)n;
}

void text_hex(struct text *t, struct span bytes, char between)
{
	for (size_t i = 0; i < bytes.n; i++) {
		if (i && between)
			text_addn(t, &between, 1);
		text_addf(t, "%02x", bytes.p[i]);
	}
}

void text_safe(struct text *t, struct span bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		if (bytes.p[i] >= 0x20 && bytes.p[i] < 0x7f)
			text_addn(t, (const char *)bytes.p + i, 1);
		else
			text_addf(t, "\\x%02x", bytes.p[i]);
	}
}

bool text_uint(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (*s == 0)
		return false;
	for (; *s; s++) {
		unsigned digit = (unsigned)(*s - '0');

		if (*s < '0' || *s > '9' || v > (max - digit) / 10 || digit > max)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

bool text_same(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b))
		a++, b++;
	return lower(*a) == lower(*b);
}
