/* SPDX-License-Identifier: ISC */
/*
 * Copies of zones (AXFR, RFC 5936): who may have one, and the messages that it is.
 *
 * A copy is made whole at once, of the data as they are, and leaves as fast as its
 * client reads.
 */
#include <stdlib.h>

#include "base/must.h"
#include "dns/auth.h"
#include "dns/server_private.h"

#define MESSAGE_BYTES 16384		/* names further on cannot be pointed at (RFC 1035 4.1.4) */
#define COPIES_MAX 4			/* at one time; each is as large as its zone */

struct dns_copy {
	uint8_t *bytes;			/* messages with their lengths before them */
	size_t n, room;
	size_t at;			/* bytes given to the connection */
};

/* ---- making one ------------------------------------------------------------------------ */

struct copying {
	struct dns *d;
	const struct client *c;
	const struct dns_query *q;
	struct dns_copy *copy;
	struct dns_writer w;
	struct local_verdict *room;
	uint8_t *buffer;		/* of DNS_MESSAGE_MAX */
	bool bad;			/* no memory, or a record that no message can hold */
};

void copy_add(struct dns_copy *copy, struct span bytes)
{
	if (copy->n + bytes.n > copy->room) {
		size_t room = 2 * (copy->n + bytes.n);
		uint8_t *more = realloc(copy->bytes, room);

		must(more);
		copy->bytes = more;
		copy->room = room;
	}
	memcpy(copy->bytes + copy->n, bytes.p, bytes.n);
	copy->n += bytes.n;
}

static void begin_message(struct copying *m)
{
	const uint16_t kept = DNS_RD | DNS_CD;

	dns_write_start(&m->w, m->buffer, DNS_MESSAGE_MAX, m->q->header.id,
			(uint16_t)(DNS_QR | DNS_AA | (m->c->stranger ? 0 : DNS_RA) |
				   (m->q->header.flags & kept)));
	dns_write_question(&m->w, &m->q->question);
	if (m->q->edns.present)
		dns_write_reserve(&m->w, 0);
}

static void end_message(struct copying *m)
{
	struct span message;

	if (m->q->edns.present)
		dns_write_edns(&m->w, (uint16_t)m->d->data->conf->edns_max, m->q->edns.dnssec_ok,
			       DNS_NOERROR, DNS_EDE_NONE);
	message = dns_write_end(&m->w, DNS_NOERROR);
	copy_add(m->copy, SPAN(((uint8_t[2]){ (uint8_t)(message.n >> 8), (uint8_t)message.n })));
	copy_add(m->copy, message);
}

static bool write_item(struct copying *m, const struct local_item *item)
{
	return dns_write_rr(&m->w, DNS_ANSWER, dname_span(&item->owner), item->type, DNS_IN,
			    item->ttl_s, item->rdata);
}

/* A record that does not fit begins another message. */
static bool take(void *arg, const struct local_item *item)
{
	struct copying *m = arg;
	const bool is_long = writer_done(&m->w.w).n + item->rdata.n > MESSAGE_BYTES;

	if ((is_long && m->w.header.answers) || !write_item(m, item)) {
		m->w.truncated = false;
		end_message(m);
		begin_message(m);
		m->bad |= !write_item(m, item);
	}
	return !m->bad;
}

void copy_free(struct dns_copy *copy)
{
	if (copy)
		free(copy->bytes);
	free(copy);
}

static struct dns_copy *copy_new(struct dns *d, const struct client *c, const struct dns_query *q,
				 const struct dns_zone *zone)
{
	const struct local_view view = server_view(d);
	const struct local_question question = server_local_question(d, c, q);
	struct copying m = { .d = d, .c = c, .q = q, .copy = calloc(1, sizeof(struct dns_copy)),
			     .buffer = d->reply };

	must(m.copy);
	begin_message(&m);
	auth_copy(&view, &question, zone, &d->verdict, take, &m);
	end_message(&m);
	return m.copy;
}

/* ---- giving it -------------------------------------------------------------------------- */

bool copy_feed(struct dns_copy *copy, struct stream *s)
{
	size_t n = copy->n - copy->at, room = stream_room(s);

	n = n < room ? n : room;
	if (n && stream_send(s, span_of(copy->bytes + copy->at, n)) == ST_OK)
		copy->at += n;
	return copy->at < copy->n;
}

/* By UDP there is silence, as in dnsmasq; and RA is set, for a stranger too. */
static void refuse(struct dns *d, const struct client *c, const struct dns_query *q,
		   void (*why)(struct ede *out))
{
	tell_no_copy(d, c);
	if (!c->link)
		return;
	tell_error(d, c, "config", DNS_REFUSED, DNS_EDE_NONE);
	if (d->data->conf->extended_errors)
		why(&d->ede);
	server_answer_nothing(d, c, q, DNS_REFUSED,
			      d->data->conf->extended_errors ? d->ede.code : DNS_EDE_NONE);
}

static void give(struct dns *d, const struct client *c, const struct dns_query *q,
		 const struct dns_zone *zone)
{
	tell_copied(d, c, zone);
	if (!c->link)
		return;
	if (d->copies >= COPIES_MAX || !link_give(c->link, copy_new(d, c, q, zone)))
		refuse(d, c, q, ede_of_copies);
}

bool server_copies(struct dns *d, const struct client *c, const struct dns_query *q)
{
	const struct local_view view = server_view(d);
	const struct local_question question = server_local_question(d, c, q);
	const struct dns_zone *zone = auth_copied(&view, &question);

	if (!zone)
		return false;
	dns_count_own(&d->want.counts->zones);
	if (!auth_may_copy(d->data->conf, &c->from.addr))
		refuse(d, c, q, ede_of_stranger);
	else
		give(d, c, q, zone);
	return true;
}
