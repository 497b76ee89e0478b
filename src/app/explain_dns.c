/* SPDX-License-Identifier: ISC */
/*
 * `lanlord explain dns NAME [TYPE]`: what the server would answer of itself, or whom
 * it would ask, and which line says so.  Nobody is asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "app/explain_dns_effects.h"
#include "app/explain_private.h"
#include "app/json.h"
#include "app/lease_names.h"
#include "base/must.h"
#include "base/text.h"
#include "dhcp/recall.h"
#include "dns/any.h"
#include "dns/data.h"
#include "dns/filter.h"
#include "dns/rrtypes.h"
#include "store/lease_tags.h"

enum { LABEL = 14, VALUE = 44, LINE = 2400, ROOM = 8 << 20 };

static const char usage[] =
	"lanlord explain dns NAME [TYPE] [-C FILE] [--interface I] [--from ADDRESS] [--json] [-- OPTION...]\n"
	"\n"
	"What the server would answer of itself, or which servers it would ask, and why.\n"
	"  NAME [TYPE]       as in a question; an address is asked for its name; TYPE: A\n"
	"  -C FILE           the configuration; /etc/dnsmasq.conf\n"
	"  --interface I     where the question comes in; matters to localise-queries\n"
	"  --from ADDRESS    who asks; matters to block lists with tags\n"
	"  --json            one object\n"
	"  -- OPTION...      further options of the server's, as on its command line\n";

struct dns_wanted {
	struct explain_want stage;	/* conf, interface, json, server_words */
	const char *name, *type;
	struct addr from;		/* unset: not given */
};

/* ---- words ------------------------------------------------------------------------------ */

static const char *value_of(char ***at, const char *word, size_t n)
{
	const char *rest = word[n] == '=' ? word + n + 1 : word[n] ? word + n : NULL;

	return rest ? rest : **at ? *(*at)++ : NULL;
}

static bool is_word(const char *given, const char *word, size_t *out_n)
{
	*out_n = strlen(word);
	return strncmp(given, word, *out_n) == 0 &&
	       (given[*out_n] == 0 || given[*out_n] == '=' || word[1] != '-');
}

static bool take_conf(struct dns_wanted *w, const char *value, struct failure *f)
{
	(void)f;
	w->stage.conf = value;
	return true;
}

static bool take_interface(struct dns_wanted *w, const char *value, struct failure *f)
{
	w->stage.interface = value;
	return strlen(value) < sizeof(((struct netif *)NULL)->name) ||
	       failure_set(f, EXIT_CODE_CONF, "--interface %s: no interface has such a long name",
			   value);
}

static bool take_from(struct dns_wanted *w, const char *value, struct failure *f)
{
	return addr_parse(value, &w->from) ||
	       failure_set(f, EXIT_CODE_CONF, "--from %s: write an address", value);
}

static bool take_option(struct dns_wanted *w, const char *word, char ***at, struct failure *f)
{
	static const struct {
		const char *word;
		bool (*take)(struct dns_wanted *w, const char *value, struct failure *f);
	} rows[] = {
		{ "-C", take_conf }, { "--conf-file", take_conf }, { "-i", take_interface },
		{ "--interface", take_interface }, { "--from", take_from },
	};

	if (strcmp(word, "--json") == 0)
		return w->stage.json = true;
	for (size_t i = 0, n; i < COUNT_OF(rows); i++) {
		const char *value;

		if (!is_word(word, rows[i].word, &n))
			continue;
		value = value_of(at, word, n);
		return value ? rows[i].take(w, value, f)
			     : failure_set(f, EXIT_CODE_CONF, "%s: its value is missing", word);
	}
	return failure_set(f, EXIT_CODE_CONF, "%s: explain dns knows no such word; see lanlord "
			   "explain dns --help", word);
}

static bool take_words(char **at, struct dns_wanted *w, struct failure *f)
{
	*w = (struct dns_wanted){ .stage = { .client.arch = -1, .names_only = true } };
	while (*at && strcmp(*at, "--") != 0) {
		const char *word = *at++;

		if (word[0] == '-' && word[1]) {
			if (!take_option(w, word, &at, f))
				return false;
		} else if (!w->name) {
			w->name = word;
		} else if (!w->type) {
			w->type = word;
		} else {
			return failure_set(f, EXIT_CODE_CONF, "%s: one name and one type at a time",
					   word);
		}
	}
	w->stage.server_words = *at ? at + 1 : at;
	return w->name || failure_set(f, EXIT_CODE_CONF, "which name?  Write lanlord explain dns NAME");
}

/* "TXT", "16", or "TYPE16" (RFC 3597 5). */
static bool take_type(const char *text, uint16_t *out)
{
	bool numbered = strncasecmp(text, "TYPE", 4) == 0 && text[4] >= '0' && text[4] <= '9';

	return rrtype_parse(numbered ? text + 4 : text, out);
}

