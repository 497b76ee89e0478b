/* SPDX-License-Identifier: ISC */
/*
 * A build without libmicrohttpd: there is no server to make.
 */
#include <unistd.h>

#include "http/http.h"

struct http *http_new(const struct http_want *want)
{
	(void)want;
	return NULL;
}

void http_free(struct http *h)
{
	(void)h;
}

enum status http_listen(struct http *h, int fd)
{
	(void)h;
	close(fd);
	return ST_SYSTEM;
}

void http_unlisten(struct http *h, const struct endpoint *at)
{
	(void)h, (void)at;
}
