/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <syslog.h>

#include "app/conf.h"
#include "base/must.h"
#include "base/text.h"
#include "conf/args.h"

#define LOG_QUEUE_DEFAULT 5
#define LOG_QUEUE_MAX 100

static const struct { const char *name; int number; } facilities[] = {
	{ "kern", LOG_KERN },	  { "user", LOG_USER },	      { "mail", LOG_MAIL },
	{ "daemon", LOG_DAEMON }, { "auth", LOG_AUTH },	      { "security", LOG_AUTH },
	{ "syslog", LOG_SYSLOG }, { "lpr", LOG_LPR },	      { "news", LOG_NEWS },
	{ "uucp", LOG_UUCP },	  { "cron", LOG_CRON },	      { "authpriv", LOG_AUTHPRIV },
	{ "ftp", LOG_FTP },	  { "local0", LOG_LOCAL0 },   { "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },   { "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 }, { "local6", LOG_LOCAL6 },   { "local7", LOG_LOCAL7 },
};

/* The value as written, "" when there is none. */
static const char *value_or_empty(struct args *a)
{
	const char *value = "";

	if (args_more(a))
		args_rest(a, &value);
	return value;
}

static bool take_user(struct args *a, void *section)
{
	struct app_conf *c = section;

	c->user = value_or_empty(a);
	return true;
}

static bool take_group(struct args *a, void *section)
{
	struct app_conf *c = section;

	c->group = value_or_empty(a);
	return true;
}

static bool take_pid_file(struct args *a, void *section)
{
	struct app_conf *c = section;

	c->pid_file = value_or_empty(a);
	return true;
}

/* What a command line asks for; in a file these words are accepted and mean nothing. */
static bool on_command_line(const struct args *a)
{
	return strcmp(args_origin(a).file, "command line") == 0;
}

static bool take_question(struct args *a, struct app_conf *c, enum app_question question)
{
	if (on_command_line(a) && c->question == ASKED_NOTHING)
		c->question = question;
	return true;
}

static bool take_version(struct args *a, void *section)
{
	return take_question(a, section, ASKED_VERSION);
}

static bool take_help(struct args *a, void *section)
{
	return take_question(a, section, ASKED_HELP);
}

static bool take_test(struct args *a, void *section)
{
	((struct app_conf *)section)->test |= on_command_line(a);
	return true;
}

static bool take_log_facility(struct args *a, void *section)
{
	struct app_conf *c = section;
	const char *value = value_or_empty(a);

	c->log_target_given = true;
	if (strcmp(value, "-") == 0) {
		c->log_target = LOG_TO_STDERR;
		return true;
	}
	if (strchr(value, '/')) {
		c->log_target = LOG_TO_FILE;
		c->log_file = value;
		return true;
	}
	c->log_target = LOG_TO_SYSLOG;
	for (size_t i = 0; i < COUNT_OF(facilities); i++)
		if (strcmp(value, facilities[i].name) == 0) {
			c->log_facility = facilities[i].number;
			return true;
		}
	return args_error(a, "bad log facility \"%s\"; write daemon, local0 to local7, another "
			  "facility of syslog, a file's path, or -", value);
}

static bool take_log_async(struct args *a, void *section)
{
	struct app_conf *c = section;
	const bool is_bare = !args_more(a);
	const char *value = value_or_empty(a);
	uint64_t lines = is_bare ? LOG_QUEUE_DEFAULT : 0;

	if (*value && !text_uint(value, UINT32_MAX, &lines))
		return args_error(a, "\"%s\" does not fit here; write how many lines may wait", value);
	c->log_async = lines > 0;
	c->log_async_lines = lines > LOG_QUEUE_MAX ? LOG_QUEUE_MAX : (uint32_t)lines;
	return true;
}

static bool take_log_queries(struct args *a, void *section)
{
	struct app_conf *c = section;
	const char *form = value_or_empty(a);	/* any word, as dnsmasq: unknown ones change nothing */

	c->log_queries = true;
	c->log_queries_extra |= strcmp(form, "extra") == 0;
	c->log_queries_proto |= strcmp(form, "proto") == 0;
	c->log_queries_auth |= strcmp(form, "auth") == 0;
	return true;
}

static bool take_dumpmask(struct args *a, void *section)
{
	const char *value = value_or_empty(a);
	char *end;

	((struct app_conf *)section)->dump_mask = (uint32_t)strtoul(value, &end, 0);
	if (end == value || *end)
		return args_error(a, "dumpmask is a number, such as 0x00ff");
	return true;
}

static bool take_log_format(struct args *a, void *section)
{
	static const char *const formats[] = { "text", "json", NULL };
	unsigned which;

	if (!args_name_of(a, formats, &which))
		return args_error(a, "log-format is text or json");
	((struct app_conf *)section)->log_json = which == 1;
	return true;
}

