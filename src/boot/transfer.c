/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "base/must.h"
#include "base/text.h"
#include "boot/tftp_private.h"
#include "store/packets.h"

/*
 * dnsmasq waits 2 s for an acknowledgement, then a little longer each second
 * time, and gives up after seven sendings.  In halves of the timeout.
 */
static const uint8_t patience[] = { 2, 2, 3, 3, 5, 5, 9 };
#define TIMEOUT_S 2
#define SILENCE_MS 120000		/* of a client that asked for a longer timeout */
#define REPEAT_MS 500			/* a request that comes again sooner is an echo */

/* ---- telling ---------------------------------------------------------------- */

static void tell(struct tftp *t, const struct event *e)
{
	if (events_wanted(t->events))
		events_publish(t->events, e);
}

static struct event event_of(const struct transfer *x, enum event_kind kind)
{
	return (struct event){ .kind = kind, .at = loop_now(x->tftp->loop),
			       .addr = x->client.addr, .name = x->path };
}

void tell_refused(struct tftp *t, const struct endpoint *client, const char *text)
{
	counter_add(t->counters, COUNTER_TFTP_REFUSED);
	tell(t, &(struct event){ .kind = EVENT_TFTP_REFUSED, .at = loop_now(t->loop),
				 .addr = client->addr, .text = text });
}

static void tell_end(struct transfer *x, bool sent)
{
	struct event e = event_of(x, sent ? EVENT_TFTP_SENT : EVENT_TFTP_FAILED);

	counter_add(x->tftp->counters, sent ? COUNTER_TFTP_SENT : COUNTER_TFTP_FAILED);
	e.bytes = sent ? x->file->size : x->start.offset;
	tell(x->tftp, &e);
}

static void transfer_end(struct transfer *x, bool sent)
{
	tell_end(x, sent);
	transfer_free(x);
}

/* ---- sending ----------------------------------------------------------------- */

/* What does not leave is lost like any packet: the timer sends it again. */
static enum status send_packet(struct transfer *x, const struct endpoint *to, struct span packet)
{
	packet_show(x->tftp->events, PACKET_TFTP,
		    &(struct endpoint){ x->local.addr, x->udp->at.port }, to, packet);
	return udp_send(x->udp, &(struct dgram){ .from = x->local, .to = *to,
						 .ifindex = x->ifindex, .data = packet });
}

static void send_error_to(struct transfer *x, const struct endpoint *to, enum tftp_code code,
			  const char *text)
{
	uint8_t packet[512];
	struct writer w = writer_of(packet, sizeof packet);
	size_t n = strlen(text);

	tftp_write_error(&w, code, span_of(text, n < 500 ? n : 500));
	if (send_packet(x, to, writer_done(&w)) != ST_OK)
		return;			/* nothing waits for it */
}

void transfer_send_error(struct transfer *x, enum tftp_code code, const char *text)
{
	send_error_to(x, &x->client, code, text);
}

/* The packet that is on its way, built anew from the file; empty where it could not be read. */
static struct span packet_of(struct transfer *x)
{
	uint8_t *packet = x->tftp->packet;
	struct writer w = writer_of(packet, sizeof x->tftp->packet);
	ptrdiff_t n;

	if (x->block == 0) {
		tftp_write_oack(&w, &x->oack);
		return writer_done(&w);
	}
	tftp_write_data_head(&w, (uint16_t)x->block);
	n = block_read(x, packet + TFTP_HEAD);
	return n < 0 ? span_of(NULL, 0) : span_of(packet, TFTP_HEAD + (size_t)n);
}

static void fail_reading(struct transfer *x)
{
	char text[PATH_MAX_SHOWN + 64];
	struct text t = TEXT(text);

	text_addf(&t, "cannot read %s: %s", x->path, strerror(errno));
	transfer_send_error(x, TFTP_UNDEFINED, text);
	tell_refused(x->tftp, &x->client, text);
	transfer_end(x, false);
}

static void send_block(struct transfer *x)
{
	struct span packet = packet_of(x);

	if (packet.n == 0) {
		fail_reading(x);
		return;
	}
	x->sent_ms = loop_now(x->tftp->loop).mono_ms;
	if (x->sends == 0)
		x->first_ms = x->sent_ms;
	timer_start(x->tftp->loop, &x->timer,
		    (int64_t)x->timeout_s * 500 * patience[x->sends]);
	x->sends++;
	if (send_packet(x, &x->client, packet) != ST_OK)
		return;			/* the timer runs */
}

static void timer_fired(struct loop_timer *timer)
{
	struct transfer *x = container_of(timer, struct transfer, timer);
	int64_t silent_ms = loop_now(x->tftp->loop).mono_ms - x->first_ms;

	if (x->sends == COUNT_OF(patience) || silent_ms >= SILENCE_MS)
		transfer_end(x, false);
	else
		send_block(x);
}

void transfer_begin(struct transfer *x)
{
	x->block = x->oack.blksize || x->oack.has_tsize || x->oack.timeout_s ? 0 : 1;
	send_block(x);
}

void transfer_repeat(struct transfer *x)
{
	if (loop_now(x->tftp->loop).mono_ms - x->sent_ms < REPEAT_MS)
		return;
	timer_stop(&x->timer);
	timer_fired(&x->timer);
}

/* ---- hearing ------------------------------------------------------------------ */

/* Only the block on its way counts: another number is a duplicate, and answering that would
 * double every packet from then on (RFC 1123 4.2.3.1). */
