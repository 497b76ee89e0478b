/* SPDX-License-Identifier: ISC */
#include "app/dns_change.h"

#include "base/log.h"
#include "base/must.h"
#include "conf/source.h"

#define BAD_LINES_MAX 50		/* told of one reading */

/* ---- what is told -------------------------------------------------------------------- */

struct complaints {
	const struct dns_change *change;
	const struct conf_files *from;
	uint32_t told, left_out;
};

/* Of what changed alone, and not of a reading that nobody will see. */
static bool is_told(const struct complaints *c, const char *path)
{
	const struct dns_change *change = c->change;

	return change->says != DNS_SAYS_NOTHING && !source_ends(c->from) &&
	       (change->of != DNS_CHANGE_HOSTS || hosts_pending_has(&change->changed, path));
}

static void bad_line(void *arg, const struct origin *o, const char *what)
{
	struct complaints *c = arg;

	if (!is_told(c, o->file))
		return;
	if (c->told == BAD_LINES_MAX) {
		c->left_out++;
		return;
	}
	c->told++;
	log_error(LOG_MAIN, "%s:%u: %s", o->file, o->line, what);
}

static void hosts_were_read(void *arg, const char *path, size_t names)
{
	if (is_told(arg, path))
		log_info(LOG_MAIN, "read %s - %zu names", path, names);
}

static void list_was_read(void *arg, const char *path, const struct block_counts *n)
{
	if (is_told(arg, path))
		dns_lines_block_list(path, n);
}

static void servers_were_read(void *arg, const struct dns_conf *conf, const struct server_files *f)
{
	const struct complaints *c = arg;

	if (c->change->says == DNS_SAYS_FILES_AND_SERVERS && !source_ends(c->from))
		dns_lines_servers(conf, f, &c->change->here);
}

static void tell_end(const struct complaints *c)
{
	const struct dns_change *change = c->change;

	if (change->says == DNS_SAYS_NOTHING || source_ends(c->from))
		return;
	if (c->left_out)
		log_error(LOG_MAIN, "%u more wrong lines were left out", c->left_out);
	if (change->of == DNS_CHANGE_ALL && change->g->dns->no_hosts &&
	    !change->g->dns->hosts_files && change->g->dns->cache_size > 0)
		log_info(LOG_MAIN, "cleared cache");	/* dnsmasq's line where no file was read */
	if (change->of == DNS_CHANGE_HOSTS)
		hosts_pending_tell(&change->changed, change->old->hosts);
}

/* ---- reading ---------------------------------------------------------------------------- */

static struct dns_data *read_all(const struct dns_change *c, const struct dns_reading *how)
{
	return dns_data_read(c->g->dns, c->g->lan, how);
}

static struct dns_data *read_servers(const struct dns_change *c, const struct dns_reading *how)
{
	return dns_data_read_servers(c->old, how);
}

static struct dns_data *read_hosts(const struct dns_change *c, const struct dns_reading *how)
{
	return dns_data_read_hosts(c->old, how);
}

/* How each is read, and freed when the other of the two is in use. */
static const struct {
	struct dns_data *(*read)(const struct dns_change *c, const struct dns_reading *how);
	void (*free)(struct dns_data *d);
} ways[] = {
	[DNS_CHANGE_ALL] = { read_all, dns_data_free },
	[DNS_CHANGE_SERVERS] = { read_servers, dns_data_free_old },
	[DNS_CHANGE_HOSTS] = { read_hosts, dns_data_free_old_hosts },
};

void dns_change_read(struct dns_change *c, struct conf_files *from)
{
	struct complaints told = { .change = c, .from = from };
	const struct dns_reading how = {
		.readings = c->readings, .started_s = c->started_s,
		.from = from, .bad = bad_line, .servers_read = servers_were_read,
		.hosts_read = hosts_were_read, .list_read = list_was_read, .arg = &told,
	};

	c->data = ways[c->of].read(c, &how);
	tell_end(&told);
}

void dns_change_free(struct dns_change *c)
{
	if (c->data)
		ways[c->of].free(c->data);
	c->data = NULL;
	hosts_pending_done(&c->changed);
	dns_here_done(&c->here);
}
