/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "test/test.h"
#include "wire/dname.h"

static struct dname named(const char *text)
{
	struct dname n = { 0 };

	CHECK(dname_parse(text, &n));
	return n;
}

#define NAME(text) dname_span((struct dname[]){ named(text) })

/* n bytes of 'x', as often as they are asked for. */
static const char *label_of(size_t n)
{
	static char s[4][DNAME_MAX + 2];
	static int turn;
	char *at = s[turn++ & 3];

	memset(at, 'x', n);
	at[n] = 0;
	return at;
}

TEST(a_name_reads_with_its_pointers_and_stands_behind_its_own_bytes)
{
	/* RFC 1035 4.1.4: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA at 64, the root at 92. */
	uint8_t m[93] = { 0 };
	static const struct { size_t at, end; const char *text; unsigned labels; } names[] = {
		{ 20, 32, "F.ISI.ARPA", 3 }, { 40, 46, "FOO.F.ISI.ARPA", 4 }, { 64, 66, "ARPA", 1 },
		{ 92, 93, ".", 0 },
	};

	memcpy(m + 20, HEX("0146 03495349 0441525041 00").p, 12);
	memcpy(m + 40, HEX("03464f4f c014").p, 6);
	memcpy(m + 64, HEX("c01a").p, 2);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct reader all = reader_of(span_of(m, sizeof m));
		struct reader r = reader_back_to(&all, names[i].at);
		struct dname n;

		CHECK(dname_read(&r, &n));
		CHECK_TEXT(dname_text(&n).s, names[i].text);
		CHECK_EQ(n.labels, names[i].labels);
		CHECK_EQ(reader_offset(&r), names[i].end);
	}
}

TEST(a_name_that_does_not_parse_spoils_the_reader_and_changes_nothing)
{
	static const struct { size_t at; const char *bytes, *what; } bad[] = {
		{ 0, "", "nothing" },
		{ 0, "01", "a label cut short" },
		{ 0, "01 61", "no root" },
		{ 0, "c0", "half a pointer" },
		{ 0, "c0 00", "a pointer to itself" },
		{ 0, "01 61 c0 00", "a pointer to the name's own beginning" },
		{ 0, "01 61 c0 01", "a pointer into the name" },
		{ 0, "c0 02 01 61 00", "a pointer forward" },
		{ 0, "c0 ff 01 61 00", "a pointer past the end" },
		{ 4, "01 61 c0 04 01 62 c0 00", "two that lead to each other" },
		{ 2, "c0 02 c0 00", "a pointer to a pointer forward" },
		{ 0, "40 61 00", "the label type of 01" },
		{ 0, "80 61 00", "the label type of 10" },
		{ 1, "05 c0 00", "a pointer to a label cut short" },
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		uint8_t buf[64];
		struct reader r = reader_of(test_hex(bad[i].bytes, buf, sizeof buf));
		struct dname n = { .n = 77 };

		reader_take(&r, bad[i].at);
		if (dname_read(&r, &n) || reader_ok(&r) || n.n != 77)
			test_failed(__FILE__, __LINE__, bad[i].what);
	}
}

/* The root, then pointers: each to the one before. */
static bool chain_reads(unsigned pointers)
{
	uint8_t m[512] = { 0 };
	struct reader r;
	struct dname n;

	for (size_t i = 1; i <= pointers; i++) {
		m[2 * i] = 0xc0;
		m[2 * i + 1] = (uint8_t)(2 * (i - 1));
	}
	r = reader_of(span_of(m, sizeof m));
	reader_take(&r, (size_t)2 * pointers);
	return dname_read(&r, &n);
}

TEST(a_chain_of_pointers_has_an_end)
{
	CHECK(chain_reads(1));
	CHECK(chain_reads(127));
	CHECK(!chain_reads(128));
}

/* Labels of these lengths and the root; 0 ends them. */
static size_t write_labels(uint8_t *m, const uint8_t *lengths)
{
	size_t n = 0;

	for (; *lengths != 0; lengths++) {
		m[n] = *lengths;
		memset(m + n + 1, 'x', *lengths);
		n += 1u + *lengths;
	}
	m[n] = 0;
	return n + 1;
}

