/* SPDX-License-Identifier: ISC */
#include "app/host_files.h"
#include "app/host_names.h"
#include "app/log.h"
#include "base/must.h"

#define BAD_LINES_MAX 50		/* told of one reading */
#define UNREAD_MAX 64			/* more of them are said to be read */

struct complaints {
	const struct dhcp_conf *conf;
	uint32_t told, left_out;
	const struct origin *unread[UNREAD_MAX];	/* of paths that could not be read */
	size_t unread_n;
};

static bool names_path(const struct dhcp_path *p, const struct origin *o)
{
	while (p && &p->origin != o)
		p = p->next;
	return p != NULL;
}

static void bad_line(void *arg, const struct origin *o, const char *what)
{
	struct complaints *c = arg;

	if (c->unread_n < UNREAD_MAX &&
	    (names_path(c->conf->hosts_files, o) || names_path(c->conf->opts_files, o)))
		c->unread[c->unread_n++] = o;
	if (c->told == BAD_LINES_MAX) {
		c->left_out++;
		return;
	}
	c->told++;
	log_error(LOG_DHCP, "%s:%u: %s", o->file, o->line, what);
}

static bool was_read(const struct complaints *c, const struct dhcp_path *p)
{
	for (size_t i = 0; i < c->unread_n; i++)
		if (c->unread[i] == &p->origin)
			return false;
	return true;
}

static void tell_read(const struct complaints *c, const struct dhcp_path *p)
{
	for (; p; p = p->next)
		if (was_read(c, p))
			log_info(LOG_DHCP, "read %s", p->path);
}

struct dhcp_files *host_files_read(struct server *s, const struct dhcp_conf *conf)
{
	struct complaints c = { .conf = conf };
	struct dhcp_files *f = dhcp_files_read(conf, server_files(s), bad_line, &c);

	tell_read(&c, conf->hosts_files);
	tell_read(&c, conf->opts_files);
	if (c.left_out > 0)
		log_error(LOG_DHCP, "%u more wrong lines were left out", c.left_out);
	return f;
}

/* ---- the addresses of names -------------------------------------------------------- */

static bool find_name(void *arg, const char *name, struct dhcp_named *out)
{
	const struct server *s = arg;
	const struct dns_data *d = s->dns ? dns_service_data(s->dns) : NULL;

	return d && host_names_find(d, name, out);
}

static bool find_name_at(void *arg, const struct addr *a, struct dhcp_name_at *out)
{
	const struct server *s = arg;
	const struct dns_data *d = s->dns ? dns_service_data(s->dns) : NULL;

	return d && host_names_at(d, a, out);
}

static void tell_named(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	(void)o;			/* dnsmasq's line does not say it */
	log_warning(LOG_DHCP, "%s", what);
}

const struct dhcp_names *host_files_names(struct server *s)
{
	s->host_names = (struct dhcp_names){ find_name, find_name_at, tell_named, s };
	return &s->host_names;
}
