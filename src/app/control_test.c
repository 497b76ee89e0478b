/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/control_private.h"
#include "base/must.h"
#include "net/uv_loop.h"
#include "test/test.h"

static bool answer_hello(void *server, char *const *args, FILE *out)
{
	fprintf(out, "hello %s\n", args[0] ? args[0] : (const char *)server);
	return true;
}

static bool answer_no(void *server, char *const *args, FILE *out)
{
	(void)server;
	(void)args;
	fprintf(out, "no\n");
	return false;
}

/* A task that adds the numbers it is sent up and, when they end, counts down from the sum, a line a
 * step. */
struct countdown { int left; bool counting; };

static int tasks;			/* begun and not ended */

static void *countdown_begin(void *server, char *const *args)
{
	struct countdown *it = calloc(1, sizeof *it);

	(void)server;
	must(it);
	it->left = args[0] ? atoi(args[0]) : 0;
	tasks++;
	return it;
}

static enum control_step countdown_step(void *task, struct control_client *c, FILE *out)
{
	struct countdown *it = task;
	const char *line;
	bool ended;

	while (!it->counting && (line = control_line(c, &ended)))
		it->left += atoi(line);
	if (!it->counting && !ended)
		return CONTROL_WAIT;
	it->counting = true;
	if (it->left < 0)
		fprintf(out, "below nothing\n");
	if (it->left <= 0)
		return it->left < 0 ? CONTROL_FAILED : CONTROL_OK;
	fprintf(out, "%0*d\n", it->left > 500 ? 1000 : 1, it->left);
	it->left--;
	return CONTROL_MORE;
}

static void countdown_end(void *task)
{
	tasks--;
	free(task);
}

static const struct control_task countdown = { countdown_begin, countdown_step, countdown_end };

static const struct control_word words[] = { { "hello", answer_hello, NULL }, { "no", answer_no, NULL },
					     { "count", NULL, &countdown } };

struct asked {
	const char *words, *lines;
	enum status s;
	char *text;
};

static struct asked *asked;
static size_t asked_n;
static struct loop *loop;
static struct loop_message end;

static void stop(struct loop_message *m)
{
	(void)m;
	loop_stop(loop);
}

static void *ask_all(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < asked_n; i++)
		asked[i].s = control_ask(getpid(), asked[i].words, span_text(asked[i].lines), &asked[i].text);
	end.run = stop;
	loop_post(loop, &end);
	return NULL;
}

/* Asks them from another thread, one after the other, while the loop runs. */
static void ask(struct asked *a, size_t n)
{
	struct control *c;
	pthread_t client;

	asked = a;
	asked_n = n;
	CHECK_EQ(loop_new(&loop, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(control_open(&c, words, COUNT_OF(words), "world", getuid()), ST_OK);
	CHECK_EQ(control_start(c, loop), ST_OK);
	CHECK_EQ(pthread_create(&client, NULL, ask_all, NULL), 0);
	loop_run(loop);
	pthread_join(client, NULL);
	control_free(c);
	loop_free(loop);
}

TEST(a_word_sent_to_the_control_socket_is_answered)
{
	struct asked a[] = {
		{ "hello", "", ST_UNKNOWN, NULL }, { "hello you", "", ST_UNKNOWN, NULL },
		{ "no", "", ST_UNKNOWN, NULL },    { "what", "", ST_UNKNOWN, NULL },
	};

	ask(a, COUNT_OF(a));
	CHECK_EQ(a[0].s, ST_OK);
	CHECK_TEXT(a[0].text, "hello world\n");
	CHECK_EQ(a[1].s, ST_OK);
	CHECK_TEXT(a[1].text, "hello you\n");
	CHECK_EQ(a[2].s, ST_REFUSED);
	CHECK_TEXT(a[2].text, "no\n");
	CHECK_EQ(a[3].s, ST_REFUSED);
	CHECK_TEXT(a[3].text, "no such word\n");
	for (size_t i = 0; i < COUNT_OF(a); i++)
		free(a[i].text);
}

TEST(a_task_takes_the_lines_that_follow_and_answers_step_by_step)
{
	struct asked a[] = {
		{ "count 2", "", ST_UNKNOWN, NULL },   { "count", "1\n1\n1\n", ST_UNKNOWN, NULL },
		{ "count -3", "", ST_UNKNOWN, NULL },
	};

	ask(a, COUNT_OF(a));
	CHECK_EQ(a[0].s, ST_OK);
	CHECK_TEXT(a[0].text, "2\n1\n");
	CHECK_EQ(a[1].s, ST_OK);
	CHECK_TEXT(a[1].text, "3\n2\n1\n");
	CHECK_EQ(a[2].s, ST_REFUSED);
	CHECK_TEXT(a[2].text, "below nothing\n");
	CHECK_EQ(tasks, 0);
	for (size_t i = 0; i < COUNT_OF(a); i++)
		free(a[i].text);
}

/* 600 lines of a thousand bytes: more than the socket and what waits behind it hold. */
TEST(an_answer_longer_than_the_sockets_buffer_arrives_whole)
{
	struct asked a = { "count 1100", "", ST_UNKNOWN, NULL };
	size_t n;

	ask(&a, 1);
	CHECK_EQ(a.s, ST_OK);
	n = strlen(a.text);
	CHECK(n > (size_t)600 * 1001);
	CHECK_TEXT(a.text + n - 4, "2\n1\n");
	free(a.text);
}

/* Nobody reads the answer any more, or asked only half a question: the server goes on. */
TEST(who_goes_away_in_the_middle_leaves_no_task_behind)
{
	struct sockaddr_un name;
	socklen_t size = control_name(getpid(), &name);
	struct asked a = { "hello", "", ST_UNKNOWN, NULL };
	struct control *c;
	pthread_t client;
	int fd[2];

	asked = &a;
	asked_n = 1;
	CHECK_EQ(loop_new(&loop, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(control_open(&c, words, COUNT_OF(words), "world", getuid()), ST_OK);
	CHECK_EQ(control_start(c, loop), ST_OK);
	for (int i = 0; i < 2; i++) {
		const char *said = i ? "cou" : "count 100000\n";

		fd[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		CHECK_EQ(connect(fd[i], (struct sockaddr *)&name, size), 0);
		CHECK_EQ(send(fd[i], said, strlen(said), 0), strlen(said));
		close(fd[i]);
	}
	CHECK_EQ(pthread_create(&client, NULL, ask_all, NULL), 0);
	loop_run(loop);
	pthread_join(client, NULL);
	CHECK_EQ(tasks, 0);
	CHECK_TEXT(a.text, "hello world\n");
	free(a.text);
	control_free(c);
	loop_free(loop);
}

TEST(a_server_finds_its_own_name_among_those_that_run)
{
	struct control *c;
	pid_t found[64];
	size_t n;
	bool us = false;

	CHECK_EQ(control_open(&c, words, COUNT_OF(words), "world", getuid()), ST_OK);
	n = control_find(found, 64);
	for (size_t i = 0; i < n; i++)
		us |= found[i] == getpid();
	CHECK(us);
	control_free(c);
}

TEST(a_control_socket_that_is_gone_is_unknown)
{
	char *text = NULL;

	CHECK_EQ(control_ask(getpid(), "hello", (struct span){ 0 }, &text), ST_UNKNOWN);
	CHECK(text == NULL);
}
