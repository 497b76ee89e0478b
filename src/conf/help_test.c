/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "conf/help.h"
#include "conf/toy.h"
#include "test/test.h"

static const struct conf_section *const sections[] = { &toy_section };

/* What a printer prints over the toy section; the caller frees it. */
static char *printed(bool manual)
{
	struct conf *c = conf_new(sections, 1, NULL);
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	must(to);
	if (manual)
		conf_print_manual(to, c);
	else
		conf_print_help(to, c, "lanlord");
	fclose(to);
	conf_free(c);
	return text;
}

static void check_lines(const char *text, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strstr(text, lines[i]))
			test_failed(__FILE__, __LINE__, lines[i]);
	}
}

TEST(help_is_in_the_line_format_of_dnsmasq)
{
	static const char *const lines[] = {
		"Usage: lanlord [options]\n\nValid options are:\n-7, --conf-dir=",
		"\n-k, --flag                                             A flag.\n",
		"\n-p, --port=<integer>                                   A port.\n",
		"\n    --seconds=<seconds>                                Seconds.\n",
		"\n-x, --path-file[=<path>]                               A path, or the",
		"A path, or the usual one. (defaults to /run/toy.pid)\n",
		"\n-L, --later[=x]                                        Comes later. Not",
		" Not served yet.\n",
	};
	char *text = printed(false);

	check_lines(text, lines, COUNT_OF(lines));
	CHECK(!strstr(text, "thing-old"));
	free(text);
}

TEST(the_manual_counts_what_is_served)
{
	static const char *const lines[] = {
		"Of dnsmasq's 18 options 15 are served, 2 are checked for form",
		"and 1 are refused by name until they are served. 1 more are\n",
		"| text=&lt;text>\\|&lt;more> | -t | served | A text. Newer than dnsmasq 2.90; as its manual says. |\n",
		"| thing-old |  | served | Another spelling of thing. |\n",
		"| quiet |  | form only | Qualifies. Qualifies later. |\n",
		"A path, or the usual one. Default: /run/toy.pid. |\n",
		"| lease-store=&lt;where> |  | served, lanlord's own | Our own. |\n",
		"## Process\n",
	};
	char *text = printed(true);

	check_lines(text, lines, COUNT_OF(lines));
	free(text);
}
