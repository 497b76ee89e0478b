/* SPDX-License-Identifier: ISC */
/*
 * script_words -- the arguments and the environment of one run of dhcp-script: pure.
 */
#pragma once

#include "app/script_runner.h"
#include "store/leases.h"

enum script_action { SCRIPT_ADD, SCRIPT_OLD, SCRIPT_DEL };

struct script_told {
	enum script_action action;
	const struct lease *lease;
	const char *old_name;		/* it was called so, and is called nothing now; or NULL */
	const char *domain;		/* or NULL */
	const char *interface;		/* or NULL */
	struct span facts;		/* of dhcp/facts.h; empty: the client is not here */
	bool log_dhcp;
	int64_t wall_s;
};

/* A message to the runner; how long it is. */
size_t script_words(const struct script_told *t, uint8_t out[SCRIPT_MESSAGE_MAX]);

/* The same of a neighbour that came or went. */
size_t script_words_arp(const struct hwaddr *hw, const struct addr *a, bool gone,
			uint8_t out[SCRIPT_MESSAGE_MAX]);

/* The same of a file that was sent by TFTP. */
size_t script_words_tftp(uint64_t bytes, const struct addr *to, const char *path,
			 uint8_t out[SCRIPT_MESSAGE_MAX]);
