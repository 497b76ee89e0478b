/* SPDX-License-Identifier: ISC */
/*
 * Leases that somebody gives back or adds by hand: changes that are answered when
 * they are durable.
 */
#include <stdlib.h>
#include <string.h>

#include "app/lease_answers.h"
#include "app/lease_names.h"
#include "app/server.h"
#include "base/must.h"
#include "dhcp/context.h"
#include "store/lease_line.h"

#define IN_FLIGHT_MAX 256		/* changes that the store has at a time */
#define REFUSALS_MAX 100		/* that are told in full */

/* Outlives its client for as long as the store has something of it. */
struct work {
	struct server *server;
	char **words;			/* what follows the first; ended by NULL */
	bool default_time;
	bool gone;			/* nobody waits for it any more */
	unsigned in_flight;
	unsigned done, kept, over, refused;	/* leases: changed; lasting longer as they are;
					 * ended already; not taken */
	char *told;			/* what the client will read of them */
	size_t told_n;
	FILE *tell;
};

struct piece {
	struct lease_commit commit;
	struct work *work;
	char done[LEASE_NAME_MAX + 120];	/* the line that tells of it when it is stored */
};

static void *work_begin(void *server, char *const *words)
{
	struct work *w = calloc(1, sizeof *w);
	size_t n = 0;

	must(w);
	while (words[n])
		n++;
	w->server = server;
	w->words = calloc(n + 1, sizeof *w->words);
	must(w->words);
	for (size_t i = 0; i < n; i++) {
		w->words[i] = strdup(words[i]);
		must(w->words[i]);
	}
	w->default_time = n > 0 && strcmp(words[0], "default") == 0;
	w->tell = open_memstream(&w->told, &w->told_n);
	must(w->tell);
	return w;
}

static void work_free(struct work *w)
{
	fclose(w->tell);
	free(w->told);
	for (size_t i = 0; w->words[i]; i++)
		free(w->words[i]);
	free(w->words);
	free(w);
}

static void work_end(void *task)
{
	struct work *w = task;

	w->gone = true;
	if (w->in_flight == 0)
		work_free(w);
}

static void refuse(struct work *w, const struct addr *a, const char *why, const char *who)
{
	if (w->refused++ < REFUSALS_MAX)
		fprintf(w->tell, "%s: %s%s\n", addr_text(a).s, why, who);
}

static void piece_done(struct lease_commit *c, enum status s)
{
	struct piece *p = container_of(c, struct piece, commit);
	struct work *w = p->work;

	w->in_flight--;
	if (s == ST_OK) {
		w->done++;
		fputs(p->done, w->tell);
	} else if (w->refused++ < REFUSALS_MAX) {
		fprintf(w->tell, "the lease store cannot write; see the log\n");
	}
	free(p);
	if (w->gone && w->in_flight == 0)
		work_free(w);
}

static struct piece *piece_new(struct work *w)
{
	struct piece *p = calloc(1, sizeof *p);

	must(p);
	p->work = w;
	p->commit.done = piece_done;
	w->in_flight++;
	return p;
}

static enum control_step finish(struct work *w, FILE *out)
{
	fflush(w->tell);
	fwrite(w->told, 1, w->told_n, out);
	return w->refused ? CONTROL_FAILED : CONTROL_OK;
}

static bool serves(const struct work *w, FILE *out)
{
	if (!w->server->leases)
		fprintf(out, "this server gives no addresses: no dhcp-range is configured\n");
	return w->server->leases != NULL;
}

/* ---- giving back ------------------------------------------------------------------- */

static void release(struct work *w, const struct lease *l)
{
	const struct addr a = l->addr;
	const struct netif *n = loop_netif_or_near(w->server->loop, l->ifindex, &a);

	struct piece *p = piece_new(w);

	snprintf(p->done, sizeof p->done, "released %s %s%s%s\n", addr_text(&a).s,
		l->hw.len ? hwaddr_text(&l->hw).s : "-", l->name ? " " : "", l->name ? l->name : "");
	log_info(LOG_DHCP, "DHCPRELEASE(%s) %s %s by command", n ? n->name : "", addr_text(&a).s,
		 l->hw.len ? hwaddr_text(&l->hw).s : "-");
	leases_release(w->server->leases, &a, &p->commit);
}

static bool release_hw(struct work *w, const struct hwaddr *hw)
{
	const struct lease *l;
	bool any = false;

	while ((l = leases_of_hw(w->server->leases, hw, (struct addr){ 0 }, 0)) &&
	       l->state == LEASE_BOUND) {
		release(w, l);
		any = true;
	}
	return any;
}

static bool release_addr(struct work *w, const struct addr *a)
{
	const struct lease *l = leases_at(w->server->leases, a);

	if (l)
		release(w, l);
	return l != NULL;
}

