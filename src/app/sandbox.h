/* SPDX-License-Identifier: ISC */
/*
 * sandbox -- what the process can no longer do, even when a stranger has taken
 * it over: other files (Landlock) and other system calls (seccomp).
 *
 * Rules are on directories, never on files: a rule on a file dies when the file
 * is replaced.  Where the kernel lacks a part or forbids it, the rest is entered
 * and the state says what is missing; that is never an error.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum sandbox_access { SANDBOX_READ, SANDBOX_WRITE };
enum sandbox_tcp { SANDBOX_TAKES_TCP, SANDBOX_MAKES_TCP };

struct sandbox {
	int ruleset;		/* Landlock's descriptor until entered; -1: none */
	int abi;		/* of the kernel's Landlock; 0: none */
	bool landlock, seccomp;	/* entered */
	enum sandbox_tcp tcp;	/* as given */
	char missing[160];	/* what is not there and why; "" when all is */
};

/* Learns what the kernel can do.  Directories are added while they can still be reached.  DNS asks
 * servers by TCP; nothing else makes connections. */
void sandbox_init(struct sandbox *s, enum sandbox_tcp tcp);

/* Beneath this directory files may be read, or also written, made, renamed and removed.
 * False: it cannot be opened (errno); nothing there will be reachable. */
bool sandbox_allow(struct sandbox *s, const char *directory, enum sandbox_access access);

/* As sandbox_allow for the directory that a file lies in. */
bool sandbox_allow_around(struct sandbox *s, const char *file, enum sandbox_access access);

/* No way back; every thread is in.  After no_new_privs and before the first thread. */
void sandbox_enter(struct sandbox *s);

/* The seccomp filter alone: 0, or an errno.  The helper may also act as the server's user. */
enum seccomp_for { SECCOMP_SERVER, SECCOMP_HELPER };
int seccomp_enter(enum seccomp_for who);
