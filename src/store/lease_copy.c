/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "store/lease_line.h"
#include "store/lease_writer.h"

static enum status take_lines(struct span text, struct lease_image *image)
{
	struct lease_walk w = { .rest = text };
	enum lease_line_kind kind;
	enum status s = ST_OK;

	while (s == ST_OK && (kind = lease_walk_next(&w)) != LINE_END) {
		char line[LEASE_LINE_MAX];

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
	else if ((s = take_lines(span_of(bytes, n), &w->image)) != ST_OK)
		text_addf(&t, "%s: no memory", file);
	free(bytes);
	return s;
}
