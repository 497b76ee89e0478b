/* SPDX-License-Identifier: ISC */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/must.h"
#include "dns/loops.h"

#define DIGITS 8
#define IDS_FROM 0x80000000u		/* above the numbers of all other lists */

struct trial {
	const struct dns_rule *rule;
	struct dname name;
	_Atomic bool begun, leads_back;
};

struct dns_loops {
	_Atomic unsigned found;
	size_t n;
	struct trial trial[];
};

/* ---- making ------------------------------------------------------------------------------ */

/* Those that are asked where no line says whom. */
static bool usual_servers(const struct rules *r, struct rule_servers *out)
{
	const struct dns_rule *first;
	size_t cursor = 0;

	while (rules_each(r, &cursor, out, &first))
		if (first->reach == REACH_ALL)
			return true;
	return false;
}

static void draw_name(struct dname *out)
{
	char text[DIGITS + sizeof ".test"];
	uint32_t number;

	must(getrandom(&number, sizeof number, 0) == sizeof number);
	snprintf(text, sizeof text, "%08x.test", number);
	must(dname_parse(text, out));
}

struct dns_loops *loops_new(const struct rules *r)
{
	struct rule_servers usual;
	struct dns_loops *l;

	if (!usual_servers(r, &usual))
		return NULL;
	l = calloc(1, sizeof *l + usual.n * sizeof *l->trial);
	must(l);
	l->n = usual.n;
	for (size_t i = 0; i < l->n; i++) {
		l->trial[i].rule = usual.rule[i];
		draw_name(&l->trial[i].name);
	}
	return l;
}

void loops_free(struct dns_loops *l)
{
	free(l);
}

/* ---- trying -------------------------------------------------------------------------------- */

bool loops_next(struct dns_loops *l, struct rule_servers *out, struct dns_question *out_q)
{
	for (size_t i = 0; i < l->n; i++) {
		struct trial *t = &l->trial[i];

		if (atomic_exchange(&t->begun, true))
			continue;
		*out = (struct rule_servers){ &t->rule, 1, IDS_FROM + (unsigned)i };
		*out_q = (struct dns_question){ .name = t->name, .type = DNS_TXT, .class = DNS_IN };
		return true;
	}
	return false;
}

bool loops_came_back(struct dns_loops *l, const struct dns_question *q,
		     const struct dns_server **out_server)
{
	*out_server = NULL;
	if (q->type != DNS_TXT || q->class != DNS_IN)
		return false;
	for (size_t i = 0; i < l->n; i++) {
		struct trial *t = &l->trial[i];

		if (!dname_eq(&t->name, &q->name))
			continue;
		if (!atomic_exchange(&t->leads_back, true)) {
			atomic_fetch_add(&l->found, 1);
			*out_server = t->rule->server;
		}
		return true;
	}
	return false;
}

unsigned loops_found(const struct dns_loops *l)
{
	return atomic_load_explicit(&l->found, memory_order_acquire);
}

bool loops_has(const struct dns_loops *l, const struct dns_server *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->trial[i].rule->server == s && atomic_load(&l->trial[i].leads_back))
			return true;
	return false;
}
