/* SPDX-License-Identifier: ISC */
#include "store/lease_lab_test.h"
#include "test/test.h"

static void memory_start(struct lab *lab, uint32_t max)
{
	lab_init(lab);
	lab->store = "memory";
	lab->max = max;
	lab_start(lab);
}

static void memory_done(struct lab *lab)
{
	lab_stop(lab);
	lab_done(lab);
}

TEST(a_lease_is_found_by_address_client_and_name)
{
	struct lab lab;
	static const uint8_t id[] = { 1, 2, 3 };
	struct hwaddr hw = lab_hw(7);
	struct addr a = lab_addr(8);

	memory_start(&lab, 10);
	CHECK_EQ(lab_commit(&lab, 7, "Printer", 600), ST_OK);
	CHECK(leases_of_hw(lab.leases, &hw, lab_addr(1), 0xffffff00) == lab_at(&lab, 7));
	CHECK(leases_of_hw(lab.leases, &hw, addr_ip4(0x0a000001), 0xffffff00) == NULL);
	CHECK(leases_named(lab.leases, "PRINTER", NULL) == lab_at(&lab, 7));
	CHECK(leases_named(lab.leases, "printe", NULL) == NULL);
	leases_offer(lab.leases, &a, &hw, SPAN(id), 60, loop_now(lab.loop));
	CHECK(leases_of_clid(lab.leases, SPAN(id), a, 0) == lab_at(&lab, 8));
	CHECK(leases_of_clid(lab.leases, span_of(id, 2), a, 0) == NULL);
	CHECK(leases_of_hw(lab.leases, &hw, a, 0) == lab_at(&lab, 7));	/* bound before offered */
	memory_done(&lab);
}

TEST(no_more_leases_than_the_maximum_and_a_renewal_is_none)
{
	struct lab lab;

	memory_start(&lab, 2);
	CHECK_EQ(lab_commit(&lab, 1, NULL, 600), ST_OK);
	CHECK_EQ(lab_commit(&lab, 2, NULL, 600), ST_OK);
	CHECK_EQ(lab_commit(&lab, 3, NULL, 600), ST_FULL);
	CHECK_EQ(lab_commit(&lab, 2, NULL, 1200), ST_OK);
	CHECK(lab_at(&lab, 3) == NULL);
	leases_set_max(lab.leases, 3);
	CHECK_EQ(lab_commit(&lab, 3, NULL, 600), ST_OK);
	CHECK_EQ(leases_count(lab.leases), 3);
	memory_done(&lab);
}

TEST(a_lease_ends_by_the_monotonic_clock_and_is_remembered)
{
	struct lab lab;
	struct hwaddr hw = lab_hw(5);
	const struct lease *l;

	memory_start(&lab, 10);
	CHECK_EQ(lab_commit(&lab, 5, "a", 600), ST_OK);
	sim_jump_wall(lab.loop, 86400);
	sim_run_for(lab.loop, 599000);
	CHECK(lab_at(&lab, 5) != NULL);
	sim_run_for(lab.loop, 1001);
	CHECK(lab_at(&lab, 5) == NULL);
	CHECK(leases_of_hw(lab.leases, &hw, lab_addr(1), 0) == NULL);
	l = leases_remembered(lab.leases, &hw, span_of(NULL, 0), lab_addr(1), 0xffffff00);
	CHECK(l && addr_to_ip4(&l->addr) == 0xc0000205);
	CHECK_EQ(leases_count(lab.leases), 0);
	CHECK_EQ(lab.counters.value[COUNTER_LEASES_PRUNED], 1);
	memory_done(&lab);
}

TEST(an_infinite_lease_never_ends)
{
	struct lab lab;

	memory_start(&lab, 10);
	CHECK_EQ(lab_commit(&lab, 5, NULL, 0), ST_OK);
	sim_run_for(lab.loop, INT64_C(1000) * 86400 * 3650);
	CHECK(lab_at(&lab, 5) != NULL);
	memory_done(&lab);
}

static void offer(struct lab *lab, unsigned host, unsigned client)
{
	struct addr a = lab_addr(host);
	struct hwaddr hw = lab_hw(client);

	leases_offer(lab->leases, &a, &hw, span_of(NULL, 0), 60, loop_now(lab->loop));
}

