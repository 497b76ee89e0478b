/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/lease_names.h"
#include "base/log.h"
#include "base/must.h"
#include "net/sim.h"
#include "test/test.h"

#define FIRST 0x0a4d0005		/* 10.77.0.5 */

struct world {
	struct loop *loop;
	struct leases *leases;
	struct names *names;
	struct lease_names lease_names;
	struct lan_conf lan;
	struct dhcp_conf dhcp;
	struct domain_rule domain;
	unsigned eth0;
};

static char logged[2000];

static void record(enum log_subsystem sub, enum log_level level, const char *line)
{
	size_t n = strlen(logged);

	(void)sub;
	(void)level;
	snprintf(logged + n, sizeof logged - n, "%s\n", line);
}

static void open_world(struct world *w)
{
	const struct leases_want want = { .file = "leases", .store = "memory", .max = 5000 };
	char why[200];

	*w = (struct world){ .loop = sim_new(1), .names = names_new(),
			     .domain = { .name = "lan", .all = true } };
	w->eth0 = sim_netif_add(w->loop, "eth0", "10.77.0.1/24", NULL);
	w->lan.domains = &w->domain;
	must(leases_open(&w->leases, w->loop, &want, (uid_t)-1, (gid_t)-1, why, sizeof why) == ST_OK);
	must(leases_start(w->leases) == ST_OK);
	lease_names_init(&w->lease_names, w->names, w->loop);
	logged[0] = 0;
	log_set_sink(record);
}

static void close_world(struct world *w)
{
	log_set_sink(NULL);
	leases_free(w->leases);
	names_free(w->names);
	sim_free(w->loop);
}

static void follow(struct world *w, const struct hosts *hosts)
{
	lease_names_follow(&w->lease_names, w->leases);
	w->lease_names.dhcp = &w->dhcp;
	lease_names_use(&w->lease_names, &w->lan, hosts);
}

static void done(struct lease_commit *c, enum status s)
{
	(void)c;
	CHECK_EQ(s, ST_OK);
}

/* seconds 0: for ever. */
static void bind_lease(struct world *w, unsigned nth, const char *name, int64_t seconds)
{
	static struct lease_commit commit;
	const struct lease_change change = {
		.addr = addr_ip4(FIRST + nth),
		.hw = { 1, 6, { 2, 0, 0, 0, (uint8_t)(nth >> 8), (uint8_t)nth } },
		.name = name, .ifindex = w->eth0,
		.expires_s = seconds ? loop_now(w->loop).wall_s + seconds : 0,
	};

	commit = (struct lease_commit){ .done = done };
	CHECK_EQ(leases_commit(w->leases, &change, &commit), ST_OK);
	sim_run_for(w->loop, 10);
}

/* The last byte of the addresses of a name, each with '*' where it is the address's name. */
static void check_name(struct world *w, const char *text, const char *want)
{
	struct names_entry found[4], at;
	struct dname name;
	char got[100] = "";
	size_t n, k = 0;

	must(dname_parse(text, &name));
	n = names_named(w->names, dname_span(&name), found, COUNT_OF(found));
	for (size_t i = 0; i < n; i++) {
		bool named = names_at(w->names, &found[i].addr, &at) && dname_eq(&at.name, &name);

		k += (size_t)snprintf(got + k, sizeof got - k, "%s%u%s", k ? " " : "",
				      found[i].addr.bytes[3], named ? "*" : "");
	}
	CHECK_TEXT(got, want);
}

TEST(a_lease_is_known_by_its_name_with_and_without_its_domain_until_it_ends)
{
	struct world w;
	struct addr first = addr_ip4(FIRST);

	open_world(&w);
	follow(&w, NULL);
	bind_lease(&w, 0, "printer", 600);
	check_name(&w, "printer", "5");
	check_name(&w, "printer.lan", "5*");
	leases_rename(w.leases, &first, "scanner", NULL);
	check_name(&w, "printer.lan", "");
	check_name(&w, "scanner.lan", "5*");
	leases_rename(w.leases, &first, "copier", "its.own");
	check_name(&w, "copier.its.own", "5*");
	check_name(&w, "copier.lan", "");
	leases_rename(w.leases, &first, NULL, NULL);
	check_name(&w, "copier", "");
	leases_rename(w.leases, &first, "scanner", NULL);
	leases_release(w.leases, &first, NULL);
	check_name(&w, "scanner", "");
	bind_lease(&w, 1, "phone", 60);
	check_name(&w, "phone", "6");
	sim_run_for(w.loop, 61000);
	check_name(&w, "phone", "");
	CHECK_EQ(names_count(w.names), 0);
	close_world(&w);
}

