/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/control.h"
#include "net/uv_loop.h"
#include "test/test.h"

static bool answer_hello(void *server, FILE *out)
{
	fprintf(out, "hello %s\n", (const char *)server);
	return true;
}

static bool answer_no(void *server, FILE *out)
{
	(void)server;
	fprintf(out, "no\n");
	return false;
}

static const struct control_word words[] = { { "hello", answer_hello }, { "no", answer_no } };

struct asked { enum status s; char *text; };

static struct asked answers[3];
static struct loop *loop;
static struct loop_message end;

static void stop(struct loop_message *m)
{
	(void)m;
	loop_stop(loop);
}

static void *ask_all(void *arg)
{
	static const char *const asked[] = { "hello", "no", "what" };

	(void)arg;
	for (size_t i = 0; i < 3; i++)
		answers[i].s = control_ask(getpid(), asked[i], &answers[i].text);
	end.run = stop;
	loop_post(loop, &end);
	return NULL;
}

TEST(a_word_sent_to_the_control_socket_is_answered)
{
	struct control *c;
	pthread_t client;
	pid_t found[64];
	size_t n;
	bool us = false;

	CHECK_EQ(loop_new(&loop, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(control_open(&c, words, 2, "world", getuid()), ST_OK);
	CHECK_EQ(control_start(c, loop), ST_OK);
	n = control_find(found, 64);
	for (size_t i = 0; i < n; i++)
		us |= found[i] == getpid();
	CHECK(us);
	CHECK_EQ(pthread_create(&client, NULL, ask_all, NULL), 0);
	loop_run(loop);
	pthread_join(client, NULL);
	CHECK_EQ(answers[0].s, ST_OK);
	CHECK_TEXT(answers[0].text, "hello world\n");
	CHECK_EQ(answers[1].s, ST_REFUSED);
	CHECK_TEXT(answers[1].text, "no\n");
	CHECK_EQ(answers[2].s, ST_REFUSED);
	CHECK_TEXT(answers[2].text, "no such word\n");
	for (size_t i = 0; i < 3; i++)
		free(answers[i].text);
	control_free(c);
	loop_free(loop);
}

TEST(a_control_socket_that_is_gone_is_unknown)
{
	char *text = NULL;

	CHECK_EQ(control_ask(getpid(), "hello", &text), ST_UNKNOWN);
	CHECK(text == NULL);
}
