/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/text.h"
#include "net/kernel_set.h"
#include "net/nfnl.h"
#include "net/own_network_test.h"
#include "test/test.h"

static void run(const char *command)
{
	if (system(command) != 0)
		test_failed(__FILE__, __LINE__, command);
}

/* Are the kernel's sets and their tools here?  Else nothing was tested, and one line says so. */
static bool enter(const char *tool)
{
	char command[64];

	snprintf(command, sizeof command, "command -v %s >/dev/null", tool);
	if (system(command) != 0) {
		fprintf(stderr, "skipped: there is no %s here\n", tool);
		return false;
	}
	return own_network_enter();
}

static struct kernel_set_add add_of(const struct kernel_set *s, const char *address)
{
	struct kernel_set_add a = { .set = s, .error = 12345 };

	must(addr_parse(address, &a.addr));
	return a;
}

static int add_one(const struct kernel_set *s, const char *address)
{
	struct nfnl n = { .fd = 0 };
	struct kernel_set_add a = add_of(s, address);

	kernel_sets_add(&n, &a, 1);
	nfnl_close(&n);
	return a.error;
}

/* Does the command's output have the text? */
static bool shows(const char *command, const char *text)
{
	static char output[20000];
	FILE *f = popen(command, "r");
	size_t n = fread(output, 1, sizeof output - 1, f);

	output[n] = 0;
	pclose(f);
	return strstr(output, text) != NULL;
}

#define IPSET(n) { .kind = SET_IPSET, .name = (n), .words = (n) }

TEST(an_address_goes_into_an_ipset_of_its_family_and_stays_when_it_comes_again)
{
	static const struct kernel_set four = IPSET("s4"), six = IPSET("s6"), none = IPSET("none"),
				       list = IPSET("l"), small = IPSET("small"), range = IPSET("range"),
				       longest = IPSET("1234567890123456789012345678901"),
				       too_long = IPSET("12345678901234567890123456789012");

	if (!enter("ipset"))
		return;
	run("ipset create s4 hash:ip && ipset create s6 hash:ip family inet6");
	run("ipset create l list:set && ipset create small hash:ip maxelem 1 hashsize 64 timeout 100");
	run("ipset create range bitmap:ip range 192.0.2.0/24");
	run("ipset create 1234567890123456789012345678901 hash:net");
	CHECK_EQ(add_one(&four, "192.0.2.1"), 0);
	CHECK_EQ(add_one(&four, "192.0.2.1"), 0);
	CHECK_EQ(add_one(&six, "2001:db8::1"), 0);
	CHECK_EQ(add_one(&longest, "192.0.2.1"), 0);
	CHECK_EQ(add_one(&too_long, "192.0.2.1"), ENAMETOOLONG);
	CHECK(kernel_set_is_other_type(add_one(&four, "2001:db8::1")));
	CHECK(kernel_set_is_other_type(add_one(&six, "192.0.2.1")));
	CHECK(kernel_set_is_other_type(add_one(&list, "192.0.2.1")));
	CHECK_EQ(add_one(&none, "192.0.2.1"), ENOENT);
	CHECK_EQ(add_one(&range, "192.0.2.7"), 0);
	CHECK_TEXT(kernel_set_error_text(add_one(&range, "192.0.3.7")),
		   "the set is full, or the address is out of its range");
	CHECK(shows("ipset list s4", "\n192.0.2.1\n"));
	CHECK(shows("ipset list s6", "\n2001:db8::1\n"));
	CHECK(shows("ipset list range", "\n192.0.2.7\n"));
	CHECK(!shows("ipset list s6", "192.0.2.1"));
	CHECK_EQ(add_one(&small, "192.0.2.1"), 0);
	own_network_leave();
}

#define NFT(f, t, n) { .kind = SET_NFT, .family = (f), .table = (t), .name = (n), .words = (n) }

static const char ruleset[] =
	"nft 'table inet fw {\n"
	"set s4 { type ipv4_addr; }\n"
	"set s6 { type ipv6_addr; }\n"
	"set i4 { type ipv4_addr; flags interval; elements = { 192.0.2.16-192.0.2.20 }; }\n"
	"set m4 { type ipv4_addr; flags interval; auto-merge; elements = { 192.0.2.16-192.0.2.20 }; }\n"
	"set i6 { type ipv6_addr; flags interval; }\n"
	"set k4 { type ipv4_addr; size 2; }\n"
	"set port { type inet_service; }\n"
	"set pair { type ipv4_addr . inet_service; }\n"
	"map m { type ipv4_addr : verdict; }\n"
	"}'\n"
	"nft 'table ip t { set s { type ipv4_addr; }; }'";

