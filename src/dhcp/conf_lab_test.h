/* SPDX-License-Identifier: ISC */
/*
 * conf_lab_test -- read a few lines of configuration, look at what came of them.
 */
#pragma once

#include "base/must.h"
#include "conf/conf.h"
#include "dhcp/conf.h"
#include "test/test.h"

static inline struct conf *conf_of(const char *lines)
{
	static const struct conf_section *const sections[] = { &dhcp_section };
	struct conf *c = conf_new(sections, 1, NULL);

	conf_read_text(c, "test", span_text(lines));
	conf_check(c);
	return c;
}

/* As conf_of, but for lines without a mistake. */
static inline struct conf *good_conf(const char *lines, struct dhcp_conf **out)
{
	struct conf *c = conf_of(lines);

	if (conf_errors(c))
		test_failed(__FILE__, __LINE__, conf_error_text(c, 0));
	*out = conf_section(c, &dhcp_section);
	return c;
}

/* A line has no mistake (NULL), or one whose text has these words. */
static inline void check_line(const char *line, const char *error)
{
	struct conf *c = conf_of(line);

	CHECK_EQ(conf_errors(c), error ? 1 : 0);
	if (conf_errors(c) && error && !strstr(conf_error_text(c, 0), error))
		test_failed(__FILE__, __LINE__, conf_error_text(c, 0));
	conf_free(c);
}
