/* SPDX-License-Identifier: ISC */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "app/json.h"
#include "app/lease_list.h"
#include "base/must.h"
#include "base/text.h"
#include "wire/dhcp_options.h"

struct row {
	struct addr addr;
	const char *field[LEASE_FIELDS];
};

struct rows { struct row *row; size_t n, size; };

/* ---- which ------------------------------------------------------------------------- */

static bool parse_prefix(const char *text, const char *slash, struct lease_filter *f)
{
	char net[sizeof(struct addr_text)];
	struct addr a;
	uint64_t bits;
	uint32_t mask;

	if ((size_t)(slash - text) >= sizeof net)
		return false;
	snprintf(net, sizeof net, "%.*s", (int)(slash - text), text);
	if (!addr_parse(net, &a) || a.family != ADDR_IP4 || !text_uint(slash + 1, 32, &bits))
		return false;
	mask = ip4_mask((unsigned)bits);
	f->first = addr_ip4(addr_to_ip4(&a) & mask);
	f->last = addr_ip4(addr_to_ip4(&a) | ~mask);
	return true;
}

bool lease_filter_range(struct lease_filter *f, const char *text)
{
	const char *slash = strchr(text, '/'), *dash = strchr(text, '-');
	char first[sizeof(struct addr_text)];

	if (slash)
		return parse_prefix(text, slash, f);
	if (!dash)
		return addr_parse(text, &f->first) && addr_parse(text, &f->last);
	if ((size_t)(dash - text) >= sizeof first)
		return false;
	snprintf(first, sizeof first, "%.*s", (int)(dash - text), text);
	return addr_parse(first, &f->first) && addr_parse(dash + 1, &f->last) &&
	       f->first.family == f->last.family && addr_cmp(&f->first, &f->last) <= 0;
}

static bool has_tag(const char *tags, const char *tag)
{
	const size_t n = strlen(tag);

	for (const char *at = tags; (at = strstr(at, tag)); at += n)
		if ((at == tags || at[-1] == ',') && (at[n] == ',' || at[n] == 0))
			return true;
	return false;
}

static bool has_name(const struct row *r, const char *pattern)
{
	char whole[600];

	if (fnmatch(pattern, r->field[FIELD_NAME], FNM_CASEFOLD) == 0)
		return *r->field[FIELD_NAME] != 0;
	snprintf(whole, sizeof whole, "%s.%s", r->field[FIELD_NAME], r->field[FIELD_DOMAIN]);
	return *r->field[FIELD_DOMAIN] && fnmatch(pattern, whole, FNM_CASEFOLD) == 0;
}

static bool is_asked_for(const struct row *r, const struct lease_filter *f)
{
	if (!f->all && strcmp(r->field[FIELD_STATE], "bound") != 0)
		return false;
	if (f->name && !has_name(r, f->name))
		return false;
	if (f->hw && fnmatch(f->hw, r->field[FIELD_HW], FNM_CASEFOLD) != 0)
		return false;
	if (f->tag && !has_tag(r->field[FIELD_TAGS], f->tag))
		return false;
	return !addr_is_set(&f->first) || (r->addr.family == f->first.family &&
					   addr_cmp(&f->first, &r->addr) <= 0 &&
					   addr_cmp(&r->addr, &f->last) <= 0);
}

/* ---- rows -------------------------------------------------------------------------- */

bool lease_row_cut(char *line, const char **field, size_t n)
{
	size_t i = 0;

	for (char *at = line; at && i < n; i++)
		field[i] = strsep(&at, "\t");
	return i == n;
}

bool lease_row_first(const char *text, char row[CONTROL_LINE_MAX], const char *field[LEASE_FIELDS])
{
	snprintf(row, CONTROL_LINE_MAX, "%.*s", (int)strcspn(text, "\n"), text);
	return lease_row_cut(row, field, LEASE_FIELDS);
}

static int by_addr(const void *a, const void *b)
{
	return addr_cmp(&((const struct row *)a)->addr, &((const struct row *)b)->addr);
}

