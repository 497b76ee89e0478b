/* SPDX-License-Identifier: ISC */
/*
 * dhcp_options -- the dictionary of DHCP options: their names and the form of
 * their values.
 *
 * The names are those that dnsmasq.conf uses (option:router) and that the log
 * shows.  The form says how a configured value is read and a sent one printed;
 * a code without a row takes any value and is printed as hex.  Nothing here
 * knows what an option does to a client.
 */
#pragma once

#include <stdio.h>

#include "base/span.h"
#include "base/text.h"

#define DHCP_OPTIONS 256

enum dhcp_form {
	FORM_ANY,			/* whatever the value looks like */
	FORM_IP4,			/* IPv4 addresses, or networks as RFC 3442 packs them */
	FORM_IP6,			/* IPv6 addresses */
	FORM_TEXT,
	FORM_U8, FORM_U16, FORM_U32,	/* the width of a number; texts and hex pass too */
	FORM_SECONDS,			/* four bytes */
	FORM_DOMAINS,			/* names, compressed (RFC 3397) */
	FORM_SIP,			/* RFC 3361: addresses or names behind a byte that tells */
	FORM_BYTES,			/* the protocol's own: no plain number is one */
};

struct dhcp_option {
	const char *name;		/* NULL: dnsmasq has no name for this code */
	uint8_t form;			/* enum dhcp_form */
	bool internal;			/* has no name in the configuration, only in the log */
	bool decimal;			/* numbers are printed as such, not as hex */
};

/* Indexed by code. */
extern const struct dhcp_option dhcp4_options[DHCP_OPTIONS];
extern const struct dhcp_option dhcp6_options[DHCP_OPTIONS];

/* The code of a name that may be configured, in any case; -1 if there is none. */
int dhcp4_option_code(const char *name);
/* Of any name at all: what a client sends may have one that is not to be configured. */
int dhcp4_option_code_sent(const char *name);
int dhcp6_option_code(const char *name);

/* The list of --help dhcp, or of --help dhcp6, as dnsmasq prints it. */
void dhcp_options_print(FILE *f, bool v6);

/* A DHCPv4 option's value as log-dhcp shows it: "192.0.2.1, 192.0.2.2", "1h30m", "01:02". */
void dhcp_option_value_text(struct text *t, uint8_t code, struct span value);

/* The whole line: "sent size:  4 option:  3 router  192.0.2.1". */
void dhcp_option_text(struct text *t, uint8_t code, struct span value);

/* Seconds as the log shows them: "45s", "52m30s", "1h", "infinite". */
void dhcp_seconds_text(struct text *t, uint32_t seconds);
