/* SPDX-License-Identifier: ISC */
/*
 * Plays the tables of tests/dns: each question of each case goes the way that the server's go, from
 * bytes to bytes, and the answer is compared line by line.  tests/net/test_dns_local.py asks
 * dnsmasq the same, and says what the words mean.
 */
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/dns_text_test.h"
#include "dns/local.h"
#include "dns/reply.h"
#include "net/sim.h"
#include "test/test.h"

#define OURS "10.77.0.1"
#define CASE_TEXT 32768
#define LEASES_MAX 16

/* A case as the table has it, and what is made of it at its first question. */
struct play {
	const char *file;
	unsigned line;
	char name[200];
	char conf[CASE_TEXT], hosts[CASE_TEXT];
	char lease[LEASES_MAX][128];
	size_t leases;
	char address[LEASES_MAX][64];
	size_t addresses;
	char link[LEASES_MAX][64];
	size_t links;
	bool fqdn, has_ttl;		/* dhcp-fqdn and dhcp-ttl: DHCP's, which is not here */
	uint32_t ttl_s;
	struct local_view view;

	bool made;
	struct loop *loop;
	unsigned ifindex;
	struct conf *c;
	struct local_turns turns;

	char answer[CASE_TEXT];		/* of the last question, lines not compared yet */
	char *next_line;
	bool differs;			/* told once a question */
};

static struct local_verdict verdict;
static const struct dns_counts counts = { .cache_size = 10000 };
static struct dns_common common;
static size_t asked_in_all;

/* ---- making what a case says ------------------------------------------------------------ */

static void read_conf(struct play *p)
{
	static const struct conf_section *const sections[] = {
		&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
		&dns_auth_section, &dns_beyond_section, &dns_sets_section,
	};

	p->c = conf_new(sections, COUNT_OF(sections), NULL);
	conf_read_text(p->c, "conf", span_text(p->conf));
	for (size_t i = 0; i < conf_errors(p->c); i++)
		test_failed(p->file, (int)p->line, conf_error_text(p->c, i));
	conf_check(p->c);
}

static void write_hosts(struct play *p)
{
	char path[] = "/tmp/lanlord-hosts-XXXXXX";
	struct text conf = text_of(p->conf + strlen(p->conf), sizeof p->conf - strlen(p->conf));
	int fd = mkstemp(path);

	must(fd >= 0 && write(fd, p->hosts, strlen(p->hosts)) == (ssize_t)strlen(p->hosts));
	close(fd);
	text_addf(&conf, "no-resolv\nno-hosts\naddn-hosts=%s\n", path);
	read_conf(p);
	p->view.hosts = hosts_read(&(struct hosts_want){ .conf = dns_conf_of(p->c),
							 .domains = p->view.lan
								? p->view.lan->domains : NULL },
				   NULL);
	unlink(path);
}

static void add_lease_name(struct play *p, const char *text, const struct addr *a, int64_t expires,
			   bool names_address)
{
	struct names_entry e = { .addr = *a, .mono_expires_ms = expires,
				 .names_address = names_address, .has_ttl = p->has_ttl,
				 .ttl_s = p->ttl_s };

	must(dname_parse(text, &e.name));
	CHECK_EQ(names_put((struct names *)(uintptr_t)p->view.names, &e), ST_OK);
}

/* "SECONDS ADDRESS NAME": with its domain, and short unless dhcp-fqdn. */
static void add_lease(struct play *p, char *words)
{
	char *rest, *seconds = strtok_r(words, " ", &rest), *address = strtok_r(NULL, " ", &rest),
	     *name = strtok_r(NULL, " ", &rest), full[300];
	const struct domain_rule *domain;
	struct addr a;
	int64_t expires;

	must(seconds && address && name && addr_parse(address, &a));
	expires = atoi(seconds) ? loop_now(p->loop).mono_ms + 1000LL * atoi(seconds) : 0;
	if (strcmp(name, "*") == 0)
		return;
	domain = domain_of(p->view.lan->domains, &a, NULL);
	snprintf(full, sizeof full, "%s.%s", name, domain ? domain->name : "");
	if (domain)
		add_lease_name(p, full, &a, expires, true);
	if (!domain || !p->fqdn)
		add_lease_name(p, name, &a, expires, !domain);
}

