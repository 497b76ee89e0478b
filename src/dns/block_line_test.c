/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/text.h"
#include "dns/block_line.h"
#include "test/test.h"

static char said[1000];
static struct text told;

static void take(void *arg, const struct block_name *n)
{
	(void)arg;
	text_addf(&told, "%s%s%s%s", told.n ? " " : "", n->exception ? "@" : "",
		  n->reach == NAME_AND_BELOW ? "*." : "", dname_span_text(n->name).s);
}

/* The names of a line, "@" before an exception and "*." before one with all below it; then what is
 * wrong, up to the semicolon. */
static const char *names(const char *line)
{
	struct block_reader r = { .told = take };
	const char *wrong;

	told = TEXT(said);
	wrong = block_line_read(&r, span_text(line));
	if (wrong)
		text_addf(&told, "%s[%.*s]", told.n ? " " : "", (int)strcspn(wrong, ";"), wrong);
	return said;
}

#define NO_NAME "[no domain name]"
#define OTHER "[a list can block, and not give another address]"
#define TOO_WIDE "[the name would block all others]"
#define RULE "[a rule for more than names]"

TEST(a_line_of_a_block_list_says_what_the_table_says)
{
	static const struct { const char *line, *names; } rows[] = {
		/* hosts */
		{ "0.0.0.0 ads.example", "ads.example" },
		{ "127.0.0.1\tAds.Example\ttrack.example  # why\r", "ads.example track.example" },
		{ "::1 a.example", "a.example" }, { ":: a.example.", "a.example" },
		{ "0.0.0.0 a.example #b.example", "a.example" },
		{ "127.0.0.1 localhost", "" }, { "::1 ip6-localhost ip6-loopback", "" },
		{ "255.255.255.255 broadcasthost", "" }, { "fe80::1%lo0 localhost", "" },
		{ "0.0.0.0 0.0.0.0", "" }, { "0.0.0.0", "" },
		{ "192.0.2.1 a.example", OTHER }, { "fe80::1%lo0 a.example", OTHER },
		{ "0.0.0.0 a..example", NO_NAME }, { "0.0.0.0 a.example bad/name", "a.example " NO_NAME },
		/* plain */
		{ "ads.example", "ads.example" }, { "  ADS.example.  ", "ads.example" },
		{ "*.ads.example", "*.ads.example" }, { ".ads.example", "*.ads.example" },
		{ "ads.example # why", "ads.example" }, { "ads.example\t#", "ads.example" },
		{ "a_b-c.example", "a_b-c.example" }, { "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
		{ "localhost", "" }, { "1and1.example", "1and1.example" }, { "4.3.2.1", "" },
		{ "ads.example other.example", "[more than a name in the line]" },
		{ "<!DOCTYPE html>", NO_NAME }, { "ads..example", NO_NAME }, { "..", NO_NAME },
		{ "*", NO_NAME }, { "*.", NO_NAME }, { "ads.*.example", NO_NAME }, { "-", "" },
		{ "http://ads.example/", NO_NAME },
		/* comments */
		{ "", "" }, { " \t\r", "" }, { "# 0.0.0.0 a.example", "" }, { "! ||a.example^", "" },
		{ "[Adblock Plus 2.0]", "" }, { "#", "" },
		/* adblock */
		{ "||ads.example^", "*.ads.example" }, { "|ads.example^", "ads.example" },
		{ "||ads.example^|", "*.ads.example" }, { "||ads.example", "*.ads.example" },
		{ "||ads.example^$important", "*.ads.example" }, { "||*.ads.example^", "*.ads.example" },
		{ "||zip^", "*.zip" }, { "@@||good.example^", "@*.good.example" },
		{ "@@|good.example^", "@good.example" },
		{ "||ads.example^$third-party", RULE }, { "||ads.example^path", RULE },
		{ "||ads.example/path", NO_NAME }, { "||ads.", NO_NAME }, { "||^", NO_NAME },
		{ "||", NO_NAME }, { "|", NO_NAME }, { "@@", NO_NAME }, { "@@good.example", NO_NAME },
		{ "ads.example##.banner", NO_NAME }, { "ads.example#@#.banner", NO_NAME },
		{ "||a.example^ ||b.example^", "[blanks in a rule]" },
		/* dnsmasq's lines */
		{ "address=/ads.example/", "*.ads.example" }, { "address=/ads.example/#", "*.ads.example" },
		{ "address=/ads.example/0.0.0.0", "*.ads.example" },
		{ "address = /a.example/b.example/::", "*.a.example *.b.example" },
		{ "address=/ads.example/127.0.0.1 # why", "*.ads.example" },
		{ "address=/ads.example/192.0.2.1", OTHER }, { "address=/ads.example/x", OTHER },
		{ "local=/a.example/b/", "*.a.example *.b" }, { "server=/ads.example/", "*.ads.example" },
		{ "server=/good.example/#", "@*.good.example" }, { "local=/good.example/#", "@*.good.example" },
		{ "server=/ads.example/192.0.2.1", "[a list can block, and not name servers]" },
		{ "address=/#/", TOO_WIDE }, { "local=//", TOO_WIDE }, { "local=/", TOO_WIDE },
		{ "local=/a.example//b.example/", "*.a.example " TOO_WIDE },
		{ "server=192.0.2.1", "[no domains between slashes]" }, { "local=", "[no domains between slashes]" },
		{ "address=/a b/", "[no domains between slashes]" },
		{ "address=/*.ads.example/", "*.ads.example" }, { "address=/*ads.example/", NO_NAME },
		{ "addresses.example", "addresses.example" }, { "local.example", "local.example" },
		{ "bogus-nxdomain=192.0.2.1", NO_NAME },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(names(rows[i].line), rows[i].names) != 0) {
			printf("%s\n", rows[i].line);
			CHECK_TEXT(said, rows[i].names);
		}
}

TEST(names_of_lists_are_as_long_as_names_may_be)
{
	char label[65], line[300];
	char longest[260];

	memset(label, 'a', 63);
	label[63] = 0;
	snprintf(longest, sizeof longest, "%s.%s.%s.%.61s", label, label, label, label);
	CHECK_TEXT(names(longest), longest);
	snprintf(line, sizeof line, "%s.%s.%s.%.62s", label, label, label, label);
	CHECK_TEXT(names(line), NO_NAME);
	snprintf(line, sizeof line, "%sa.example", label);
	CHECK_TEXT(names(line), NO_NAME);
}