static void add(struct rows *rows, const struct row *r)
{
	if (rows->n == rows->size) {
		rows->size = rows->size ? rows->size * 2 : 64;
		rows->row = realloc(rows->row, rows->size * sizeof *rows->row);
		must(rows->row);
	}
	rows->row[rows->n++] = *r;
}

static struct rows rows_of(char *text, const struct lease_filter *f)
{
	struct rows rows = { 0 };
	char *line;

	while ((line = strsep(&text, "\n"))) {
		struct row r = { 0 };

		if (lease_row_cut(line, r.field, LEASE_FIELDS) && addr_parse(r.field[FIELD_ADDR], &r.addr) &&
		    is_asked_for(&r, f))
			add(&rows, &r);
	}
	if (rows.n)
		qsort(rows.row, rows.n, sizeof *rows.row, by_addr);
	return rows;
}

/* ---- a table ------------------------------------------------------------------------- */

enum { COLUMNS = 8 };

static const struct column {
	const char *head;
	enum lease_field field;
	bool only_all;
} columns[COLUMNS] = {
	{ "ADDRESS", FIELD_ADDR, false }, { "STATE", FIELD_STATE, true }, { "MAC", FIELD_HW, false },
	{ "NAME", FIELD_NAME, false },    { "LEFT", FIELD_LEFT_S, false },
	{ "INTERFACE", FIELD_INTERFACE, false }, { "TAGS", FIELD_TAGS, false },
	{ "CLIENT-ID", FIELD_CLID, false },
};

/* What stands in a place of the table; `room` is for what must be made. */
static const char *place(const struct row *r, enum lease_field f, struct text *room)
{
	uint64_t left_s;

	if (f != FIELD_LEFT_S)
		return *r->field[f] ? r->field[f] : "-";
	if (strcmp(r->field[FIELD_STATE], "remembered") == 0)
		return "-";
	if (!text_uint(r->field[f], UINT32_MAX, &left_s))
		return "for ever";
	if (left_s == 0)
		return "0s";
	dhcp_seconds_text(room, (uint32_t)left_s);
	return room->s;
}

static void measure(const struct rows *rows, int width[COLUMNS])
{
	for (size_t c = 0; c < COLUMNS; c++) {
		width[c] = (int)strlen(columns[c].head);
		for (size_t i = 0; i < rows->n; i++) {
			char buffer[64];
			struct text room = TEXT(buffer);
			int n = (int)strlen(place(&rows->row[i], columns[c].field, &room));

			if (n > width[c])
				width[c] = n;
		}
	}
}

/* The last column is not filled up with blanks. */
static void print_place(FILE *out, size_t column, int width, const char *s)
{
	if (column + 1 < COLUMNS)
		fprintf(out, "%-*s  ", width, s);
	else
		fprintf(out, "%s\n", s);
}

static void print_table(FILE *out, const struct rows *rows, bool all)
{
	int width[COLUMNS];

	measure(rows, width);
	for (size_t c = 0; c < COLUMNS; c++)
		if (all || !columns[c].only_all)
			print_place(out, c, width[c], columns[c].head);
	for (size_t i = 0; i < rows->n; i++)
		for (size_t c = 0; c < COLUMNS; c++) {
			char buffer[64];
			struct text room = TEXT(buffer);

			if (all || !columns[c].only_all)
				print_place(out, c, width[c],
					    place(&rows->row[i], columns[c].field, &room));
		}
}

/* ---- JSON ---------------------------------------------------------------------------- */

static void json_number(struct json *j, const char *name, const char *digits)
{
	uint64_t n;

	if (text_uint(digits, INT64_MAX, &n))
		json_uint(j, name, n);
}

static void json_tags(struct json *j, const char *tags)
{
	struct json list = json_list(j, "tags");
	char copy[1024], *rest = copy;
	const char *tag;

	snprintf(copy, sizeof copy, "%s", tags);
	while ((tag = strsep(&rest, ",")))
		json_text(&list, NULL, tag);
	json_close(&list);
}

