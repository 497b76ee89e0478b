/* SPDX-License-Identifier: ISC */
/*
 * dns_name -- the benchmark's names: h and eight hexadecimal digits below bench.example, whose
 * A record is 10.x.y.z of the number.  So any answer can be told right from wrong.
 */
#pragma once

#include <stdint.h>
#include <string.h>

#define DNS_HEADER 12
#define DNS_ANSWER_BYTES 16		/* with a pointer to the question's name */
#define NAME_DIGITS 8
#define NAME_BYTES 25
#define QUESTION_BYTES (NAME_BYTES + 4)

static const uint8_t name_end[] = "\5bench\7example\0\0\1\0\1";	/* of type A, class IN */

/* The whole question: QUESTION_BYTES. */
static inline void question_write(uint8_t *out, uint32_t number)
{
	static const char digits[] = "0123456789abcdef";

	*out++ = 1 + NAME_DIGITS;
	*out++ = 'h';
	for (int shift = 28; shift >= 0; shift -= 4)
		*out++ = (uint8_t)digits[number >> shift & 15];
	memcpy(out, name_end, sizeof name_end - 1);
}

/* The number of a name of ours, in any spelling. */
static inline uint32_t question_number(const uint8_t *question)
{
	uint32_t number = 0;

	for (int i = 0; i < NAME_DIGITS; i++) {
		uint8_t c = question[2 + i];

		number = number << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return number;
}

static inline void number_address(uint8_t out[4], uint32_t number)
{
	out[0] = 10;
	out[1] = (uint8_t)(number >> 16);
	out[2] = (uint8_t)(number >> 8);
	out[3] = (uint8_t)number;
}
