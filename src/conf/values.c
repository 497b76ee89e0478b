/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf/args_private.h"
#include "conf/chars.h"
#include "conf/conf.h"
#include "conf/source.h"

#define SCRATCH_MAX (1u << 16)		/* what read lines leave behind before it is cleared */

struct values {				/* one reading of such a file */
	struct arena *arena;
	const char *option;
	bool (*take)(struct args *a, void *object);
	void *object;
	conf_bad_line *bad;
	void *arg;
};

static void read_value(struct values *v, struct origin o, struct span raw, struct arena *scratch)
{
	struct chars line;
	unsigned column;
	const char *wrong = chars_of_line(scratch, raw, &line, &column);

	if (!wrong && line.n) {
		struct args *a = args_new(v->arena, scratch, o, v->option, &line);

		if (!(v->take(a, v->object) ? args_finish(a) : args_fail(a)))
			wrong = args_error_text(a);
	}
	if (wrong)
		v->bad(v->arg, &o, wrong);
}

static void read_all(struct values *v, struct origin o, struct span text)
{
	struct arena scratch;
	struct span line;

	arena_init(&scratch, 0);
	while (text_line(&text, &line)) {
		o.line++;
		read_value(v, o, line, &scratch);
		if (scratch.used > SCRATCH_MAX)
			arena_done(&scratch);
	}
	arena_done(&scratch);
}

enum status conf_read_values(struct arena *arena, struct conf_files *files, const char *path,
			     const char *option, bool (*take)(struct args *a, void *object),
			     void *object, conf_bad_line *bad, void *arg)
{
	struct values v = { arena, option, take, object, bad, arg };
	struct origin o = { arena_text(arena, path), 0 };
	int fd = source_open(files, path, 0), error;
	struct span text;

	if (fd < 0)
		return errno == ENOENT ? ST_UNKNOWN : ST_SYSTEM;
	if (source_read(fd, &text) < 0) {
		error = errno;
		close(fd);
		errno = error;
		return ST_SYSTEM;
	}
	close(fd);
	read_all(&v, o, text);
	free((void *)text.p);
	return ST_OK;
}
