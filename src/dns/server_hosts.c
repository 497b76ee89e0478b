/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "conf/look_up.h"
#include "dns/server_hosts.h"

/* What one name became; the rules of one line share it. */
struct known {
	const struct dns_server *named;
	struct looked_up found;
	struct dns_server *server[LOOK_UP_MAX];
};

static void know(struct arena *arena, struct conf_files *from, const struct dns_server *named,
		 struct known *k)
{
	k->named = named;
	look_up(from, named->host, named->source.addr.family, &k->found);
	for (size_t i = 0; i < k->found.n; i++) {
		k->server[i] = arena_new(arena, struct dns_server);
		*k->server[i] = *named;
		k->server[i]->at.addr = k->found.addr[i];
	}
}

/* One rule for each address; *last is where the list ends. */
static struct dns_rule *spread(struct arena *arena, const struct known *k, struct dns_rule *r,
			       struct dns_rule **last)
{
	for (size_t i = 0; i < k->found.n; i++) {
		struct dns_rule *more = r;

		if (i > 0) {
			more = arena_new(arena, struct dns_rule);
			*more = *r;
			r->next = more;
			if (*last == r)
				*last = more;
		}
		more->server = k->server[i];
		r = more;
	}
	return r;
}

static bool is_named(const struct dns_rule *r)
{
	return r->kind == RULE_SERVER && r->server->host && !addr_is_set(&r->server->at.addr);
}

bool server_hosts_look_up(struct arena *arena, struct rule_list rules, struct dns_rule *before,
			  struct conf_files *from, const struct dns_rule **out_failed,
			  const char **out_why)
{
	struct known k = { .named = NULL };
	bool ok = true;

	for (struct dns_rule *r = before ? before->next : *rules.first; r; r = r->next) {
		if (!is_named(r))
			continue;
		if (r->server != k.named)
			know(arena, from, r->server, &k);
		if (k.found.failed && ok) {
			*out_failed = r;
			*out_why = k.found.why;
			ok = false;
		}
		r = spread(arena, &k, r, rules.last);
	}
	return ok;
}
