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
	LEASE_DECLINED,		/* a client found it in use; barred until expires_s */
};

struct lease {
	struct addr addr;
	struct hwaddr hw;
	uint8_t clid_len;			/* 0: no client id */
	const uint8_t *clid;
	const char *name;			/* unqualified; NULL: none */
	const char *domain;			/* its domain, or NULL; not stored: derived */
	int64_t expires_s;			/* wall clock, seconds; 0: never */
	int64_t mono_expires_ms;		/* the same on the monotonic clock; 0: never */
	enum lease_state state;
	bool committing;			/* the store has not yet said that it is durable */
	unsigned ifindex;			/* where it was last heard; 0: not since start */
};

struct leases;

/* Read-only lookups; borrowed until the next change.  An expired lease is not found by
 * leases_at (its address is free) but is still found by leases_remembered. */
const struct lease *leases_at(const struct leases *l, const struct addr *a);
const struct lease *leases_of_clid(const struct leases *l, struct span clid, struct addr near,
				   uint32_t netmask);
const struct lease *leases_of_hw(const struct leases *l, const struct hwaddr *hw, struct addr near,
				 uint32_t netmask);
const struct lease *leases_named(const struct leases *l, const char *name, const char *domain);
size_t leases_count(const struct leases *l);	/* BOUND ones */

/* Every lease in no particular order; index from 0; NULL at the end. */
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
 * Binds (or renews) a lease.  ST_FULL: no more leases than dhcp-lease-max; then
 * nothing changed and done is not called.  An existing lease of another client
 * on the address is replaced.
 */
enum status leases_commit(struct leases *l, const struct lease_change *change,
			  struct lease_commit *c);

/* Frees the address; the removal is durable when done is called (c may be NULL). */
void leases_release(struct leases *l, const struct addr *a, struct lease_commit *c);

/* Bars an address for `seconds`. */
void leases_decline(struct leases *l, const struct addr *a, uint32_t seconds, struct now now);

/* Holds an address for an OFFER; replaced by the same client, evicted oldest first. */
void leases_offer(struct leases *l, const struct addr *a, const struct hwaddr *hw, struct span clid,
		  uint32_t seconds, struct now now);

/*
 * Told after each change that others may care about: DNS names, the script, the
 * log.  old_name is set when a lease was renamed or lost its name.
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
 * what is left of it; for a new one 0, and the refusal is counted.
 */
uint32_t leases_promise(const struct leases *l, const struct addr *a, uint32_t want_s,
			struct now now);

/* ---- life --------------------------------------------------------------- */

struct loop;
struct leases_want {
	const char *file;		/* the text file (dhcp-leasefile) */
	const char *store;		/* NULL: file.db beside it; "file"; "sqlite:PATH"; "memory" for tests */
	uint32_t max;			/* dhcp-lease-max */
};

/*
 * Two steps, because no database handle crosses a fork and files are opened
 * while root.  _open reads everything (errors in `why`, one line); _start makes
 * the writer thread, after the sandbox is up.  _stop commits what waits, writes the
 * text file exact and ends the thread.
 */
enum status leases_open(struct leases **out, struct loop *loop, const struct leases_want *want,
			uid_t owner, gid_t group, char *why, size_t why_size);
enum status leases_start(struct leases *l);
void leases_stop(struct leases *l);
void leases_free(struct leases *l);
/* A reload changed dhcp-lease-max. */
void leases_set_max(struct leases *l, uint32_t max);
