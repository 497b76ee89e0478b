/* SPDX-License-Identifier: ISC */
#include "app/change.h"

#include "app/host_files.h"
#include "app/reader.h"
#include "app/server.h"

static bool serves_names(const struct server *s)
{
	return s->dns && dns_service_data(s->dns);
}

/* Where names are served for the first time, or by words that nobody else would notice to have
 * changed, all servers are told; else only what is asked of which files. */
static enum dns_says says(const struct server *s, const struct generation *g, enum change_of of)
{
	if (!g->lan->port)
		return DNS_SAYS_NOTHING;
	if (of == CHANGE_ALL && (g != s->now || !serves_names(s) || g->dns->no_poll ||
				 g->dns->servers_files))
		return DNS_SAYS_FILES_AND_SERVERS;
	return DNS_SAYS_FILES;
}

static bool reads_names(const struct server *s, const struct generation *g, enum change_of of)
{
	if (of == CHANGE_FOLDERS)
		return false;
	return g != s->now ? g->lan->port || s->dns : g->lan->port && s->dns;
}

static void prepare_dhcp(struct change *c, struct server *s)
{
	c->kept_files = s->host_files;
	if (c->of == CHANGE_ALL)
		host_files_watch(s, c->g->dhcp, HOST_FILES_TELL);
	if (c->of == CHANGE_ALL || c->of == CHANGE_FOLDERS)
		c->changed = hosts_dirs_take(&s->host_dirs);
}

void change_prepare(struct change *c, struct server *s, const struct generation *g,
		    enum change_of of)
{
	*c = (struct change){ .g = g, .of = of, .from = reader_files(s->reader) };
	c->has_names = reads_names(s, g, of);
	c->has_dhcp = s->dhcp && of != CHANGE_SERVERS;
	c->is_first = !s->host_files && !serves_names(s);
	if (c->has_names)
		dns_service_prepare(s->dns, s->loop, g, (enum dns_change_of)of, says(s, g, of),
				    &c->dns);
	else if (s->dns)
		c->kept_data = dns_service_data(s->dns);
	if (c->has_dhcp)
		prepare_dhcp(c, s);
}

/* The hosts of all files, those that stay among them. */
static void index_hosts(struct change *c, const struct dhcp_names *names)
{
	struct dhcp_files folders_anew;
	const struct dhcp_files *files = c->files ? c->files : c->kept_files;

	if (c->folders) {
		folders_anew = *files;
		folders_anew.folders = c->folders;
		files = &folders_anew;
	}
	dhcp_hosts_init(&c->hosts, c->g->dhcp, files, names);
}

static void read_dhcp(struct change *c)
{
	const struct dns_data *data = c->has_names ? c->dns.data : c->kept_data;
	const struct dns_data *serves = c->g->lan->port ? data : NULL;
	const struct dhcp_names names = host_files_names_of(&serves);

	if (c->of == CHANGE_ALL)
		c->files = host_files_read(c->g->dhcp, c->from);
	if (c->of == CHANGE_FOLDERS)
		c->folders = host_folders_read(c->g->dhcp, c->from, c->kept_files, &c->changed);
	index_hosts(c, &names);
}

/* At the start nobody waits for what is not told yet. */
static struct log_held *held(struct change *c)
{
	return c->is_first ? NULL : &c->lines;
}

void change_read(struct change *c)
{
	log_hold(held(c));
	if (c->has_names)		/* first: DHCP asks for the addresses of names */
		dns_change_read(&c->dns, c->from);
	if (c->has_dhcp)
		read_dhcp(c);
	log_hold(NULL);
}

static void swap_files(struct dhcp_files **a, struct dhcp_files **b)
{
	struct dhcp_files *before = *a;

	*a = *b;
	*b = before;
}

static void use_dhcp(struct change *c, struct server *s)
{
	if (c->has_names && !s->dns) {		/* it could not be opened: nobody knows names */
		dhcp_hosts_done(&c->hosts);
		index_hosts(c, NULL);
	}
	if (c->of == CHANGE_ALL)
		swap_files(&s->host_files, &c->files);
	if (c->of == CHANGE_FOLDERS)
		swap_files(&s->host_files->folders, &c->folders);
	dhcp_server_take(s->dhcp, c->g->dhcp, c->g->lan, s->host_files, &c->hosts);
	dhcp_server_recall_tags(s->dhcp);
}

void change_use(struct change *c, struct server *s, struct failure *f)
{
	const bool names = c->has_names && s->dns;

	log_hold(held(c));
	if (names)
		dns_service_take(s->dns, &c->dns);
	if (c->has_dhcp)		/* between them: what is answered may hang on the tags of leases */
		use_dhcp(c, s);
	if (names)
		dns_service_use(s->dns, &c->dns, f);
	log_hold(NULL);
	log_held_tell(&c->lines);
}

void change_keep(struct change *c, struct server *s)
{
	log_held_tell(&c->lines);
	if (c->g == s->now)
		return;			/* by that all is watched */
	if (s->dns)
		dns_service_keep(s->dns);
	if (s->dhcp)
		host_files_watch(s, s->now->dhcp, HOST_FILES_QUIET);
}

void change_free(struct change *c)
{
	if (c->has_dhcp)
		dhcp_hosts_done(&c->hosts);
	dhcp_files_free(c->files);
	dhcp_files_free(c->folders);
	hosts_pending_done(&c->changed);
	dns_change_free(&c->dns);
	log_held_forget(&c->lines);
	*c = (struct change){ 0 };	/* once more does no harm: who lets go on the thread may end before
					 * the loop knows of it */
}
