/* SPDX-License-Identifier: ISC */
/*
 * must -- what only a mistake of ours could make false, in release builds too.
 */
#pragma once

#include <stdnoreturn.h>

noreturn void must_failed(const char *file, int line, const char *what);

#define must(x) ((x) ? (void)0 : must_failed(__FILE__, __LINE__, #x))

/* The struct that a member lies in. */
#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
