/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/explain_private.h"
#include "base/must.h"
#include "wire/pcap.h"

#define FILE_MAX (64u << 20)

static void add(struct explain_packets *p, struct span bytes, const struct addr *to)
{
	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 16;
		p->list = realloc(p->list, p->room * sizeof *p->list);
		must(p->list);
	}
	p->list[p->n++] = (struct explain_packet){ bytes, *to };
}

/* ---- files ------------------------------------------------------------------------------ */

static bool read_whole(const char *path, uint8_t **out, size_t *out_n, struct failure *f)
{
	FILE *in = fopen(path, "re");
	bool good;

	*out_n = 0;
	if (!in)
		return failure_set(f, EXIT_CODE_FILE, "%s: %s", path, strerror(errno));
	*out = malloc(FILE_MAX + 1);
	must(*out);
	*out_n = fread(*out, 1, FILE_MAX + 1, in);
	good = !ferror(in);
	fclose(in);
	if (!good)
		return failure_set(f, EXIT_CODE_FILE, "%s: %s", path, strerror(errno));
	return *out_n <= FILE_MAX ||
	       failure_set(f, EXIT_CODE_FILE, "%s: longer than %u MB", path, FILE_MAX >> 20);
}

static bool is_dhcp(const struct pcap_datagram *d)
{
	return d->from.port == DHCP4_SERVER_PORT || d->from.port == DHCP4_CLIENT_PORT ||
	       d->to.port == DHCP4_SERVER_PORT || d->to.port == DHCP4_CLIENT_PORT;
}

/* A relay sends from the server's port. */
static bool is_clients(const struct pcap_datagram *d)
{
	return d->to.port == DHCP4_SERVER_PORT && d->data.n && d->data.p[0] == DHCP4_BOOTREQUEST;
}

static void add_captured(struct explain_packets *p, struct pcap *capture)
{
	struct pcap_datagram d;

	while (pcap_next(capture, &d)) {
		if (is_clients(&d))
			add(p, d.data, &d.to.addr);
		else
			p->left_out += is_dhcp(&d);
	}
}

static bool add_hex(struct explain_packets *p, struct span text, const char *path, struct failure *f)
{
	const struct addr everybody = addr_ip4(0xffffffff);
	struct pcap_hex h = pcap_hex_open(text);
	uint8_t *at = p->hex = malloc(text.n / 2 + 1);
	size_t n;

	must(at);
	do {
		if (!pcap_hex_next(&h, at, &n))
			return failure_set(f, EXIT_CODE_CONF, "%s:%u: neither a pcap nor hex: write pairs "
					   "of hex digits, and an empty line between packets", path,
					   h.line);
		if (n)
			add(p, span_of(at, n), &everybody);
		at += n;
	} while (n);
	return true;
}

static bool add_file(struct explain_packets *p, const char *path, struct failure *f)
{
	struct pcap capture;
	size_t n;

	if (!read_whole(path, &p->file, &n, f))
		return false;
	switch (pcap_open(span_of(p->file, n), &capture)) {
	case PCAP_READ:
		add_captured(p, &capture);
		break;
	case PCAP_NG:
		return failure_set(f, EXIT_CODE_CONF, "%s: it is a pcapng; write it as pcap (editcap -F "
				   "pcap, tcpdump -w)", path);
	case PCAP_STRANGE_LINK:
		return failure_set(f, EXIT_CODE_CONF, "%s: captured on a link of kind %u; Ethernet, raw "
				   "IP and Linux's \"any\" are read", path, capture.link);
	case PCAP_OTHER:
		if (!add_hex(p, span_of(p->file, n), path, f))
			return false;
	}
	return p->n > 0 || failure_set(f, EXIT_CODE_CONF, "%s: no packet of a DHCP client is in it", path);
}

/* ---- both kinds --------------------------------------------------------------------------- */

bool explain_packets(const struct explain_want *w, struct explain_packets *out, struct failure *f)
{
	const struct addr everybody = addr_ip4(0xffffffff);
	struct span made;

	if (w->packet)
		return add_file(out, w->packet, f);
	made = explain_client_packet(&w->client, &out->made);
	if (made.n == 0)
		return failure_set(f, EXIT_CODE_CONF, "the client's options do not fit into one packet");
	add(out, made, &everybody);
	return true;
}

void explain_packets_free(struct explain_packets *p)
{
	free(p->list);
	free(p->file);
	free(p->hex);
}
