/* SPDX-License-Identifier: ISC */
/*
 * The part of the table that is no answer of a server.
 */
#include <stdlib.h>

#include "base/must.h"
#include "dns/dump.h"

struct dumping {
	FILE *out;
	struct now now;
};

/* "4FRI   H": what an address is, whether it is a name of that address, and whose it is. */
struct flags { char s[11]; };

static struct flags flags_of(const struct addr *a, bool names_address, const char *of)
{
	struct flags f;

	snprintf(f.s, sizeof f.s, "%cF%c%s", a->family == ADDR_IP4 ? '4' : '6',
		 names_address ? 'R' : ' ', of);
	return f;
}

static void print(const struct dumping *d, const char *host, const char *value, const char *flags,
		  const char *source)
{
	dump_print(d->out, &(struct dump_line){ host, value, flags, source }, d->now, 0);
}

static void print_record(const struct dumping *d, const struct dns_record *r)
{
	const struct dname_text host = dname_span_text(r->owner);
	const struct addr a = addr_of_bytes(r->rdata);

	if (r->type == DNS_CNAME)
		print(d, host.s, dname_span_text(r->rdata).s, "CF I    C", NULL);
	else if (r->from_host_record && addr_is_set(&a))
		print(d, host.s, addr_text(&a).s, flags_of(&a, r->names_address, "I   HC").s,
		      "config");
}

static void print_hosts(const struct dumping *d, const struct hosts *hosts)
{
	for (uint32_t i = 1; i <= hosts_count(hosts) && i <= DUMP_LOCAL_MAX; i++) {
		const struct host_entry e = hosts_entry(hosts, i);
		const bool names_address = hosts_at(hosts, &e.addr).number == i;
		struct dname name;

		hosts_name(hosts, &e, &name);
		print(d, dname_text(&name).s, addr_text(&e.addr).s,
		      flags_of(&e.addr, names_address, "I   H").s, e.origin.file);
	}
	if (hosts_count(hosts) > DUMP_LOCAL_MAX)
		fprintf(d->out, "%zu more names of hosts files\n",
			hosts_count(hosts) - DUMP_LOCAL_MAX);
}

static void print_name(const struct dumping *d, const struct names_entry *e)
{
	const struct flags f = flags_of(&e->addr, e->names_address,
					e->mono_expires_ms ? " D" : "ID");
	const struct dname_text host = dname_text(&e->name);

	dump_print(d->out, &(struct dump_line){ host.s, addr_text(&e->addr).s, f.s, NULL }, d->now,
		   e->mono_expires_ms);
}

static void print_names(const struct dumping *d, const struct names *names, unsigned part)
{
	const size_t room = names_part(names, part, NULL, 0);
	struct names_entry *all = room ? malloc(room * sizeof *all) : NULL;
	size_t n = all ? names_part(names, part, all, room) : 0;

	for (size_t i = 0; i < n && i < room; i++)
		print_name(d, &all[i]);
	free(all);
}

char *local_dump(const struct dns_data *data, const struct names *names, struct now now)
{
	char *text = NULL;
	size_t n = 0;
	const struct dumping d = { .out = open_memstream(&text, &n), .now = now };

	if (!d.out)
		return NULL;
	for (const struct dns_record *r = data->conf->records; r; r = r->next)
		print_record(&d, r);
	print_hosts(&d, data->hosts);
	for (unsigned part = 0; part < NAMES_PARTS; part++)
		print_names(&d, names, part);
	if (fclose(d.out) == 0)
		return text;
	free(text);
	return NULL;
}
