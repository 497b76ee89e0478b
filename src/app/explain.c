/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "app/explain_private.h"
#include "base/must.h"

/* The kinds of question, by their sub-word.  The first is meant where none is given. */
static const struct {
	const char *word;
	int (*run)(char **words);	/* what follows the sub-word */
} kinds[] = {
	{ "dhcp", explain_dhcp }, { "dns", explain_dns },
};

static int say_unknown(const char *word)
{
	fprintf(stderr, "lanlord: explain %s: there is no such thing to explain; write one of:", word);
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		fprintf(stderr, " %s", kinds[i].word);
	fprintf(stderr, "\n");
	return EXIT_CODE_CONF;
}

int explain_run(int argc, char **argv)
{
	if (argc < 3 || argv[2][0] == '-')
		return kinds[0].run(argv + 2);
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(argv[2], kinds[i].word) == 0)
			return kinds[i].run(argv + 3);
	return say_unknown(argv[2]);
}