TEST(an_offer_holds_its_address_for_a_minute)
{
	struct lab lab;
	struct hwaddr hw = lab_hw(1);

	memory_start(&lab, 10);
	offer(&lab, 9, 1);
	CHECK(lab_at(&lab, 9) && lab_at(&lab, 9)->state == LEASE_OFFERED);
	CHECK(leases_of_hw(lab.leases, &hw, lab_addr(9), 0) == lab_at(&lab, 9));
	CHECK_EQ(leases_count(lab.leases), 0);
	sim_run_for(lab.loop, 59000);
	CHECK(lab_at(&lab, 9) != NULL);
	sim_run_for(lab.loop, 1001);
	CHECK(lab_at(&lab, 9) == NULL);
	memory_done(&lab);
}

TEST(an_offer_takes_no_address_from_a_lease)
{
	struct lab lab;
	struct hwaddr hw = lab_hw(9);

	memory_start(&lab, 10);
	CHECK_EQ(lab_commit(&lab, 9, NULL, 600), ST_OK);
	offer(&lab, 9, 1);
	CHECK_EQ(lab_at(&lab, 9)->state, LEASE_BOUND);
	CHECK(hwaddr_eq(&lab_at(&lab, 9)->hw, &hw));
	memory_done(&lab);
}

TEST(too_many_offers_push_out_the_oldest)
{
	struct lab lab;

	memory_start(&lab, 10);	/* 64 offers: the least there is */
	for (unsigned host = 1; host <= 65; host++)
		offer(&lab, host, host);
	CHECK(lab_at(&lab, 1) == NULL);
	CHECK(lab_at(&lab, 2) != NULL);
	CHECK(lab_at(&lab, 65) != NULL);
	memory_done(&lab);
}

TEST(a_client_that_was_only_offered_keeps_what_it_had_before)
{
	struct lab lab;
	struct hwaddr hw = lab_hw(5);

	memory_start(&lab, 10);
	CHECK_EQ(lab_commit(&lab, 5, NULL, 600), ST_OK);
	sim_run_for(lab.loop, 601000);
	offer(&lab, 5, 5);
	sim_run_for(lab.loop, 61000);
	CHECK(leases_remembered(lab.leases, &hw, span_of(NULL, 0), lab_addr(5), 0) != NULL);
	offer(&lab, 5, 6);
	sim_run_for(lab.loop, 61000);
	CHECK(leases_remembered(lab.leases, &hw, span_of(NULL, 0), lab_addr(5), 0) == NULL);
	memory_done(&lab);
}

TEST(a_declined_address_is_barred_for_its_time)
{
	struct lab lab;
	struct addr a = lab_addr(5);
	struct hwaddr hw = lab_hw(5);

	memory_start(&lab, 10);
	CHECK_EQ(lab_commit(&lab, 5, "x", 600), ST_OK);
	leases_decline(lab.leases, &a, 300, loop_now(lab.loop));
	CHECK_EQ(lab_at(&lab, 5)->state, LEASE_DECLINED);
	CHECK(leases_of_hw(lab.leases, &hw, a, 0) == NULL);
	CHECK_EQ(leases_count(lab.leases), 0);
	sim_run_for(lab.loop, 299000);
	CHECK(lab_at(&lab, 5) != NULL);
	sim_run_for(lab.loop, 1001);
	CHECK(lab_at(&lab, 5) == NULL);
	memory_done(&lab);
}

struct seen { struct lease_watch watch; char text[1024]; };

/* The next address of 192.0.2.7 to .9 that can be had, in its last byte; 0: none. */
static unsigned next_free(struct lab *lab, enum lease_free how)
{
	uint32_t ip = 0xc0000207;

	return leases_next_free(lab->leases, how, 0xc0000209, &ip) ? ip & 0xff : 0;
}

TEST(the_next_free_address_is_past_what_is_held_and_comes_back_with_its_end)
{
	struct lab lab;
	struct addr nine = lab_addr(9);
	uint32_t ip = 0xc00002ff;

	memory_start(&lab, 10);
	CHECK_EQ(next_free(&lab, FREE_OF_ALL), 7);
	CHECK(!leases_last_bound(lab.leases, 0xc0000200, &ip));
	CHECK_EQ(lab_commit(&lab, 7, NULL, 600), ST_OK);
	CHECK_EQ(next_free(&lab, FREE_OF_ALL), 8);
	offer(&lab, 8, 8);
	CHECK_EQ(next_free(&lab, FREE_OF_ALL), 9);
	CHECK_EQ(next_free(&lab, FREE_BUT_FOR_OFFERS), 8);
	leases_decline(lab.leases, &nine, 600, loop_now(lab.loop));
	CHECK_EQ(next_free(&lab, FREE_OF_ALL), 0);
	CHECK_EQ(next_free(&lab, FREE_BUT_FOR_OFFERS), 8);
	CHECK(leases_last_bound(lab.leases, 0xc0000200, &ip));
	CHECK_EQ(ip & 0xff, 7);
	CHECK_EQ(lab_release(&lab, 7), ST_OK);		/* remembered: it is free */
	CHECK_EQ(next_free(&lab, FREE_OF_ALL), 7);
	memory_done(&lab);
}