TEST(an_address_goes_into_a_set_of_nftables_and_one_of_intervals_gets_that_address_alone)
{
	static const struct kernel_set s4 = NFT(NFPROTO_INET, "fw", "s4"), s = NFT(NFPROTO_IPV4, "t", "s"),
				       i4 = NFT(NFPROTO_INET, "fw", "i4"), i6 = NFT(NFPROTO_INET, "fw", "i6"),
				       m4 = NFT(NFPROTO_INET, "fw", "m4");

	if (!enter("nft"))
		return;
	run(ruleset);
	CHECK_EQ(add_one(&s4, "192.0.2.1"), 0);
	CHECK_EQ(add_one(&s4, "192.0.2.1"), 0);
	CHECK_EQ(add_one(&s, "192.0.2.2"), 0);
	CHECK(shows("nft list set inet fw s4", "{ 192.0.2.1 }"));
	CHECK(shows("nft list set ip t s", "{ 192.0.2.2 }"));
	CHECK_EQ(add_one(&i4, "192.0.2.255"), 0);
	CHECK_EQ(add_one(&i4, "192.0.2.255"), 0);
	CHECK_EQ(add_one(&i4, "255.255.255.255"), 0);
	CHECK(shows("nft list set inet fw i4", "192.0.2.255,"));
	CHECK(shows("nft list set inet fw i4", "255.255.255.255 }"));
	CHECK_EQ(add_one(&i6, "2001:db8::ff"), 0);
	CHECK(shows("nft list set inet fw i6", "{ 2001:db8::ff }"));
	CHECK_EQ(add_one(&i4, "192.0.2.18"), SET_OVERLAP);
	CHECK_EQ(add_one(&m4, "192.0.2.18"), 0);
	CHECK_EQ(add_one(&m4, "192.0.2.21"), 0);
	CHECK(shows("nft get element inet fw m4 '{ 192.0.2.21 }'", "192.0.2.21"));
	own_network_leave();
}

TEST(what_cannot_go_into_a_set_of_nftables_says_why)
{
	static const struct { const char *address; struct kernel_set set; int error; } table[] = {
		{ "2001:db8::1", NFT(NFPROTO_INET, "fw", "s4"), SET_OTHER_TYPE },
		{ "192.0.2.1", NFT(NFPROTO_INET, "fw", "s6"), SET_OTHER_TYPE },
		{ "192.0.2.1", NFT(NFPROTO_INET, "fw", "port"), SET_OTHER_TYPE },
		{ "192.0.2.1", NFT(NFPROTO_INET, "fw", "pair"), SET_OTHER_TYPE },
		{ "192.0.2.1", NFT(NFPROTO_INET, "fw", "m"), SET_OTHER_TYPE },
		{ "192.0.2.1", NFT(NFPROTO_INET, "fw", "none"), ENOENT },
		{ "192.0.2.1", NFT(NFPROTO_INET, "none", "s4"), ENOENT },
		{ "192.0.2.1", NFT(NFPROTO_IPV4, "fw", "s4"), ENOENT },
		{ "192.0.2.1", NFT(0, "fw", "s4"), SET_NO_NAME },
		{ "192.0.2.1", NFT(0, NULL, NULL), SET_NO_NAME },
	};
	char long_name[300];
	struct kernel_set longest = NFT(NFPROTO_INET, "fw", long_name);

	if (!enter("nft"))
		return;
	run(ruleset);
	for (size_t i = 0; i < COUNT_OF(table); i++)
		CHECK_EQ(add_one(&table[i].set, table[i].address), table[i].error);
	memset(long_name, 'n', sizeof long_name);
	long_name[sizeof long_name - 1] = 0;
	CHECK_EQ(add_one(&longest, "192.0.2.1"), ENAMETOOLONG);
	own_network_leave();
}

TEST(an_address_that_a_set_refuses_keeps_no_other_out_of_its)
{
	static const struct kernel_set s4 = NFT(NFPROTO_INET, "fw", "s4"), k4 = NFT(NFPROTO_INET, "fw", "k4"),
				       none = NFT(NFPROTO_INET, "fw", "none"), ip = IPSET("ip"),
				       missing = IPSET("missing");
	struct kernel_set_add adds[400];
	struct nfnl n = { .fd = 0 };
	unsigned full = 0;

	if (!enter("nft") )
		return;
	run(ruleset);
	run("ipset create ip hash:ip");
	for (unsigned i = 0; i < COUNT_OF(adds); i++) {
		const struct kernel_set *const sets[] = { &s4, &none, &k4, &ip, &missing };
		char address[32];

		snprintf(address, sizeof address, "198.51.%u.%u", i / 250, i % 250);
		adds[i] = add_of(sets[i % COUNT_OF(sets)], address);
	}
	kernel_sets_add(&n, adds, COUNT_OF(adds));
	for (unsigned i = 0; i < COUNT_OF(adds); i++) {
		full += adds[i].error == ENFILE;
		if (adds[i].set != &k4)
			CHECK_EQ(adds[i].error,
				 adds[i].set == &none || adds[i].set == &missing ? ENOENT : 0);
	}
	CHECK_EQ(full, COUNT_OF(adds) / 5 - 2);
	CHECK(shows("nft list set inet fw s4", "198.51.1.145"));
	CHECK(shows("ipset list ip", "198.51.1.148"));
	nfnl_close(&n);
	own_network_leave();
}

TEST(a_set_for_one_family_passes_addresses_of_the_other_over)
{
	static const struct kernel_set four = { .kind = SET_NFT, .only = ADDR_IP4, .words = "4 t s" };

	CHECK_EQ(add_one(&four, "2001:db8::1"), 0);
	CHECK_EQ(add_one(&four, "192.0.2.1"), SET_NO_NAME);
}
