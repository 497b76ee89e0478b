/* SPDX-License-Identifier: ISC */
/* What a copy of a zone holds, and which question is one for it. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/auth.h"
#include "dns/server.h"
#include "net/sim.h"
#include "test/test.h"

static const char lines[] =
	"no-resolv\nauth-server=ns.example,eth0\nauth-soa=7\nauth-sec-servers=ns2.example\n"
	"auth-zone=zone.test,192.0.2.0/24,exclude:192.0.2.128/25\n"
	"host-record=a.zone.test,192.0.2.1,600\nhost-record=a.zone.test,192.0.2.1\n"
	"host-record=far.zone.test,198.51.100.1\nhost-record=other.test,192.0.2.2\n"
	"txt-record=a.zone.test,hello\ncname=www.zone.test,a.zone.test\ntxt-record=other.test,x\n"
	"ptr-record=p.zone.test,a.zone.test\n";
static const char hosts[] =
	"192.0.2.1 a.zone.test\n192.0.2.3 b.zone.test\n192.0.2.3 b.zone.test\n"
	"192.0.2.4 c.other.test\n192.0.2.200 late.zone.test\n198.51.100.2 far2.zone.test\n";

static int open_hosts(struct conf_files *f, const char *path, int flags)
{
	int fd;

	(void)f;
	(void)flags;
	if (strcmp(path, "/etc/hosts") != 0)
		return -1;
	fd = memfd_create("hosts", MFD_CLOEXEC);
	must(fd >= 0 && write(fd, hosts, sizeof hosts - 1) == sizeof hosts - 1);
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void ignore_line(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	(void)o;
	(void)what;
}

static void ignore_read(void *arg, const char *path, size_t names)
{
	(void)arg;
	(void)path;
	(void)names;
}

struct zone_lab {
	struct conf_files files;
	struct loop *loop;
	struct conf *conf;
	struct dns_data *data;
	struct local_view view;
	struct local_question question;
	struct dns_query query;
	struct local_verdict room;
	char told[2000];
};

static void zone_open(struct zone_lab *z)
{
	static const struct conf_section *const parts[] = {
		&lan_section, &dns_upstream_section, &dns_record_section, &dns_auth_section,
	};
	const struct dns_reading how = { .from = &z->files, .bad = ignore_line,
					 .hosts_read = ignore_read, .readings = 1 };

	*z = (struct zone_lab){ .files.open = open_hosts, .loop = sim_new(1) };
	sim_netif_add(z->loop, "eth0", "192.0.2.1/24", NULL);
	z->conf = conf_new(parts, COUNT_OF(parts), &z->files);
	conf_read_text(z->conf, "test", span_text(lines));
	conf_check(z->conf);
	CHECK_EQ(conf_errors(z->conf), 0);
	z->data = dns_data_read(dns_conf_of(z->conf), conf_section(z->conf, &lan_section), &how);
	z->view = (struct local_view){
		.conf = z->data->conf, .lan = z->data->lan, .records = z->data->records,
		.rules = z->data->rules, .hosts = z->data->hosts, .loop = z->loop,
		.zone_serial = z->data->zone_serial,
	};
	z->query.question = (struct dns_question){ .type = DNS_AXFR, .class = DNS_IN };
	z->question = (struct local_question){ .query = &z->query, .stranger = true };
}

static void zone_close(struct zone_lab *z)
{
	dns_data_free(z->data);
	conf_free(z->conf);
	sim_free(z->loop);
}

static const struct dns_zone *asked(struct zone_lab *z, const char *name)
{
	must(dname_parse(name, &z->query.question.name));
	return auth_copied(&z->view, &z->question);
}

static bool note(void *arg, const struct local_item *item)
{
	struct zone_lab *z = arg;
	const struct addr a = addr_of_bytes(item->rdata);
	const size_t n = strlen(z->told);

	snprintf(z->told + n, sizeof z->told - n, "%s %u%s%s\n", dname_text(&item->owner).s,
		 item->type, item->type == DNS_A ? " " : "",
		 item->type == DNS_A ? addr_text(&a).s : "");
	return true;
}

TEST(a_copy_has_each_record_of_the_zone_once_those_of_its_subnets_and_no_other)
{
	struct zone_lab z;
	const struct dns_zone *zone;

	zone_open(&z);
	zone = asked(&z, "Zone.TEST");
	CHECK(zone);
	if (zone)
		auth_copy(&z.view, &z.question, zone, &z.room, note, &z);
	CHECK_TEXT(z.told, "zone.test 6\nzone.test 2\nzone.test 2\n"
			   "a.zone.test 16\nwww.zone.test 5\n"
			   "b.zone.test 1 192.0.2.3\na.zone.test 1 192.0.2.1\nzone.test 6\n");
	zone_close(&z);
}

TEST(a_zone_is_copied_by_its_own_name_in_its_own_class)
{
	struct zone_lab z;

	zone_open(&z);
	CHECK(asked(&z, "zone.test"));
	CHECK(!asked(&z, "a.zone.test"));
	CHECK(!asked(&z, "test"));
	CHECK(!asked(&z, "other.test"));
	z.query.question.class = DNS_CHAOS;
	CHECK(!asked(&z, "zone.test"));
	z.query.question = (struct dns_question){ .type = DNS_IXFR, .class = DNS_IN };
	CHECK(!asked(&z, "zone.test"));
	zone_close(&z);
}
