/* SPDX-License-Identifier: ISC */
/*
 * Lines of configuration for every taker of the DHCP options; what they leave
 * of options is printed as the log would.
 *
 * fuzzes: dhcp/conf.c dhcp/conf_host.c dhcp/conf_match.c dhcp/conf_name.c dhcp/conf_net.c
 * fuzzes: dhcp/conf_option.c
 * fuzzes: dhcp/conf_range.c dhcp/conf_value.c dhcp/conf_word.c wire/dhcp_options.c lan/tag.c
 */
#include <errno.h>

#include "base/must.h"
#include "dhcp/conf.h"
#include "wire/dhcp_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int open_nothing(struct conf_files *f, const char *path, int flags)
{
	(void)f;
	(void)path;
	(void)flags;
	errno = ENOENT;
	return -1;
}

static void look_at(const struct dhcp_conf *d)
{
	char line[1024];
	struct tags tags = { .n = 0 };

	for (const struct dhcp_opt *o = d->opts; o; o = o->next) {
		struct text t = TEXT(line);

		must(o->code <= UINT8_MAX && o->value.n <= UINT8_MAX);
		dhcp_option_text(&t, (uint8_t)o->code, o->value);
		if (!tags_match(&tags, o->when))
			tags_add(&tags, o->when->name);
	}
	for (const struct tag_rule *r = d->tag_rules; r; r = r->next)
		if (tags_match(&tags, r->when))
			tags_add(&tags, r->set->name);
	for (const struct dhcp_match *m = d->matches; m; m = m->next)
		must(m->set && m->element && (m->wild.n == 0 || m->wild.n == m->value.n));
	for (const struct dhcp_range *r = d->ranges; r; r = r->next)
		must(addr_cmp(&r->start, &r->end) <= 0 && r->lease_s >= LEASE_MIN_S);
	for (const struct dhcp_relay *r = d->relays; r; r = r->next)
		must(addr_is_set(&r->local) && (addr_is_set(&r->server) || r->interface));
	for (const struct dhcp_host *h = d->hosts; h; h = h->next)
		must(!h->has_lease || h->lease_s >= LEASE_MIN_S);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_section *const sections[] = { &dhcp_section };
	struct conf_files nothing = { .open = open_nothing };
	struct conf *c = conf_new(sections, 1, &nothing);

	conf_read_text(c, "fuzz", span_of(data, size));
	conf_check(c);
	look_at(conf_section(c, &dhcp_section));
	conf_free(c);
	return 0;
}