TEST(a_name_has_at_most_255_bytes_and_a_label_63)
{
	static const struct { uint8_t lengths[6]; bool ok; } cases[] = {
		{ { 63, 63, 63, 61 }, true },		/* 255 with the root */
		{ { 63, 63, 63, 62 }, false },		/* 256 */
		{ { 63, 63, 63, 63 }, false },		/* 257: more than eight bits */
		{ { 63, 63, 63, 59, 1 }, true },
		{ { 63, 63, 63, 60, 1 }, false },
		{ { 64 }, false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint8_t m[300];
		struct span all = span_of(m, write_labels(m, cases[i].lengths));
		struct reader r = reader_of(all);
		struct reader r2 = r;
		struct dname n;

		CHECK_EQ(dname_read(&r, &n), cases[i].ok);
		CHECK_EQ(dname_of_span(all, &n), cases[i].ok);
		CHECK_EQ(dname_take(&r2).n, cases[i].ok ? all.n : 0);
		CHECK_EQ(reader_ok(&r2), cases[i].ok);
	}
}

TEST(a_name_of_255_bytes_may_come_in_parts_and_one_of_256_may_not)
{
	for (uint8_t last = 61; last <= 62; last++) {
		uint8_t m[300];
		size_t n = write_labels(m, (const uint8_t[]){ 63, 63, last, 0 });
		struct reader r;
		struct dname name;

		m[n] = 63;
		memset(m + n + 1, 'x', 63);
		m[n + 64] = 0xc0;
		m[n + 65] = 0;
		r = reader_of(span_of(m, n + 66));
		reader_take(&r, n);
		CHECK_EQ(dname_read(&r, &name), last == 61);
		CHECK_EQ(reader_left(&r), 0);
	}
}

TEST(a_name_of_127_labels_reads)
{
	uint8_t m[DNAME_MAX] = { 0 };
	struct reader r = reader_of(SPAN(m));
	struct dname n;

	for (size_t i = 0; i < 127; i++)
		m[2 * i] = 1;
	CHECK(dname_read(&r, &n));
	CHECK_EQ(n.labels, DNAME_LABELS_MAX);
	CHECK_EQ(n.n, DNAME_MAX);
	CHECK_EQ(strlen(dname_text(&n).s), 127 * 4 + 126);
}

TEST(names_parse_and_print_the_same)
{
	static const struct { const char *text, *printed, *bytes; } cases[] = {
		{ ".", ".", "00" },
		{ "a", "a", "01 61 00" },
		{ "a.b", "a.b", "01 61 01 62 00" },
		{ "a.b.", "a.b", "01 61 01 62 00" },
		{ "MiXed", "MiXed", "05 4d 69 58 65 64 00" },
		{ "a\\.b", "a\\.b", "03 61 2e 62 00" },
		{ "a\\\\b", "a\\\\b", "03 61 5c 62 00" },
		{ "a\\046b", "a\\.b", "03 61 2e 62 00" },
		{ "\\000", "\\000", "01 00 00" },
		{ "\\255", "\\255", "01 ff 00" },
		{ "a b", "a\\032b", "03 61 20 62 00" },
		{ "\\x", "x", "01 78 00" },
		{ "*.x", "*.x", "01 2a 01 78 00" },
		{ "\xc3\xa4", "\\195\\164", "02 c3 a4 00" },
		{ "_sip._udp.x", "_sip._udp.x", "04 5f 73 69 70 04 5f 75 64 70 01 78 00" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct dname n = { 0 }, again = { 0 };
		uint8_t buf[64];

		CHECK(dname_parse(cases[i].text, &n));
		CHECK_BYTES(dname_span(&n), test_hex(cases[i].bytes, buf, sizeof buf));
		CHECK_TEXT(dname_text(&n).s, cases[i].printed);
		CHECK(dname_parse(dname_text(&n).s, &again));
		CHECK_BYTES(dname_span(&again), dname_span(&n));
		CHECK_EQ(again.labels, n.labels);
	}
}

TEST(text_that_is_no_name_is_refused_and_changes_nothing)
{
	static const char *const bad[] = {
		"", "..", ".a", "a..", "a..b", "\\", "a\\", "\\1", "\\12", "\\256", "\\999", "\\12x",
	};
	struct dname n = { .n = 77 };
	char text[600];

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (dname_parse(bad[i], &n) || n.n != 77)
			test_failed(__FILE__, __LINE__, bad[i]);

	CHECK(!dname_parse(label_of(64), &n));
	snprintf(text, sizeof text, "%s.%s.%s.%s", label_of(63), label_of(63), label_of(63),
		 label_of(62));
	CHECK(!dname_parse(text, &n));
	CHECK_EQ(n.n, 77);
	snprintf(text, sizeof text, "%s.%s.%s.%s.", label_of(63), label_of(63), label_of(63),
		 label_of(61));
	CHECK(dname_parse(text, &n));
	CHECK_EQ(n.n, 255);
	CHECK_EQ(n.labels, 4);
}

TEST(the_longest_text_of_a_name_fits)
{
	struct dname n;
	uint8_t m[DNAME_MAX + 1];
	size_t size = write_labels(m, (const uint8_t[]){ 63, 63, 63, 61, 0 });

	for (size_t i = 0; i < size; i++)
		m[i] = m[i] == 'x' ? 0xff : m[i];
	CHECK(dname_of_span(span_of(m, size), &n));
	CHECK_EQ(strlen(dname_text(&n).s), 4 * 250 + 3);
}

TEST(bytes_that_are_no_whole_name_are_refused)
{
	static const char *const bad[] = { "", "01", "01 61", "01 61 00 00", "c0 00", "00 00" };
	struct dname n = { .n = 77 };

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		uint8_t buf[16];

		CHECK(!dname_of_span(test_hex(bad[i], buf, sizeof buf), &n));
	}
	CHECK_EQ(n.n, 77);
	CHECK(dname_of_span(HEX("01 61 02 62 63 00"), &n));
	CHECK_EQ(n.labels, 2);
	CHECK_TEXT(dname_text(&n).s, "a.bc");
}

TEST(names_compare_without_case_and_by_whole_labels)
{
	static const struct { const char *name, *zone; bool eq, below; } cases[] = {
		{ "a.b", "A.B", true, true },
		{ "www.Example.COM", "example.com", false, true },
		{ "wwwexample.com", "example.com", false, false },
		{ "example.com", "www.example.com", false, false },
		{ "com", ".", false, true },
		{ ".", ".", true, true },
		{ ".", "com", false, false },
		{ "a\\.b", "b", false, false },
		{ "[", "{", false, false },		/* 0x5b and 0x7b are no letters */
		{ "@", "`", false, false },
		{ "\\193", "\\225", false, false },	/* nor is what lies above ASCII */
		{ "b.a", "c.a", false, false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct dname a = named(cases[i].name), b = named(cases[i].zone);

		CHECK_EQ(dname_eq(&a, &b), cases[i].eq);
		CHECK_EQ(dname_span_eq(dname_span(&a), dname_span(&b)), cases[i].eq);
		CHECK_EQ(dname_below(dname_span(&a), dname_span(&b)), cases[i].below);
	}
	CHECK(!dname_below(NAME("a"), span_of(NULL, 0)));
	CHECK(!dname_below(span_of(NULL, 0), NAME("a")));
	CHECK(!dname_below(HEX("3f 61 62 63"), NAME(".")));
}

TEST(labels_are_taken_off_the_front)
{
	struct dname n = named("a.bc.d");

	CHECK_BYTES(dname_first(dname_span(&n)), span_text("a"));
	CHECK_BYTES(dname_parent(dname_span(&n), 0), dname_span(&n));
	CHECK_BYTES(dname_parent(dname_span(&n), 1), NAME("bc.d"));
	CHECK_BYTES(dname_parent(dname_span(&n), 3), NAME("."));
	CHECK_BYTES(dname_parent(dname_span(&n), 9), NAME("."));
	CHECK_EQ(dname_first(NAME(".")).n, 0);
	CHECK_TEXT(dname_span_text(dname_parent(dname_span(&n), 1)).s, "bc.d");
	dname_lower(&n);
	n = named("A.Bc.\\193");
	dname_lower(&n);
	CHECK_TEXT(dname_text(&n).s, "a.bc.\\193");
}

TEST(the_hash_is_siphash_1_3_as_others_have_it)
{
	/* Of the key 0; the input is as many bytes, counting up.  CPython 3.11: PYTHONHASHSEED=0,
	 * hash(bytes(range(n))). */
	static const struct dname_key key = { { 0, 0 } };
	static const struct { size_t n; uint64_t hash; } cases[] = {
		{ 1, 0x68a914128e01e473 }, { 8, 0xead411e67ebe2eea }, { 15, 0xf30eb725bb91c9ea },
		{ 24, 0x31185a47af932f3a },
	};
	uint8_t in[24];

	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)i;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_EQ(dname_hash(span_of(in, cases[i].n), &key), cases[i].hash);
}

TEST(the_hash_of_a_name_knows_its_key_and_no_case)
{
	static const struct dname_key one = { { 1, 2 } }, other = { { 1, 3 } };
	struct span small = NAME("printer.lan.example"), large = NAME("PRINTER.Lan.eXample");

	CHECK_EQ(dname_hash(small, &one), dname_hash(large, &one));
	CHECK(dname_hash(small, &one) != dname_hash(small, &other));
	CHECK(dname_hash(small, &one) != dname_hash(NAME("printer.lan.examplf"), &one));
}

TEST(an_address_and_its_reverse_name_are_one)
{
	static const struct { const char *addr, *name; } cases[] = {
		{ "192.0.2.1", "1.2.0.192.in-addr.arpa" },
		{ "0.0.0.0", "0.0.0.0.in-addr.arpa" },
		{ "255.255.255.255", "255.255.255.255.in-addr.arpa" },
		{ "4321:0:1:2:3:4:567:89ab",			/* RFC 3596 2.5 */
		  "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.ip6.arpa" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct addr a;
		struct dname n;
		struct prefix p;

		CHECK(addr_parse(cases[i].addr, &a));
		dname_of_reverse(&a, &n);
		CHECK_TEXT(dname_text(&n).s, cases[i].name);
		CHECK(dname_reverse(dname_span(&n), &p));
		CHECK(addr_eq(&p.addr, &a));
		CHECK_EQ(p.bits, 8 * addr_bytes(&a).n);
	}
}

TEST(a_shorter_reverse_name_is_a_prefix)
{
	static const struct { const char *name, *addr; unsigned bits; } cases[] = {
		{ "in-addr.arpa", "0.0.0.0", 0 },
		{ "10.IN-ADDR.arpa", "10.0.0.0", 8 },
		{ "168.192.in-addr.arpa", "192.168.0.0", 16 },
		{ "ip6.arpa", "::", 0 },
		{ "D.f.ip6.arpa", "fd00::", 8 },
		{ "8.e.f.ip6.arpa", "fe80::", 12 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct prefix p = { 0 };

		CHECK(dname_reverse(NAME(cases[i].name), &p));
		CHECK_TEXT(addr_text(&p.addr).s, cases[i].addr);
		CHECK_EQ(p.bits, cases[i].bits);
	}
}

TEST(what_is_no_reverse_name_is_refused_and_changes_nothing)
{
	static const char *const bad[] = {
		".", "arpa", "lan", "1.2.0.192.in-addr.arpa.lan", "0.1.2.0.192.in-addr.arpa",
		"256.in-addr.arpa", "1000.in-addr.arpa", "01.in-addr.arpa", "x.in-addr.arpa",
		"0/25.2.0.192.in-addr.arpa", "lb._dns-sd._udp.1.2.0.192.in-addr.arpa", "-1.in-addr.arpa",
		"a.in-addr.arpa", "g.ip6.arpa", "10.ip6.arpa", "x1.in-addr.arpa", "1xin-addr.arpa",
		"0.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.f.ip6.arpa",
	};
	struct prefix p = { .bits = 77 };

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (dname_reverse(NAME(bad[i]), &p) || p.bits != 77)
			test_failed(__FILE__, __LINE__, bad[i]);
}
