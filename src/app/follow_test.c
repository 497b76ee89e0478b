/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "app/follow.h"
#include "test/test.h"

static char story[256];
static enum status next_open;

static void tell(const char *what, const struct binding *at)
{
	size_t n = strlen(story);

	snprintf(story + n, sizeof story - n, "%s %s;", what, addr_text(&at->addr).s);
}

static enum status open_one(void *service, const struct binding *at)
{
	(void)service;
	tell(next_open == ST_OK ? "open" : "fail", at);
	return next_open;
}

static void close_one(void *service, const struct binding *at)
{
	(void)service;
	tell("close", at);
}

static const struct follow_how how = { open_one, close_one };

static void want_addresses(struct bindings *want, const char *const *list, size_t n)
{
	want->n = n;
	for (size_t i = 0; i < n; i++) {
		want->at[i] = (struct binding){ 0 };
		CHECK(addr_parse(list[i], &want->at[i].addr));
	}
}

static bool step(struct followed *f, const char *const *list, size_t n, struct follow_failure *out)
{
	static struct bindings want;

	story[0] = 0;
	want_addresses(&want, list, n);
	return follow(f, &want, &how, NULL, out);
}

TEST(follow_opens_what_is_new_closes_what_is_gone_and_leaves_the_rest)
{
	static struct followed f;
	struct follow_failure failure;

	f.open.n = 0;
	next_open = ST_OK;
	CHECK(step(&f, (const char *[]){ "10.0.0.1", "10.0.0.2" }, 2, &failure));
	CHECK_TEXT(story, "open 10.0.0.1;open 10.0.0.2;");
	CHECK(step(&f, (const char *[]){ "10.0.0.2", "10.0.0.3" }, 2, &failure));
	CHECK_TEXT(story, "close 10.0.0.1;open 10.0.0.3;");
	CHECK(step(&f, (const char *[]){ "10.0.0.3", "10.0.0.2" }, 2, &failure));
	CHECK_TEXT(story, "");
	CHECK(step(&f, NULL, 0, &failure));
	CHECK_TEXT(story, "close 10.0.0.2;close 10.0.0.3;");
}

TEST(follow_tells_what_could_not_be_opened_and_tries_it_again)
{
	static struct followed f;
	struct follow_failure failure;

	f.open.n = 0;
	next_open = ST_TAKEN;
	CHECK(!step(&f, (const char *[]){ "10.0.0.1" }, 1, &failure));
	CHECK_TEXT(follow_failure_text(&failure).s, "10.0.0.1: Address already in use");
	next_open = ST_OK;
	CHECK(step(&f, (const char *[]){ "10.0.0.1" }, 1, &failure));
	CHECK_TEXT(story, "open 10.0.0.1;");
}

TEST(follow_tells_when_there_are_more_addresses_than_sockets)
{
	static struct followed f;
	static struct bindings want;
	struct follow_failure failure;

	f.open.n = 0;
	next_open = ST_OK;
	want = (struct bindings){ .n = 1, .overflow = true };
	want.at[0].addr = addr_ip4(0x0a000001);
	CHECK(!follow(&f, &want, &how, NULL, &failure));
	CHECK_EQ(f.open.n, 1);
	CHECK_TEXT(follow_failure_text(&failure).s, "10.0.0.1 and more: at most 512 addresses are "
		   "listened on; choose by interface or listen-address");
}

TEST(follow_does_without_ipv6_where_there_is_none)
{
	static struct followed f;
	struct follow_failure failure;

	f.open.n = 0;
	next_open = ST_UNKNOWN;
	CHECK(step(&f, (const char *[]){ "::" }, 1, &failure));
	CHECK(!step(&f, (const char *[]){ "::", "fd00::1" }, 2, &failure));
	CHECK_TEXT(follow_failure_text(&failure).s, "fd00::1: Cannot assign requested address");
}
