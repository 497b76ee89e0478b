/* SPDX-License-Identifier: ISC */
/*
 * leases -- who holds which address, and until when.
 *
 * The table lives in memory on the control loop; behind it stands a store
 * (SQLite, the text file) in a thread of its own.  A change is made in two
 * steps: leases_commit() holds the address at once, so that nobody else is
 * offered it, and calls back on the loop when the change is durable (or has
 * failed).  An ACK leaves in that callback and nowhere else.
 *
 * Every lookup is O(1) in the number of leases.
 */
#pragma once

#include <sys/types.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/status.h"

#define CLID_MAX 255
#define LEASE_NAME_MAX 255

enum lease_state {
	LEASE_NONE,		/* not in the table */
	LEASE_OFFERED,		/* held for a client that was sent an OFFER; never stored */
	LEASE_BOUND,		/* acknowledged, or about to be (see lease.committing) */
	LEASE_DECLINED,		/* a client found it in use; barred until mono_expires_ms */
	LEASE_REMEMBERED,	/* ended, the address is free; who had it is still known */
	LEASE_STATES
};

struct lease {
	struct addr addr;
	uint8_t clid_len;			/* 0: no client id */
	struct hwaddr hw;
	bool given_here;			/* by this process: not only read from the store */
	bool committing;			/* the store has not yet said that it is durable */
	const uint8_t *clid;
	const char *name;			/* unqualified; NULL: none */
	const char *domain;			/* its domain, or NULL; not stored: derived */
	int64_t expires_s;			/* wall clock, seconds; 0: never */
	int64_t mono_expires_ms;		/* the same on the monotonic clock, and what counts
						 * while running: the wall clock may jump; 0: never */
	int64_t heard_ms;			/* when its client last got or renewed it, monotonic; 0: not
						 * since start */
	enum lease_state state;
	unsigned ifindex;			/* where it was last heard; 0: not since start */
};

struct leases;

/*
 * Read-only lookups; borrowed until the next change.
 *
 * leases_at finds whatever holds the address: OFFERED, BOUND or DECLINED.  _of_clid
 * and _of_hw find a client's BOUND lease, else what it was OFFERED.  `near` and
 * `netmask` (host order) narrow that to one network; netmask 0 is any.  A lease that
 * ended is found by leases_remembered alone: its address is free.
 */
const struct lease *leases_at(const struct leases *l, const struct addr *a);
const struct lease *leases_of_clid(const struct leases *l, struct span clid, struct addr near,
				   uint32_t netmask);
const struct lease *leases_of_hw(const struct leases *l, const struct hwaddr *hw, struct addr near,
				 uint32_t netmask);
/* Each BOUND lease of a client, in no particular order: the one after `after`, NULL at first. */
const struct lease *leases_next_of_clid(const struct leases *l, struct span clid,
					const struct lease *after);
const struct lease *leases_next_of_hw(const struct leases *l, const struct hwaddr *hw,
				      const struct lease *after);
/* The address that a client had before: by its id if it gives one, else by its hardware. */
const struct lease *leases_remembered(const struct leases *l, const struct hwaddr *hw,
				      struct span clid, struct addr near, uint32_t netmask);
/* A BOUND one of that name, any case; domain NULL: whatever its domain. */
const struct lease *leases_named(const struct leases *l, const char *name, const char *domain);
size_t leases_count(const struct leases *l);	/* BOUND ones */

/*
 * IPv4, in host order.  From *ip on to `last`: the first address that nothing holds, or
 * nothing but an offer; false: there is none.  And from *ip down to `first`: the nearest
 * that is BOUND.
 */
enum lease_free { FREE_OF_ALL, FREE_BUT_FOR_OFFERS };
bool leases_next_free(const struct leases *l, enum lease_free how, uint32_t last, uint32_t *ip);
bool leases_last_bound(const struct leases *l, uint32_t first, uint32_t *ip);

/* IPv4, in host order: how the addresses from `first` to `last` are used. */
struct lease_use { uint32_t bound, declined, offered; };
struct lease_use leases_use(const struct leases *l, uint32_t first, uint32_t last);

/* Whatever is known, in any state and no particular order; *cursor from 0; NULL at the end.  Changes
 * between two calls do no harm: what is made meanwhile may be missed. */
const struct lease *leases_every(const struct leases *l, size_t *cursor);

/* Every BOUND lease in no particular order; *cursor from 0; NULL at the end. */
const struct lease *leases_each(const struct leases *l, size_t *cursor);

/* ---- changes (the control loop only) ----------------------------------- */

struct lease_commit {
	void (*done)(struct lease_commit *c, enum status s);	/* ST_OK: durable.  ST_FULL or
					 * ST_SYSTEM: not stored; the table is as it was before */
	struct lease_commit *next;
	uint8_t impl[64];		/* the store's own */
};

