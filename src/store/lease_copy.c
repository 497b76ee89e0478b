/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "store/lease_line.h"
#include "store/lease_writer.h"

enum { GARBAGE_LINES = 20 };	/* told one by one */

static void tell_garbage(const char *whose, const struct lease_walk *w)
{
	char safe[160];
	struct text t = TEXT(safe);

	text_safe(&t, w->text);
	log_warning(LOG_DHCP, "%s: line %u is not a lease, dropped: %s", whose, w->line, safe);
}

/* whose NULL: nobody is to be told of lines that are no leases. */
static enum status take_lines(struct span text, const char *whose, struct lease_image *image)
{
	unsigned garbage = 0;

	struct lease_walk w = { .rest = text };
	enum lease_line_kind kind;
	enum status s = ST_OK;

	while (s == ST_OK && (kind = lease_walk_next(&w)) != LINE_END) {
		char line[LEASE_LINE_MAX];

		if (kind == LINE_GARBAGE && whose && garbage++ < GARBAGE_LINES)
			tell_garbage(whose, &w);
		if (kind == LINE_LEASE)
			s = lease_image_set(image, addr_to_ip4(&w.record.addr),
					    span_of(line, lease_line_print(&w.record, line)));
	}
	return s;
}

enum status lease_writer_copy(struct lease_writer *w, const char *file, char *why, size_t why_size)
{
	struct text t = text_of(why, why_size);
	uint8_t *bytes = NULL;
	size_t n = 0;
	enum status s;

	lease_writer_memory(w);
	s = lease_files_read(&lease_files_real, file, &bytes, &n);
	if (s != ST_OK)
		text_addf(&t, "%s: %s", file, strerror(errno));
	else if ((s = take_lines(span_of(bytes, n), NULL, &w->image)) != ST_OK)
		text_addf(&t, "%s: no memory", file);
	free(bytes);
	return s;
}

enum status lease_writer_given(struct lease_writer *w, struct span text, const char *whose, char *why,
			       size_t why_size)
{
	struct text t = text_of(why, why_size);
	enum status s;

	lease_writer_memory(w);
	s = take_lines(text, whose, &w->image);
	if (s != ST_OK)
		text_addf(&t, "%s: no memory", whose);
	return s;
}
