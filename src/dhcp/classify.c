/* SPDX-License-Identifier: ISC */
#include "dhcp/classify.h"

#include <strings.h>

#include "wire/tlv.h"

enum { ENTERPRISE_BROADBAND = 3561, GATEWAY_SAYS = 1 << 1 | 1 << 2 };

/* ---- one kind of match each -------------------------------------------------- */

static bool bytes_match(const struct dhcp_match *m, const uint8_t *at)
{
	for (size_t i = 0; i < m->value.n; i++)
		if (at[i] != m->value.p[i] && !(m->wild.n > i && m->wild.p[i]))
			return false;
	return true;
}

/* Text anywhere; hex at the start; numbers and addresses where an element of their size begins. */
static bool value_in(const struct dhcp_match *m, struct span s)
{
	size_t step = m->value_text || m->element == 0 ? 1 : m->element;

	if (m->at_start && s.n > m->value.n)
		s.n = m->value.n;
	for (size_t at = 0; at + m->value.n <= s.n; at += step)
		if (bytes_match(m, s.p + at))
			return true;
	return false;
}

static bool option_matches(const struct dhcp_match *m, const struct dhcp_request *r)
{
	if (m->code > 255 || r->msg->opt[m->code].n == 0)	/* an empty one is as if absent */
		return false;
	return !m->has_value || value_in(m, r->msg->opt[m->code]);
}

static bool class_matches(const struct dhcp_match *m, const struct dhcp_request *r)
{
	struct span s = m->kind == MATCH_USER_CLASS ? r->user_class : r->vendor_class;

	return s.p && value_in(m, s);
}

static bool mac_matches(const struct dhcp_match *m, const struct dhcp_request *r)
{
	unsigned wild;

	return hwaddr_matches(&m->hw, &r->hw, &wild);
}

static bool relay_matches(const struct dhcp_match *m, const struct dhcp_request *r)
{
	const struct span s[] = { [MATCH_CIRCUIT_ID] = r->relay.circuit,
				  [MATCH_REMOTE_ID] = r->relay.remote,
				  [MATCH_SUBSCRIBER_ID] = r->relay.subscriber };

	return s[m->kind].p && span_eq(s[m->kind], m->value);
}

/* RFC 3925: runs of enterprise number, length, data. */
static bool vi_matches(const struct dhcp_match *m, const struct dhcp_request *r)
{
	struct reader run = reader_of(r->msg->opt[DHCP4_VI_CLASS]);

	while (reader_left(&run) > 0) {
		uint32_t enterprise = reader_u32(&run);
		struct span data = reader_take(&run, reader_u8(&run));

		if (reader_ok(&run) && enterprise == m->enterprise &&
		    (!m->has_value || value_in(m, data)))
			return true;
	}
	return false;
}

/* The value is a name, or how one begins. */
static bool name_matches(const struct dhcp_match *m, const char *label)
{
	size_t n = strlen(label);

	if (n < m->value.n || (!m->prefix && n != m->value.n))
		return false;
	return strncasecmp(label, (const char *)m->value.p, m->value.n) == 0;
}

/* Kinds in the order in which their tags appear; names come later. */
static const struct {
	enum match_kind first, last;
	bool (*matches)(const struct dhcp_match *m, const struct dhcp_request *r);
} kinds[] = {
	{ MATCH_CIRCUIT_ID, MATCH_SUBSCRIBER_ID, relay_matches },
	{ MATCH_MAC, MATCH_MAC, mac_matches },
	{ MATCH_OPTION, MATCH_OPTION, option_matches },
	{ MATCH_VI_VENDOR, MATCH_VI_VENDOR, vi_matches },
	{ MATCH_VENDOR_CLASS, MATCH_USER_CLASS, class_matches },
};

/* The tags of one kind, so that the log, which begins with the latest, has them in file order. */
static void add_kind(struct tags *t, const struct tags *of_kind)
{
	for (size_t i = of_kind->n; i-- > 0;)
		tags_add_by(t, of_kind->name[i], of_kind->origin[i]);
	t->overflow |= of_kind->overflow;
}

static void add_matches(const struct dhcp_conf *c, const struct dhcp_request *r, struct tags *t)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct tags found = { .n = 0 };

		for (const struct dhcp_match *m = c->matches; m; m = m->next)
			if (m->kind >= kinds[i].first && m->kind <= kinds[i].last &&
			    kinds[i].matches(m, r))
				tags_add_by(&found, m->set, &m->origin);
		add_kind(t, &found);
	}
}

