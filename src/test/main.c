/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test/test.h"

static struct test *tests;
static size_t tests_n;
static bool current_failed;

void test_add(struct test *t)
{
	t->next = tests;
	tests = t;
	tests_n++;
}

void test_failed(const char *file, int line, const char *what)
{
	current_failed = true;
	print_error("%s:%d: %s\n", file, line, what);
}

void test_check_int(const char *file, int line, const char *what, int64_t got, int64_t want)
{
	if (got == want)
		return;
	current_failed = true;
	print_error("%s:%d: %s is %" PRId64 ", wanted %" PRId64 "\n", file, line, what, got, want);
}

static void print_hex(const char *label, struct span s)
{
	print_error("  %s", label);
	for (size_t i = 0; i < s.n; i++)
		print_error(" %02x", s.p[i]);
	print_error("\n");
}

void test_check_bytes(const char *file, int line, const char *what, struct span got,
		      struct span want)
{
	if (span_eq(got, want))
		return;
	test_failed(file, line, what);
	print_hex("got ", got);
	print_hex("want", want);
}

void test_check_text(const char *file, int line, const char *what, const char *got,
		     const char *want)
{
	if (got == want || (got && want && strcmp(got, want) == 0))
		return;
	current_failed = true;
	print_error("%s:%d: %s is \"%s\", wanted \"%s\"\n", file, line, what, got ? got : "(null)",
		    want ? want : "(null)");
}

struct span test_hex(const char *text, uint8_t *buffer, size_t size)
{
	size_t n = 0;

	for (; *text && n < size; text++) {
		if (isspace((unsigned char)*text))
			continue;
		char pair[3] = { text[0], text[1], 0 };
		buffer[n++] = (uint8_t)strtoul(pair, NULL, 16);
		text++;
	}
	return span_of(buffer, n);
}

static void run(void **state)
{
	struct test *t = *state;

	current_failed = false;
	t->run();
	if (current_failed)
		fail_msg("%s", t->name);
}

/*
 * unit [words] [-names]: only the tests whose names contain one of the words,
 * without those that are named.
 */
static bool chosen(const struct test *t, int argc, char **argv)
{
	bool any_word = false, found = false;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && strcmp(argv[i] + 1, t->name) == 0)
			return false;
		any_word |= argv[i][0] != '-';
		found |= argv[i][0] != '-' && strstr(t->name, argv[i]);
	}
	return found || !any_word;
}

/* A name that no test has any more would leave out what nobody knows. */
static bool names_known(int argc, char **argv)
{
	bool known = true;

	for (int i = 1; i < argc; i++) {
		const struct test *t = tests;

		if (argv[i][0] != '-')
			continue;
		while (t && strcmp(argv[i] + 1, t->name) != 0)
			t = t->next;
		if (!t)
			print_error("unit: no test is named %s\n", argv[i] + 1);
		known &= t != NULL;
	}
	return known;
}

int main(int argc, char **argv)
{
	struct CMUnitTest *list;
	size_t n = 0;
	int failed;

	if (!names_known(argc, argv))
		return 1;
	list = calloc(tests_n ? tests_n : 1, sizeof *list);
	if (!list)
		return 1;
	for (struct test *t = tests; t; t = t->next)
		if (chosen(t, argc, argv))
			list[n++] = (struct CMUnitTest){ t->name, run, NULL, NULL, t };
	failed = _cmocka_run_group_tests("unit", list, n, NULL, NULL);
	free(list);
	return failed != 0;
}
