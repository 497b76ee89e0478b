/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/uncleared.h"
#include "dns/block_line.h"
#include "dns/form.h"

#define WORD_MAX 1024			/* of a name that IDNA makes shorter */

static const char bad_name[] = "no domain name; write one such as ads.example";
static const char too_wide[] = "the name would block all others; write a domain";
static const char other_address[] = "a list can block, and not give another address; write 0.0.0.0";

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span trimmed(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* The next word; empty at the end, and where a comment begins. */
static struct span next_word(struct span *line)
{
	struct span rest = trimmed(*line);
	size_t n = 0;

	while (n < rest.n && !is_blank(rest.p[n]))
		n++;
	if (n && rest.p[0] == '#')
		n = rest.n = 0;
	*line = span_of(rest.p + n, rest.n - n);
	return span_of(rest.p, n);
}

static bool begins(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && memcmp(s.p, with, n) == 0;
}

static struct span behind(struct span s, size_t n)
{
	return span_of(s.p + n, s.n - n);
}

static bool is(struct span s, const char *text)
{
	return span_eq(s, span_text(text));
}

/* ---- names ------------------------------------------------------------------------------- */

struct name { uint8_t wire[DNAME_MAX]; size_t n; unsigned labels; bool number; };

/* What a byte is in a name; 0: nothing. */
enum { LETTER = 1, CAPITAL, DIGIT, DOT, UTF8 };

static const uint8_t kinds[256] = {
	['a' ... 'z'] = LETTER, ['-'] = LETTER, ['_'] = LETTER, ['A' ... 'Z'] = CAPITAL,
	['0' ... '9'] = DIGIT,	['.'] = DOT,	[0x80 ... 0xff] = UTF8,
};

static unsigned count_labels(const struct name *n)
{
	unsigned labels = 0;

	for (size_t at = 0; n->wire[at]; at += 1u + n->wire[at])
		labels++;
	return labels;
}

static bool take_utf8(struct span s, struct name *out)
{
	char text[WORD_MAX];

	if (s.n >= sizeof text || memchr(s.p, 0, s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	if (!name_wire(text, out->wire, &out->n) || out->n <= 1)
		return false;
	out->labels = count_labels(out);
	out->number = false;
	return true;
}

/* A label ends before byte `end`; false: it is none. */
static bool end_label(struct name *out, size_t *start, size_t end)
{
	size_t n = end - *start - 1;

	if (n == 0 || n > DNAME_LABEL_MAX)
		return false;
	out->wire[*start] = (uint8_t)n;
	out->labels++;
	*start = end;
	return true;
}

/* Each letter goes to its place behind the length byte, for which the dot before it makes room. */
static bool take_name(struct span s, struct name *out)
{
	size_t start = 0, n = s.n && s.p[s.n - 1] == '.' ? s.n - 1 : s.n;
	uint8_t all_digits = 1;

	if (n + 2 > sizeof out->wire)
		return take_utf8(s, out);
	out->labels = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t kind = kinds[s.p[i]];

		if (kind == UTF8)
			return take_utf8(s, out);
		if (kind == 0 || (kind == DOT && !end_label(out, &start, i + 1)))
			return false;
		all_digits = kind == DOT ? 1 : all_digits & (kind == DIGIT);
		out->wire[i + 1] = (uint8_t)(s.p[i] | (kind == CAPITAL) << 5);
	}
	if (!end_label(out, &start, n + 1))
		return false;
	out->wire[n + 1] = 0;
	out->n = n + 2;
	out->number = all_digits;
	return true;
}

static void tell(const struct block_reader *r, const struct name *n, enum name_reach reach,
		 bool exception)
{
	r->told(r->arg, &(struct block_name){ span_of(n->wire, n->n), reach, exception });
}

/* ---- hosts --------------------------------------------------------------------------------- */

/* Nobody's address, or this machine's own. */
static bool blocks(const struct addr *a)
{
	static const uint8_t own6[16] = { [15] = 1 };

	if (addr_is_any(a))
		return true;
	return a->family == ADDR_IP4 ? a->bytes[0] == 127 : memcmp(a->bytes, own6, 16) == 0;
}

/* Is it an address, or meant to be one (with a scope)?  *out: does it block? */
static bool is_address(struct block_reader *r, struct span word, bool *out)
{
	struct addr a;

	if (r->last_word.n && span_eq(word, r->last_word)) {
		*out = r->last_blocks;
		return true;
	}
	if (word.n >= sizeof r->last)
		return false;
	memcpy(r->last, word.p, word.n);
	r->last[word.n] = 0;
	r->last_word.n = 0;
	if (!addr_parse(r->last, &a)) {
		*out = false;
		return memchr(word.p, ':', word.n) != NULL;
	}
	r->last_word = span_of(r->last, word.n);
	*out = r->last_blocks = blocks(&a);
	return true;
}

/* Has it an address's letters alone, up to a scope? */
static bool looks_like_address(struct span word)
{
	bool hex = false, colon = false;

	for (size_t i = 0; i < word.n && word.p[i] != '%'; i++) {
		uint8_t c = word.p[i];

		colon = colon || c == ':';
		hex = hex || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
		if (c != '.' && c != ':' && (c < '0' || c > '9') &&
		    ((c | 0x20) < 'a' || (c | 0x20) > 'f'))
			return false;
	}
	return colon || !hex;
}

/* Names of one label (localhost) are the machine's, and addresses are no names: left as they are. */
static const char *read_hosts(const struct block_reader *r, struct span rest, bool good_address)
{
	struct span word;
	struct name n UNCLEARED;

	while ((word = next_word(&rest)).n) {
		if (!take_name(word, &n))
			return bad_name;
		if (n.labels == 1 || n.number)
			continue;
		if (!good_address)
			return other_address;
		tell(r, &n, NAME_ALONE, false);
	}
	return NULL;
}

/* ---- plain domains --------------------------------------------------------------------------- */

/* "*." or "." in front: all below too. */
static struct span without_star(struct span s, enum name_reach *out)
{
	size_t n = begins(s, "*.") ? 2 : begins(s, ".") ? 1 : 0;

	*out = n ? NAME_AND_BELOW : NAME_ALONE;
	return behind(s, n);
}

static const char *read_plain(const struct block_reader *r, struct span word, struct span rest)
{
	struct name n UNCLEARED;
	enum name_reach reach;

	if (!take_name(without_star(word, &reach), &n))
		return bad_name;
	if (next_word(&rest).n)
		return "more than a name in the line; write one name a line";
	if (n.labels > 1)
		tell(r, &n, reach, false);
	return NULL;
}

/* ---- adblock ---------------------------------------------------------------------------------- */

/* What may follow a name. */
static bool is_end(struct span s)
{
	return s.n == 0 || is(s, "^") || is(s, "^|") || is(s, "^$important");
}

static const char *read_adblock(const struct block_reader *r, struct span rule, bool exception)
{
	enum name_reach reach = begins(rule, "||") ? NAME_AND_BELOW : NAME_ALONE, starred;
	struct span name = behind(rule, reach == NAME_AND_BELOW ? 2 : 1);
	size_t n = 0;
	struct name out UNCLEARED;

	while (n < name.n && name.p[n] != '^' && name.p[n] != '$')
		n++;
	if (!is_end(behind(name, n)))
		return "a rule for more than names; write ||ads.example^";
	name = without_star(span_of(name.p, n), &starred);
	if (!take_name(name, &out) || name.p[name.n - 1] == '.')
		return bad_name;
	tell(r, &out, starred == NAME_AND_BELOW ? starred : reach, exception);
	return NULL;
}

/* ---- dnsmasq's lines ----------------------------------------------------------------------------- */

enum meaning { MEANS_BLOCK, MEANS_EXCEPTION, MEANS_NEITHER };

static enum meaning meaning_of(struct block_reader *r, struct span key, struct span value)
{
	bool good;

	if (value.n == 0)
		return MEANS_BLOCK;
	if (is(value, "#"))
		return is(key, "address") ? MEANS_BLOCK : MEANS_EXCEPTION;
	return is(key, "address") && is_address(r, value, &good) && good ? MEANS_BLOCK
									 : MEANS_NEITHER;
}

/* The domains between slashes; `value` begins with one and ends behind the last. */
static const char *read_domains(const struct block_reader *r, struct span value, bool exception)
{
	while (value.n > 1) {
		const uint8_t *slash = memchr(value.p + 1, '/', value.n - 1);
		struct span domain = span_of(value.p + 1, (size_t)(slash - value.p) - 1);
		enum name_reach unused;
		struct name n UNCLEARED;

		if (domain.n == 0 || is(domain, "#") || is(domain, "*"))
			return too_wide;
		if (!take_name(without_star(domain, &unused), &n))
			return bad_name;
		tell(r, &n, NAME_AND_BELOW, exception);
		value = behind(value, domain.n + 1);
	}
	return NULL;
}

static const char *read_setting(struct block_reader *r, struct span key, struct span rest)
{
	struct span value = next_word(&rest);
	size_t end = value.n;
	enum meaning m;

	if (next_word(&rest).n || !begins(value, "/"))
		return "no domains between slashes; write address=/ads.example/#";
	while (value.p[end - 1] != '/')
		end--;
	m = meaning_of(r, key, behind(value, end));
	if (end == 1)
		return too_wide;
	if (m == MEANS_NEITHER)
		return is(key, "address") ? other_address
					  : "a list can block, and not name servers; write "
					    "server=/ads.example/";
	return read_domains(r, span_of(value.p, end), m == MEANS_EXCEPTION);
}

/* "address", "local" or "server" before a sign; false: the line is none of these. */
static bool is_setting(struct span line, struct span *out_key, struct span *out_value)
{
	static const char *const keys[] = { "address", "local", "server" };
	const uint8_t *sign;

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (!begins(line, keys[i]))
			continue;
		sign = memchr(line.p, '=', line.n);
		*out_key = sign ? trimmed(span_of(line.p, (size_t)(sign - line.p))) : line;
		if (!sign || !is(*out_key, keys[i]))
			return false;
		*out_value = behind(line, (size_t)(sign - line.p) + 1);
		return true;
	}
	return false;
}

/* ---- the whole --------------------------------------------------------------------------------------- */

static bool is_comment(struct span line)
{
	return line.n == 0 || line.p[0] == '#' || line.p[0] == '!' || line.p[0] == '[';
}

const char *block_line_read(struct block_reader *r, struct span line)
{
	struct span key, value, word, rest;
	bool exception, good;

	rest = line = trimmed(line);
	if (is_comment(line))
		return NULL;
	word = next_word(&rest);
	exception = begins(word, "@@");
	if (begins(behind(word, exception ? 2 : 0), "|"))
		return next_word(&rest).n ? "blanks in a rule; write ||ads.example^"
					  : read_adblock(r, behind(word, exception ? 2 : 0), exception);
	if (is_setting(line, &key, &value))
		return read_setting(r, key, value);
	if (looks_like_address(word) && is_address(r, word, &good))
		return read_hosts(r, rest, good);
	return read_plain(r, word, rest);
}
