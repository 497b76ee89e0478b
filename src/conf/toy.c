/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "conf/args.h"
#include "conf/toy.h"

static const char *const modes[] = { "static", "proxy", NULL };

static struct toy_thing *thing_new(struct args *a, struct toy *toy)
{
	struct toy_thing *t = arena_new(args_arena(a), struct toy_thing);

	t->origin = args_origin(a);
	*toy->end = t;
	toy->end = &t->next;
	return t;
}

static bool take_thing(struct args *a, void *section)
{
	struct toy_thing *t = thing_new(a, section);

	args_prefixed(a, "set:", &t->set);
	args_hwaddr(a, &t->hw);
	if (!args_addr(a, &t->start, "the first address"))
		return false;
	if (!args_name_of(a, modes, &t->mode) && !args_addr(a, &t->end, "the last address"))
		return false;
	if (args_more(a) && !args_duration(a, false, &t->time_s) &&
	    !args_uint(a, 1, 1000, &t->number, "a number") && args_keyword(a, "rest"))
		return args_rest(a, &t->rest);
	return true;
}

/* nest=/a/b/net#port */
static bool take_nest(struct args *a, void *section)
{
	struct toy_thing *t = thing_new(a, section);
	const struct word *w = args_take(a);
	struct args *parts = w ? args_split(a, w, '/') : NULL, *last;

	if (!w || !args_keyword(parts, ""))
		return args_error(a, "begin with /");
	while (args_left(parts) > 1)
		if (!args_text(parts, &t->rest, "a name"))
			return args_fail(parts);
	last = args_split(parts, args_take(parts), '#');
	if (!args_prefix(last, &t->net, "a network"))
		return args_fail(last);
	args_uint(last, 0, 65535, &t->number, "a port");
	return args_finish(last);
}

static void check(struct conf *c, void *section)
{
	struct toy *toy = section;

	toy->checked = true;
	for (struct toy_thing *t = toy->things; t; t = t->next)
		if (addr_is_set(&t->end) && addr_cmp(&t->start, &t->end) > 0)
			conf_error(c, &t->origin, "the range ends before it begins; swap them");
}

static void init(void *section)
{
	struct toy *toy = section;

	toy->count = 150;
	toy->path = "/run/toy.pid";
	toy->end = &toy->things;
}

static const struct conf_row rows[] = {
	{ "flag", 'k', CONF_NO_VALUE, ROW_FLAG(struct toy, flag), .help = "A flag." },
	{ "count", 'c', CONF_MUST_VALUE, ROW_COUNT(struct toy, count), .once = true, .max = 10000,
	  .clamp = true, .syntax = "<integer>", .deflt = "150", .help = "A clamped count." },
	{ "port", 'p', CONF_MUST_VALUE, ROW_COUNT(struct toy, port), .once = true, .max = 65535,
	  .syntax = "<integer>", .help = "A port.", .example = "5353" },
	{ "port-limit", 0, CONF_MUST_VALUE, ROW_COUNT(struct toy, count), .min = 2,
	  .syntax = "#ports", .help = "Begins as port does." },
	{ "seconds", 0, CONF_MUST_VALUE, ROW_SECONDS(struct toy, seconds), .syntax = "<seconds>",
	  .help = "Seconds." },
	{ "text", 't', CONF_MUST_VALUE, ROW_TEXT(struct toy, text), .syntax = "<text>|<more>",
	  .help = "A text.", .newer = true },
	{ "path-file", 'x', CONF_MAY_VALUE, ROW_TEXT(struct toy, path), .once = true,
	  .syntax = "<path>", .deflt = "/run/toy.pid", .help = "A path, or the usual one." },
	{ "log", 'q', CONF_MAY_VALUE, ROW_TEXT(struct toy, text), .flag_alone = true,
	  .syntax = "extra", .help = "Its letter takes no value." },
	{ "thing", 'F', CONF_MUST_VALUE, ROW_TAKE(take_thing), .syntax = "<address>,…",
	  .help = "A thing.", .example = "192.0.2.1,192.0.2.9,12h" },
	{ "nest", 0, CONF_MUST_VALUE, ROW_TAKE(take_nest), .syntax = "/<name>/<net>",
	  .help = "A value with values in it.", .example = "/lan/192.0.2.0/24" },
	{ "thing-old", 0, CONF_MUST_VALUE, CONF_ALIAS, .help = "thing" },
	{ "later", 'L', CONF_MAY_VALUE, CONF_FLAG, .service = CONF_NOT_SERVED, .syntax = "x",
	  .help = "Comes later." },
	{ "quiet", 0, CONF_NO_VALUE, CONF_FLAG, .service = CONF_QUALIFIES, .feature = "later",
	  .help = "Qualifies." },
	{ "quiet-count", 0, CONF_MUST_VALUE, CONF_COUNT, .max = 9, .service = CONF_QUALIFIES,
	  .syntax = "<integer>", .feature = "later", .help = "Qualifies too." },
	{ "lease-store", 0, CONF_MUST_VALUE, ROW_TEXT(struct toy, text), .own = true,
	  .syntax = "<where>", .help = "Our own." },
	{ "lease-max", 0, CONF_MUST_VALUE, ROW_COUNT(struct toy, count), .syntax = "<integer>",
	  .help = "dnsmasq's." },
};

const struct conf_section toy_section = {
	.name = "toy", .rows = rows, .n = COUNT_OF(rows), .size = sizeof(struct toy),
	.init = init, .check = check,
};
