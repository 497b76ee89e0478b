/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>

#include "app/follow.h"
#include "base/must.h"

static void close_unwanted(struct followed *f, const struct bindings *want,
			   const struct follow_how *how, void *service)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->open.n; i++)
		if (bindings_have(want, &f->open.at[i]))
			f->open.at[kept++] = f->open.at[i];
		else
			how->close(service, &f->open.at[i]);
	f->open.n = kept;
}

static bool may_be_missing(const struct binding *b, enum status s)
{
	return s == ST_UNKNOWN && b->addr.family == ADDR_IP6 && addr_is_any(&b->addr);
}

bool follow(struct followed *f, const struct bindings *want, const struct follow_how *how,
	    void *service, struct follow_failure *out)
{
	bool all = true;

	close_unwanted(f, want, how, service);
	for (size_t i = 0; i < want->n; i++) {
		const struct binding *one = &want->at[i];
		enum status s;

		if (bindings_have(&f->open, one))
			continue;
		s = how->open(service, one);
		if (s == ST_OK) {
			f->open.at[f->open.n++] = *one;
		} else if (!may_be_missing(one, s)) {
			*out = (struct follow_failure){ *one, s, errno };
			all = false;
		}
	}
	if (want->overflow)
		*out = (struct follow_failure){ want->at[want->n - 1], ST_FULL, 0 };
	return all && !want->overflow;
}

struct follow_text follow_failure_text(const struct follow_failure *f)
{
	static const struct { enum status s; int error; } errors[] = {
		{ ST_TAKEN, EADDRINUSE }, { ST_UNKNOWN, EADDRNOTAVAIL },
		{ ST_REFUSED, EACCES },	  { ST_FULL, ENOMEM },
	};
	struct follow_text text;
	const char *why = strerror(f->error);

	if (f->status == ST_FULL && !f->error) {
		snprintf(text.s, sizeof text.s, "%s and more: at most %d addresses are listened on; "
			 "choose by interface or listen-address", addr_text(&f->at.addr).s,
			 BINDINGS_MAX);
		return text;
	}
	if (f->status != ST_SYSTEM)
		why = status_text(f->status);
	for (size_t i = 0; i < COUNT_OF(errors); i++)
		if (errors[i].s == f->status)
			why = strerror(errors[i].error);
	snprintf(text.s, sizeof text.s, "%s: %s", addr_text(&f->at.addr).s, why);
	return text;
}
