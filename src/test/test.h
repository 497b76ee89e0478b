/* SPDX-License-Identifier: ISC */
/*
 * test -- a thin skin over cmocka that says what it saw.
 *
 * TEST(name) { … } registers a CMUnitTest; its name is the sentence that it
 * proves.  A failed CHECK prints both sides and the test goes on, so one run
 * shows everything that is wrong; the test fails at its end.
 */
#pragma once

#include <inttypes.h>
#include <stdio.h>

#include "base/span.h"

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

void test_add(struct test *t);
void test_failed(const char *file, int line, const char *what);
void test_check_int(const char *file, int line, const char *what, int64_t got, int64_t want);
void test_check_bytes(const char *file, int line, const char *what, struct span got,
		      struct span want);
void test_check_text(const char *file, int line, const char *what, const char *got,
		     const char *want);
struct span test_hex(const char *text, uint8_t *buffer, size_t size);

#define TEST(id)                                                              \
	static void test_##id(void);                                          \
	__attribute__((constructor)) static void add_##id(void)               \
	{                                                                     \
		static struct test t = { #id, test_##id, NULL };              \
		test_add(&t);                                                 \
	}                                                                     \
	static void test_##id(void)

#define CHECK(x) ((x) ? (void)0 : test_failed(__FILE__, __LINE__, #x))
#define CHECK_EQ(got, want) \
	test_check_int(__FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(want))
#define CHECK_BYTES(got, want) test_check_bytes(__FILE__, __LINE__, #got, got, want)
#define CHECK_TEXT(got, want) test_check_text(__FILE__, __LINE__, #got, got, want)

/* Bytes written as hex, the way a packet capture shows them. */
#define HEX(text) test_hex(text, (uint8_t[sizeof(text) / 2 + 1]){ 0 }, sizeof(text) / 2 + 1)
