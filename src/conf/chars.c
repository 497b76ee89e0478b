/* SPDX-License-Identifier: ISC */
#include "conf/chars.h"

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* What a letter means after a backslash in quotes; 0: nothing, both characters stay. */
static char escaped(char c)
{
	static const struct { char letter, means; } table[] = {
		{ '\\', '\\' }, { '"', '"' }, { 't', '\t' }, { 'n', '\n' },
		{ 'e', '\033' }, { 'b', '\b' }, { 'r', '\r' },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].letter == c)
			return table[i].means;
	return 0;
}

struct pen {				/* what is being written while a line is read */
	char *s, *quoted;
	unsigned *column;
	size_t n;
};

static struct pen pen_new(struct arena *scratch, size_t room)
{
	return (struct pen){ .s = arena_take(scratch, room + 1),
			     .quoted = arena_take(scratch, room + 1),
			     .column = arena_take(scratch, (room + 1) * sizeof(unsigned)) };
}

static void pen_put(struct pen *p, char c, bool quoted, size_t at)
{
	p->s[p->n] = c;
	p->quoted[p->n] = quoted;
	p->column[p->n++] = (unsigned)at + 1;
}

static struct chars pen_chars(const struct pen *p)
{
	p->column[p->n] = p->n ? p->column[p->n - 1] + 1 : 1;
	return (struct chars){ p->s, p->quoted, p->column, p->n };
}

const char *chars_of_line(struct arena *scratch, struct span line, struct chars *out,
			  unsigned *out_column)
{
	struct pen pen = pen_new(scratch, line.n);
	const char *p = (const char *)line.p;
	bool open = false, after_blank = true;
	size_t opened = 0;

	for (size_t i = 0; i < line.n; i++) {
		char c = p[i];

		if (c == 0) {
			*out_column = (unsigned)i + 1;
			return "a NUL byte in the line; write a text file";
		}
		if (c == '"') {
			open = !open;
			opened = i;
		} else if (open && c == '\\' && i + 1 < line.n && escaped(p[i + 1])) {
			pen_put(&pen, escaped(p[i + 1]), true, i);
			i++;
		} else if (!open && c == '#' && after_blank) {
			break;
		} else {
			pen_put(&pen, c, open, i);
		}
		after_blank = !open && is_blank(c);
	}
	if (open) {
		*out_column = (unsigned)opened + 1;
		return "missing \"; close the quote on the same line, or write \\\" for a quote inside";
	}
	*out = chars_trim(pen_chars(&pen));
	return NULL;
}

struct chars chars_of_text(struct arena *scratch, const char *s, const char *quoted,
			   unsigned first_column)
{
	size_t n = strlen(s);
	struct pen pen = pen_new(scratch, n);

	for (size_t i = 0; i < n; i++)
		pen_put(&pen, s[i], quoted && quoted[i], first_column - 1 + i);
	return pen_chars(&pen);
}

struct chars chars_part(struct chars c, size_t from, size_t to)
{
	return (struct chars){ c.s + from, c.quoted + from, c.column + from, to - from };
}

struct chars chars_trim(struct chars c)
{
	size_t from = 0, to = c.n;

	while (from < to && is_blank(c.s[from]) && !c.quoted[from])
		from++;
	while (to > from && is_blank(c.s[to - 1]) && !c.quoted[to - 1])
		to--;
	return chars_part(c, from, to);
}

size_t chars_find(struct chars c, char wanted)
{
	size_t i = 0;

	while (i < c.n && (c.s[i] != wanted || c.quoted[i]))
		i++;
	return i;
}

bool text_line(struct span *rest, struct span *out)
{
	const uint8_t *newline;
	size_t n;

	if (rest->n == 0)
		return false;
	newline = memchr(rest->p, '\n', rest->n);
	n = newline ? (size_t)(newline - rest->p) : rest->n;
	*out = span_of(rest->p, n);
	if (newline)
		n++;
	*rest = span_of(rest->p + n, rest->n - n);
	return true;
}
