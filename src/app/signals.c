/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/signals.h"
#include "base/must.h"

static const int ours[] = { SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGINT };

enum status signals_open(struct signals *s)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (size_t i = 0; i < COUNT_OF(ours); i++)
		sigaddset(&set, ours[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return ST_SYSTEM;
	s->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->fd < 0 ? ST_SYSTEM : ST_OK;
}

static void ready(struct loop_watch *w)
{
	struct signals *s = container_of(w, struct signals, watch);
	struct signalfd_siginfo info;

	while (read(s->fd, &info, sizeof info) == sizeof info)
		s->got(s, (int)info.ssi_signo);
}

enum status signals_start(struct signals *s, struct loop *loop)
{
	s->watch.ready = ready;
	return watch_start(loop, &s->watch, s->fd);
}

void signals_stop(struct signals *s)
{
	watch_stop(&s->watch);
	close(s->fd);
}
