/* SPDX-License-Identifier: ISC */
#include "dns/forward_lab_test.h"
#include "test/test.h"
#include "wire/dns.h"

TEST(a_question_goes_out_and_its_reply_comes_back)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c = fwd_ask(lab, 0, "www.Example");
	struct fwd_query q;

	CHECK_EQ(c->status, ST_OK);
	CHECK(fwd_sent(lab, &q));
	CHECK_EQ(c->answers, 0);
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(c->answers, 1);
	CHECK(!c->nobody);
	CHECK(addr_eq(&c->from.addr, &lab->server[0].at.addr));
	CHECK_EQ(lab->counts.forwarded, 1);
	CHECK_EQ(lab->told, 1);
	fwd_close(lab);
}
