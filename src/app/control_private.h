/* SPDX-License-Identifier: ISC */
/*
 * What the parts of the control socket share: its name, and one who asks.
 */
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "app/control.h"

#define CONTROL_CLIENTS_MAX 4

socklen_t control_name(pid_t server, struct sockaddr_un *out);

/*
 * One who asks, from accept() to close().  Until its first line is whole the loop
 * watches the socket; from then on a timer drives it: it sends what waits, and steps
 * its task when nothing does.
 */
struct control_client {
	const struct control_word *words;
	size_t n;
	void *server;
	struct loop *loop;
	int fd;				/* -1: free */
	struct loop_watch watch;
	struct loop_timer timer;
	bool asked;			/* its first line is whole */
	int64_t moved_ms;		/* when something last went forward */

	char in[CONTROL_LINE_MAX];	/* what came and was not taken: from `at` to `end` */
	size_t at, end;
	bool ended;			/* it sends no more */

	const struct control_task *task;	/* NULL: none, or it is done */
	void *task_state;
	bool answered;			/* ok or error was put out */
	char *out;			/* what waits to leave: from `sent` on */
	size_t out_n, out_size, sent;
};

/* Takes the descriptor. */
void control_client_start(struct control_client *c, struct loop *loop, int fd);
void control_client_end(struct control_client *c);