static void hear_ack(struct transfer *x, uint16_t number)
{
	if (number != (uint16_t)x->block)
		return;
	x->heard = true;
	if (x->block && x->last) {
		transfer_end(x, true);
		return;
	}
	if (x->block)
		x->start = x->after;
	x->block++;
	x->sends = 0;
	send_block(x);
}

static void hear_error(struct transfer *x, const struct tftp_word *m)
{
	struct event e = event_of(x, EVENT_TFTP_ERROR);
	char text[512];
	struct text t = TEXT(text);

	text_addn(&t, (const char *)m->text.p, m->text.n);
	e.status = m->number;
	e.text = text;
	tell(x->tftp, &e);
	transfer_end(x, x->block && x->last);
}

void transfer_hear(struct transfer *x, struct span packet)
{
	struct tftp_word m;

	if (!tftp_word_read(packet, &m))
		counter_add(x->tftp->counters, COUNTER_TFTP_MALFORMED);
	else if (m.op == TFTP_ACK)
		hear_ack(x, m.number);
	else
		hear_error(x, &m);
}

/* A stranger on our port is told so, and the transfer goes on (RFC 1350, 4). */
static void hear_stranger(struct transfer *x, const struct dgram *d)
{
	char text[96];
	struct text t = TEXT(text);

	if (tftp_op_of(d->data) == TFTP_ERROR)
		return;			/* an error is never answered */
	text_addf(&t, "ignoring packet from %s (TID mismatch)", addr_text(&d->from.addr).s);
	send_error_to(x, &d->from, TFTP_UNKNOWN_TID, text);
	tell_refused(x->tftp, &d->from, text);
}

static void receive(struct udp *u, const struct dgram *d)
{
	struct transfer *x = container_of(u, struct transfer, own);

	if (d->from.port == x->client.port && addr_eq(&d->from.addr, &x->client.addr))
		transfer_hear(x, d->data);
	else
		hear_stranger(x, d);
}

/* ---- life --------------------------------------------------------------------- */

static struct transfer **bucket_of(struct tftp *t, const struct endpoint *client)
{
	uint32_t h = client->port;

	for (size_t i = 0; i < sizeof client->addr.bytes; i++)
		h = h * 31 + client->addr.bytes[i];
	return &t->bucket[h % BUCKETS];
}

struct transfer *transfer_find(const struct tftp *t, const struct endpoint *client,
			       const struct udp *udp)
{
	struct transfer *x = *bucket_of((struct tftp *)t, client);

	while (x && !(x->client.port == client->port && addr_eq(&x->client.addr, &client->addr) &&
		      (!udp || x->udp == udp)))
		x = x->next;
	return x;
}

static bool is_link_local(const struct addr *a)
{
	static const struct prefix fe80 = { { ADDR_IP6, { 0xfe, 0x80 } }, 10 };

	return prefix_has(&fe80, a);
}

/* One port of the configured range, or whichever the kernel gives. */
static enum status open_port(struct transfer *x, struct endpoint at)
{
	const struct boot_conf *b = x->tftp->boot;
	enum status s = ST_TAKEN;

	for (unsigned port = b->port_first; s == ST_TAKEN && port <= b->port_last; port++) {
		at.port = (uint16_t)port;
		s = udp_open(x->tftp->loop, &x->own,
			     &(struct udp_want){ .at = at, .no_pktinfo = true });
	}
	return s;
}

/*
 * The socket is bound to the address that was asked, so that nobody else's
 * packets come in; not so where that is no address to bind to (a broadcast) or
 * one that several links have (link-local).
 */
static enum status open_socket(struct transfer *x, const struct endpoint *asked)
{
	struct endpoint any = { .addr.family = asked->addr.family };
	bool link_local = is_link_local(&asked->addr);
	enum status s = ST_UNKNOWN;

	if (!link_local)
		s = open_port(x, (struct endpoint){ .addr = asked->addr });
	if (s != ST_UNKNOWN)
		return s;
	x->local.addr = link_local ? asked->addr : any.addr;
	return open_port(x, any);
}

struct transfer *transfer_new(struct tftp *t, struct listener *l, const struct dgram *request)
{
	struct transfer *x = t->free;
	struct transfer **bucket = bucket_of(t, &request->from);

	if (!x)
		return NULL;
	t->free = x->next;
	*x = (struct transfer){
		.tftp = t, .own.receive = receive, .timer.fire = timer_fired,
		.client = request->from, .local.addr = request->to.addr,
		.ifindex = is_link_local(&request->from.addr) ? request->ifindex : 0,
		.blksize = TFTP_BLOCK, .timeout_s = TIMEOUT_S, .ahead = x->ahead,
	};
	x->udp = t->boot->single_port ? &l->udp : &x->own;
	if (!t->boot->single_port && open_socket(x, &request->to) != ST_OK) {
		x->next = t->free;
		t->free = x;
		tell_refused(t, &request->from, "unable to get free port for TFTP");
		return NULL;
	}
	x->next = *bucket;
	*bucket = x;
	t->active++;
	return x;
}

void transfer_free(struct transfer *x)
{
	struct tftp *t = x->tftp;
	struct transfer **at = bucket_of(t, &x->client);

	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
	timer_stop(&x->timer);
	udp_close(&x->own);
	if (x->file)
		shared_close(t, x->file);
	x->next = t->free;
	t->free = x;
	t->active--;
	if (t->waiting_n && t->active < boot_tftp_max(t->boot))
		timer_start(t->loop, &t->wake, 0);
}