static void make(struct play *p)
{
	struct conf *first;

	p->loop = sim_new(7);
	sim_netif_addr(p->loop, sim_netif_add(p->loop, "lo", "127.0.0.1/8", NULL), "::1/128");
	p->ifindex = sim_netif_add(p->loop, "br0", OURS "/24", NULL);
	for (size_t i = 0; i < p->addresses; i++)
		sim_netif_addr(p->loop, p->ifindex, p->address[i]);
	for (size_t i = 0; i < p->links; i++) {
		char *address = p->link[i], *name = strsep(&address, " ");

		sim_netif_add(p->loop, name, address, NULL);
	}
	read_conf(p);
	first = p->c;			/* for the domains; the whole is read with the hosts file */
	p->view.lan = conf_section(p->c, &lan_section);
	write_hosts(p);
	conf_free(first);
	p->view.lan = conf_section(p->c, &lan_section);
	p->view.conf = dns_conf_of(p->c);
	p->view.loop = p->loop;
	common_init(&common);
	common_join(&common, &counts, NULL);
	p->view.common = &common;
	p->view.rules = rules_new(p->view.conf, NULL);
	p->view.records = records_new(p->view.conf, p->view.lan);
	p->view.zone_serial = p->view.conf->auth.serial + 1;
	p->view.names = names_new();
	for (size_t i = 0; i < p->leases; i++)
		add_lease(p, p->lease[i]);
	p->made = true;
}

static void unmake(struct play *p)
{
	if (p->made) {
		names_free((struct names *)(uintptr_t)p->view.names);
		records_free((struct records *)(uintptr_t)p->view.records);
		rules_free((struct rules *)(uintptr_t)p->view.rules);
		hosts_free((struct hosts *)(uintptr_t)p->view.hosts);
		conf_free(p->c);
		sim_free(p->loop);
	}
	*p = (struct play){ .file = p->file, .line = p->line };
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* What is not answered here is asked elsewhere: there everything is NXDOMAIN, or nobody is there. */
static void answer_elsewhere(struct local_verdict *v, char *into, size_t size)
{
	*into = 0;
	if (v->rule.say != SAY_ASK) {
		v->rcode = DNS_REFUSED;
		v->ede = DNS_EDE_NOT_READY;
		return;
	}
	v->rcode = v->exists ? DNS_NOERROR : DNS_NXDOMAIN;
	v->authoritative = v->exists;
	snprintf(into, size, "forwarded ");
}

static size_t limit_of(const struct dns_query *q, bool tcp, uint32_t edns_max)
{
	size_t told = q->edns.present ? q->edns.udp_size : 0;

	if (tcp)
		return DNS_MESSAGE_MAX;
	told = told < DNS_UDP_MIN ? DNS_UDP_MIN : told;
	return told < edns_max ? told : edns_max;
}

static struct span reply_to(struct play *p, const struct dns_text_asked *a, char *before, size_t n)
{
	static uint8_t buffer[DNS_MESSAGE_MAX];
	struct local_question question = { .ifindex = p->ifindex, .now = loop_now(p->loop) };
	struct reply_how how = { .edns_size = (uint16_t)p->view.conf->edns_max };
	struct dns_query q;
	int why;

	must(dns_query_read(a->message, &q, &why));
	question.query = &q;
	must(addr_parse(a->to[0] ? a->to : OURS, &question.to));
	if (strcmp(a->to, "127.0.0.1") == 0)
		question.ifindex = loop_netif_named(p->loop, "lo")->index;
	question.stranger = lan_has_authority(p->view.lan, loop_netif_having(p->loop, &question.to),
					      &question.to);
	how.limit = limit_of(&q, a->tcp, p->view.conf->edns_max);
	p->view.turn = local_turn(&p->turns, &q.question);
	local_decide(&p->view, &question, &verdict);
	if (!verdict.answered)
		answer_elsewhere(&verdict, before, n);
	return reply_write(&verdict, &q, &how, buffer, sizeof buffer);
}

static void fail(struct play *p, const char *got, const char *want)
{
	char what[1024];

	if (p->differs)
		return;
	p->differs = true;
	snprintf(what, sizeof what, "%s\n  got  %s\n  want %s", p->name, got ? got : "(no more)", want);
	test_failed(p->file, (int)p->line, what);
}

static void expect_no_more(struct play *p)
{
	char *line = p->next_line ? strsep(&p->next_line, "\n") : NULL;

	if (line && *line)
		fail(p, line, "(no more)");
	p->next_line = NULL;
}

static void ask(struct play *p, const char *words)
{
	uint8_t message[DNS_UDP_MIN];
	struct dns_text_asked a;
	char before[16] = "";
	struct text out = TEXT(p->answer);
	struct span reply;

	if (!p->made)
		make(p);
	must(dns_text_ask(words, message, sizeof message, &a));
	reply = reply_to(p, &a, before, sizeof before);
	text_add(&out, before);
	dns_text_answer(reply, &out);
	CHECK(!out.cut);
	p->next_line = p->answer;
	p->differs = false;
	asked_in_all++;
}

static void expect(struct play *p, const char *want)
{
	char *got = p->next_line ? strsep(&p->next_line, "\n") : NULL;

	if (!got || strcmp(got, want) != 0)
		fail(p, got, want);
}

/* ---- the table ---------------------------------------------------------------------------------- */

/* DHCP's options, which are no part of this configuration. */
static bool take_dhcp(struct play *p, const char *line)
{
	if (strcmp(line, "dhcp-fqdn") == 0) {
		p->fqdn = true;
	} else if (strncmp(line, "dhcp-ttl=", 9) == 0) {
		p->has_ttl = true;
		p->ttl_s = (uint32_t)atoi(line + 9);
	} else if (strncmp(line, "dhcp-", 5) != 0) {
		return false;
	}
	return true;
}

static void add_line(char *to, size_t size, const char *line)
{
	size_t n = strlen(to);

	must(n + strlen(line) + 2 < size);
	snprintf(to + n, size - n, "%s\n", line);
}

static void play_case(struct play *p, const char *rest)
{
	expect_no_more(p);
	unmake(p);
	snprintf(p->name, sizeof p->name, "%s", rest);
}

static void play_conf(struct play *p, const char *rest)
{
	if (!take_dhcp(p, rest))
		add_line(p->conf, sizeof p->conf, rest);
}

static void play_hosts(struct play *p, const char *rest)
{
	add_line(p->hosts, sizeof p->hosts, rest);
}

static void play_lease(struct play *p, const char *rest)
{
	must(p->leases < LEASES_MAX);
	snprintf(p->lease[p->leases++], sizeof *p->lease, "%s", rest);
}

static void play_address(struct play *p, const char *rest)
{
	must(p->addresses < LEASES_MAX);
	snprintf(p->address[p->addresses++], sizeof *p->address, "%s", rest);
}

static void play_link(struct play *p, const char *rest)
{
	must(p->links < LEASES_MAX);
	snprintf(p->link[p->links++], sizeof *p->link, "%s", rest);
}

static void play_ask(struct play *p, const char *rest)
{
	expect_no_more(p);
	ask(p, rest);
}

static void play_dnsmasq(struct play *p, const char *rest)
{
	(void)p;
	(void)rest;			/* dnsmasq's answer, where ours is another on purpose */
}

static const struct word {
	const char *name;
	void (*play)(struct play *p, const char *rest);
} words[] = {
	{ "case", play_case }, { "conf", play_conf }, { "hosts", play_hosts },
	{ "lease", play_lease }, { "address", play_address },
	{ "link", play_link }, { "ask", play_ask },
	{ ">", expect }, { "~", play_dnsmasq },
};

static void play_line(struct play *p, char *line)
{
	char *rest = line, *word = strsep(&rest, " ");

	if (*word == 0 || *word == '#')
		return;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(word, words[i].name) == 0) {
			words[i].play(p, rest ? rest : "");
			return;
		}
	test_failed(p->file, (int)p->line, "no such word");
}

