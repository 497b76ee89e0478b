/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/control.h"
#include "app/explain.h"
#include "app/release.h"
#include "app/words.h"
#include "base/must.h"
#include "base/text.h"

#define SERVERS_MAX 64

struct choice {
	pid_t pid;			/* --pid N; 0: not given */
	const char *conf;		/* -C FILE; NULL: not given */
};

static int ask_server(int argc, char **argv);
static int release(int argc, char **argv);

static const struct word {
	const char *word;
	int (*run)(int argc, char **argv);
	const char *help;
} known[] = {
	{ "explain", explain_run, "What a client would get, or with dns a name, and which line says so; see "
	  "explain --help." },
	{ RELEASE_WORD, release, "Give a lease back: INTERFACE ADDRESS MAC [CLIENT-ID]; as the program of that name." },
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

/*
 * The value of an option written --name value, --name=value or (name[2] being 0)
 * -x value and -xvalue; NULL if argv[*at] is not that option or has none.
 */
static const char *option_value(char **argv, int *at, const char *name)
{
	const char *word = argv[*at];
	size_t n = strlen(name);

	if (strncmp(word, name, n) != 0)
		return NULL;
	if (word[n] == 0)
		return argv[*at + 1] ? argv[++*at] : NULL;
	return name[2] == 0 || name[1] != '-' ? word + n : word[n] == '=' ? word + n + 1 : NULL;
}

static bool parse_choice(char **argv, struct choice *out)
{
	struct choice c = { 0 };
	const char *value;
	uint64_t pid;

	for (int i = 2; argv[i]; i++) {
		if ((value = option_value(argv, &i, "--pid")) && text_uint(value, INT_MAX, &pid))
			c.pid = (pid_t)pid;
		else if (!value && ((value = option_value(argv, &i, "-C")) ||
				    (value = option_value(argv, &i, "--conf-file"))))
			c.conf = value;
		else
			return false;
	}
	*out = c;
	return true;
}

/* Is one of these lines the path, or another way to it? */
static bool has_path(char *lines, const char *path)
{
	bool same = false;
	char *rest, *line = strtok_r(lines, "\n", &rest);

	for (; line && !same; line = strtok_r(NULL, "\n", &rest)) {
		char *real = realpath(line, NULL);

		same = strcmp(real ? real : line, path) == 0;
		free(real);
	}
	return same;
}

/* Does this server read that file?  One that does not answer is counted. */
static bool serves_conf(pid_t pid, const char *path, size_t *silent)
{
	char *theirs, *ours = realpath(path, NULL);
	bool same = false;

	if (ours && control_ask(pid, "conf", &theirs) == ST_OK) {
		same = has_path(theirs, ours);
		free(theirs);
	} else if (ours) {
		++*silent;
	}
	free(ours);
	return same;
}

/* A pid alone is taken at its word: it may be a server of another user's. */
static size_t servers_chosen(const struct choice *c, pid_t *out, size_t max, size_t *silent)
{
	pid_t all[SERVERS_MAX] = { c->pid };
	size_t n = c->pid ? 1 : control_find(all, SERVERS_MAX), chosen = 0;

	for (size_t i = 0; i < n && chosen < max; i++)
		if (!c->conf || serves_conf(all[i], c->conf, silent))
			out[chosen++] = all[i];
	return chosen;
}

static int say_several(const pid_t *pids, size_t n)
{
	fprintf(stderr, "lanlord: several servers run here; choose one with --pid N or -C FILE:");
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %d", (int)pids[i]);
	fprintf(stderr, "\n");
	return 1;
}

static int ask(pid_t pid, const char *word)
{
	char *text;
	enum status s = control_ask(pid, word, &text);

	if (s != ST_OK && s != ST_REFUSED) {
		fprintf(stderr, "lanlord: server %d does not answer: %s\n", (int)pid,
			s != ST_SYSTEM ? "there is none of this number" :
			errno == EACCES ? "only root and the user who started it may ask" :
			errno == EAGAIN ? "it is busy" : strerror(errno));
		return 1;
	}
	fputs(text, s == ST_OK ? stdout : stderr);
	free(text);
	return s == ST_OK ? 0 : 1;
}

static int ask_server(int argc, char **argv)
{
	pid_t pids[SERVERS_MAX];
	struct choice c;
	size_t n, silent = 0;

	(void)argc;
	if (!parse_choice(argv, &c)) {
		fprintf(stderr, "lanlord: write %s [--pid N] [-C FILE]\n", argv[1]);
		return 1;
	}
	n = servers_chosen(&c, pids, SERVERS_MAX, &silent);
	if (n == 0) {
		fprintf(stderr, silent ? "lanlord: %zu servers run here that answer only root and "
			"the user who started them\n" : "lanlord: no such server runs in this network "
			"namespace\n", silent);
		return 1;
	}
	return n > 1 ? say_several(pids, n) : ask(pids[0], argv[1]);
}

static int release(int argc, char **argv)
{
	(void)argc;
	return release_run(argv + 2);
}

bool words_name_program(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	return strcmp(slash ? slash + 1 : argv0, RELEASE_WORD) == 0;
}

int words_run_program(char **argv)
{
	return release_run(argv + 1);
}

int words_run(int argc, char **argv)
{
	const struct word *w = find_word(argv[1]);

	must(w != NULL);		/* words_know() was asked */
	return w->run(argc, argv);
}
