/* SPDX-License-Identifier: ISC */
/*
 * The command line as GNU getopt_long has it, with dnsmasq's two ways of its
 * own: words that are only white space are tolerated, and the first conf-file
 * is read after everything else.
 */
#include "base/text.h"
#include "conf/conf_private.h"

struct command_line {
	struct conf *conf;
	char **argv;
	int argc, at;			/* the next argument */
	bool only_words;		/* after -- */
	bool has_file;			/* a conf-file was given … */
	const char *file;		/* … and named this; NULL or "": the default */
};

static const struct origin here = { "command line", 0 };

static void apply(struct command_line *l, struct conf_option *option, const char *name,
		  const char *value)
{
	struct arena scratch;
	struct chars v;

	if (option->row == conf_file_row && !l->has_file) {
		l->has_file = true;
		l->file = value;
		return;
	}
	arena_init(&scratch, 0);
	if (value)
		v = chars_of_text(&scratch, value, NULL, 1);
	conf_apply(l->conf, PLACE_COMMAND_LINE, option, name, here, value ? &v : NULL, &scratch);
	arena_done(&scratch);
}

static const char *next_argument(struct command_line *l)
{
	return l->at < l->argc ? l->argv[l->at++] : NULL;
}

static void missing(struct command_line *l, const char *dashes, const char *name,
		    const struct conf_row *row)
{
	conf_error(l->conf, &here, "%s%s: missing parameter; write --%s=%s", dashes, name,
		   row->name, row->syntax ? row->syntax : "<value>");
}

static struct conf_option *long_option(struct command_line *l, const char *name, size_t n)
{
	struct conf_option *option = index_find(&l->conf->index, name, n);
	bool several = false;

	if (!option && n)
		option = index_abbreviated(&l->conf->index, name, n, &several);
	if (several)
		conf_error(l->conf, &here, "option --%.*s is ambiguous; write it whole", (int)n,
			   name);
	else if (!option)
		conf_unknown(l->conf, &here, name, n);
	return option;
}

/* --name, --name=value, --name value; a value that may be missing is given by = only. */
static void read_long(struct command_line *l, const char *text)
{
	size_t n = strcspn(text, "=");
	struct conf_option *option = long_option(l, text, n);
	const char *value = text[n] ? text + n + 1 : NULL;
	const struct conf_row *row;

	if (!option)
		return;
	row = option->means->row;
	if (!value && row->arity == CONF_MUST_VALUE && !(value = next_argument(l)))
		missing(l, "--", option->row->name, row);
	else
		apply(l, option, option->row->name, value);
}

static bool flag_takes_value(const struct conf_row *row)
{
	return row->arity == CONF_MUST_VALUE || (row->arity == CONF_MAY_VALUE && !row->flag_alone);
}

/* -kdp5353: letters up to the first that takes a value, which is the rest or the next word. */
static void read_flags(struct command_line *l, const char *letters)
{
	while (*letters) {
		char name[2] = { *letters++, 0 };
		struct conf_option *option = index_flag(&l->conf->index, name[0]);
		const char *value = NULL;

		if (!option) {
			conf_error(l->conf, &here, "unknown flag -%s; --help lists all of them",
				   name[0] > ' ' && name[0] < 0x7f ? name : "?");
			return;
		}
		if (flag_takes_value(option->row)) {
			value = *letters ? letters : next_argument(l);
			letters = "";
			if (!value) {
				missing(l, "-", name, option->row);
				return;
			}
		}
		apply(l, option, option->row->name, value);
	}
}

static void read_word(struct command_line *l, const char *word)
{
	char safe[100];
	struct text t = TEXT(safe);

	if (word[strspn(word, " \t\n\v\f\r")] == 0)
		return;
	text_safe(&t, span_text(word));
	conf_error(l->conf, &here, "junk found in command line: \"%s\"; every option begins with -",
		   safe);
}

static void read_argument(struct command_line *l, const char *word)
{
	if (l->only_words || word[0] != '-' || word[1] == 0)
		read_word(l, word);
	else if (strcmp(word, "--") == 0)
		l->only_words = true;
	else if (word[1] == '-')
		read_long(l, word + 2);
	else
		read_flags(l, word + 1);
}

void conf_read_args(struct conf *c, int argc, char **argv, const char *default_file)
{
	struct command_line l = { .conf = c, .argv = argv, .argc = argc, .at = 1 };

	c->default_file = default_file;
	while (l.at < l.argc)
		read_argument(&l, l.argv[l.at++]);
	if (l.has_file && l.file && *l.file)
		conf_include(c, &here, l.file, true);
	else if (default_file)
		conf_include(c, &here, default_file, false);
}
