/* SPDX-License-Identifier: ISC */
/*
 * rate-limit: what becomes of questions from networks that ask too much.
 */
#include "base/text.h"
#include "dns/common.h"
#include "dns/server_private.h"

#define TOLD_EVERY_MS 5000

void server_rate_use(struct dns *d)
{
	/* Without memory for the table nobody is limited: as without the option. */
	d->rate = d->data->conf->rate.a_second ? common_rate(d->want.common) : NULL;
}

/* The question, without an answer and with TC: it may be asked by TCP. */
static void answer_cut(struct dns *d, const struct client *c, struct span message)
{
	const struct dns_conf *conf = d->data->conf;
	struct ede ede = { .code = DNS_EDE_NONE };
	struct dns_query q;
	struct dns_writer w;
	int why;

	if (!dns_query_read(message, &q, &why))
		return;
	dns_write_start(&w, d->reply, DNS_UDP_MIN, q.header.id,
			DNS_QR | DNS_RA | (q.header.flags & (DNS_RD | DNS_CD)));
	dns_write_question(&w, &q.question);
	w.truncated = true;
	if (q.edns.present && conf->extended_errors)
		ede_of_limit(&ede, &conf->rate.origin);
	if (q.edns.present)
		dns_write_said(&w, &(struct dns_opt_said){
			.udp_size = (uint16_t)conf->edns_max, .dnssec_ok = q.edns.dnssec_ok,
			.ede = ede.code, .words = span_text(ede.words) });
	dns_send(d, c, dns_write_end(&w, DNS_NOERROR));
}

/* Not every time: whoever asks too much could fill the log too. */
static void tell(struct dns *d, const struct client *c, const struct dns_rate *limits)
{
	const int64_t now_ms = loop_now(d->want.loop).mono_ms;
	const unsigned bits = c->from.addr.family == ADDR_IP4 ? limits->bits4 : limits->bits6;
	const struct addr net = addr_net(&c->from.addr, bits);
	_Atomic int64_t *told_ms = &d->want.common->rate_told_ms;
	int64_t before_ms = *told_ms;
	char text[120];
	struct text t = TEXT(text);

	if (!events_wanted(d->want.events) || (before_ms && now_ms - before_ms < TOLD_EVERY_MS) ||
	    !atomic_compare_exchange_strong(told_ms, &before_ms, now_ms))
		return;
	text_addf(&t, "rate-limit: questions from %s/%u are left out", addr_text(&net).s, bits);
	tell_event(d, c, &(struct event){ .kind = EVENT_DNS_WARNING, .text = text, .name = "",
					  .origin_file = limits->origin.file,
					  .origin_line = limits->origin.line });
}

bool server_rate_allows(struct dns *d, const struct client *c, struct span message)
{
	const struct dns_rate *limits = &d->data->conf->rate;

	if ((!limits->near && access_is_near(d, &c->from.addr)) ||
	    server_cookie_is_good(d, c, message))
		return true;		/* nobody else asks in its name */
	switch (rate_judge(d->rate, limits, &c->from.addr, loop_now(d->want.loop).mono_ms)) {
	case RATE_ANSWER: return true;
	case RATE_CUT:
		dns_count(&d->want.counts->rate_cut);
		answer_cut(d, c, message);
		break;
	case RATE_LEAVE_OUT: dns_count(&d->want.counts->rate_left_out); break;
	}
	tell(d, c, limits);
	return false;
}
