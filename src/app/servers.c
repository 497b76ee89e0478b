/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/control.h"
#include "app/servers.h"
#include "base/text.h"

#define SERVERS_MAX 64

const char *option_value(char **argv, int *at, const char *name)
{
	const char *word = argv[*at];
	size_t n = strlen(name);

	if (strncmp(word, name, n) != 0)
		return NULL;
	if (word[n] == 0)
		return argv[*at + 1] ? argv[++*at] : NULL;
	return name[2] == 0 || name[1] != '-' ? word + n : word[n] == '=' ? word + n + 1 : NULL;
}

bool server_choice_take(struct server_choice *c, char **argv, int *at)
{
	const char *value = option_value(argv, at, "--pid");
	uint64_t pid;

	if (value) {
		if (!text_uint(value, INT_MAX, &pid))
			return false;
		c->pid = (pid_t)pid;
		return true;
	}
	value = option_value(argv, at, "-C");
	if (!value)
		value = option_value(argv, at, "--conf-file");
	if (value)
		c->conf = value;
	return value != NULL;
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

	if (ours && control_ask(pid, "conf", (struct span){ 0 }, &theirs) == ST_OK) {
		same = has_path(theirs, ours);
		free(theirs);
	} else if (ours) {
		++*silent;
	}
	free(ours);
	return same;
}

/* A pid alone is taken at its word: it may be a server of another user's. */
static size_t servers_chosen(const struct server_choice *c, pid_t *out, size_t max, size_t *silent)
{
	pid_t all[SERVERS_MAX] = { c->pid };
	size_t n = c->pid ? 1 : control_find(all, SERVERS_MAX), chosen = 0;

	for (size_t i = 0; i < n && chosen < max; i++)
		if (!c->conf || serves_conf(all[i], c->conf, silent))
			out[chosen++] = all[i];
	return chosen;
}

static void say_several(const pid_t *pids, size_t n)
{
	fprintf(stderr, "lanlord: several servers run here; choose one with --pid N or -C FILE:");
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %d", (int)pids[i]);
	fprintf(stderr, "\n");
}

static bool ask(pid_t pid, const char *words, struct span lines, char **out)
{
	enum status s = control_ask(pid, words, lines, out);

	if (s == ST_OK || s == ST_REFUSED)
		return s == ST_OK;
	*out = NULL;
	fprintf(stderr, "lanlord: server %d does not answer: %s\n", (int)pid,
		s != ST_SYSTEM ? "there is none of this number" :
		errno == EACCES ? "only root and the user who started it may ask" :
		errno == EAGAIN ? "it is busy" : strerror(errno));
	return false;
}

bool servers_ask(const struct server_choice *c, const char *words, struct span lines, char **out)
{
	pid_t pids[SERVERS_MAX];
	size_t silent = 0, n = servers_chosen(c, pids, SERVERS_MAX, &silent);

	*out = NULL;
	if (n == 1)
		return ask(pids[0], words, lines, out);
	if (n > 1)
		say_several(pids, n);
	else if (silent)
		fprintf(stderr, "lanlord: %zu servers run here that answer only root and the user who "
			"started them\n", silent);
	else
		fprintf(stderr, "lanlord: no such server runs in this network namespace\n");
	return false;
}

bool servers_each(const char *words, bool (*each)(void *arg, pid_t pid, const char *text), void *arg)
{
	pid_t pids[SERVERS_MAX];
	size_t n = control_find(pids, SERVERS_MAX);
	bool found = false;

	for (size_t i = 0; i < n && !found; i++) {
		char *text = NULL;

		if (control_ask(pids[i], words, (struct span){ 0 }, &text) == ST_OK)
			found = each(arg, pids[i], text);
		free(text);
	}
	return found;
}
