/* SPDX-License-Identifier: ISC */
/*
 * Names as text: what a stranger may ask for.
 */
#include "base/text.h"
#include "boot/files.h"

static bool is_control(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}

/* One byte of a name as the form reads it. */
static char byte_read(uint8_t c, enum files_form form)
{
	if (c == '\\' && form & FILES_BACKSLASH)
		return '/';
	if (c >= 'A' && c <= 'Z' && form & FILES_LOWER)
		return (char)(c + 'a' - 'A');
	return (char)c;
}

/* What follows the root's path where the name begins with it; else the name. */
static const char *after_root(const char *name, const char *root)
{
	size_t n = root ? strlen(root) : 0;

	while (n && root[n - 1] == '/')
		n--;
	return n && strncmp(name, root, n) == 0 && name[n] == '/' ? name + n : name;
}

enum files_result files_clean(struct span asked, enum files_form form, const char *root,
			      struct files_name *out)
{
	char copy[2 * FILES_NAME_MAX] = "";
	struct files_name clean;
	struct text t = TEXT(clean.s);
	const char *p;

	for (size_t i = 0; i < asked.n; i++)
		if (is_control(asked.p[i]))
			return FILES_FORBIDDEN;
	if (asked.n >= sizeof copy)
		return FILES_MISSING;
	for (size_t i = 0; i < asked.n; i++)
		copy[i] = byte_read(asked.p[i], form);
	copy[asked.n] = 0;

	for (p = after_root(copy, root); *p; ) {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.')
			return FILES_FORBIDDEN;
		if (n && !(n == 1 && p[0] == '.')) {
			text_addn(&t, p, n);
			text_add(&t, p[n] ? "/" : "");
		}
		p += n + (p[n] == '/');
	}
	if (t.cut)
		return FILES_MISSING;
	*out = clean;
	return FILES_OK;
}

static void path_add(struct text *t, const char *part)
{
	if (*part == 0)
		return;
	if (t->n == 0 || t->s[t->n - 1] != '/')
		text_add(t, "/");
	text_add(t, part);
}

bool files_path(const char *root, const char *dir, const char *name, char *out, size_t size)
{
	struct text t = text_of(out, size);

	text_add(&t, *root == '/' ? "" : "/");
	text_add(&t, root);
	path_add(&t, dir);
	path_add(&t, name);
	return !t.cut;
}
