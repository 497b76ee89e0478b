/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/control.h"
#include "app/words.h"
#include "base/must.h"
#include "base/text.h"

#define SERVERS_MAX 64

struct choice {
	pid_t pid;			/* --pid N; 0: not given */
	const char *conf;		/* -C FILE; NULL: not given */
};

static const char *const known[] = { "reload", "status" };

bool words_know(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(word, known[i]) == 0)
			return true;
	return false;
}

static bool parse_choice(int argc, char **argv, struct choice *out)
{
	struct choice c = { 0 };
	uint64_t pid;

	if (argc % 2 != 0)
		return false;
	for (int i = 2; i < argc; i += 2) {
		if (strcmp(argv[i], "--pid") == 0 && text_uint(argv[i + 1], INT_MAX, &pid))
			c.pid = (pid_t)pid;
		else if (strcmp(argv[i], "-C") == 0)
			c.conf = argv[i + 1];
		else
			return false;
	}
	*out = c;
	return true;
}

static bool has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *at = text; (at = strstr(at, line)); at += n)
		if ((at == text || at[-1] == '\n') && at[n] == '\n')
			return true;
	return false;
}

/* Does this server read that file? */
static bool serves_conf(pid_t pid, const char *path)
{
	char *theirs, *ours = realpath(path, NULL);
	bool same = false;

	if (ours && control_ask(pid, "conf", &theirs) == ST_OK) {
		same = has_line(theirs, ours);
		free(theirs);
	}
	free(ours);
	return same;
}

static size_t servers_chosen(const struct choice *c, pid_t *out, size_t max)
{
	pid_t all[SERVERS_MAX];
	size_t n = control_find(all, SERVERS_MAX), chosen = 0;

	for (size_t i = 0; i < n && chosen < max; i++)
		if ((!c->pid || all[i] == c->pid) && (!c->conf || serves_conf(all[i], c->conf)))
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
			s == ST_SYSTEM ? strerror(errno) : "it is gone");
		return 1;
	}
	fputs(text, s == ST_OK ? stdout : stderr);
	free(text);
	return s == ST_OK ? 0 : 1;
}

int words_run(int argc, char **argv)
{
	pid_t pids[SERVERS_MAX];
	struct choice c;
	size_t n;

	if (!parse_choice(argc, argv, &c)) {
		fprintf(stderr, "lanlord: write %s [--pid N] [-C FILE]\n", argv[1]);
		return 1;
	}
	n = servers_chosen(&c, pids, SERVERS_MAX);
	if (n == 0) {
		fprintf(stderr, "lanlord: no such server runs in this network namespace\n");
		return 1;
	}
	return n > 1 ? say_several(pids, n) : ask(pids[0], argv[1]);
}