static void print_object(FILE *out, const struct row *r)
{
	static const struct { const char *name; enum lease_field field; } texts[] = {
		{ "address", FIELD_ADDR }, { "state", FIELD_STATE },	     { "mac", FIELD_HW },
		{ "client_id", FIELD_CLID }, { "name", FIELD_NAME }, { "domain", FIELD_DOMAIN },
		{ "interface", FIELD_INTERFACE },
	};
	char buffer[8192];
	struct text t = TEXT(buffer);
	struct json j = json_open(&t);

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		json_text(&j, texts[i].name, r->field[texts[i].field]);
	json_number(&j, "expires", r->field[FIELD_EXPIRES_S]);
	json_number(&j, "seconds_left", r->field[FIELD_LEFT_S]);
	json_tags(&j, r->field[FIELD_TAGS]);
	json_close(&j);
	fputs(buffer, out);
}

void lease_list_print(FILE *out, char *text, const struct lease_filter *f, bool json)
{
	struct rows rows = rows_of(text, f);

	if (json) {
		fputs("[", out);
		for (size_t i = 0; i < rows.n; i++) {
			fputs(i ? ",\n " : "\n ", out);
			print_object(out, &rows.row[i]);
		}
		fputs("\n]\n", out);
	} else {
		print_table(out, &rows, f->all);
	}
	free(rows.row);
}

/* ---- pools ---------------------------------------------------------------------------- */

enum { BAR = 20 };

static unsigned long number(const char *digits)
{
	return strtoul(digits, NULL, 10);
}

static void pool_object(FILE *out, const char *const field[POOL_FIELDS])
{
	static const char *const names[POOL_FIELDS] = {
		"start", "end", "mode", "set", "size", "bound", "offered", "declined", "reserved",
		"origin",
	};
	char buffer[2048];
	struct text t = TEXT(buffer);
	struct json j = json_open(&t);

	for (size_t i = 0; i < POOL_FIELDS; i++)
		if (i >= POOL_SIZE && i <= POOL_RESERVED)
			json_number(&j, names[i], field[i]);
		else
			json_text(&j, names[i], field[i]);
	json_close(&j);
	fputs(buffer, out);
}

static void print_bar(FILE *out, unsigned long taken, unsigned long size)
{
	char bar[BAR + 1] = "";
	size_t full = size ? (size_t)(taken * BAR / size) : 0;

	memset(bar, '.', BAR);
	memset(bar, '#', full > BAR ? BAR : full);
	fprintf(out, "[%s] %3lu%%", bar, size ? taken * 100 / size : 0);
}

/* Reserved addresses are nobody else's: they count as taken. */
static void pool_line(FILE *out, const char *const field[POOL_FIELDS])
{
	unsigned long size = number(field[POOL_SIZE]);
	unsigned long taken = number(field[POOL_BOUND]) + number(field[POOL_DECLINED]) +
			      number(field[POOL_RESERVED]);

	fprintf(out, "%-15s  %-15s  %7s %7s %7s %8s %8s  ", field[POOL_START],
		size ? field[POOL_END] : field[POOL_MODE], size ? field[POOL_SIZE] : "-",
		field[POOL_BOUND], field[POOL_OFFERED], field[POOL_DECLINED], field[POOL_RESERVED]);
	if (size)
		print_bar(out, taken, size);
	else
		fprintf(out, "%-*s", BAR + 7, "");
	fprintf(out, "  %s%s%s\n", field[POOL_ORIGIN], *field[POOL_SET] ? " set:" : "", field[POOL_SET]);
}

void pool_list_print(FILE *out, char *text, bool json)
{
	const char *field[POOL_FIELDS];
	char *line;
	bool more = false;

	if (json)
		fputs("[", out);
	else
		fprintf(out, "%-15s  %-15s  %7s %7s %7s %8s %8s  %-*s  %s\n", "FROM", "TO", "SIZE", "BOUND",
			"OFFERED", "DECLINED", "RESERVED", BAR + 7, "USED", "LINE");
	while ((line = strsep(&text, "\n"))) {
		if (!lease_row_cut(line, field, POOL_FIELDS))
			continue;
		if (json) {
			fputs(more ? ",\n " : "\n ", out);
			pool_object(out, field);
		} else {
			pool_line(out, field);
		}
		more = true;
	}
	fputs(json ? "\n]\n" : "", out);
}
