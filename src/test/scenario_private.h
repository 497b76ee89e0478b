/* SPDX-License-Identifier: ISC */
/* The player's inside, for its own files. */
#pragma once

#include "app/lease_names.h"
#include "dhcp/log.h"
#include "dhcp/server.h"
#include "dns/log.h"
#include "dns/server.h"
#include "net/sim.h"
#include "test/scenario.h"
#include "wire/dhcp4.h"

enum { STORY_WORDS = 40, STORY_CLIENTS = 1024, STORY_LOG = 400, STORY_LINE = 400 };
enum { STORY_FILES = 4, STORY_UPSTREAMS = 8, STORY_SAYINGS = 40, STORY_ANSWERS = 200, STORY_PEERS = 8 };
#define STORY_STEP_MS 10		/* between looks at what engines sent */
#define STORY_BUSY_MS 60000		/* a question upstream is over before that */

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

/* What a server upstream says of a name. */
struct story_saying {
	char name[256], value[256];
	uint16_t type;
	uint32_t ttl_s;
};

struct story_upstream {
	struct addr addr;
	bool silent;
	bool cuts;			/* by UDP its answers are too long */
	bool refuses;			/* connections */
	int64_t delay_ms;
	unsigned asked;
	struct story_saying saying[STORY_SAYINGS];
	size_t n;
};

struct story_answer {			/* on its way from upstream */
	int64_t due_ms;
	struct endpoint from, to;
	struct sim_peer *by;		/* the connection; NULL: by UDP */
	uint8_t bytes[2 + DNS_UDP_MIN];	/* its length before it */
	size_t n;
};

struct story_asker {			/* the question that was asked last */
	uint16_t id;
	size_t n;			/* bytes of its answer; 0: none yet */
	uint8_t bytes[DNS_MESSAGE_MAX];
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
	struct names *names;
	struct lease_names lease_names;
	struct dns *dns;			/* NULL: port=0, as where a story gives no port */
	struct dns_data *dns_data;
	struct dns_counts dns_counts;
	struct dns_log dns_log;
	struct cache *cache;
	struct rng rng;
	struct conf_files conf_files;
	struct conf *conf, *old_conf;
	struct dhcp_files *files;
	unsigned ifindex;			/* of eth0 */

	int64_t start_ms;
	struct story_client client[STORY_CLIENTS];
	size_t clients;
	uint32_t xids;
	struct { char path[64], text[4096]; } file[STORY_FILES];
	size_t files_n;
	struct story_upstream upstream[STORY_UPSTREAMS];
	size_t upstreams;
	struct story_answer answer[STORY_ANSWERS];
	size_t answers;
	struct { struct sim_peer *peer; struct endpoint at, from; } peer[STORY_PEERS];
	size_t peers;				/* connections upstream so far */
	struct story_asker asker;
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
/* The time after `key=`; *out stays where there is no such word.  False: it is none. */
bool step_time(const struct step *s, const char *key, int64_t *out_ms);
/* "10m", "300ms", "90" seconds. */
bool story_time(const char *s, int64_t *out_ms);

/* Ends the story with what is wrong; returns false. */
__attribute__((format(printf, 2, 3))) bool story_fail(struct story *st, const char *format, ...);

/* Time passes, and what was sent is sorted into inboxes. */
void story_run(struct story *st, int64_t ms);
struct story_client *story_client(struct story *st, const struct hwaddr *hw);

/* "sends discover hostname=printer": words from the second on. */
bool story_sends(struct story *st, struct story_client *c, const struct step *s);
/* "gets offer 192.0.2.10 lease-time=600", "gets nothing". */
bool story_gets(struct story *st, struct story_client *c, const struct step *s);

/* ---- DNS (scenario_dns.c) ------------------------------------------------------------ */

bool story_file(struct story *st, const char *path, struct span text);
/* The configuration's names from now on; DNS itself where it is on. */
bool story_dns_use(struct story *st);
void story_dns_free(struct story *st);
/* An answer to a client: it is kept.  False: it is none. */
bool story_dns_heard(struct story *st, const struct sim_sent *sent);
bool story_asks(struct story *st, const struct step *s, const struct addr *from);

/* ---- servers upstream (scenario_upstream.c) ---------------------------------------------- */

/* What an answer without addresses is called. */
extern const struct story_rcode { const char *word; unsigned rcode; } story_rcodes[4];

/* A question to one of them: it will be answered.  False: it is none. */
bool story_upstream_asked(struct story *st, const struct sim_sent *sent);
/* Connections are taken, and answers that are due arrive. */
void story_upstream_run(struct story *st);
bool story_upstream(struct story *st, const struct step *s);
