/* SPDX-License-Identifier: ISC */
/*
 * The two sides of the helper, and what passes between them: requests and
 * answers of fixed size, with a descriptor where one was asked for.
 */
#pragma once

#include "app/helper.h"
#include "conf/look_up.h"

#define PATH_BYTES 4096

enum request_kind {
	READ_AGAIN, SERVE, OPEN_CONF, OPEN_SERVED, OPEN_LOG, REMOVE_PID_FILE, OPEN_SOCKET,
	LOOK_UP, RUN_CONF,
};

enum { ONLY_DEVICE = 1, SHARE = 2, BROADCAST = 4, JOIN = 8 };

/* A struct socket_want whose every value can be checked. */
struct socket_message {
	uint16_t port;
	uint8_t type, family, flags;
	uint8_t bytes[16];
	char device[16];		/* ends in NUL */
};

struct request {
	uint32_t kind;
	uint32_t flags;			/* O_DIRECTORY or 0 */
	union {
		char path[PATH_BYTES];	/* ends in NUL; of LOOK_UP a host's name, and its family in
					 * flags */
		struct socket_message socket;
	};
};

/* The errno of a socket that no configuration names: no call that opens one gives it. */
#define ERROR_UNNAMED EBADRQC

struct answer {
	int32_t error; /* an errno; 0: done, and a descriptor came along if asked */
	int32_t status;			/* of RUN_CONF: wait()'s */
	uint32_t found;			/* of LOOK_UP: how many addresses */
	struct addr addr[LOOK_UP_MAX];
};

struct socket_message socket_message_of(const struct socket_want *want);

/* False: nothing that socket_message_of makes. */
bool socket_message_read(const struct socket_message *m, struct socket_want *out);

/* A message and, if fd >= 0, a descriptor.  False: nobody is there. */
bool message_send(int socket, const void *data, size_t n, int fd);

/* True for a message of exactly n bytes; *out_fd is its descriptor, or -1. */
bool message_receive(int socket, void *data, size_t n, int *out_fd);

/* What a command printed when the configuration was read last. */
struct printed {
	char *command;
	int fd, status;
	struct printed *next;
};

struct worker {
	int socket;
	int runner;				/* -1: none */
	struct conf_files files;		/* of READ_AGAIN */
	struct printed *printed;
	int status;				/* of the command that is answered about */
	struct command_line line;
	const struct generation *serving;
	struct generation *own;			/* serving, where we read it; or NULL */
	struct generation *candidate;		/* read at the last READ_AGAIN, or NULL */
	const char *log_file, *pid_file;	/* of the start: they do not change */
	uid_t owner;
	gid_t group;
	struct looked_up found;			/* by the last LOOK_UP */
};

/* The life of the helper, as the child of this process; does not return. */
_Noreturn void worker_run(struct worker *w, pid_t server);