TEST(leases_from_before_a_start_are_known_once_names_are_served)
{
	struct world w;

	open_world(&w);
	bind_lease(&w, 0, "printer", 600);
	bind_lease(&w, 1, "clock", 0);
	follow(&w, NULL);
	check_name(&w, "printer.lan", "5*");
	check_name(&w, "clock.lan", "6*");
	sim_run_for(w.loop, 700000);
	check_name(&w, "printer.lan", "");
	check_name(&w, "clock.lan", "6*");
	close_world(&w);
}

TEST(a_renewed_lease_has_its_new_end_at_once_and_one_for_ever_has_none)
{
	struct names_entry e;
	struct addr first = addr_ip4(FIRST);
	struct world w;
	int64_t end_ms;

	open_world(&w);
	follow(&w, NULL);
	bind_lease(&w, 0, "printer", 600);
	must(names_at(w.names, &first, &e));
	end_ms = e.mono_expires_ms;
	sim_run_for(w.loop, 100000);
	bind_lease(&w, 0, "printer", 600);
	must(names_at(w.names, &first, &e));
	CHECK(e.mono_expires_ms >= end_ms + 99000);
	bind_lease(&w, 0, "printer", 0);
	must(names_at(w.names, &first, &e));
	CHECK_EQ(e.mono_expires_ms, 0);
	close_world(&w);
}

TEST(the_domain_is_the_addresss_and_another_one_after_a_reload)
{
	struct domain_rule office = { .name = "office", .interface = "eth0" };
	struct domain_rule none = { .name = "", .all = true };
	struct world w;

	open_world(&w);
	w.domain.next = &office;
	follow(&w, NULL);
	bind_lease(&w, 0, "printer", 600);
	check_name(&w, "printer.office", "5*");
	check_name(&w, "printer.lan", "");
	w.domain.next = NULL;
	lease_names_use(&w.lease_names, &w.lan, NULL);
	check_name(&w, "printer.lan", "5*");
	check_name(&w, "printer.office", "");
	w.lan.domains = &none;
	lease_names_use(&w.lease_names, &w.lan, NULL);
	check_name(&w, "printer.lan", "");
	check_name(&w, "printer", "5*");
	close_world(&w);
}

TEST(with_dhcp_fqdn_the_long_name_is_the_only_one)
{
	struct names_entry e;
	struct addr first = addr_ip4(FIRST);
	struct world w;

	open_world(&w);
	w.dhcp.fqdn = true;
	w.dhcp.has_dns_ttl = true;
	w.dhcp.dns_ttl_s = 77;
	follow(&w, NULL);
	bind_lease(&w, 0, "printer", 600);
	check_name(&w, "printer", "");
	check_name(&w, "printer.lan", "5*");
	must(names_at(w.names, &first, &e));
	CHECK(e.has_ttl);
	CHECK_EQ(e.ttl_s, 77);
	w.dhcp.fqdn = false;
	lease_names_use(&w.lease_names, &w.lan, NULL);
	check_name(&w, "printer", "5");
	w.dhcp.fqdn = true;
	lease_names_use(&w.lease_names, &w.lan, NULL);
	check_name(&w, "printer", "");
	close_world(&w);
}

/* What no name of DNS can be is none; the lease is a lease all the same. */
TEST(a_name_that_is_none_in_dns_harms_no_lease)
{
	static const char *const odd[] = {
		"a..b", ".", "with a blank", "caf\xc3\xa9", "under_score", "-dash-",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};
	struct world w;

	open_world(&w);
	follow(&w, NULL);
	for (unsigned i = 0; i < COUNT_OF(odd); i++)
		bind_lease(&w, i, odd[i], 600);
	CHECK_EQ(leases_count(w.leases), COUNT_OF(odd));
	check_name(&w, "under_score.lan", "9*");
	check_name(&w, "a.b", "");
	CHECK(names_count(w.names) % 2 == 0);		/* long and short, or neither */
	close_world(&w);
}

