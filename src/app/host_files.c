/* SPDX-License-Identifier: ISC */
#include "app/host_files.h"
#include "app/log.h"

#define BAD_LINES_MAX 50		/* told of one reading */

struct complaints { uint32_t told, left_out; };

static void bad_line(void *arg, const struct origin *o, const char *what)
{
	struct complaints *c = arg;

	if (c->told == BAD_LINES_MAX) {
		c->left_out++;
		return;
	}
	c->told++;
	log_error(LOG_DHCP, "%s:%u: %s", o->file, o->line, what);
}

static void tell_read(const struct dhcp_path *p)
{
	for (; p; p = p->next)
		log_info(LOG_DHCP, "read %s", p->path);
}

struct dhcp_files *host_files_read(struct server *s, const struct dhcp_conf *c)
{
	struct complaints complaints = { 0, 0 };
	struct dhcp_files *f = dhcp_files_read(c, server_files(s), bad_line, &complaints);

	tell_read(c->hosts_files);
	tell_read(c->opts_files);
	if (complaints.left_out > 0)
		log_error(LOG_DHCP, "%u more wrong lines were left out", complaints.left_out);
	return f;
}