static bool make_question(const struct dns_wanted *w, struct dns_query *out, struct failure *f)
{
	struct addr a;

	*out = (struct dns_query){ .header = { .flags = DNS_RD, .questions = 1 },
				   .question = { .type = DNS_A, .class = DNS_IN } };
	if (w->type && !take_type(w->type, &out->question.type))
		return failure_set(f, EXIT_CODE_CONF, "%s: write a type such as AAAA or 28", w->type);
	if (!w->type && addr_parse(w->name, &a)) {
		out->question.type = DNS_PTR;
		dname_of_reverse(&a, &out->question.name);
		return true;
	}
	return dname_parse(w->name, &out->question.name) ||
	       failure_set(f, EXIT_CODE_CONF, "%s is no domain name: labels have 1 to 63 bytes, all "
			   "of it 255", w->name);
}

/* ---- what there is to say: rows, shown as text or JSON ---------------------------------------- */

struct saying {
	bool json;
	struct text text;		/* the object, */
	struct json object, rows;	/* and the list in it */
};

static void say(struct saying *s, const char *label, const char *value, struct explain_why why)
{
	char reason[LINE], place[LINE];
	struct text r = TEXT(reason), p = TEXT(place);
	struct json j;

	explain_why_text(&r, why);
	if (!s->json) {
		printf("  %-*s %-*s%s%s\n", LABEL, label, r.n ? VALUE : 0, value, r.n ? "  " : "",
		       reason);
		return;
	}
	if (why.origin)
		explain_origin_text(&p, why.origin);
	j = json_object(&s->rows, NULL);
	json_text(&j, "is", label);
	json_text(&j, "value", value);
	json_text(&j, "origin", place);
	json_text(&j, "why", why.words);
	json_close(&j);
}

static struct explain_why line(const struct origin *o)
{
	return (struct explain_why){ o && o->file ? o : NULL, NULL };
}

static void record_text(struct text *t, const struct local_item *i)
{
	text_addf(t, "%s %u %s ", dname_text(&i->owner).s, i->ttl_s, rrtype_text(i->type).s);
	explain_rdata(t, i->type, i->rdata);
}

static void say_record(struct saying *s, const struct local_item *i)
{
	static const char *const labels[] = {
		[DNS_ANSWER] = "answer", [DNS_AUTHORITY] = "authority", [DNS_ADDITIONAL] = "additional",
	};
	struct explain_why why = line(&i->origin);
	char record[LINE];
	struct text t = TEXT(record);

	record_text(&t, i);
	if (i->from == FROM_LEASE)
		why.words = "a lease";
	else if (!why.origin)
		why.words = "this machine itself";
	say(s, labels[i->section], record, why);
}

static const char *rcode_word(unsigned rcode, size_t records)
{
	switch (rcode) {
	case DNS_NOERROR: return records ? "NOERROR" : "NODATA";
	case DNS_NXDOMAIN: return "NXDOMAIN";
	case DNS_NOTIMP: return "NOTIMP";
	case DNS_REFUSED: return "REFUSED";
	case DNS_SERVFAIL: return "SERVFAIL";
	}
	return "FORMERR";
}

/* The member of the list that the name is or lies below, and the line that names the list. */
static void say_block(struct saying *s, const struct dns_query *q, const struct block_verdict *b)
{
	const struct dname *name = &q->question.name;
	struct span member = dname_parent(dname_span(name), name->labels - b->labels);
	char domain[LINE];
	struct text t = TEXT(domain);

	text_addf(&t, "%s%s", dname_span_text(member).s,
		  b->reach == NAME_AND_BELOW ? " and below" : "");
	say(s, "blocks", domain, line(&b->origin));
	say(s, "block list", b->list->path, line(&b->list->origin));
}

static void say_local(struct saying *s, const struct dns_query *q, const struct local_verdict *v)
{
	struct explain_why why = line(&v->origin);

	if (v->block.blocked)
		why.words = "blocked by a list";
	else if (!why.origin)
		why.words = "of its own data";
	else if (v->n == 0)
		why.words = "answered here alone";
	say(s, "result", rcode_word(v->rcode, v->n), why);
	if (v->block.blocked)
		say_block(s, q, &v->block);
	for (size_t i = 0; i < v->n; i++)
		say_record(s, &v->items[i]);
}

/* ---- whom it would ask ------------------------------------------------------------------------------ */

