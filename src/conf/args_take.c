/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/text.h"
#include "conf/args_private.h"

/* The next word's text; "" where there is none. */
static const char *next(const struct args *a)
{
	const struct word *w = args_peek(a);

	return w ? w->s : "";
}

bool args_text(struct args *a, const char **out, const char *what)
{
	const char *s = next(a);

	if (!*s)
		return args_want(a, what);
	*out = s;
	args_step(a);
	return true;
}

bool args_keyword(struct args *a, const char *keyword)
{
	if (!args_more(a) || strcmp(next(a), keyword) != 0)
		return args_want(a, *keyword ? keyword : NULL);
	args_step(a);
	return true;
}

bool args_name_of(struct args *a, const char *const *names, unsigned *out)
{
	const char *s = next(a);

	for (unsigned i = 0; names[i] && args_more(a); i++) {
		if (strcmp(s, names[i]) == 0) {
			*out = i;
			args_step(a);
			return true;
		}
	}
	for (unsigned i = 0; names[i]; i++)
		args_want(a, names[i]);
	return false;
}

bool args_prefixed(struct args *a, const char *prefix, const char **out)
{
	const char *s = next(a);
	size_t n = strlen(prefix);
	char *what;

	if (args_more(a) && strncmp(s, prefix, n) == 0 && s[n]) {
		*out = s + n;
		args_step(a);
		return true;
	}
	what = arena_take(a->scratch, n + 4);
	snprintf(what, n + 4, "%s…", prefix);
	return args_want(a, what);
}

bool args_addr4(struct args *a, struct addr *out, const char *what)
{
	struct addr addr;

	if (!addr_parse(next(a), &addr) || addr.family != ADDR_IP4)
		return args_want(a, what);
	*out = addr;
	args_step(a);
	return true;
}

bool args_addr6(struct args *a, struct addr *out, const char *what)
{
	const char *s = next(a);
	char inside[64];
	size_t n = strlen(s);
	struct addr addr;

	if (n > 2 && n < sizeof inside && s[0] == '[' && s[n - 1] == ']') {
		memcpy(inside, s + 1, n - 2);
		inside[n - 2] = 0;
		s = inside;
	}
	if (!addr_parse(s, &addr) || addr.family != ADDR_IP6)
		return args_want(a, what);
	*out = addr;
	args_step(a);
	return true;
}

bool args_addr(struct args *a, struct addr *out, const char *what)
{
	if (args_addr4(a, out, NULL) || args_addr6(a, out, NULL))
		return true;
	return args_want(a, what);
}

bool args_uint(struct args *a, uint64_t min, uint64_t max, uint64_t *out, const char *what)
{
	uint64_t v;
	char *range;

	if (text_uint(next(a), max, &v) && v >= min) {
		*out = v;
		args_step(a);
		return true;
	}
	if (!what)
		return false;
	range = arena_take(a->scratch, strlen(what) + 50);
	snprintf(range, strlen(what) + 50, "%s (%ju to %ju)", what, (uintmax_t)min, (uintmax_t)max);
	return args_want(a, range);
}

/* Seconds in one of the unit that ends a duration; 0 for a letter that is none. */
static uint32_t unit_s(char letter)
{
	switch (letter | 0x20) {
	case 's': return 1;
	case 'm': return 60;
	case 'h': return 3600;
	case 'd': return 86400;
	case 'w': return 604800;
	default:  return 0;
	}
}

bool duration_parse(const char *s, bool bare, uint32_t *out_s)
{
	size_t n = strlen(s);
	uint32_t unit = n ? unit_s(s[n - 1]) : 0;
	char digits[24];
	uint64_t v;

	if (unit)
		n--;
	else if (bare)
		unit = 1;
	if (!unit || n == 0 || n >= sizeof digits)
		return false;
	memcpy(digits, s, n);
	digits[n] = 0;
	if (!text_uint(digits, (UINT32_MAX - 1) / unit, &v))
		return false;
	*out_s = (uint32_t)v * unit;
	return true;
}

bool args_duration(struct args *a, bool bare, uint32_t *out_s)
{
	const char *s = next(a);

	if (strcmp(s, "infinite") == 0)
		*out_s = UINT32_MAX;
	else if (!duration_parse(s, bare, out_s))
		return args_want(a, "a time such as 12h, 30m or infinite");
	args_step(a);
	return true;
}

bool args_hwaddr(struct args *a, struct hwaddr *out)
{
	const char *s = next(a);

	if (!strchr(s, ':') || !hwaddr_parse(s, out))
		return args_want(a, "a hardware address such as 02:00:00:00:00:01");
	args_step(a);
	return true;
}

bool args_prefix(struct args *a, struct prefix *out, const char *what)
{
	const char *s = next(a), *slash = strchr(s, '/');
	char text[64];
	struct prefix p = { 0 };
	size_t n = slash ? (size_t)(slash - s) : strlen(s);
	uint64_t bits, most;

	if (n >= sizeof text)
		return args_want(a, what);
	memcpy(text, s, n);
	text[n] = 0;
	if (!addr_parse(text, &p.addr))
		return args_want(a, what);
	most = bits = 8 * addr_bytes(&p.addr).n;
	if (slash && !text_uint(slash + 1, most, &bits))
		return args_want(a, what);
	p.bits = (uint8_t)bits;
	*out = p;
	args_step(a);
	return true;
}