/* The new truth about one address. */
struct lease_change {
	struct addr addr;
	struct hwaddr hw;
	struct span clid;
	const char *name, *domain;	/* NULL: none */
	int64_t expires_s;		/* 0: never */
	unsigned ifindex;
};

/*
 * Binds (or renews) a lease.  ST_FULL: no more leases than dhcp-lease-max, or no
 * memory; then nothing changed and done is not called.  An existing lease of
 * another client on the address is replaced.  A name that another lease of the
 * same domain has moves here, as in dnsmasq.  done() runs in a later turn of the
 * loop; one that gives no more than is stored already succeeds even while the
 * store fails (see leases_promise).
 */
enum status leases_commit(struct leases *l, const struct lease_change *change,
			  struct lease_commit *c);

/* Another name (NULL: none) or domain for a BOUND lease; stored when there is time. */
void leases_rename(struct leases *l, const struct addr *a, const char *name, const char *domain);

/* Frees the address; the removal is durable when done is called (c may be NULL). */
void leases_release(struct leases *l, const struct addr *a, struct lease_commit *c);

/* Bars an address for `seconds`; who held it, if anybody, loses it. */
void leases_decline(struct leases *l, const struct addr *a, uint32_t seconds, struct now now);

/*
 * Holds an address for an OFFER; replaced by the same client, evicted oldest
 * first.  An address that is BOUND or DECLINED stays as it is.
 */
void leases_offer(struct leases *l, const struct addr *a, const struct hwaddr *hw, struct span clid,
		  uint32_t seconds, struct now now);

/*
 * Told after each change that others may care about: DNS names, the script, the
 * log: of a binding when it is durable, of an end when it comes.  RENAMED: another
 * name, client id or hardware address.  old_name is set when a lease was renamed or lost its
 * name, or took the place of another with one.
 */
enum lease_event { LEASE_ADDED, LEASE_RENEWED, LEASE_RENAMED, LEASE_REMOVED, LEASE_EXPIRED };
struct lease_watch {
	void (*told)(struct lease_watch *w, enum lease_event e, const struct lease *l,
		     const char *old_name);
	struct lease_watch *next;
};
void leases_watch(struct leases *l, struct lease_watch *w);

/*
 * How long a promise may be made to this client now?  Normally `want_s`.  While
 * the store cannot write (full disk, read-only): for a lease that is stored,
 * what is left of it; for a new one 0, and the refusal is counted.  0xffffffff is
 * for ever.
 */
uint32_t leases_promise(const struct leases *l, const struct addr *a, uint32_t want_s,
			struct now now);

/* ---- life --------------------------------------------------------------- */

struct loop;
struct counters;
struct text;

struct leases_want {
	const char *file;		/* the text file (dhcp-leasefile) */
	const char *store;		/* NULL: file.db beside it; "file"; "sqlite:PATH"; "memory" for
					 * tests; "copy": the leases of the text as it is now, in
					 * memory, for who only looks: nothing is locked or written;
					 * "given": those of the text below, in memory, for who keeps
					 * them elsewhere (see leases_hold) */
	struct span given;
	uint32_t max;			/* dhcp-lease-max */
	struct counters *counters;	/* or NULL */
	uint32_t offers_max;		/* addresses held for offers at a time; 0: as many as max,
					 * but 64 to 65536 */
};

/*
 * Two steps, because no database handle crosses a fork and files are opened
 * while root.  _open reads everything and gives the files to owner and group
 * ((uid_t)-1: as they are); errors in `why`, one line: ST_FULL, more leases are
 * stored than max (dnsmasq ends with 5); ST_UNKNOWN, there is nothing to copy; ST_TAKEN, another server has the store;
 * ST_REFUSED, the database is newer than this program; ST_SYSTEM, files.
 * _start makes the writer thread, after the sandbox is up; without it nothing
 * is stored.  _stop commits what waits, writes the text file exact and ends the
 * thread; every done() was called when it returns.
 */
enum status leases_open(struct leases **out, struct loop *loop, const struct leases_want *want,
			uid_t owner, gid_t group, char *why, size_t why_size);
enum status leases_start(struct leases *l);
void leases_stop(struct leases *l);
void leases_free(struct leases *l);
/* A reload changed dhcp-lease-max. */
void leases_set_max(struct leases *l, uint32_t max);

/* The folders that the store writes in, for the sandbox; out[] borrowed; how many (0 to 2). */
size_t leases_folders(const struct leases *l, const char *out[2]);

/* What `lanlord status` says of the store, a line each. */
void leases_status(const struct leases *l, struct text *out);

/*
 * Of leases that somebody keeps elsewhere, as he is told of them ("given"): while he can take no
 * more, commits wait.  Those that wait at leases_stop() fail.
 */
void leases_hold(struct leases *l, bool hold);

/*
 * Of a store in memory only: commits are answered after delay_ms with this
 * status; anything but ST_OK is a store that cannot write.
 */
void leases_memory_answers(struct leases *l, int64_t delay_ms, enum status s);