static void note(struct lease_watch *w, enum lease_event e, const struct lease *l, const char *old)
{
	static const char *const names[] = {
		[LEASE_ADDED] = "added", [LEASE_RENEWED] = "renewed", [LEASE_RENAMED] = "renamed",
		[LEASE_REMOVED] = "removed", [LEASE_EXPIRED] = "expired",
	};
	struct seen *s = (struct seen *)(void *)w;
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof s->text - n, "%s %s %s%s%s\n", names[e],
		 addr_text(&l->addr).s, l->name ? l->name : "*", old ? " was " : "", old ? old : "");
}

TEST(how_addresses_are_used_is_counted_by_state)
{
	struct lab lab;
	struct addr barred = lab_addr(7);
	struct lease_use use;
	size_t cursor = 0, every = 0;

	memory_start(&lab, 10);
	CHECK_EQ(lab_commit(&lab, 5, NULL, 600), ST_OK);
	CHECK_EQ(lab_commit(&lab, 6, NULL, 600), ST_OK);
	leases_decline(lab.leases, &barred, 60, loop_now(lab.loop));
	offer(&lab, 9, 1);
	use = leases_use(lab.leases, 0xc0000205, 0xc0000209);
	CHECK(use.bound == 2 && use.declined == 1 && use.offered == 1);
	use = leases_use(lab.leases, 0xc0000206, 0xc0000208);
	CHECK(use.bound == 1 && use.declined == 1 && use.offered == 0);
	while (leases_every(lab.leases, &cursor))
		every++;
	CHECK_EQ(every, 4);
	memory_done(&lab);
}

TEST(watchers_are_told_what_is_durable_and_what_ended)
{
	struct lab lab;
	struct seen seen = { .watch.told = note };

	memory_start(&lab, 10);
	leases_watch(lab.leases, &seen.watch);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
	CHECK_EQ(lab_commit(&lab, 1, "a", 700), ST_OK);
	CHECK_EQ(lab_commit(&lab, 1, "b", 700), ST_OK);
	CHECK_EQ(lab_commit(&lab, 2, "b", 700), ST_OK);		/* takes the name */
	leases_memory_answers(lab.leases, 0, ST_FULL);
	CHECK_EQ(lab_commit(&lab, 3, "c", 700), ST_FULL);	/* nobody hears of it */
	leases_memory_answers(lab.leases, 0, ST_OK);
	CHECK_EQ(lab_release(&lab, 2), ST_OK);
	sim_run_for(lab.loop, 701000);
	CHECK_TEXT(seen.text,
		   "added 192.0.2.1 a\n"
		   "renewed 192.0.2.1 a\n"
		   "renamed 192.0.2.1 b was a\n"
		   "renamed 192.0.2.1 * was b\n"
		   "added 192.0.2.2 b\n"
		   "removed 192.0.2.2 b was b\n"
		   "expired 192.0.2.1 *\n");
	memory_done(&lab);
}

