/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/data.h"

struct dns_data *dns_data_read(const struct dns_conf *c, const struct lan_conf *lan,
			       const struct dns_reading *how)
{
	struct hosts_want hosts = {
		.conf = c, .domains = lan->domains, .bad = how->bad, .read = how->hosts_read,
		.arg = how->arg,
	};
	struct dns_data *d = calloc(1, sizeof *d);

	must(d);
	d->conf = c;
	d->lan = lan;
	d->files = server_files_read(c, how->from, how->bad, how->arg);
	d->rules = rules_new(c, d->files);
	d->hosts = hosts_read(&hosts, how->from);
	d->records = records_new(c, lan);
	return d;
}

void dns_data_free(struct dns_data *d)
{
	if (!d)
		return;
	records_free(d->records);
	hosts_free(d->hosts);
	rules_free(d->rules);
	server_files_free(d->files);
	free(d);
}
