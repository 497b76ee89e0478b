/* SPDX-License-Identifier: ISC */
/*
 * identity -- what the program calls itself, and what it says it can do.
 *
 * Called by the name dnsmasq it introduces itself so that programs which look
 * for dnsmasq's first line find it; its own name stands there too.
 */
#pragma once

#include <stdio.h>

/* Once, before anything else; "dnsmasq" when the last part of argv0 begins so. */
void identity_init(const char *argv0);

/* "lanlord" or "dnsmasq": before messages on stderr. */
const char *identity_name(void);

/* "lanlord-0.1.0"; as dnsmasq "2.90-lanlord-0.1.0".  For the line "started, version …". */
const char *identity_version(void);

/* The tokens after "compile time options: ", dnsmasq's words, true of this build. */
const char *identity_options(void);

/* --version */
void identity_print(FILE *out);
