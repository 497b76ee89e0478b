/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/log_gather.h"

#define GATHERED_MAX PIPE_BUF		/* what a pipe takes in one piece, whoever else writes */

struct gathered {
	int fd;
	size_t n;
	char bytes[GATHERED_MAX];
};

/* Each thread's own; NULL: it does not gather. */
static _Thread_local struct gathered *here;

void log_write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		bytes += written;
		n -= (size_t)written;
	}
}

void log_gather_begin(void)
{
	if (!here)
		here = calloc(1, sizeof *here);
}

void log_gather_flush(void)
{
	if (!here || here->n == 0)
		return;
	log_write_all(here->fd, here->bytes, here->n);
	here->n = 0;
}

void log_gather_end(void)
{
	log_gather_flush();
	free(here);
	here = NULL;
}

bool log_gather_add(int fd, const char *line, size_t n)
{
	if (!here)
		return false;
	if (here->fd != fd || n > sizeof here->bytes - here->n)
		log_gather_flush();
	if (n > sizeof here->bytes) {
		log_write_all(fd, line, n);
		return true;
	}
	here->fd = fd;
	memcpy(here->bytes + here->n, line, n);
	here->n += n;
	return true;
}
