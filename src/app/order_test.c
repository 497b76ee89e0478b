/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <unistd.h>

#include "app/order.h"
#include "base/must.h"
#include "net/uv_loop.h"
#include "test/test.h"

struct worker {
	struct loop *loop;
	pthread_t thread, worked_in;
	unsigned done;
};

static void *run(void *arg)
{
	loop_run(((struct worker *)arg)->loop);
	return NULL;
}

static void work(void *arg)
{
	struct worker *w = arg;

	usleep(1000);			/* whoever did not wait would see the count of before */
	w->worked_in = pthread_self();
	w->done++;
}

static void end(void *arg)
{
	loop_stop(((struct worker *)arg)->loop);
}

TEST(an_order_is_done_in_the_other_thread_before_it_returns)
{
	struct worker w = { 0 };

	must(loop_new(&w.loop, 0) == ST_OK);
	must(pthread_create(&w.thread, NULL, run, &w) == 0);
	for (unsigned i = 1; i <= 20; i++) {
		order_give(w.loop, work, &w);
		CHECK_EQ(w.done, i);
	}
	CHECK(pthread_equal(w.worked_in, w.thread));
	order_give(w.loop, end, &w);
	pthread_join(w.thread, NULL);
	loop_free(w.loop);
}
