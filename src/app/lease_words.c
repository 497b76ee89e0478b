/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/lease_list.h"
#include "app/lease_words.h"
#include "app/servers.h"
#include "base/must.h"
#include "base/text.h"
#include "conf/args.h"
#include "conf/source.h"
#include "store/lease_line.h"

static const char usage[] =
	"lanlord leases [--json] [--all] [--name N] [--mac M] [--tag T] [--range R]\n"
	"lanlord leases release ADDRESS|MAC...\n"
	"lanlord leases add ADDRESS MAC [NAME] [--time T] [--client-id HEX]\n"
	"lanlord leases import FILE\n"
	"\n"
	"The leases of a running server.\n"
	"  --name N        only those of this name, with * and ? for what may stand there\n"
	"  --mac M         only those of this hardware address; 52:54:* for all that begin so\n"
	"  --tag T         only those that were given with this tag\n"
	"  --range R       only addresses of 192.0.2.0/24, or from 192.0.2.10-192.0.2.20\n"
	"  --all           also what is offered, declined, or remembered of clients that left\n"
	"  --json          a list of objects\n"
	"  release         ends leases at once; the client is not told\n"
	"  add             as if the client had asked: --time 2h (else as long as its range says)\n"
	"  import FILE     every lease of a dnsmasq lease file that has not ended; leases that\n"
	"                  others hold are left alone and told\n"
	"Each takes --pid N or -C FILE where several servers run.\n";

/* What the words after `leases` came to. */
struct lease_want {
	struct server_choice server;
	struct lease_filter filter;
	bool json;
	const char *time, *clid;	/* of add */
	const char *word[64];		/* those that are no options */
	size_t words;
};

/* ---- reading the words ------------------------------------------------------------- */

static bool is_flag(struct lease_want *w, const char *arg)
{
	bool *flag = strcmp(arg, "--json") == 0 ? &w->json :
		     strcmp(arg, "--all") == 0 ? &w->filter.all : NULL;

	if (flag)
		*flag = true;
	return flag != NULL;
}

static bool is_value(struct lease_want *w, char **argv, int *at)
{
	const struct { const char *name; const char **to; } values[] = {
		{ "--name", &w->filter.name }, { "--mac", &w->filter.hw }, { "--tag", &w->filter.tag },
		{ "--time", &w->time },        { "--client-id", &w->clid },
	};

	for (size_t i = 0; i < COUNT_OF(values); i++) {
		const char *value = option_value(argv, at, values[i].name);

		if (value) {
			*values[i].to = value;
			return true;
		}
	}
	return false;
}

static bool take(struct lease_want *w, char **argv, int *at)
{
	const char *range;

	if (is_flag(w, argv[*at]) || is_value(w, argv, at) ||
	    server_choice_take(&w->server, argv, at))
		return true;
	range = option_value(argv, at, "--range");
	if (range)
		return lease_filter_range(&w->filter, range);
	if (argv[*at][0] == '-' || w->words == COUNT_OF(w->word))
		return false;
	w->word[w->words++] = argv[*at];
	return true;
}

static bool read_words(struct lease_want *w, char **argv)
{
	for (int i = 2; argv[i]; i++)
		if (!take(w, argv, &i)) {
			fprintf(stderr, "lanlord: %s: %s cannot stand here; see lanlord leases --help\n",
				argv[1], argv[i]);
			return false;
		}
	return true;
}

/* Prints what the server says; the exit code. */
static int tell(const struct lease_want *w, const char *words, struct span lines)
{
	char *text;
	bool ok = servers_ask(&w->server, words, lines, &text);

	if (text)
		fputs(text, ok ? stdout : stderr);
	free(text);
	return ok ? 0 : 1;
}

/* ---- what can be done ----------------------------------------------------------------- */

static int list(const struct lease_want *w)
{
	char *text;

	if (!servers_ask(&w->server, "leases", (struct span){ 0 }, &text)) {
		fputs(text ? text : "", stderr);
		free(text);
		return 1;
	}
	lease_list_print(stdout, text, &w->filter, w->json);
	free(text);
	return 0;
}

static int release(const struct lease_want *w)
{
	char line[CONTROL_LINE_MAX];
	struct text t = TEXT(line);
	struct addr a;
	struct hwaddr hw;

	text_add(&t, "lease-release");
	for (size_t i = 1; i < w->words; i++) {
		if (!addr_parse(w->word[i], &a) && !hwaddr_parse(w->word[i], &hw)) {
			fprintf(stderr, "lanlord: %s is neither an address nor a hardware address such as "
				"52:54:00:12:34:56\n", w->word[i]);
			return 1;
		}
		text_addf(&t, " %s", w->word[i]);
	}
	if (w->words < 2 || t.cut) {
		fprintf(stderr, "lanlord: write leases release ADDRESS|MAC...\n");
		return 1;
	}
	return tell(w, line, (struct span){ 0 });
}

/* ---- add -------------------------------------------------------------------------------- */

/* "01:52:54:00:…", the colons may be absent. */
static bool parse_clid(const char *text, struct lease_record *out)
{
	while (*text) {
		int high = text_hex_digit(text[0]), low = high < 0 ? -1 : text_hex_digit(text[1]);

		if (low < 0 || out->clid_len == CLID_MAX)
			return false;
		out->clid[out->clid_len++] = (uint8_t)(high << 4 | low);
		text += text[2] == ':' && text[3] ? 3 : 2;
	}
	return out->clid_len > 0;
}

