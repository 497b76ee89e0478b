/* SPDX-License-Identifier: ISC */
#include "store/names.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/must.h"
#include "test/test.h"

#define MANY 3000

static struct dname name_of(const char *text)
{
	struct dname n = { 0 };

	must(dname_parse(text, &n));
	return n;
}

static struct names_entry entry(const char *name, uint32_t addr, bool names_address)
{
	return (struct names_entry){ .name = name_of(name), .addr = addr_ip4(addr),
				     .names_address = names_address };
}

static void put(struct names *n, const char *name, uint32_t addr, bool names_address)
{
	struct names_entry e = entry(name, addr, names_address);

	CHECK_EQ(names_put(n, &e), ST_OK);
}

static size_t count_named(const struct names *n, const char *text)
{
	struct dname name = name_of(text);
	struct names_entry e[4];

	return names_named(n, dname_span(&name), e, COUNT_OF(e));
}

static bool is_below(const struct names *n, const char *text)
{
	struct dname name = name_of(text);

	return names_below(n, dname_span(&name));
}

TEST(each_change_of_a_name_changes_the_serial_and_no_look_does)
{
	struct names *n = names_new();
	uint64_t was = names_serial(n);
	struct addr a = addr_ip4(0xc0000201);

	put(n, "printer", 0xc0000201, true);
	CHECK(names_serial(n) != was);
	was = names_serial(n);
	CHECK_EQ(count_named(n, "printer"), 1);
	CHECK_EQ(names_serial(n), was);
	put(n, "printer", 0xc0000201, true);		/* its time may be another */
	CHECK(names_serial(n) != was);
	was = names_serial(n);
	names_remove(n, &a);
	CHECK(names_serial(n) != was);
	names_free(n);
}

TEST(a_lease_is_found_by_both_its_names_and_by_its_address)
{
	struct names *n = names_new();
	struct dname asked = name_of("PRINTER.lan");
	struct names_entry e[2];
	struct addr a = addr_ip4(0xc0000201);

	put(n, "Printer", 0xc0000201, false);
	put(n, "Printer.lan", 0xc0000201, true);
	CHECK_EQ(names_count(n), 2);
	CHECK_EQ(names_named(n, dname_span(&asked), e, 2), 1);
	CHECK_TEXT(dname_text(&e[0].name).s, "Printer.lan");	/* as it came */
	CHECK(addr_eq(&e[0].addr, &a) && e[0].names_address);
	CHECK(names_at(n, &a, &e[0]));
	CHECK_TEXT(dname_text(&e[0].name).s, "Printer.lan");
	CHECK_EQ(names_of(n, &a, e, 2), 2);
	CHECK_TEXT(dname_text(&e[0].name).s, "Printer.lan");	/* the one that names it first */
	CHECK_TEXT(dname_text(&e[1].name).s, "Printer");
	CHECK_EQ(count_named(n, "printer.example"), 0);
	a = addr_ip4(0xc0000202);
	CHECK(!names_at(n, &a, &e[0]));
	names_free(n);
}

TEST(an_entry_of_the_same_name_and_address_is_replaced)
{
	struct names *n = names_new();
	struct names_entry e = entry("a.lan", 1, true);
	struct names_entry got[2];
	struct dname name = name_of("a.lan");

	CHECK_EQ(names_put(n, &e), ST_OK);
	e.name = name_of("A.lan");
	e.mono_expires_ms = 5000;
	CHECK_EQ(names_put(n, &e), ST_OK);
	CHECK_EQ(names_count(n), 1);
	CHECK_EQ(names_named(n, dname_span(&name), got, 2), 1);
	CHECK_EQ(got[0].mono_expires_ms, 5000);
	CHECK_TEXT(dname_text(&got[0].name).s, "A.lan");
	CHECK_EQ(names_of(n, &e.addr, got, 2), 1);
	CHECK_EQ(got[0].mono_expires_ms, 5000);
	names_remove(n, &e.addr);
	CHECK_EQ(names_count(n), 0);
	CHECK(!is_below(n, "lan"));		/* it counted once, whatever was replaced */
	names_free(n);
}