/* ---- names that hosts files give to others ---------------------------------------------- */

static const char hosts_text[] = "10.77.0.5 mine\n10.77.0.99 theirs\n10.77.0.98 also\nfd77::9 six\n";

static int open_hosts(struct conf_files *f, const char *path, int flags)
{
	int fd = memfd_create("hosts", MFD_CLOEXEC);

	(void)f;
	(void)path;
	(void)flags;
	must(fd >= 0 && write(fd, hosts_text, sizeof hosts_text - 1) == sizeof hosts_text - 1);
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static struct hosts *read_hosts(void)
{
	static struct conf_files files = { .open = open_hosts };
	static struct dns_conf conf;
	const struct hosts_want want = { .conf = &conf };

	return hosts_read(&want, &files);
}

TEST(a_name_that_a_hosts_file_gives_to_another_address_stays_there)
{
	static const char line[] =
		"not giving name theirs to the DHCP lease of 10.77.0.6 because the name exists in "
		"/etc/hosts with address 10.77.0.99\n";
	struct hosts *hosts = read_hosts();
	struct world w;

	open_world(&w);
	follow(&w, hosts);
	bind_lease(&w, 0, "mine", 600);
	bind_lease(&w, 1, "theirs", 600);
	bind_lease(&w, 2, "six", 600);
	check_name(&w, "mine", "5");
	check_name(&w, "theirs", "");
	check_name(&w, "theirs.lan", "6*");	/* that one it does not have */
	check_name(&w, "six", "7");		/* of the other family alone */
	CHECK_TEXT(logged, line);
	logged[0] = 0;
	bind_lease(&w, 1, "theirs", 900);	/* a renewal tells nothing anew */
	CHECK_TEXT(logged, "");
	lease_names_use(&w.lease_names, &w.lan, NULL);
	check_name(&w, "theirs", "6");
	lease_names_use(&w.lease_names, &w.lan, hosts);
	check_name(&w, "theirs", "");
	close_world(&w);
	hosts_free(hosts);
}

/* ---- so many that it takes time ------------------------------------------------------------ */

/* In the order of the table: 1 and 2400 have names of others, by the hosts file. */
enum { MANY = 2500, LATE_TAKEN = 2400 };

static void bind_many(struct world *w)
{
	char name[20];

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "host%u", i);
		bind_lease(w, i, i == 1 ? "theirs" : i == LATE_TAKEN ? "also" : name, 0);
	}
}

/* How many of them have a name in this domain. */
static size_t known(const struct world *w, const char *domain)
{
	struct names_entry e;
	struct dname name;
	char text[40];
	size_t n = 0;

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "host%u%s", i, domain);
		must(dname_parse(text, &name));
		n += names_named(w->names, dname_span(&name), &e, 1);
	}
	return n;
}

TEST(many_leases_are_published_anew_in_slices_and_none_is_without_a_name_meanwhile)
{
	struct world w;
	uint32_t changes;

	open_world(&w);
	w.dhcp.ranges = &(struct dhcp_range){ 0 };
	bind_many(&w);
	follow(&w, NULL);
	CHECK_EQ(known(&w, ".lan"), MANY - 2);	/* at the start all at once */
	changes = names_changes(w.names);
	w.domain.name = "office";
	lease_names_use(&w.lease_names, &w.lan, NULL);
	for (size_t turn = 1; turn <= MANY / LEASE_ROUND_SLICE; turn++) {
		const size_t new = known(&w, ".office");

		CHECK(new >= turn * LEASE_ROUND_SLICE - 2 && new <= turn * LEASE_ROUND_SLICE);
		CHECK_EQ(known(&w, ".lan") + new, MANY - 2);
		CHECK_EQ(known(&w, ""), MANY - 2);
		CHECK_EQ(names_changes(w.names), changes);	/* whoever copies now copies too soon */
		sim_run_for(w.loop, LEASE_ROUND_PAUSE_MS);
	}
	CHECK_EQ(known(&w, ".office"), MANY - 2);
	CHECK_EQ(known(&w, ".lan"), 0);
	CHECK_EQ(names_changes(w.names), changes + 1);
	close_world(&w);
}

