/* SPDX-License-Identifier: ISC */
/*
 * Names in the configuration of DHCP: of hosts, and of domains to search.
 */
#include <ctype.h>
#include <idn2.h>

#include "dhcp/conf_private.h"

#define LABEL_MAX 63			/* RFC 1035 */
#define NAME_MAX_TEXT 253
#define POINTER 0xc000
#define TAILS_MAX 128			/* labels that a later name may point to */

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static const char *in_small_letters(struct arena *arena, const char *name)
{
	char *copy = arena_text(arena, name);

	for (char *at = copy; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at + 'a' - 'A');
	return copy;
}

const char *name_to_ascii(struct arena *arena, const char *name)
{
	const char *copy;
	char *ascii;

	if (is_ascii(name))
		return in_small_letters(arena, name);
	if (idn2_to_ascii_8z(name, &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return NULL;
	copy = arena_text(arena, ascii);
	idn2_free(ascii);
	return copy;
}

/* Letters, digits, - and _; the first neither - nor _. */
static bool is_host_label(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && (i == 0 || (s[i] != '-' && s[i] != '_')))
			return false;
	return true;
}

/* Room, and neither blanks nor control bytes. */
static bool is_domain_label(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
			return false;
	return n != 0 && n <= LABEL_MAX;
}

const char *host_name_wrong(const char *name)
{
	size_t n = strcspn(name, ".");

	if (strlen(name) > NAME_MAX_TEXT)
		return "is too long for a name";
	if (n == 0 || n > LABEL_MAX || !is_host_label(name, n))
		return "cannot be the name of a host";
	while (name[n] && name[n + 1]) {
		name += n + 1;
		n = strcspn(name, ".");
		if (!is_domain_label(name, n))
			return "has no domain after its first dot";
	}
	return NULL;
}

struct tails {
	struct { const char *name; size_t at; } of[TAILS_MAX];
	size_t n;
};

static bool tail_find(const struct tails *t, const char *name, size_t *at)
{
	for (size_t i = 0; i < t->n; i++) {
		if (text_same(t->of[i].name, name)) {
			*at = t->of[i].at;
			return true;
		}
	}
	return false;
}

static bool name_write(struct writer *w, struct tails *t, size_t start, const char *name)
{
	size_t at;

	while (*name) {
		size_t n = strcspn(name, ".");

		if (tail_find(t, name, &at)) {
			writer_u16(w, POINTER | at);
			return true;
		}
		if (n == 0 || n > LABEL_MAX)
			return false;
		at = writer_done(w).n - start;
		if (t->n < TAILS_MAX && at < 0x4000) {
			t->of[t->n].name = name;
			t->of[t->n++].at = at;
		}
		writer_u8(w, n);
		writer_span(w, span_of(name, n));
		name += n;
		name += *name == '.';
	}
	writer_u8(w, 0);
	return true;
}

bool names_write(struct writer *w, const char *const *names, size_t n)
{
	size_t start = writer_done(w).n;
	struct tails tails = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		if (!*names[i] || !name_write(w, &tails, start, names[i]))
			return false;
	return true;
}
