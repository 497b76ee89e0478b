/* SPDX-License-Identifier: ISC */
/*
 * http_files -- boot files by HTTP: from a request to the answer.
 *
 * Its handler is called on the library's threads.  What they need of the
 * configuration is small (which local address has which root), is laid out by
 * http_files_configure() on the control loop, and lies under a lock that is
 * held for a copy.
 */
#pragma once

#include "boot/conf.h"
#include "boot/files.h"
#include "http/http.h"
#include "store/counters.h"
#include "store/events.h"

struct http_files;

/* NULL without memory.  events and counters may be NULL. */
struct http_files *http_files_new(struct loop *control, struct files *files, struct events *e,
				  struct counters *c);
/* After http_free: no thread may be in the handler. */
void http_files_free(struct http_files *h);

/*
 * On the control loop.  Both are borrowed until the next call, since addresses
 * that come and go are followed.  ST_FULL: no memory; the old one stays.
 */
enum status http_files_configure(struct http_files *h, const struct boot_conf *b,
				 const struct lan_conf *lan);

/* What http_new() wants; `connections` at once on each socket. */
struct http_want http_files_want(struct http_files *h, unsigned threads, unsigned connections);

/* ---- the steps, without input or output ------------------------------------------ */

/* application/octet-stream, unless the name's end says more. */
const char *http_type_of(const char *name);

/* The refusal that a method or a name has earned by itself; 0: none. */
unsigned http_refusal(const char *method, enum files_result name);

/* The answer about a file that was found, or not. */
struct http_answer http_decide(const struct http_request *r, enum files_result result,
			       const struct files_found *found, const char *type);