TEST(what_becomes_of_leases_while_many_are_published_anew_is_what_counts)
{
	struct addr last = addr_ip4(FIRST + MANY - 1), renamed = addr_ip4(FIRST + MANY - 2);
	struct world w;

	open_world(&w);
	bind_many(&w);
	follow(&w, NULL);
	w.domain.name = "office";
	lease_names_use(&w.lease_names, &w.lan, NULL);
	leases_release(w.leases, &last, NULL);
	leases_rename(w.leases, &renamed, "scanner", NULL);
	bind_lease(&w, MANY, "guest", 0);
	sim_run_for(w.loop, 100);
	check_name(&w, "host2499", "");
	check_name(&w, "host2499.lan", "");
	check_name(&w, "host2498.office", "");
	CHECK_EQ(known(&w, ".office"), MANY - 4);
	check_name(&w, "scanner.office", "199*");
	check_name(&w, "guest.office", "201*");
	CHECK_EQ(names_count(w.names), (size_t)MANY * 2);
	close_world(&w);
}

TEST(another_use_while_many_are_published_anew_begins_afresh)
{
	struct world w;

	open_world(&w);
	bind_many(&w);
	follow(&w, NULL);
	w.domain.name = "office";
	lease_names_use(&w.lease_names, &w.lan, NULL);
	sim_run_for(w.loop, LEASE_ROUND_PAUSE_MS);
	w.domain.name = "home";
	lease_names_use(&w.lease_names, &w.lan, NULL);
	sim_run_for(w.loop, 100);
	CHECK_EQ(known(&w, ".home"), MANY - 2);
	CHECK_EQ(known(&w, ".office") + known(&w, ".lan"), 0);
	close_world(&w);
}

TEST(names_that_others_have_are_told_in_order_and_once_however_many_leases_there_are)
{
	static const char lines[] =
		"not giving name theirs to the DHCP lease of 10.77.0.6 because the name exists in "
		"/etc/hosts with address 10.77.0.99\n"
		"not giving name also to the DHCP lease of 10.77.9.101 because the name exists in "
		"/etc/hosts with address 10.77.0.98\n";
	struct hosts *hosts = read_hosts();
	struct world w;

	open_world(&w);
	bind_many(&w);
	follow(&w, NULL);
	lease_names_use(&w.lease_names, &w.lan, hosts);
	sim_run_for(w.loop, 100);
	CHECK_TEXT(logged, lines);
	check_name(&w, "theirs", "");
	check_name(&w, "also", "");
	check_name(&w, "also.lan", "101*");
	close_world(&w);
	hosts_free(hosts);
}

/* ---- while others read --------------------------------------------------------------------- */

struct reader_thread {
	const struct names *names;
	_Atomic bool ending;
	_Atomic unsigned missed, looks;
};

static void *look(void *arg)
{
	struct reader_thread *r = arg;
	const struct addr first = addr_ip4(FIRST);
	struct names_entry e;
	struct dname name;

	must(dname_parse("printer.lan", &name));
	while (!atomic_load(&r->ending)) {
		if (!names_named(r->names, dname_span(&name), &e, 1) || !names_at(r->names, &first, &e))
			atomic_fetch_add(&r->missed, 1);
		atomic_fetch_add(&r->looks, 1);
	}
	return NULL;
}

TEST(a_name_is_never_missing_while_its_lease_is_renewed_or_files_are_read_again)
{
	struct reader_thread r = { 0 };
	pthread_t thread;
	struct world w;

	open_world(&w);
	follow(&w, NULL);
	bind_lease(&w, 0, "printer", 600);
	r.names = w.names;
	must(pthread_create(&thread, NULL, look, &r) == 0);
	while (atomic_load(&r.looks) < 20000) {
		lease_names_use(&w.lease_names, &w.lan, NULL);
		bind_lease(&w, 0, "printer", 600);
	}
	atomic_store(&r.ending, true);
	pthread_join(thread, NULL);
	CHECK_EQ(r.missed, 0);
	close_world(&w);
}
