/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/signals.h"
#include "base/must.h"

static const int ours[] = { SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGINT };
static const int of_requests[] = { SIGHUP, SIGUSR1, SIGUSR2 };

static sigset_t set_of(const int *numbers, size_t n)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < n; i++)
		sigaddset(&set, numbers[i]);
	return set;
}

void signals_hold(void)
{
	sigset_t set = set_of(of_requests, COUNT_OF(of_requests));

	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, SIG_IGN);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

enum status signals_open(struct signals *s)
{
	sigset_t set = set_of(ours, COUNT_OF(ours));

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