static void release_word(struct work *w, const char *who)
{
	struct addr a;
	struct hwaddr hw;
	bool found = false;

	if (addr_parse(who, &a))
		found = release_addr(w, &a);
	else if (hwaddr_parse(who, &hw))
		found = release_hw(w, &hw);
	if (found)
		return;
	w->refused++;
	fprintf(w->tell, "%s: nobody holds a lease of it\n", who);
}

static enum control_step release_step(void *task, struct control_client *c, FILE *out)
{
	struct work *w = task;

	(void)c;
	if (!serves(w, out))
		return CONTROL_FAILED;
	for (size_t i = 0; w->words[i]; i++) {
		release_word(w, w->words[i]);
		free(w->words[i]);
		w->words[i] = NULL;
	}
	return w->in_flight ? CONTROL_WAIT : finish(w, out);
}

const struct control_task lease_release_task = { work_begin, release_step, work_end };

/* ---- adding ------------------------------------------------------------------------- */

static bool is_same_client(const struct lease *l, const struct lease_record *r)
{
	if (l->clid_len && r->clid_len)
		return span_eq(span_of(l->clid, l->clid_len), span_of(r->clid, r->clid_len));
	return hwaddr_eq(&l->hw, &r->hw);
}

/* May the address be leased to that client?  It says why not. */
static bool may_add(struct work *w, const struct lease_record *r, const struct dhcp_range *range,
		    const struct lease *l)
{
	if (!range)
		refuse(w, &r->addr, "no dhcp-range is on its network; configure one first", "");
	else if (loop_netif_having(w->server->loop, &r->addr))
		refuse(w, &r->addr, "it is this machine's own address", "");
	else if (l && l->state == LEASE_BOUND && !is_same_client(l, r))
		refuse(w, &r->addr, "it is leased; lanlord leases release takes it from ",
		       hwaddr_text(&l->hw).s);
	else
		return true;
	return false;
}

static int64_t expiry(const struct work *w, const struct lease_record *r,
		      const struct dhcp_range *range)
{
	if (!w->default_time)
		return r->expires_s;
	return range->lease_s == LEASE_INFINITE ? 0 : loop_now(w->server->loop).wall_s +
						      range->lease_s;
}

static void commit(struct work *w, const struct lease_record *r)
{
	const struct server *s = w->server;
	const struct netif *n = loop_netif_or_near(s->loop, 0, &r->addr);
	const struct domain_rule *rule = domain_of(s->now->lan->domains, &r->addr, n);
	const struct lease_change change = {
		.addr = r->addr, .hw = r->hw, .clid = span_of(r->clid, r->clid_len),
		.name = *r->name ? r->name : NULL,
		.domain = rule && *rule->name ? rule->name : NULL,
		.expires_s = r->expires_s, .ifindex = n ? n->index : 0,
	};
	struct piece *p = piece_new(w);

	if (leases_commit(s->leases, &change, &p->commit) == ST_OK)
		return;
	w->in_flight--;
	free(p);
	refuse(w, &r->addr, "there are as many leases as dhcp-lease-max allows", "");
}

/* What a client was told it may keep it keeps. */
static bool lasts_longer(int64_t a_s, int64_t b_s)
{
	return b_s != 0 && (a_s == 0 || a_s > b_s);
}

static void add_line(struct work *w, const char *line)
{
	struct lease_record r;
	const struct dhcp_range *range;
	const struct lease *l;

	if (!lease_line_parse(span_text(line), &r)) {
		w->refused++;
		fprintf(w->tell, "that is no line of a lease file\n");
		return;
	}
	if (!w->default_time && r.expires_s && r.expires_s <= loop_now(w->server->loop).wall_s) {
		w->over++;
		return;
	}
	range = dhcp_range_of(w->server->now->dhcp, w->server->loop, &r.addr);
	l = leases_at(w->server->leases, &r.addr);
	if (!may_add(w, &r, range, l))
		return;
	r.expires_s = expiry(w, &r, range);
	if (l && l->state == LEASE_BOUND && lasts_longer(l->expires_s, r.expires_s))
		w->kept++;
	else
		commit(w, &r);
}

static enum control_step add_step(void *task, struct control_client *c, FILE *out)
{
	struct work *w = task;
	const char *line = NULL;
	bool ended = false;

	if (!serves(w, out))
		return CONTROL_FAILED;
	while (w->in_flight < IN_FLIGHT_MAX && (line = control_line(c, &ended)))
		add_line(w, line);
	if (!ended || w->in_flight)
		return CONTROL_WAIT;
	if (w->refused > REFUSALS_MAX)
		fprintf(w->tell, "and %u more\n", w->refused - REFUSALS_MAX);
	fprintf(w->tell, "%u added", w->done);
	if (w->kept)
		fprintf(w->tell, ", %u kept that last longer", w->kept);
	if (w->over)
		fprintf(w->tell, ", %u had ended", w->over);
	fprintf(w->tell, w->refused ? ", %u refused\n" : "\n", w->refused);
	return finish(w, out);
}

const struct control_task lease_add_task = { work_begin, add_step, work_end };