TEST(while_the_store_fails_no_promise_goes_beyond_what_is_stored)
{
	struct lab lab;
	struct addr known = lab_addr(1), unknown = lab_addr(2);

	memory_start(&lab, 10);
	CHECK_EQ(lab_commit(&lab, 1, NULL, 600), ST_OK);
	CHECK_EQ(leases_promise(lab.leases, &unknown, 3600, loop_now(lab.loop)), 3600);
	sim_run_for(lab.loop, 100000);
	leases_memory_answers(lab.leases, 5, ST_FULL);
	CHECK_EQ(leases_promise(lab.leases, &known, 3600, loop_now(lab.loop)), 500);
	CHECK_EQ(leases_promise(lab.leases, &unknown, 3600, loop_now(lab.loop)), 0);
	CHECK_EQ(lab.counters.value[COUNTER_LEASES_REFUSED], 1);
	CHECK_EQ(lab_commit(&lab, 1, NULL, 500), ST_OK);	/* what is left: nothing to store */
	leases_memory_answers(lab.leases, 0, ST_FULL);
	CHECK_EQ(lab_commit(&lab, 1, NULL, 3600), ST_FULL);	/* more */
	CHECK_EQ(leases_promise(lab.leases, &known, 3600, loop_now(lab.loop)), 500);
	CHECK_EQ(lab_commit(&lab, 2, NULL, 60), ST_FULL);
	CHECK(lab_at(&lab, 2) == NULL);
	leases_memory_answers(lab.leases, 0, ST_OK);
	CHECK_EQ(leases_promise(lab.leases, &unknown, 3600, loop_now(lab.loop)), 3600);
	memory_done(&lab);
}

static unsigned answered;

static void count_answer(struct lease_commit *c, enum status s)
{
	(void)c;
	answered += s == ST_FULL;
}

TEST(two_failed_changes_of_one_address_fall_back_to_the_stored_lease)
{
	struct lab lab;
	struct lease_change first, second;
	struct lease_commit c[2] = { { .done = count_answer }, { .done = count_answer } };
	struct hwaddr hw = lab_hw(1);

	memory_start(&lab, 10);
	CHECK_EQ(lab_commit(&lab, 1, "kept", 600), ST_OK);
	first = lab_change(&lab, 1, "first", 6000);
	second = lab_change(&lab, 1, "second", 7000);
	second.hw = lab_hw(77);
	answered = 0;
	leases_memory_answers(lab.leases, 1, ST_OK);
	CHECK_EQ(leases_commit(lab.leases, &first, &c[0]), ST_OK);
	CHECK_EQ(leases_commit(lab.leases, &second, &c[1]), ST_OK);
	CHECK(lab_at(&lab, 1)->committing);
	leases_memory_answers(lab.leases, 1, ST_FULL);
	sim_run_for(lab.loop, 10);
	CHECK_EQ(answered, 2);
	CHECK(hwaddr_eq(&lab_at(&lab, 1)->hw, &hw));
	CHECK_TEXT(lab_at(&lab, 1)->name, "kept");
	CHECK(!lab_at(&lab, 1)->committing);
	sim_run_for(lab.loop, 601000);
	CHECK(lab_at(&lab, 1) == NULL);
	memory_done(&lab);
}

TEST(a_release_that_fails_leaves_the_lease)
{
	struct lab lab;

	memory_start(&lab, 10);
	CHECK_EQ(lab_commit(&lab, 1, "kept", 600), ST_OK);
	leases_memory_answers(lab.leases, 0, ST_SYSTEM);
	CHECK_EQ(lab_release(&lab, 1), ST_SYSTEM);
	CHECK(lab_at(&lab, 1) && lab_at(&lab, 1)->state == LEASE_BOUND);
	leases_memory_answers(lab.leases, 0, ST_OK);
	CHECK_EQ(lab_release(&lab, 1), ST_OK);
	CHECK(lab_at(&lab, 1) == NULL);
	memory_done(&lab);
}

TEST(leases_survive_a_restart_of_the_database_and_of_the_file)
{
	static const char *const stores[] = { NULL, "file" };

	for (int i = 0; i < 2; i++) {
		struct lab lab;

		lab_init(&lab);
		lab.store = stores[i];
		lab_start(&lab);
		CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
		CHECK_EQ(lab_commit(&lab, 2, NULL, 0), ST_OK);
		CHECK_EQ(lab_commit(&lab, 3, "gone", 600), ST_OK);
		CHECK_EQ(lab_release(&lab, 3), ST_OK);
		lab_stop(&lab);
		CHECK_TEXT(lab_read(lab.file), "1800000600 02:00:00:00:00:01 192.0.2.1 a *\n"
			   "0 02:00:00:00:00:02 192.0.2.2 * *\n");
		lab_start(&lab);
		CHECK_EQ(leases_count(lab.leases), 2);
		CHECK(lab_at(&lab, 1) && lab_at(&lab, 1)->expires_s == 1800000600);
		CHECK(lab_at(&lab, 2) && lab_at(&lab, 2)->expires_s == 0);
		CHECK(lab_at(&lab, 3) == NULL);
		lab_stop(&lab);
		lab_done(&lab);
	}
}