static void add_name_matches(const struct dhcp_conf *c, const char *label, struct tags *t)
{
	struct tags found = { .n = 0 };

	for (const struct dhcp_match *m = c->matches; m && *label; m = m->next)
		if (m->kind == MATCH_NAME && name_matches(m, label))
			tags_add_by(&found, m->set, &m->origin);
	add_kind(t, &found);
}

static void add_names(struct tags *t, const struct tag_cond *names, const struct origin *by)
{
	struct tags all = { .n = 0 };

	for (; names; names = names->next)
		tags_add_by(&all, names->name, by);
	add_kind(t, &all);
}

/* A home gateway that says who it is (TR-069, Annex F): its maker and its number at least. */
static bool is_gateway(const struct dhcp_request *r)
{
	struct reader run = reader_of(r->msg->opt[DHCP4_VI_OPTS]);
	unsigned said = 0;

	while (reader_left(&run) > 0) {
		const uint32_t enterprise = reader_u32(&run);
		struct reader own = reader_of(reader_take(&run, reader_u8(&run)));
		struct tlv t;

		while (reader_ok(&run) && enterprise == ENTERPRISE_BROADBAND &&
		       tlv_next(&own, &TLV_DHCP4_SUB, &t))
			said |= t.tag < 8 ? 1u << t.tag : 0;
	}
	return (said & GATEWAY_SAYS) == GATEWAY_SAYS;
}

static void add_bootp(const struct dhcp_request *r, struct dhcp_class *out)
{
	const struct span file = r->msg->file;
	const size_t n = file.n ? strnlen((const char *)file.p, file.n) : 0;

	if (r->type != DHCP4_BOOTP)
		return;
	tags_add(&out->tags, "bootp");
	if (n == 0 || n >= sizeof out->file)
		return;
	memcpy(out->file, file.p, n);
	out->file[n] = '\0';
	tags_add(&out->tags, out->file);
}

/* ---- the whole ------------------------------------------------------------------ */

void dhcp_tag_rules(const struct dhcp_conf *c, struct tags *t)
{
	for (const struct tag_rule *rule = c->tag_rules; rule; rule = rule->next)
		if (tags_match(t, rule->when))
			add_names(t, rule->set, &rule->origin);
}

const struct tag_list *dhcp_tag_list(const struct tag_list *list, const struct tags *t)
{
	const struct tag_list *found = NULL;

	for (; list; list = list->next)
		if (tags_match(t, list->when))
			found = list;
	return found;
}

static void take_host(const struct dhcp_conf *c, const struct dhcp_hosts *hosts,
		      const struct dhcp_request *r, const struct tags *ruled,
		      struct dhcp_class *out)
{
	const struct dhcp_host *elsewhere;

	out->host = dhcp_hosts_find(hosts, r, ruled, out->label.s, c);
	if (out->host)
		tags_add_by(&out->tags, "known", &out->host->origin);
	else if ((elsewhere = dhcp_hosts_find(hosts, r, ruled, out->label.s, NULL)))
		tags_add_by(&out->tags, "known-othernet", &elsewhere->origin);
}

static void take_ignore(const struct dhcp_conf *c, struct dhcp_class *out)
{
	const struct tag_list *line = dhcp_tag_list(c->ignore, &out->tags);

	if (line)
		out->ignored_by = &line->origin;
	else if (out->host && out->host->ignore)
		out->ignored_by = &out->host->origin;
	out->ignored = out->ignored_by != NULL;
}

void dhcp_classify(const struct dhcp_conf *c, const struct dhcp_hosts *hosts,
		   const struct dhcp_request *r, struct dhcp_class *out)
{
	struct tags ruled;	/* what conditions on names and hosts see: rules run on them too */

	memset(out, 0, sizeof *out);
	tags_add(&out->tags, r->netif->name);
	if (is_gateway(r))
		tags_add(&out->tags, "cpewan-id");
	add_matches(c, r, &out->tags);
	ruled = out->tags;
	dhcp_tag_rules(c, &ruled);
	dhcp_name_split(r->name, &out->label);
	take_host(c, hosts, r, &ruled, out);
	add_bootp(r, out);
	add_name_matches(c, out->label.s, &out->tags);
	if (out->host)
		add_names(&out->tags, out->host->set, &out->host->origin);
	out->plain_tags = out->tags;
	dhcp_tag_rules(c, &out->tags);
	out->name_ignored = dhcp_tag_list(c->ignore_names, &out->tags) != NULL;
	out->name = out->name_ignored ? "" : r->name;
	take_ignore(c, out);
	if (!c->ignore_clid && !(out->host && out->host->any_clid))
		out->clid = r->clid;
}
