/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/explain.h"
#include "app/lease_words.h"
#include "app/lease_time.h"
#include "app/release.h"
#include "app/servers.h"
#include "app/words.h"
#include "base/must.h"

static int ask_server(int argc, char **argv);
static int release(int argc, char **argv);
static int lease_time(int argc, char **argv);

static const struct word {
	const char *word;
	int (*run)(int argc, char **argv);
	const char *help;
} known[] = {
	{ "explain", explain_run, "What a client would get, or with dns a name, and which line says so; see "
	  "explain --help." },
	{ "leases", lease_words_run, "The leases of a running server, and changing them; see leases --help." },
	{ "pools", pool_words_run, "How its ranges are used." },
	{ RELEASE_WORD, release, "Give a lease back: INTERFACE ADDRESS MAC [CLIENT-ID]; as the program of that name." },
	{ LEASE_TIME_WORD, lease_time, "The time that a lease has left: ADDRESS; as the program of that name." },
	{ "reload", ask_server, "Have a running server read its configuration anew." },
	{ "status", ask_server, "What a running server serves." },
};

static const struct word *find_word(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(word, known[i].word) == 0)
			return &known[i];
	return NULL;
}

void words_help(FILE *out)
{
	fprintf(out, "\nWords that may stand first, instead of options:\n");
	for (size_t i = 0; i < COUNT_OF(known); i++)
		fprintf(out, "    %-47s %s\n", known[i].word, known[i].help);
}

bool words_know(const char *word)
{
	return find_word(word) != NULL;
}

static int ask_server(int argc, char **argv)
{
	struct server_choice c = { 0 };
	char *text = NULL;
	bool ok;

	(void)argc;
	for (int i = 2; argv[i]; i++)
		if (!server_choice_take(&c, argv, &i)) {
			fprintf(stderr, "lanlord: write %s [--pid N] [-C FILE]\n", argv[1]);
			return 1;
		}
	ok = servers_ask(&c, argv[1], (struct span){ 0 }, &text);
	if (text)
		fputs(text, ok ? stdout : stderr);
	free(text);
	return ok ? 0 : 1;
}

static int release(int argc, char **argv)
{
	(void)argc;
	return release_run(argv + 2);
}

static int lease_time(int argc, char **argv)
{
	(void)argc;
	return lease_time_run(argv + 2);
}

/* Programs of dnsmasq-utils that this one is when it is called so. */
static const struct { const char *name; int (*run)(char **words); } programs[] = {
	{ RELEASE_WORD, release_run }, { LEASE_TIME_WORD, lease_time_run },
};

static size_t program_called(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');
	size_t i = 0;

	while (i < COUNT_OF(programs) && strcmp(slash ? slash + 1 : argv0, programs[i].name) != 0)
		i++;
	return i;
}

bool words_name_program(const char *argv0)
{
	return program_called(argv0) < COUNT_OF(programs);
}

int words_run_program(char **argv)
{
	return programs[program_called(argv[0])].run(argv + 1);
}

int words_run(int argc, char **argv)
{
	const struct word *w = find_word(argv[1]);

	must(w != NULL);		/* words_know() was asked */
	return w->run(argc, argv);
}