TEST(a_name_of_two_addresses_keeps_the_one_that_stays)
{
	struct names *n = names_new();
	struct addr one = addr_ip4(1), two = addr_ip4(2);

	put(n, "a.lan", 1, true);
	put(n, "a.lan", 2, true);
	CHECK_EQ(count_named(n, "a.lan"), 2);
	names_remove(n, &one);
	CHECK_EQ(count_named(n, "a.lan"), 1);
	CHECK(is_below(n, "lan"));
	names_remove(n, &two);
	names_remove(n, &two);
	CHECK_EQ(count_named(n, "a.lan"), 0);
	CHECK_EQ(names_count(n), 0);
	names_free(n);
}

TEST(names_above_a_lease_are_known_while_it_lives)
{
	struct names *n = names_new();
	struct addr a = addr_ip4(1);

	put(n, "pc.room.lan", 1, true);
	put(n, "other.lan", 2, true);
	CHECK(is_below(n, "room.lan") && is_below(n, "LAN"));
	CHECK(!is_below(n, "pc.room.lan") && !is_below(n, "oom.lan") && !is_below(n, "."));
	names_remove(n, &a);
	CHECK(!is_below(n, "room.lan"));
	CHECK(is_below(n, "lan"));
	names_free(n);
}

TEST(more_names_than_the_caller_has_room_for_are_counted)
{
	struct names *n = names_new();
	struct dname name = name_of("a");
	struct names_entry e[2];

	for (uint32_t i = 1; i <= 5; i++)
		put(n, "a", i, true);
	CHECK_EQ(names_named(n, dname_span(&name), e, 2), 5);
	CHECK_EQ(addr_to_ip4(&e[0].addr), 1);		/* in the order they came */
	CHECK_EQ(addr_to_ip4(&e[1].addr), 2);
	names_free(n);
}

/* ---- while DHCP writes ----------------------------------------------------------------- */

struct traffic {
	struct names *names;
	_Atomic bool over;
	_Atomic size_t found, wrong;
};

static void text_of_number(uint32_t i, char *out, size_t size)
{
	snprintf(out, size, "host%u.lan", i);
}

static void ask_once(struct traffic *t, uint32_t i)
{
	struct names_entry e[2];
	struct dname name;
	char text[32];

	text_of_number(i, text, sizeof text);
	must(dname_parse(text, &name));
	if (names_named(t->names, dname_span(&name), e, 2) == 1) {
		atomic_fetch_add(&t->found, 1);
		if (addr_to_ip4(&e[0].addr) != i || !dname_eq(&e[0].name, &name))
			atomic_fetch_add(&t->wrong, 1);
	}
	if (names_at(t->names, &(struct addr){ 0 }, &e[0]))
		atomic_fetch_add(&t->wrong, 1);
}

static void *ask_all(void *arg)
{
	struct traffic *t = arg;

	for (uint32_t i = 1; !atomic_load(&t->over); i = i % MANY + 1)
		ask_once(t, i);
	return NULL;
}

static void write_all(struct traffic *t)
{
	char text[32];

	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 1; i <= MANY; i++) {
			struct names_entry e = { .addr = addr_ip4(i), .names_address = true };

			text_of_number(i, text, sizeof text);
			must(dname_parse(text, &e.name));
			CHECK_EQ(names_put(t->names, &e), ST_OK);
		}
		CHECK_EQ(names_count(t->names), MANY);
		for (uint32_t i = 1; i <= MANY; i++) {
			struct addr a = addr_ip4(i);

			names_remove(t->names, &a);
		}
		CHECK_EQ(names_count(t->names), 0);
	}
}

TEST(threads_that_ask_while_dhcp_writes_get_whole_entries)
{
	struct traffic t = { .names = names_new() };
	pthread_t reader[2];

	for (size_t i = 0; i < COUNT_OF(reader); i++)
		must(pthread_create(&reader[i], NULL, ask_all, &t) == 0);
	while (atomic_load(&t.found) < 10)
		write_all(&t);
	atomic_store(&t.over, true);
	for (size_t i = 0; i < COUNT_OF(reader); i++)
		pthread_join(reader[i], NULL);
	CHECK_EQ(t.wrong, 0);
	names_free(t.names);
}