static bool parse_expiry(const char *text, struct lease_record *out)
{
	uint32_t s;

	if (strcmp(text, "infinite") == 0)
		return true;
	if (!duration_parse(text, true, &s) || s == 0)
		return false;
	out->expires_s = time(NULL) + (int64_t)s;
	return true;
}

/* What is wrong with the words; NULL: nothing. */
static const char *parse_lease(const struct lease_want *w, struct lease_record *out)
{
	*out = (struct lease_record){ 0 };
	if (w->words < 3 || w->words > 4)
		return "write leases add ADDRESS MAC [NAME]";
	if (!addr_parse(w->word[1], &out->addr) || out->addr.family != ADDR_IP4)
		return "the first is no IPv4 address";
	if (!hwaddr_parse(w->word[2], &out->hw))
		return "the second is no hardware address such as 52:54:00:12:34:56";
	if (w->words == 4 && (strlen(w->word[3]) > LEASE_NAME_MAX || strchr(w->word[3], '.') ||
			      !lease_name_fits(w->word[3])))
		return "the name must be one label, without its domain";
	snprintf(out->name, sizeof out->name, "%s", w->words == 4 ? w->word[3] : "");
	if (w->time && !parse_expiry(w->time, out))
		return "--time takes 45m, 12h, 7d or infinite";
	if (w->clid && !parse_clid(w->clid, out))
		return "--client-id takes bytes in hex, such as 01:52:54:00:12:34:56";
	return NULL;
}

static int add(const struct lease_want *w)
{
	struct lease_record r;
	char line[LEASE_LINE_MAX];
	const char *wrong = parse_lease(w, &r);

	if (wrong) {
		fprintf(stderr, "lanlord: leases add: %s\n", wrong);
		return 1;
	}
	return tell(w, w->time ? "lease-add" : "lease-add default",
		    span_of(line, lease_line_print(&r, line)));
}

/* ---- import ------------------------------------------------------------------------------ */

/* False after a line of why. */
static bool read_file(const char *path, struct span *out)
{
	int fd = source_open(NULL, path, 0);
	bool ok = fd >= 0 && source_read(NULL, fd, out) >= 0;

	if (!ok)
		fprintf(stderr, "lanlord: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

/* The file's leases alone, as lines from malloc; what else stands there is told. */
static char *lease_lines(const char *path, struct span file, size_t *n)
{
	struct lease_walk walk = { .rest = file };
	char *lines = NULL, line[LEASE_LINE_MAX];
	FILE *out = open_memstream(&lines, n);
	enum lease_line_kind kind;
	size_t six = 0;

	must(out);
	while ((kind = lease_walk_next(&walk)) != LINE_END) {
		if (kind == LINE_LEASE)
			fwrite(line, 1, lease_line_print(&walk.record, line), out);
		else if (kind == LINE_GARBAGE)
			fprintf(stderr, "%s:%u: this is no lease; left out\n", path, walk.line);
		six += kind == LINE_KEPT && strncmp((const char *)walk.text.p, "duid ", 5) != 0;
	}
	if (six)
		fprintf(stderr, "%s: %zu IPv6 leases left out\n", path, six);
	must(fclose(out) == 0);
	return lines;
}

static int import(const struct lease_want *w)
{
	struct span file;
	char *lines;
	size_t n;
	int rc;

	if (w->words != 2) {
		fprintf(stderr, "lanlord: write leases import FILE\n");
		return 1;
	}
	if (!read_file(w->word[1], &file))
		return 1;
	lines = lease_lines(w->word[1], file, &n);
	rc = tell(w, "lease-add", span_of(lines, n));
	free(lines);
	free((void *)(uintptr_t)file.p);
	return rc;
}

/* ------------------------------------------------------------------------------------------ */

static bool asks_for_help(char **argv)
{
	return argv[2] && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
}

int lease_words_run(int argc, char **argv)
{
	static const struct { const char *word; int (*run)(const struct lease_want *w); } does[] = {
		{ "release", release }, { "add", add }, { "import", import },
	};
	struct lease_want w = { 0 };

	(void)argc;
	if (asks_for_help(argv)) {
		fputs(usage, stdout);
		return 0;
	}
	if (!read_words(&w, argv))
		return 1;
	if (w.words == 0)
		return list(&w);
	for (size_t i = 0; i < COUNT_OF(does); i++)
		if (strcmp(w.word[0], does[i].word) == 0)
			return does[i].run(&w);
	fprintf(stderr, "lanlord: leases %s: there is release, add and import\n", w.word[0]);
	return 1;
}

int pool_words_run(int argc, char **argv)
{
	struct lease_want w = { 0 };
	char *text;

	(void)argc;
	if (asks_for_help(argv)) {
		printf("lanlord pools [--json] [--pid N] [-C FILE]\nHow the ranges of a running server are "
		       "used.\n");
		return 0;
	}
	if (!read_words(&w, argv))
		return 1;
	if (!servers_ask(&w.server, "pools", (struct span){ 0 }, &text)) {
		fputs(text ? text : "", stderr);
		free(text);
		return 1;
	}
	pool_list_print(stdout, text, w.json);
	free(text);
	return 0;
}
