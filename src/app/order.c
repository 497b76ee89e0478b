/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <semaphore.h>

#include "app/order.h"
#include "base/must.h"

struct order {
	struct loop_message message;
	void (*work)(void *arg);
	void *arg;
	sem_t done;
};

static void obey(struct loop_message *m)
{
	struct order *o = container_of(m, struct order, message);

	o->work(o->arg);
	sem_post(&o->done);
}

void order_give(struct loop *l, void (*work)(void *arg), void *arg)
{
	struct order o = { .message.run = obey, .work = work, .arg = arg };

	must(sem_init(&o.done, 0, 0) == 0);
	loop_post(l, &o.message);
	while (sem_wait(&o.done) < 0)
		must(errno == EINTR);
	sem_destroy(&o.done);
}
