/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/rng.h"
#include "dns/data.h"
#include "dns/upstream_pool.h"

#define WORKER_PORTS ((size_t)2 * POOL_SOCKETS)	/* in use, and as many whose last replies may still come */

static uint64_t new_edition(void)
{
	struct rng r = { 0 };
	uint64_t high = rng_u32(&r);

	return high << 32 | rng_u32(&r);
}

static void read_servers(struct dns_data *d, const struct dns_reading *how)
{
	d->files = server_files_read(d->conf, how->from, how->bad, how->arg);
	d->rules = rules_new(d->conf, d->files);
	d->workers = dns_data_workers(d->conf, d->files);
	d->loops = d->conf->loop_detect ? loops_new(d->rules) : NULL;
	if (how->servers_read)
		how->servers_read(how->arg, d->conf, d->files);
}

static void read_hosts(struct dns_data *d, const struct dns_reading *how)
{
	const struct hosts_want hosts = {
		.conf = d->conf, .domains = d->lan->domains, .bad = how->bad,
		.read = how->hosts_read, .arg = how->arg,
	};

	d->hosts = hosts_read(&hosts, how->from);
}

struct dns_data *dns_data_read(const struct dns_conf *c, const struct lan_conf *lan,
			       const struct dns_reading *how)
{
	const struct blocks_want blocks = {
		.lists = c->block_lists, .bad = how->bad, .read = how->list_read, .arg = how->arg,
	};
	struct dns_data *d = calloc(1, sizeof *d);

	must(d);
	d->edition = new_edition();
	d->conf = c;
	d->lan = lan;
	read_servers(d, how);
	read_hosts(d, how);
	d->records = records_new(c, lan);
	d->blocks = blocks_read(&blocks, how->from);
	d->ipsets = sets_index_new(c->ipsets);
	d->nftsets = sets_index_new(c->nftsets);
	d->zone_serial = (c->auth.has_serial ? c->auth.serial : how->started_s) + how->readings - 1;
	return d;
}

struct dns_data *dns_data_read_servers(const struct dns_data *old, const struct dns_reading *how)
{
	struct dns_data *d = calloc(1, sizeof *d);

	must(d);
	*d = *old;
	d->edition = new_edition();
	read_servers(d, how);
	return d;
}

void dns_data_free_old(struct dns_data *old)
{
	loops_free(old->loops);
	rules_free(old->rules);
	server_files_free(old->files);
	free(old);
}

struct dns_data *dns_data_read_hosts(const struct dns_data *old, const struct dns_reading *how)
{
	struct dns_data *d = calloc(1, sizeof *d);

	must(d);
	*d = *old;
	d->edition = new_edition();
	d->zone_serial++;
	read_hosts(d, how);
	return d;
}

void dns_data_free_old_hosts(struct dns_data *old)
{
	hosts_free(old->hosts);
	free(old);
}

void dns_data_free(struct dns_data *d)
{
	if (!d)
		return;
	blocks_free(d->blocks);
	sets_index_free(d->ipsets);
	sets_index_free(d->nftsets);
	records_free(d->records);
	hosts_free(d->hosts);
	loops_free(d->loops);
	rules_free(d->rules);
	server_files_free(d->files);
	free(d);
}

static bool has_fixed_port(const struct dns_rule *r)
{
	while (r && (r->kind != RULE_SERVER || r->server->source.port == 0))
		r = r->next;
	return r != NULL;
}

size_t dns_data_workers(const struct dns_conf *c, const struct server_files *files)
{
	size_t most = ((size_t)c->max_port - c->min_port + 1) / WORKER_PORTS;

	if (c->has_query_port || has_fixed_port(c->rules) ||
	    (files && has_fixed_port(files->listed)))
		return 1;
	return most ? most : 1;
}

size_t dns_data_resolv(const struct dns_conf *c, const char *out[RESOLV_FILES_MAX])
{
	size_t n = 0;

	if (c->no_resolv)
		return 0;
	for (const struct dns_path *p = c->resolv_files; p && n < RESOLV_FILES_MAX; p = p->next)
		out[n++] = p->path;
	if (!c->resolv_files)
		out[n++] = RESOLV_CONF;
	return n;
}

void dns_data_each_path(const struct dns_conf *c, void (*told)(void *arg, const char *path),
			void *arg)
{
	const struct dns_path *const lists[] = { c->servers_files, c->hosts_files, c->hosts_dirs };
	const char *resolv[RESOLV_FILES_MAX];
	size_t n = dns_data_resolv(c, resolv);

	for (size_t i = 0; i < n; i++)
		told(arg, resolv[i]);
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		for (const struct dns_path *p = lists[i]; p; p = p->next)
			told(arg, p->path);
	for (const struct dns_block_list *l = c->block_lists; l; l = l->next)
		told(arg, l->path);
	if (!c->no_hosts)
		told(arg, HOSTS_FILE);
}
