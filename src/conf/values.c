/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf/args_private.h"
#include "conf/chars.h"
#include "conf/conf.h"
#include "conf/source.h"

struct values {				/* one reading of such a file */
	struct arena *arena;
	const char *option;
	bool (*take)(struct args *a, void *object);
	void *object;
	conf_bad_line *bad;
	void *arg;
};

static void read_value(struct values *v, struct origin o, struct span raw)
{
	struct arena scratch;
	struct chars line;
	unsigned column;
	const char *wrong;

	arena_init(&scratch, 0);
	wrong = chars_of_line(&scratch, raw, &line, &column);
	if (!wrong && line.n) {
		struct args *a = args_new(v->arena, &scratch, o, v->option, &line);

		if (!(v->take(a, v->object) ? args_finish(a) : args_fail(a)))
			wrong = args_error_text(a);
	}
	if (wrong)
		v->bad(v->arg, &o, wrong);
	arena_done(&scratch);
}

enum status conf_read_values(struct arena *arena, struct conf_files *files, const char *path,
			     const char *option, bool (*take)(struct args *a, void *object),
			     void *object, conf_bad_line *bad, void *arg)
{
	struct values v = { arena, option, take, object, bad, arg };
	struct origin o = { arena_text(arena, path), 0 };
	int fd = source_open(files, path, 0), error;
	struct span text, rest, line;

	if (fd < 0)
		return errno == ENOENT ? ST_UNKNOWN : ST_SYSTEM;
	if (source_read(fd, &text) < 0) {
		error = errno;
		close(fd);
		errno = error;
		return ST_SYSTEM;
	}
	close(fd);
	rest = text;
	while (text_line(&rest, &line)) {
		o.line++;
		read_value(&v, o, line);
	}
	free((void *)text.p);
	return ST_OK;
}
