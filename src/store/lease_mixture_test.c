/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store/lease_lab_test.h"
#include "store/lease_text.h"
#include "test/test.h"

#define LINE_SIZE ((size_t)42)

/* n lines of 42 bytes, each with this word in it. */
static size_t lines_of(char *out, unsigned n, const char *word)
{
	for (unsigned i = 0; i < n; i++)
		snprintf(out + i * LINE_SIZE, LINE_SIZE + 1, "0 02:00:00:00:00:01 10.0.0.%03u %8.8s *\n",
			 100 + i % 100, word);
	return (size_t)n * LINE_SIZE;
}

struct mixing {
	char old[8192], new[8192];
	size_t old_n, new_n;
	uint64_t *blocks;
	size_t blocks_n;
};

static void mix(struct mixing *m, unsigned old_lines, unsigned new_lines)
{
	struct lease_image image = { 0 };
	struct lease_text text;
	struct lab lab;

	lab_init(&lab);
	m->old_n = lines_of(m->old, old_lines, "oldoldol");
	m->new_n = lines_of(m->new, new_lines, "newnewne");
	m->old[m->old_n] = 0;
	lab_write(lab.file, m->old);
	for (unsigned i = 0; i < new_lines; i++)
		CHECK_EQ(lease_image_set(&image, 1 + i, span_of(m->new + i * LINE_SIZE, LINE_SIZE)), ST_OK);
	CHECK_EQ(lease_text_open(&text, &lease_files_real, lab.file, (uid_t)-1, (gid_t)-1), ST_OK);
	CHECK_EQ(lease_text_blocks(&text, &image, &m->blocks, &m->blocks_n), ST_OK);
	lease_text_close(&text);
	lease_image_done(&image);
	lab_done(&lab);
}

static bool is_mixture(const struct mixing *m, const char *text, size_t n)
{
	return lease_text_is_mixture(span_of(text, n), m->blocks, m->blocks_n);
}

/* The head of the new text, then what the old one has: a process that was killed. */
static void check_heads(const struct mixing *m)
{
	size_t most = m->old_n > m->new_n ? m->old_n : m->new_n;

	for (size_t at = 0; at <= most; at += 512) {
		char text[8192];
		size_t head = at < m->new_n ? at : m->new_n;
		size_t n = head < m->old_n ? m->old_n : head;

		memcpy(text, m->old, m->old_n);
		memcpy(text, m->new, head);
		CHECK(is_mixture(m, text, n));
	}
}

TEST(a_write_that_was_cut_short_is_told_whichever_text_is_longer)
{
	static const unsigned lines[][2] = { { 60, 60 }, { 60, 80 }, { 80, 60 }, { 0, 50 }, { 50, 1 },
					     { 64, 65 }, { 65, 64 } };

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct mixing m;

		mix(&m, lines[i][0], lines[i][1]);
		check_heads(&m);
		CHECK(is_mixture(&m, m.old, m.old_n));
		CHECK(is_mixture(&m, m.new, m.new_n));
		free(m.blocks);
	}
}

TEST(sectors_of_both_texts_and_of_zeros_are_a_mixture)
{
	struct mixing m;
	char text[8192];

	mix(&m, 60, 80);
	memcpy(text, m.new, m.new_n);
	memcpy(text + 512, m.old + 512, 512);
	memset(text + (size_t)5 * 512, 0, 512);
	CHECK(is_mixture(&m, text, m.new_n));
	free(m.blocks);
}

TEST(what_somebody_edited_after_a_crash_is_no_mixture)
{
	struct mixing m;
	char text[8192];

	mix(&m, 60, 80);
	memcpy(text, m.new, m.new_n);
	memcpy(text + m.new_n, m.old, LINE_SIZE);
	CHECK(!is_mixture(&m, text, m.new_n + LINE_SIZE));	/* a line more */
	CHECK(!is_mixture(&m, text, m.new_n - LINE_SIZE));	/* a line less */
	CHECK(!is_mixture(&m, text, 0));			/* emptied */
	text[700] ^= 1;
	CHECK(!is_mixture(&m, text, m.new_n));			/* a letter changed */
	text[700] ^= 1;
	memmove(text, text + LINE_SIZE, m.new_n);
	CHECK(!is_mixture(&m, text, m.new_n));			/* lines moved up */
	free(m.blocks);
}
