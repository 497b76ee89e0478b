/* SPDX-License-Identifier: ISC */
/*
 * Lines of configuration for every taker of the DNS options; the rules that they
 * leave decide about names of the input.
 *
 * fuzzes: dns/conf.c dns/conf_auth.c dns/conf_filter.c dns/conf_records.c dns/conf_upstream.c
 * fuzzes: dns/form.c dns/rrtypes.c dns/rules.c dns/server_lines.c
 */
#include <errno.h>

#include "base/must.h"
#include "dns/rrtypes.h"
#include "dns/rule_names.h"
#include "dns/rules.h"
#include "lan/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int open_nothing(struct conf_files *f, const char *path, int flags)
{
	(void)f;
	(void)path;
	(void)flags;
	errno = ENOENT;
	return -1;
}

static bool is_name(struct span s)
{
	struct dname name;

	return dname_of_span(s, &name);
}

/* A name lies in the domain of the line that speaks of it. */
static void check_domain(const struct rules *r, const struct rules_verdict *v, struct span name)
{
	struct dname domain;

	rules_domain(r, v, &domain);
	must(domain.n == 0 || dname_below(name, dname_span(&domain)));
}

static void ask(const struct rules *r, struct span name)
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA, DNS_TXT, DNS_ANY };

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		const struct rules_verdict v = rules_find(r, name, types[i]);

		must((v.say == SAY_ASK) == (v.servers.n > 0));
		must((v.say == SAY_ADDRESS) == (v.n_addresses > 0));
		check_domain(r, &v, name);
	}
}

/* Each has servers, and lines of servers alone. */
static void ask_each(const struct rules *r)
{
	const struct dns_rule *first;
	struct rule_servers servers;
	size_t cursor = 0;

	while (rules_each(r, &cursor, &servers, &first))
		must(servers.n > 0 && first->kind == RULE_SERVER);
}

static void look_at(const struct dns_conf *d)
{
	struct rules *r = rules_new(d, NULL);
	struct rule_walk w = { .next = d->rules, .names = d->rule_names };

	while (rule_walk_next(&w)) {
		struct dname domain;

		must((w.rule->kind == RULE_SERVER) == (w.rule->server != NULL));
		rule_walk_domain(&w, &domain);
		if (domain.n)
			ask(r, dname_span(&domain));
	}
	ask_each(r);
	for (const struct dns_record *i = d->records; i; i = i->next) {
		must(is_name(i->owner) && i->rdata.n <= UINT16_MAX);
		must(rrtype_text(i->type).s[0]);
		ask(r, i->owner);
	}
	for (const struct dns_domain *i = d->rebind_ok; i; i = i->next)
		must(is_name(i->domain));
	rules_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_section *const sections[] = {
		&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
		&dns_auth_section, &dns_beyond_section, &dns_sets_section,
	};
	struct conf_files nothing = { .open = open_nothing };
	struct conf *c = conf_new(sections, COUNT_OF(sections), &nothing);

	conf_read_text(c, "fuzz", span_of(data, size));
	conf_check(c);
	look_at(dns_conf_of(c));
	conf_free(c);
	return 0;
}