/* clang-format off */
static const struct conf_row rows[] = {
	{ .name = "user", .flag = 'u', .arity = CONF_MAY_VALUE, ROW_TAKE(take_user),
	  .group = GROUP_PROCESS, .once = true, .syntax = "<name>", .deflt = "nobody",
	  .help = "Change to this user after start; an empty name stays root.",
	  .example = "nobody" },
	{ .name = "group", .flag = 'g', .arity = CONF_MAY_VALUE, ROW_TAKE(take_group),
	  .group = GROUP_PROCESS, .once = true, .syntax = "<name>",
	  .deflt = "dip, or the user's own where there is no dip",
	  .help = "Change to this group after start; an empty name keeps the one it has.",
	  .example = "nogroup" },
	{ .name = "pid-file", .flag = 'x', .arity = CONF_MAY_VALUE, ROW_TAKE(take_pid_file),
	  .group = GROUP_PROCESS, .once = true, .syntax = "<path>",
	  .deflt = "/var/run/dnsmasq.pid",
	  .help = "Write the daemon's process id here; empty writes none.",
	  .example = "/run/lanlord.pid" },
	{ .name = "no-daemon", .flag = 'd', .arity = CONF_NO_VALUE,
	  ROW_FLAG(struct app_conf, no_daemon), .group = GROUP_PROCESS,
	  .help = "Debug mode: stay in the foreground and the same user, log to stderr too." },
	{ .name = "keep-in-foreground", .flag = 'k', .arity = CONF_NO_VALUE,
	  ROW_FLAG(struct app_conf, foreground), .group = GROUP_PROCESS,
	  .help = "Do not go into the background; all else as usual." },
	{ .name = "version", .flag = 'v', .arity = CONF_NO_VALUE, ROW_TAKE(take_version),
	  .group = GROUP_PROCESS,
	  .help = "Print the version and what this build can do; nothing in a file." },
	{ .name = "help", .flag = 'w', .arity = CONF_NO_VALUE, ROW_TAKE(take_help),
	  .group = GROUP_PROCESS,
	  .help = "Print all options; --help dhcp and --help dhcp6 print the names of DHCP "
		  "options. Nothing in a file." },
	{ .name = "test", .arity = CONF_NO_VALUE, ROW_TAKE(take_test), .group = GROUP_PROCESS,
	  .help = "Check the configuration and exit; nothing in a file." },

	{ .name = "log-facility", .flag = '8', .arity = CONF_MUST_VALUE,
	  ROW_TAKE(take_log_facility), .group = GROUP_LOGGING, .once = true,
	  .syntax = "<facility>|<file>|-", .deflt = "daemon; local0 in debug mode",
	  .help = "Log to this facility of syslog, to a file (any value with a slash) or to "
		  "stderr.",
	  .example = "/var/log/lanlord.log" },
	{ .name = "log-async", .arity = CONF_MAY_VALUE, ROW_TAKE(take_log_async),
	  .group = GROUP_LOGGING, .once = true, .syntax = "<lines>",
	  .deflt = "off; 5 lines without a number, 100 at most; 0 is off",
	  .help = "Let this many log lines wait for a slow log, and lose what is more.",
	  .example = "25" },
	{ .name = "log-debug", .arity = CONF_NO_VALUE, ROW_FLAG(struct app_conf, log_debug),
	  .group = GROUP_LOGGING, .help = "Log what only helps to find mistakes." },
	{ .name = "log-queries", .flag = 'q', .arity = CONF_MAY_VALUE, ROW_TAKE(take_log_queries),
	  .group = GROUP_LOGGING, .flag_alone = true, .syntax = "extra|proto|auth",
	  .help = "Log each DNS query and its answer; extra with a number and who asked. Newer than dnsmasq 2.90, by its "
		  "manual: proto with UDP or TCP, auth those alone that come in where auth-server is asked.",
	  .example = "extra" },
	{ .name = "log-format", .arity = CONF_MUST_VALUE, ROW_TAKE(take_log_format),
	  .group = GROUP_LOGGING, .own = true, .syntax = "text|json", .deflt = "text",
	  .help = "One JSON object a line instead of text.", .example = "json" },
	{ .name = "dumpfile", .arity = CONF_MUST_VALUE, ROW_TEXT(struct app_conf, dump_file),
	  .group = GROUP_LOGGING, .once = true, .syntax = "<path>",
	  .help = "Write the packets that dumpmask names to this file, for a packet analyser.",
	  .example = "/tmp/dump.pcap" },
	{ .name = "dumpmask", .arity = CONF_MUST_VALUE, ROW_TAKE(take_dumpmask),
	  .group = GROUP_LOGGING, .once = true, .syntax = "<mask>", .deflt = "0: none",
	  .help = "Which packets dumpfile writes, all by UDP: the sum of 0x0001 questions and 0x0002 answers, "
		  "0x0004 questions upstream and 0x0008 replies from there, 0x1000 DHCP, 0x8000 TFTP.",
	  .example = "0x900f" },
};
/* clang-format on */

static void init(void *section)
{
	struct app_conf *c = section;

	c->user = "nobody";
	c->pid_file = "/var/run/dnsmasq.pid";
	c->log_facility = LOG_DAEMON;
}

/* dnsmasq's debug mode logs to another facility. */
static void check(struct conf *conf, void *section)
{
	struct app_conf *c = section;

	(void)conf;
	if (c->no_daemon && !c->log_target_given)
		c->log_facility = LOG_LOCAL0;
}

const struct conf_section app_section = {
	.name = "process", .rows = rows, .n = COUNT_OF(rows), .size = sizeof(struct app_conf),
	.init = init, .check = check,
};
