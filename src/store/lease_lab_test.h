/* SPDX-License-Identifier: ISC */
/*
 * lease_lab_test -- a folder, a simulated loop and a store in it, for the tests of
 * the store.  Log lines are recorded, and a commit is waited for in real time.
 */
#pragma once

#include "net/sim.h"
#include "store/counters.h"
#include "store/leases.h"

struct lab {
	char dir[64], file[96], db[96];
	struct loop *loop;
	struct leases *leases;
	struct counters counters;
	const char *store;		/* lease-store, or NULL */
	uint32_t max;
	uid_t owner;			/* given to leases_open; (uid_t)-1 */
	gid_t group;
	char why[256];
};

void lab_init(struct lab *lab);
void lab_done(struct lab *lab);		/* all of it is gone */

enum status lab_open(struct lab *lab);	/* opened, not started */
void lab_start(struct lab *lab);	/* opened and started, or the test fails */
void lab_stop(struct lab *lab);		/* stopped and freed */
void lab_crash(struct lab *lab);	/* freed as after kill -9: nothing is finished */

/* 192.0.2.HOST or 10.x.y.z for 02:…:HOST; waits for the answer.  seconds 0: for ever. */
enum status lab_commit(struct lab *lab, unsigned host, const char *name, uint32_t seconds);
enum status lab_release(struct lab *lab, unsigned host);
void lab_wait_ms(struct lab *lab, unsigned ms);

struct lease_change lab_change(struct lab *lab, unsigned host, const char *name, uint32_t seconds);
struct addr lab_addr(unsigned host);
struct hwaddr lab_hw(unsigned host);
const struct lease *lab_at(struct lab *lab, unsigned host);

void lab_write(const char *path, const char *text);
/* Into a buffer of the lab's own; "(none)" if there is no such file. */
const char *lab_read(const char *path);
bool lab_exists(const char *path);
/* Waits until the lease file has this, five seconds at most; milliseconds that it took. */
unsigned lab_wait_text(struct lab *lab, const char *part);
/* How many names in the folder begin so. */
unsigned lab_count(struct lab *lab, const char *prefix);

/* Lines logged since lab_init or lab_log_clear; one a line. */
const char *lab_log(void);
void lab_log_clear(void);
unsigned lab_logged(const char *part);	/* lines that have it */
