/* SPDX-License-Identifier: ISC */
#include "app/log.h"
#include "app/server.h"
#include "base/must.h"

static struct reread *reread_of(struct reader_job *j)
{
	return container_of(j, struct reread, job);
}

/* ---- on the loop ------------------------------------------------------------------- */

static bool begin(struct reread *r)
{
	struct server *s = r->server;

	if (s->helper && helper_is_gone(s->helper)) {
		log_error(LOG_MAIN, "%s", SERVER_NO_HELPER);
		return false;
	}
	change_prepare(&r->change, s, s->now, r->of);
	return true;
}

static void use(struct reread *r)
{
	struct failure f = { .code = EXIT_CODE_OK };

	change_use(&r->change, r->server, &f);
	if (f.text[0])
		log_error(LOG_MAIN, "%s", f.text);
	if (r->of == CHANGE_ALL && r->server->script)
		script_tell_all(r->server->script);
}

/* At the start there is nothing else to go on with. */
static bool use_or_keep(struct reread *r)
{
	if (!reader_broke(r->server->reader) || r->change.is_first) {
		use(r);
		return true;
	}
	change_keep(&r->change, r->server);	/* which tells of the file */
	log_error(LOG_MAIN, SERVER_HALF_READ);
	return true;
}

static bool end(struct reread *r)
{
	(void)r;
	return false;
}

static bool next(struct reader_job *j)
{
	static bool (*const steps[])(struct reread *r) = { begin, use_or_keep, end };

	return steps[j->worked](reread_of(j));
}

/* ---- on the reader's thread ----------------------------------------------------------- */

static void let_go(struct reader_job *j)
{
	change_free(&reread_of(j)->change);
}

static void work(struct reader_job *j)
{
	if (j->worked == 0)
		change_read(&reread_of(j)->change);
	else
		let_go(j);
}

void reread_init(struct reread *r, struct server *s, enum change_of of)
{
	*r = (struct reread){ .job = { .next = next, .work = work, .drop = let_go },
			      .server = s, .of = of };
}
