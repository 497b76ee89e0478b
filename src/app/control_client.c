/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/control_private.h"
#include "base/must.h"

#define WORDS_MAX 32
#define STEP_MS 1			/* between two steps, for packets to come first */
#define PATIENCE_MS 10000		/* with a client that neither reads nor sends */
#define UNSENT_MAX ((size_t)256 * 1024)		/* bytes that wait before a task goes on */

void control_client_end(struct control_client *c)
{
	watch_stop(&c->watch);
	timer_stop(&c->timer);
	if (c->task)
		c->task->end(c->task_state);
	close(c->fd);
	free(c->out);
	*c = (struct control_client){ .words = c->words, .n = c->n, .server = c->server, .fd = -1 };
}

/* ---- what goes out --------------------------------------------------------------- */

static void put(struct control_client *c, const char *data, size_t n)
{
	if (n == 0)
		return;
	if (c->out_n + n > c->out_size) {
		c->out_size = (c->out_n + n) * 2;
		c->out = realloc(c->out, c->out_size);
		must(c->out);
	}
	memcpy(c->out + c->out_n, data, n);
	c->out_n += n;
}

/* Sends what can be sent; false: nobody is there. */
static bool push(struct control_client *c)
{
	while (c->sent < c->out_n) {
		ssize_t n = send(c->fd, c->out + c->sent, c->out_n - c->sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n <= 0)
			return errno == EAGAIN || errno == EINTR;
		c->sent += (size_t)n;
		c->moved_ms = loop_now(c->loop).mono_ms;
	}
	c->sent = c->out_n = 0;
	return true;
}

static void put_verdict(struct control_client *c, bool ok)
{
	if (!c->answered)
		put(c, ok ? "ok\n" : "error\n", ok ? 3 : 6);
	c->answered = true;
}

/* ---- what comes in ---------------------------------------------------------------- */

static void take_in(struct control_client *c)
{
	ssize_t n;

	memmove(c->in, c->in + c->at, c->end - c->at);
	c->end -= c->at;
	c->at = 0;
	n = recv(c->fd, c->in + c->end, sizeof c->in - c->end, MSG_DONTWAIT);
	if (n > 0)
		c->end += (size_t)n;
	else if (n == 0 || errno != EAGAIN)
		c->ended = true;
}

/* NULL: there is no whole line.  One that is too long is no line either, nor is a last without its
 * newline. */
static char *line_there(struct control_client *c)
{
	char *line = c->in + c->at, *newline = memchr(line, '\n', c->end - c->at);

	if (!newline)
		return NULL;
	*newline = 0;
	c->at = (size_t)(newline + 1 - c->in);
	return line;
}

static char *line_next(struct control_client *c)
{
	char *line = line_there(c);

	if (line || c->ended)
		return line;
	take_in(c);
	line = line_there(c);
	if (!line && c->end == sizeof c->in)
		c->ended = true;
	return line;
}

const char *control_line(struct control_client *c, bool *ended)
{
	const char *line = line_next(c);

	if (line)
		c->moved_ms = loop_now(c->loop).mono_ms;
	*ended = !line && c->ended;
	return line;
}

/* ---- steps ------------------------------------------------------------------------ */

/* One step of the task.  What it prints leaves when it has come to more, or to an end. */
static void step(struct control_client *c)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	enum control_step s;

	must(out);
	s = c->task->step(c->task_state, c, out);
	must(fclose(out) == 0);
	if (s != CONTROL_WAIT)
		c->moved_ms = loop_now(c->loop).mono_ms;
	if (s != CONTROL_WAIT || n)
		put_verdict(c, s != CONTROL_FAILED);
	put(c, text, n);
	free(text);
	if (s == CONTROL_OK || s == CONTROL_FAILED) {
		c->task->end(c->task_state);
		c->task = NULL;
	}
}

static void turn(struct loop_timer *t)
{
	struct control_client *c = container_of(t, struct control_client, timer);

	if (c->task && c->out_n - c->sent < UNSENT_MAX)
		step(c);
	if (!c->asked || !push(c) || (!c->task && !c->out_n) ||
	    loop_now(c->loop).mono_ms - c->moved_ms >= PATIENCE_MS)
		control_client_end(c);
	else
		timer_start(c->loop, t, STEP_MS);
}

/* ---- the first line ----------------------------------------------------------------- */

static void split(char *line, char *words[WORDS_MAX + 1])
{
	char *rest, *word = strtok_r(line, " ", &rest);
	size_t n = 0;

	for (; word && n < WORDS_MAX; word = strtok_r(NULL, " ", &rest))
		words[n++] = word;
	words[n] = NULL;
}

static const struct control_word *word_find(const struct control_client *c, const char *word)
{
	for (size_t i = 0; word && i < c->n; i++)
		if (strcmp(c->words[i].word, word) == 0)
			return &c->words[i];
	return NULL;
}

static void answer_at_once(struct control_client *c, const struct control_word *w,
			   char *const *words)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	bool ok;

	must(out);
	ok = w && w->answer(c->server, words, out);
	if (!w)
		fprintf(out, "no such word\n");
	must(fclose(out) == 0);
	put_verdict(c, ok);
	put(c, text, n);
	free(text);
}

static void answer(struct control_client *c, char *line)
{
	char *words[WORDS_MAX + 1];
	const struct control_word *w;

	split(line, words);
	w = word_find(c, words[0]);
	if (w && w->task) {
		c->task_state = w->task->begin(c->server, words + 1);
		c->task = w->task;
	} else {
		answer_at_once(c, w, words + 1);
	}
	c->moved_ms = loop_now(c->loop).mono_ms;
	turn(&c->timer);
}

static void first_ready(struct loop_watch *w)
{
	struct control_client *c = container_of(w, struct control_client, watch);
	char *line = line_next(c);

	if (line) {
		c->asked = true;
		watch_stop(&c->watch);
		answer(c, line);
	} else if (c->ended) {
		control_client_end(c);
	}
}

void control_client_start(struct control_client *c, struct loop *loop, int fd)
{
	c->loop = loop;
	c->fd = fd;
	c->timer.fire = turn;
	c->watch.ready = first_ready;
	timer_start(loop, &c->timer, PATIENCE_MS);
	if (watch_start(loop, &c->watch, fd) != ST_OK)
		control_client_end(c);
}
