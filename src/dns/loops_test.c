/* SPDX-License-Identifier: ISC */
/* dns-loop-detect, on a whole name service in the simulation. */
#include "base/must.h"
#include "dns/loops.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

static const char lines[] = "no-resolv\nno-hosts\ndns-loop-detect\nserver=198.51.100.1\n"
			    "server=198.51.100.2\nserver=/a.org/198.51.100.1\n";

/* The next question upstream; what it asks in *out_q. */
static struct dgram next(struct server_lab *o, struct dns_question *out_q)
{
	struct dns_walk w;
	struct dgram d;

	must(server_lab_sent(o, true, &d) && dns_walk_start(&w, d.data, out_q));
	return d;
}

static bool none_sent(struct server_lab *o)
{
	struct dgram d;

	return !server_lab_sent(o, true, &d);
}

/* It comes back to us, as if by a server that asks us. */
static void send_back(struct server_lab *o, const struct dns_question *q)
{
	const struct dname_text name = dname_text(&q->name);

	server_lab_ask(o, &(struct lab_query){ .name = name.s, .type = q->type, .id = 77 });
}

TEST(each_usual_server_is_asked_for_a_name_of_its_own_and_those_of_domains_are_not)
{
	struct dns_question first, second;
	struct server_lab o;
	struct dgram d;

	server_lab_open(&o, "no-resolv\nno-hosts\n");
	dns_set_tells(o.dns, DNS_TELLS_QUERIES);
	server_lab_use(&o, lines);
	d = next(&o, &first);
	CHECK_EQ(addr_to_ip4(&d.to.addr), 0xc6336401);
	d = next(&o, &second);
	CHECK_EQ(addr_to_ip4(&d.to.addr), 0xc6336402);
	CHECK(none_sent(&o));
	CHECK_EQ(first.type, DNS_TXT);
	CHECK_EQ(strspn(dname_text(&first.name).s, "0123456789abcdef"), 8);
	CHECK_TEXT(dname_text(&first.name).s + 8, ".test");
	CHECK(!dname_eq(&first.name, &second.name));
	CHECK_TEXT(o.told, "");				/* it is nobody's question */
	server_lab_close(&o);
}

TEST(a_server_whose_trial_comes_back_is_left_out_and_the_others_stay)
{
	struct dns_question first, second, q;
	struct server_lab o;
	struct dgram d;

	server_lab_open(&o, lines);
	next(&o, &first);
	next(&o, &second);
	send_back(&o, &first);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	CHECK(strstr(o.told, "NOT using nameserver 198.51.100.1#53 - query loop detected"));
	o.told[0] = 0;
	send_back(&o, &first);
	CHECK(!strstr(o.told, "loop"));			/* told once */
	server_lab_ask(&o, &(struct lab_query){ .name = "www.example", .id = 1 });
	d = next(&o, &q);
	CHECK_EQ(addr_to_ip4(&d.to.addr), 0xc6336402);
	CHECK(none_sent(&o));
	server_lab_ask(&o, &(struct lab_query){ .name = "x.a.org", .id = 2 });
	d = next(&o, &q);
	CHECK_EQ(addr_to_ip4(&d.to.addr), 0xc6336401);	/* of its domain it is asked still */
	server_lab_close(&o);
}

TEST(where_all_servers_lead_back_a_question_is_refused)
{
	struct dns_question q;
	struct server_lab o;

	server_lab_open(&o, "no-resolv\nno-hosts\ndns-loop-detect\nserver=198.51.100.1\n");
	next(&o, &q);
	send_back(&o, &q);
	server_lab_ask(&o, &(struct lab_query){ .name = "www.example", .id = 1, .udp_size = 1232 });
	CHECK_TEXT(server_lab_heard(&o), "1 REFUSED www.example opt=1232 ede=14");
	server_lab_close(&o);
}

TEST(new_data_try_all_servers_again)
{
	struct dns_question first, again, q;
	struct server_lab o;

	server_lab_open(&o, lines);
	next(&o, &first);
	next(&o, &q);
	send_back(&o, &first);
	server_lab_use(&o, lines);
	next(&o, &again);
	next(&o, &q);
	CHECK(none_sent(&o));
	CHECK(!dname_eq(&first.name, &again.name));
	send_back(&o, &first);				/* an old one is a question as any other */
	CHECK_EQ(dns_now(o.dns).waiting, 1);
	server_lab_close(&o);
}

TEST(what_one_worker_finds_the_others_leave_out_and_nobody_tries_twice)
{
	struct dns_question first, second, q;
	struct server_lab o, other;
	struct dgram d;

	server_lab_open(&o, lines);
	server_lab_open_beside(&other, &o, 5353, lines);
	next(&o, &first);
	next(&o, &second);
	next(&o, &q);					/* the other's own */
	next(&o, &q);
	dns_use(other.dns, o.data);
	CHECK(none_sent(&o));
	send_back(&o, &first);
	server_lab_ask(&other, &(struct lab_query){ .name = "www.example", .id = 1 });
	d = next(&o, &q);
	CHECK_EQ(addr_to_ip4(&d.to.addr), 0xc6336402);
	CHECK(none_sent(&o));
	dns_use(other.dns, other.data);
	server_lab_close(&other);
	server_lab_close(&o);
}

TEST(without_dns_loop_detect_nothing_is_tried)
{
	struct server_lab o;

	server_lab_open(&o, "no-resolv\nno-hosts\nserver=198.51.100.1\n");
	CHECK(none_sent(&o));
	server_lab_close(&o);
	server_lab_open(&o, "no-resolv\nno-hosts\ndns-loop-detect\nserver=/a/198.51.100.1\n");
	CHECK(none_sent(&o));
	server_lab_close(&o);
}
