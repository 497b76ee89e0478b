/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "app/generation.h"
#include "app/sections.h"
#include "base/must.h"

struct generation *generation_read(const struct command_line *line, struct conf_files *files)
{
	struct generation *g = calloc(1, sizeof *g);

	must(g);
	g->conf = conf_new(sections, sections_n, files);
	conf_read_args(g->conf, line->argc, line->argv, CONF_DEFAULT_FILE);
	conf_check(g->conf);
	g->app = conf_section(g->conf, &app_section);
	g->lan = conf_section(g->conf, &lan_section);
	g->dhcp = conf_section(g->conf, &dhcp_section);
	g->boot = conf_section(g->conf, &boot_section);
	g->dns = dns_conf_of(g->conf);
	return g;
}

void generation_free(struct generation *g)
{
	if (!g)
		return;
	conf_free(g->conf);
	free(g);
}