static void say_server(struct saying *s, const struct dns_rule *r, const struct origin *o)
{
	char server[LINE];
	struct text t = TEXT(server);

	text_add(&t, addr_text(&r->server->at.addr).s);
	if (r->server->scope[0])
		text_addf(&t, "%%%s", r->server->scope);
	text_addf(&t, "#%u", r->server->at.port);
	if (r->server->interface)
		text_addf(&t, " through %s", r->server->interface);
	if (r->server->host)
		text_addf(&t, ", an address of %s", r->server->host);
	say(s, "server", server, line(o));
}

static const char *order(const struct dns_conf *c, size_t n)
{
	if (n == 1)
		return "the only one";
	if (c->all_servers)
		return "all at once, the first answer counts";
	if (c->strict_order)
		return "in this order, the next where one fails";
	return "all at first, then the fastest";
}

static void say_domain(struct saying *s, const struct rules *rules, const struct rules_verdict *v)
{
	const struct dns_rule *r = v->rule;
	char domain[LINE];
	struct text t = TEXT(domain);
	struct dname name;

	if (!r || r->reach == REACH_ALL)
		return;
	if (r->reach == REACH_PLAIN)
		text_add(&t, "names of one label");
	rules_domain(rules, v, &name);
	if (r->reach != REACH_PLAIN)
		text_addf(&t, "%s%s", r->reach == REACH_WILD ? "*" : "", dname_text(&name).s);
	say(s, "by the line for", domain, line(&v->origin));
}

