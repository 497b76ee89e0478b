/* SPDX-License-Identifier: ISC */
#include "app/json.h"

struct json json_open(struct text *t)
{
	text_add(t, "{");
	return (struct json){ .t = t, .end = '}' };
}

/* How many bytes of well-formed UTF-8 (RFC 3629) start here; 0: none do. */
static size_t utf8_length(const unsigned char *s)
{
	static const struct { unsigned char mask, lead; size_t n; unsigned min; } forms[] = {
		{ 0xe0, 0xc0, 2, 0x80 }, { 0xf0, 0xe0, 3, 0x800 }, { 0xf8, 0xf0, 4, 0x10000 },
	};
	unsigned point;

	for (size_t f = 0; f < 3; f++) {
		if ((s[0] & forms[f].mask) != forms[f].lead)
			continue;
		point = s[0] & (unsigned char)~forms[f].mask;
		for (size_t i = 1; i < forms[f].n; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (s[i] & 0x3f);
		}
		if (point < forms[f].min || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
			return 0;
		return forms[f].n;
	}
	return 0;
}

static void add_escaped(struct text *t, const char *value, size_t longest)
{
	const unsigned char *s = (const unsigned char *)value, *end = s + longest;
	size_t n;

	while (*s && (longest == 0 || s < end)) {
		n = 1;
		if (*s == '"' || *s == '\\')
			text_addf(t, "\\%c", *s);
		else if (*s >= 0x20 && *s < 0x7f)
			text_addn(t, (const char *)s, 1);
		else if (*s >= 0x80 && (n = utf8_length(s)) > 0)
			text_addn(t, (const char *)s, n);
		else {
			n = 1;
			text_addf(t, "\\u%04x", *s);
		}
		s += n;
	}
}

static void add_name(struct json *j, const char *name)
{
	if (j->more)
		text_add(j->t, ",");
	if (name)
		text_addf(j->t, "\"%s\":", name);
	j->more = true;
}

void json_text(struct json *j, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	add_name(j, name);
	text_add(j->t, "\"");
	add_escaped(j->t, value, j->longest);
	text_add(j->t, "\"");
}

void json_uint(struct json *j, const char *name, uint64_t value)
{
	add_name(j, name);
	text_addf(j->t, "%llu", (unsigned long long)value);
}

void json_bool(struct json *j, const char *name, bool value)
{
	add_name(j, name);
	text_add(j->t, value ? "true" : "false");
}

struct json json_object(struct json *j, const char *name)
{
	add_name(j, name);
	text_add(j->t, "{");
	return (struct json){ .t = j->t, .end = '}', .longest = j->longest };
}

struct json json_list(struct json *j, const char *name)
{
	add_name(j, name);
	text_add(j->t, "[");
	return (struct json){ .t = j->t, .end = ']', .longest = j->longest };
}

void json_close(struct json *j)
{
	text_addn(j->t, &j->end, 1);
}
