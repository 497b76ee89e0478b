/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/common.h"
#include "dns/forward_lab_test.h"
#include "test/test.h"

TEST(a_quota_gives_no_more_than_it_has_and_takes_back_what_was_given)
{
	struct dns_quota q = { .users = 1 };

	CHECK(quota_take(&q, 2));
	CHECK(quota_take(&q, 2));
	CHECK(!quota_take(&q, 2));
	CHECK(!quota_take(&q, 2));
	quota_give(&q);
	CHECK(quota_take(&q, 2));
}

TEST(workers_that_ask_one_list_share_its_quota_and_those_of_another_do_not)
{
	static const int here, there;
	struct dns_common c;
	struct dns_quota *first, *second, *other;

	common_init(&c);
	first = common_list(&c, &here, 0);
	second = common_list(&c, &here, 0);
	other = common_list(&c, &there, 0);
	CHECK(first == second);
	CHECK(first != other);
	CHECK(quota_take(first, 1));
	CHECK(!quota_take(second, 1));
	CHECK(quota_take(other, 1));
	common_list_leave(&c, first);
	common_list_leave(&c, other);
	CHECK_EQ(second->taken, 1);		/* one still has it */
	common_list_leave(&c, second);
	common_done(&c);
}

TEST(questions_of_all_workers_are_numbered_in_one_row)
{
	struct dns_common c;

	common_init(&c);
	CHECK_EQ(common_serial(&c), 1);
	CHECK_EQ(common_serial(&c), 2);
	common_done(&c);
}

TEST(counts_are_the_sums_of_all_workers_and_of_the_cache)
{
	struct dns_counts worker[2] = { { .queries = 3, .tcp_refused = 1 }, { .queries = 4 } };
	struct dns_counts cache = { .cache_size = 150 }, sum;
	struct dns_common c;

	common_init(&c);
	common_join(&c, &worker[0], NULL);
	common_join(&c, &worker[1], NULL);
	common_join(&c, &cache, NULL);
	common_join(&c, &cache, NULL);		/* once is enough */
	common_counts(&c, &sum);
	CHECK_EQ(sum.queries, 7);
	CHECK_EQ(sum.tcp_refused, 1);
	CHECK_EQ(sum.cache_size, 150);
	common_leave(&c, &worker[0]);
	common_counts(&c, &sum);
	CHECK_EQ(sum.queries, 4);
	common_leave(&c, &worker[1]);
	common_leave(&c, &cache);
	common_done(&c);
}

/* Two forwarders on one loop, as two workers have them on two. */
struct two {
	struct forward_lab *lab;
	struct dns_counts counts;
	struct forward *other;
};

static struct two open_two(uint32_t forward_max)
{
	struct two t = { .lab = fwd_open(1) };

	return t.lab->conf.forward_max = forward_max, t;
}

static void open_other(struct two *t)
{
	t->other = forward_new(&(struct forward_want){ .loop = t->lab->loop, .rng = &t->lab->rng,
						       .counts = &t->counts,
						       .common = &t->lab->common });
	fwd_configure(t->lab);
	forward_configure(t->other, &t->lab->conf);
}

static void nobody(struct asked *a, const struct upstream_reply *reply)
{
	(void)a;
	CHECK(!reply);
}

static enum status ask(struct two *t, struct forward *f, struct asked *a, unsigned i,
		       const char *name)
{
	struct forward_question q = fwd_question(i, name);

	*a = (struct asked){ .answered = nobody };
	return forward_ask(f, &q, &t->lab->servers, a);
}

static void close_two(struct two *t)
{
	forward_free(t->other);
	fwd_close(t->lab);
}

TEST(dns_forward_max_counts_the_questions_of_all_workers)
{
	struct two t = open_two(2);
	struct asked a[4];

	open_other(&t);
	CHECK_EQ(ask(&t, t.lab->forward, &a[0], 0, "a.example"), ST_OK);
	CHECK_EQ(ask(&t, t.other, &a[1], 1, "b.example"), ST_OK);
	CHECK_EQ(ask(&t, t.lab->forward, &a[2], 2, "c.example"), ST_FULL);
	CHECK_EQ(ask(&t, t.other, &a[2], 2, "c.example"), ST_FULL);
	forward_cancel(t.other, &a[1]);
	CHECK_EQ(ask(&t, t.lab->forward, &a[3], 3, "d.example"), ST_OK);
	close_two(&t);
}

TEST(a_server_that_two_workers_ask_is_told_once_with_the_sums)
{
	struct two t = open_two(10);
	struct server_stats all[4];
	struct asked a[3];

	open_other(&t);
	CHECK_EQ(ask(&t, t.lab->forward, &a[0], 0, "a.example"), ST_OK);
	CHECK_EQ(ask(&t, t.other, &a[1], 1, "b.example"), ST_OK);
	CHECK_EQ(ask(&t, t.other, &a[2], 2, "c.example"), ST_OK);
	CHECK_EQ(common_servers(&t.lab->common, all, COUNT_OF(all)), 1);
	CHECK_EQ(all[0].sent, 3);
	CHECK_EQ(common_servers(&t.lab->common, all, 0), 0);
	close_two(&t);
}

TEST(many_lists_are_told_apart_by_number_and_by_where_they_are)
{
	enum { MANY = 3 * DNS_LIST_BUCKETS };
	static const int here, there;
	static struct dns_quota *list[2][MANY];
	struct dns_common c;

	common_init(&c);
	for (unsigned i = 0; i < MANY; i++) {
		list[0][i] = common_list(&c, &here, i);
		list[1][i] = common_list(&c, &there, i);
		CHECK(list[0][i] != list[1][i]);
	}
	for (unsigned i = 0; i < MANY; i++)
		CHECK(common_list(&c, &here, i) == list[0][i]);
	for (unsigned i = 0; i < MANY; i++) {
		common_list_leave(&c, list[0][i]);
		common_list_leave(&c, list[0][i]);
		common_list_leave(&c, list[1][i]);
	}
	common_done(&c);			/* which must find none left */
}