/* With this machine's name for each %h, and our version for each %v. */
static void expand(const char *line, char *out, size_t size)
{
	char host[256] = "";
	struct text t = text_of(out, size);

	must(gethostname(host, sizeof host - 1) == 0);
	for (; *line; line++)
		if (line[0] == '%' && (line[1] == 'h' || line[1] == 'v'))
			text_add(&t, *++line == 'h' ? host : LANLORD_VERSION);
		else
			text_addn(&t, line, 1);
	must(!t.cut);
}

static void play_file(const char *path)
{
	static struct play p;
	char *line = NULL, expanded[2048];
	size_t size = 0;
	FILE *f = fopen(path, "r");
	ssize_t n;

	must(f);
	p = (struct play){ .file = path };
	while ((n = getline(&line, &size, f)) > 0) {
		p.line++;
		line[n - (line[n - 1] == '\n')] = 0;
		expand(line, expanded, sizeof expanded);
		play_line(&p, expanded);
	}
	expect_no_more(&p);
	unmake(&p);
	free(line);
	fclose(f);
}

TEST(local_answers_are_those_of_the_tables)
{
	glob_t files = { 0 };

	asked_in_all = 0;
	CHECK_EQ(glob(LANLORD_SOURCE "/tests/dns/*.txt", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		play_file(files.gl_pathv[i]);
	CHECK(asked_in_all >= 300);
	globfree(&files);
}
