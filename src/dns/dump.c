/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/must.h"
#include "dns/dump.h"
#include "dns/rrtypes.h"

#define HEAD "Host                           Address                                  Flags      " \
	     "Expires                  Source\n"
#define RULE "------------------------------ ---------------------------------------- ---------- " \
	     "------------------------ ------------\n"

struct dumping {
	FILE *out;
	struct now now;
};

void dump_print(FILE *out, const struct dump_line *l, struct now now, int64_t ends_ms)
{
	const time_t ends_s = (time_t)(now.wall_s + (ends_ms - now.mono_ms) / 1000);
	char ends[40] = "";
	struct tm tm;

	if (ends_ms && localtime_r(&ends_s, &tm))
		strftime(ends, sizeof ends, "%a %b %e %H:%M:%S %Y", &tm);
	if (l->source)
		fprintf(out, "%-30.30s %-40.40s %-10s %-24s %.40s\n", l->host, l->value, l->flags, ends,
			l->source);
	else
		fprintf(out, "%-30.30s %-40.40s %-10s %s\n", l->host, l->value, l->flags, ends);
}

static void print(const struct dumping *d, struct dump_line l, int64_t ends_ms)
{
	dump_print(d->out, &l, d->now, ends_ms);
}

static const char *host_text(struct span owner, struct dname_text *room)
{
	*room = dname_span_text(owner);
	return owner.n <= 1 ? "<Root>" : room->s;
}

/* A name for an address is told of the name. */
static bool print_reverse(const struct dumping *d, const struct dns_rr *rr, struct span target,
			  int64_t ends_ms)
{
	struct dname_text host;
	struct prefix p;

	if (rr->type != DNS_PTR || !dname_reverse(dname_span(&rr->owner), &p) ||
	    p.bits != (p.addr.family == ADDR_IP4 ? 32 : 128))
		return false;
	print(d, (struct dump_line){ host_text(target, &host), addr_text(&p.addr).s,
				     p.addr.family == ADDR_IP4 ? "4 R" : "6 R", NULL }, ends_ms);
	return true;
}

static const char *flags_of(const struct dns_rr *rr)
{
	return rr->type == DNS_A ? "4F" : rr->type == DNS_AAAA ? "6F"
	     : rr->type == DNS_CNAME ? "CF" : "TF";
}

static void print_record(const struct dumping *d, const struct dns_walk *w,
			 const struct dns_rr *rr, int64_t ends_ms)
{
	const struct addr a = dns_rr_addr(rr);
	struct dname_text host, name;
	uint8_t plain[DNAME_MAX];
	char value[4 * DNAME_MAX + 1];
	struct writer out = writer_of(plain, sizeof plain);
	bool named = (rr->type == DNS_CNAME || rr->type == DNS_PTR) &&
		     dns_rdata_expand(&w->r, rr, &out);

	if (named && print_reverse(d, rr, writer_done(&out), ends_ms))
		return;
	if (addr_is_set(&a))
		snprintf(value, sizeof value, "%s", addr_text(&a).s);
	else if (named)
		snprintf(value, sizeof value, "%s", host_text(writer_done(&out), &name));
	else
		snprintf(value, sizeof value, "<%s>", rrtype_text(rr->type).s);
	print(d, (struct dump_line){ host_text(dname_span(&rr->owner), &host), value, flags_of(rr), NULL },
	      ends_ms);
}

static const char *flags_of_nothing(const struct dns_walk *w, uint16_t type)
{
	if ((w->header.flags & DNS_RCODE_MASK) == DNS_NXDOMAIN)
		return " F   NX";
	return type == DNS_A ? "4F   N" : type == DNS_AAAA ? "6F   N" : "TF   N";
}

static void told(void *arg, const struct cache_key *k, struct span message, int64_t ends_ms)
{
	const struct dumping *d = arg;
	struct dname_text host;
	struct dns_walk w;
	struct dns_rr rr;
	size_t n = 0;

	if (!dns_walk_start(&w, message, NULL))
		return;
	for (; dns_walk_next(&w, &rr) && w.section == DNS_ANSWER; n++)
		print_record(d, &w, &rr, ends_ms);
	if (n == 0)
		print(d, (struct dump_line){ host_text(k->name, &host), "",
					flags_of_nothing(&w, k->type), NULL }, ends_ms);
}

char *cache_dump(struct cache *c, struct now now)
{
	char *text = NULL;
	size_t n = 0;
	struct dumping d = { .out = open_memstream(&text, &n), .now = now };

	if (!d.out)
		return NULL;
	fputs(HEAD RULE, d.out);
	cache_each(c, told, &d);
	if (fclose(d.out) == 0)
		return text;
	free(text);
	return NULL;
}
