/* SPDX-License-Identifier: ISC */
/* The player's inside, for its own files. */
#pragma once

#include "dhcp/log.h"
#include "dhcp/server.h"
#include "net/sim.h"
#include "test/scenario.h"
#include "wire/dhcp4.h"

enum { STORY_WORDS = 40, STORY_CLIENTS = 1024, STORY_LOG = 400, STORY_LINE = 400 };

/* A reply that nobody in the story has looked at yet. */
struct story_reply {
	struct endpoint to;
	struct hwaddr frame_to;
	int64_t at_ms;
	size_t n;
	uint8_t bytes[DHCP4_MAX_SIZE];
	struct story_reply *next;
};

struct story_client {
	struct hwaddr hw;
	uint32_t xid;				/* of what it sent last */
	int64_t sent_ms;
	struct addr offered, server_id;		/* of the last offer it was given */
	struct story_reply *inbox;
};

struct story {
	const char *path;
	unsigned line;
	bool failed;

	struct loop *loop;
	struct leases *leases;
	struct events events;
	struct counters counters;
	struct dhcp_log log;
	struct dhcp_server *server;
	struct conf *conf, *old_conf;
	struct dhcp_files *files;
	unsigned ifindex;			/* of eth0 */

	int64_t start_ms;
	struct story_client client[STORY_CLIENTS];
	size_t clients;
	uint32_t xids;
	char said[STORY_LOG][STORY_LINE];	/* the latest lines of the log */
	size_t says;
	size_t looked;				/* lines before this one were looked at */
};

/* A step, in words; "quotes" keep blanks. */
struct step {
	char *word[STORY_WORDS];
	size_t n;
};

/* The word after `key=`, or NULL. */
const char *step_value(const struct step *s, const char *key);
bool step_has(const struct step *s, const char *word);

/* Ends the story with what is wrong; returns false. */
__attribute__((format(printf, 2, 3))) bool story_fail(struct story *st, const char *format, ...);

/* Time passes, and what was sent is sorted into inboxes. */
void story_run(struct story *st, int64_t ms);
struct story_client *story_client(struct story *st, const struct hwaddr *hw);

/* "sends discover hostname=printer": words from the second on. */
bool story_sends(struct story *st, struct story_client *c, const struct step *s);
/* "gets offer 192.0.2.10 lease-time=600", "gets nothing". */
bool story_gets(struct story *st, struct story_client *c, const struct step *s);