/* What goes along with the question, and what of a client's own does not. */
static void say_told(struct saying *s, const struct conf *c)
{
	static const struct { const char *option, *label, *value; } rows[] = {
		{ "add-mac", "tells them", "the hardware address of who asks" },
		{ "add-subnet", "tells them", "the subnet of who asks" },
		{ "add-cpe-id", "tells them", "a text of ours" },
		{ "umbrella", "tells them", "the address of who asks" },
		{ "strip-mac", "leaves out", "hardware addresses that clients tell" },
		{ "strip-subnet", "leaves out", "subnets that clients tell" },
		{ "proxy-dnssec", "passes on", "that an answer was validated" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (conf_given(c, rows[i].option))
			say(s, rows[i].label, rows[i].value, line(conf_given(c, rows[i].option)));
}

/* What an option of its own says of answers by their age, and of who asks. */
static void say_beyond(struct saying *s, const struct conf *c, bool asks)
{
	static const struct { const char *option, *label, *value; bool asks; } rows[] = {
		{ "prefetch", "at its end", "asked for anew before", true },
		{ "use-stale-cache", "out of date", "given at once, and asked for anew", true },
		{ "serve-stale", "out of date", "given where no server answers in time", true },
		{ "rate-limit", "strangers", "get so many answers a second by UDP", false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct origin *o = conf_given(c, rows[i].option);

		if (o && (asks || !rows[i].asks))
			say(s, rows[i].label, rows[i].value, (struct explain_why){ o, rows[i].option });
	}
}

static void say_asking(struct saying *s, const struct generation *g, const struct dns_data *d,
		       const struct dns_query *q, const struct local_verdict *v)
{
	const struct rules_verdict *rule = &v->rule;
	struct filter_answer here;

	if (filter_question(d->conf, &q->question, v->exists, rule->rule, &here)) {
		say(s, "result", rcode_word(here.rcode, 0),
		    (struct explain_why){ conf_given(g->conf, here.option), here.option });
		return;
	}
	say_domain(s, d->rules, rule);
	if (rule->say == SAY_NOBODY || rule->servers.n == 0) {
		say(s, "result", "REFUSED", (struct explain_why){ NULL, "there is no server to ask" });
		return;
	}
	say(s, "result", "asks elsewhere",
	    (struct explain_why){ NULL, order(d->conf, rule->servers.n) });
	for (size_t i = 0; i < rule->servers.n; i++) {
		struct origin o = rules_origin(rule, rule->servers.rule[i]);

		say_server(s, rule->servers.rule[i], &o);
	}
	say_told(s, g->conf);
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

static void bad_line(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	fprintf(stderr, "lanlord: %s:%u: %s\n", o->file, o->line, what);
}

static void was_read(void *arg, const char *path, size_t names)
{
	(void)arg;
	(void)path;
	(void)names;
}

/* What is known of the leases' tags at a start. */
static struct lease_tags *recall_tags(struct explain_stage *stage)
{
	const struct dhcp_env env = explain_stage_env(stage);
	struct lease_tags *all = lease_tags_new();
	const struct lease *l;
	size_t cursor = 0;

	while (stage->leases && (l = leases_each(stage->leases, &cursor))) {
		struct tags tags;

		dhcp_recall_tags(&env, stage->loop, l, &tags);
		lease_tags_put(all, &l->addr, &tags);
	}
	return all;
}

static void decide(struct explain_stage *stage, const struct dns_data *d,
		   const struct names *names, const struct dns_wanted *w,
		   const struct dns_query *q, struct local_verdict *out)
{
	struct lease_tags *tags = recall_tags(stage);
	const struct local_view view = {
		.conf = d->conf, .lan = d->lan, .records = d->records, .rules = d->rules,
		.hosts = d->hosts, .names = names, .blocks = d->blocks, .tags = tags,
		.loop = stage->loop,
		.zone_serial = d->zone_serial,
	};
	const struct local_question question = {
		.query = q, .now = loop_now(stage->loop), .from = { w->from, 0 },
		.to = stage->netif && stage->netif->addrs ? stage->netif->addr[0].addr
							  : (struct addr){ 0 },
		.ifindex = stage->netif ? stage->netif->index : 0,
		.stranger = stage->netif && stage->netif->addrs &&
			    lan_has_authority(d->lan, stage->netif, &stage->netif->addr[0].addr),
	};

	local_decide(&view, &question, out);
	lease_tags_free(tags);
}

static void begin(struct saying *s, const struct dns_query *q, const struct explain_stage *stage)
{
	struct dname_text name = dname_text(&q->question.name);
	struct rrtype_text type = rrtype_text(q->question.type);
	struct json list;

	for (size_t i = 0; !s->json && i < stage->notes; i++)
		printf("assumed: %s\n", stage->note[i]);
	if (!s->json) {
		printf("%s%s %s\n", stage->notes ? "\n" : "", name.s, type.s);
		return;
	}
	s->text = text_of(malloc(ROOM), ROOM);
	must(s->text.s);
	s->object = json_open(&s->text);
	json_text(&s->object, "name", name.s);
	json_text(&s->object, "type", type.s);
	list = json_list(&s->object, "assumed");
	for (size_t i = 0; i < stage->notes; i++)
		json_text(&list, NULL, stage->note[i]);
	json_close(&list);
	s->rows = json_list(&s->object, "says");
}

static void end(struct saying *s)
{
	if (!s->json)
		return;
	json_close(&s->rows);
	json_close(&s->object);
	puts(s->text.s);
	free(s->text.s);
}

static void say_effect(void *arg, const char *label, const char *value, struct explain_why why)
{
	say(arg, label, value, why);
}

static void say_effects(struct saying *s, const struct explain_stage *stage,
			const struct dns_data *d, const struct dns_query *q,
			const struct local_verdict *v)
{
	const struct explain_asked asked = {
		.conf = stage->g->conf, .lan = stage->g->lan, .data = d, .question = &q->question,
		.outside = !v->answered && v->rule.say == SAY_ASK, .blocked = v->block.blocked,
	};
	const struct explain_teller to = { say_effect, s };

	explain_dns_effects(&asked, &to);
}

static void explain_one(struct explain_stage *stage, const struct dns_wanted *w,
			const struct dns_query *q)
{
	const struct dns_reading how = { .bad = bad_line, .hosts_read = was_read };
	struct local_verdict *v = calloc(1, sizeof *v);
	struct names *names = names_new();
	struct lease_names lease_names;
	struct dns_data *d = dns_data_read(stage->g->dns, stage->g->lan, &how);
	struct saying s = { .json = w->stage.json };

	must(v && names);
	lease_names_init(&lease_names, names, stage->loop);
	lease_names.leases = stage->leases;
	lease_names.dhcp = stage->g->dhcp;
	lease_names_use(&lease_names, stage->g->lan, d->hosts);
	decide(stage, d, names, w, q, v);
	if (any_is_small(d->conf, &q->question, false))
		any_make_small(v, &q->question);
	begin(&s, q, stage);
	if (!stage->g->lan->port)
		say(&s, "result", "nothing", (struct explain_why){ NULL, "port=0 turns DNS off" });
	else if (v->answered)
		say_local(&s, q, v);
	else
		say_asking(&s, stage->g, d, q, v);
	if (stage->g->lan->port)
		say_effects(&s, stage, d, q, v);
	if (stage->g->lan->port)
		say_beyond(&s, stage->g->conf, !v->answered && v->rule.say == SAY_ASK);
	end(&s);
	dns_data_free(d);
	names_free(names);
	free(v);
}

int explain_dns(char **words)
{
	struct explain_stage *stage = calloc(1, sizeof *stage);
	struct failure failure = { .code = EXIT_CODE_OK };
	struct dns_wanted want;
	struct dns_query query;

	must(stage);
	if (words[0] && (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0))
		fputs(usage, stdout);
	else if (take_words(words, &want, &failure) && make_question(&want, &query, &failure) &&
		 explain_stage_open(stage, &want.stage, &failure))
		explain_one(stage, &want, &query);
	if (failure.text[0])
		fprintf(stderr, "lanlord: %s\n", failure.text);
	explain_stage_close(stage);
	free(stage);
	return (int)failure.code;
}
