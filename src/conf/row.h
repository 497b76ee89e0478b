/* SPDX-License-Identifier: ISC */
/*
 * row -- an option of the configuration language, declared once.
 *
 * A row names an option, how it is written, what it fills, and its sentence in
 * the manual.  The file parser, the command line, --help and docs/options.md
 * are loops over rows.  Rows lie beside the struct that they fill
 * (dhcp/conf.c, boot/conf.c …); conf/ knows no option by name.
 */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/origin.h"

struct args;

/* Whether a value follows the name; the words are getopt's. */
enum conf_arity { CONF_NO_VALUE, CONF_MAY_VALUE, CONF_MUST_VALUE };

enum conf_kind {
	CONF_FUNCTION,		/* .take parses the value (required for anything compound) */
	CONF_FLAG,		/* a bool member becomes true */
	CONF_COUNT,		/* a uint32_t member, .min to .max */
	CONF_SECONDS,		/* a uint32_t member, plain seconds, .min to .max */
	CONF_TEXT,		/* a const char * member: the whole value, commas and all */
	CONF_ALIAS,		/* another spelling of the option that .help names */
};

/* What becomes of the option today. */
enum conf_service {
	CONF_SERVED,
	CONF_NOT_SERVED,	/* "file:line: NAME is not served yet", exit 1 */
	CONF_QUALIFIES,		/* checked for form; without effect while the feature in
				 * .feature is off (and that feature is not served).  Flags,
				 * numbers and texts of such rows fill no member */
};

enum conf_group {
	GROUP_DNS_UPSTREAM, GROUP_DNS_CACHE, GROUP_DNS_LOCAL, GROUP_DNS_FILTER, GROUP_DNSSEC,
	GROUP_DNS_AUTH, GROUP_DNS_MISC, GROUP_DHCP_RANGE, GROUP_DHCP_HOST, GROUP_DHCP_OPTION,
	GROUP_DHCP_TAGS, GROUP_DHCP, GROUP_DHCP_LEASE, GROUP_DHCP6, GROUP_RA, GROUP_PXE,
	GROUP_TFTP, GROUP_HTTP, GROUP_PROCESS, GROUP_LOGGING, GROUP_INTERFACES, GROUP_SETS,
	GROUP_BUS, GROUP_SCRIPT,
};

struct conf_row {
	const char *name;
	char flag;			/* one-letter form; 0: none */
	enum conf_arity arity;
	enum conf_kind kind;
	enum conf_group group;
	enum conf_service service;
	bool once;			/* given twice in one tree of files: an error, as dnsmasq's
					 * "illegal repeated keyword" */
	bool own;			/* lanlord's own; dnsmasq does not know it */
	bool newer;			/* than dnsmasq 2.90: as its manual says, not compared with it */
	bool flag_alone;		/* CONF_MAY_VALUE: the one-letter form takes no value (-q, -1);
					 * else it must have one, as dnsmasq's -x and -r */
	size_t offset;			/* of the member, for kinds that fill one */
	uint32_t min, max;		/* CONF_COUNT, CONF_SECONDS; max 0: no limit but the type's.
					 * An empty value is 0, as in dnsmasq */
	bool clamp;			/* dnsmasq clamps here instead of refusing */
	bool (*take)(struct args *a, void *section);	/* CONF_FUNCTION */
	/* The same of a value in a file before quotes, blanks and comments in it are looked for;
	 * false: they are to be looked for, and nothing has been done.  NULL: always. */
	bool (*take_plain)(struct span value, struct origin o, struct arena *arena, void *section);
	const char *feature;		/* CONF_QUALIFIES: what it qualifies, in words */
	const char *syntax;		/* of the value, for --help and the manual: "<path>" */
	const char *deflt;		/* in words for the manual; the value is set by .init */
	const char *help;		/* one sentence */
	const char *example;		/* a value that parses; the tests round it through */
};

/*
 * A group of rows and the struct that they fill.  `check` sees the whole
 * configuration once all lines are read and reports what only shows then
 * (conf_error with the origin of the offending line).
 */
struct conf;
struct conf_section {
	const char *name;
	const struct conf_row *rows;
	size_t n;
	const struct conf_section *fills;	/* another one, listed before it, whose struct its
						 * rows fill; NULL: one of its own */
	size_t size;				/* of the struct; zeroed before init */
	void (*init)(void *section);		/* defaults; may be NULL */
	void (*check)(struct conf *c, void *section);	/* may be NULL */
};

/* A member of the wrong type does not compile. */
#define CONF_MEMBER(T, m, type) _Generic(((T *)0)->m, type: offsetof(T, m))
#define ROW_FLAG(T, m)    .kind = CONF_FLAG,    .offset = CONF_MEMBER(T, m, bool)
#define ROW_COUNT(T, m)   .kind = CONF_COUNT,   .offset = CONF_MEMBER(T, m, uint32_t)
#define ROW_SECONDS(T, m) .kind = CONF_SECONDS, .offset = CONF_MEMBER(T, m, uint32_t)
#define ROW_TEXT(T, m)    .kind = CONF_TEXT,    .offset = CONF_MEMBER(T, m, const char *)
#define ROW_TAKE(fn)      .kind = CONF_FUNCTION, .take = (fn)
