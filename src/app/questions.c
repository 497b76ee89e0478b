/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "app/identity.h"
#include "app/questions.h"
#include "app/sections.h"
#include "app/words.h"
#include "base/must.h"
#include "conf/help.h"
#include "wire/dhcp_options.h"

/* What stands before the question has been read, and may be wrong; what follows is not looked at. */
bool questions_answer(const struct generation *g)
{
	static const char *const names[] = { [ASKED_VERSION] = "version", [ASKED_HELP] = "help" };
	enum app_question question = g->app->question;

	if (question == ASKED_NOTHING || conf_after_mistake(g->conf, names[question]))
		return false;
	if (question == ASKED_VERSION) {
		identity_print(stdout);
		return true;
	}
	conf_print_help(stdout, g->conf, identity_name());
	if (strcmp(identity_name(), "dnsmasq") != 0)	/* programs read that one's */
		words_help(stdout);
	return true;
}

bool questions_manual(int argc, char **argv)
{
	struct conf *c;

	if (argc != 2 || strcmp(argv[1], "docs-options") != 0)
		return false;
	c = conf_new(sections, sections_n, NULL);
	conf_print_manual(stdout, c);
	conf_free(c);
	return true;
}

static const struct { const char *word; bool v6; } families[] = {
	{ "dhcp", false }, { "dhcp6", true },
};

static bool asks_help(const char *word)
{
	size_t n = strlen(word);

	return strcmp(word, "-w") == 0 || (n > 3 && strncmp(word, "--help", n) == 0);
}

bool questions_names(int argc, char **argv)
{
	if (argc != 3 || !asks_help(argv[1]))
		return false;
	for (size_t i = 0; i < COUNT_OF(families); i++)
		if (strcmp(argv[2], families[i].word) == 0) {
			dhcp_options_print(stdout, families[i].v6);
			return true;
		}
	return false;
}
