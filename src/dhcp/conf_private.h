/* SPDX-License-Identifier: ISC */
/*
 * conf_private -- what the takers of the DHCP options share: lists in file
 * order, hexadecimal, names, and values of options.
 */
#pragma once

#include "conf/args.h"
#include "dhcp/conf.h"
#include "wire/dhcp_options.h"
#include "wire/writer.h"

#define OPTION_MAX 255			/* bytes of a configured value */

/* Appends to a list that stays short.  The long ones remember their last item. */
#define LIST_ADD(head, item)                                  \
	do {                                                  \
		__typeof__(head) *at_ = &(head);              \
		while (*at_)                                  \
			at_ = &(*at_)->next;                  \
		*at_ = (item);                                \
	} while (0)

#define LIST_ADD_LAST(head, last, item)                       \
	do {                                                  \
		if (last)                                     \
			(last)->next = (item);                \
		else                                          \
			(head) = (item);                      \
		(last) = (item);                              \
	} while (0)

/* Does this character stand in the word unquoted? */
bool word_has(const struct word *w, char c);
/* Is the word nothing but these characters, none quoted? */
bool word_is_only(const struct word *w, const char *characters);
bool word_is_quoted(const struct word *w);

/* set:, tag: or net: with nothing behind it: no tag, and not the name of one either. */
bool word_is_empty_tag(const struct word *w);
/* The tag that a matching line sets: set:red, net:red, or red alone. */
bool args_set_or_bare(struct args *a, const char **out);

/* A lease time, at least LEASE_MIN_S. */
bool args_lease(struct args *a, uint32_t *out_s);

/* ---- hexadecimal ---- */

struct hex {
	uint8_t bytes[OPTION_MAX], wild[OPTION_MAX];	/* wild: 0xff where a * stood */
	size_t n;
	bool any_wild;
};

/* How far from 01:02:0a one may stray. */
enum hex_style {
	HEX_VALUE,			/* one or two digits a byte */
	HEX_ADDRESS,			/* as dnsmasq reads hardware addresses and client ids: "-"
					 * and blanks separate too, 0102 is two bytes, and what
					 * stands empty is passed over */
};
bool hex_parse(const char *s, enum hex_style style, struct hex *out);

/* 11:22:*:44:55:66, 06-11:22:…; the whole word. */
bool args_hw_pattern(struct args *a, struct hwaddr_pattern *out);

/* ---- names ---- */

/* In small ASCII letters, with punycode for what is not; NULL if it cannot be. */
const char *name_to_ascii(struct arena *arena, const char *name);

/* May a client be called this?  What is wrong with it, or NULL. */
const char *host_name_wrong(const char *name);

/* Names as a DHCP option holds them, each a run of labels, sharing their tails by RFC 1035
 * pointers that count from where the writer stands now.  False: one of them is no name. */
bool names_write(struct writer *w, const char *const *names, size_t n);

/* ---- values of options ---- */

enum value_use {
	VALUE_SENT,
	VALUE_MATCHED,			/* * may stand for a byte */
};

struct opt_value {
	struct span bytes, wild;	/* wild: empty or as long as bytes */
	bool is_addrs, is_text, is_hex;
};

/* The rest of the line as a value of the form; false when an error was made. */
bool args_opt_value(struct args *a, enum dhcp_form form, enum value_use use, struct opt_value *out);

/* The rest of the line as a DHCPv6 option's value: looked at for its form only. */
bool args_opt6_value(struct args *a, enum dhcp_form form);

/* ---- what the takers are for ---- */

/* The right-hand side of dhcp-host, and of a line of dhcp-hostsfile. */
bool args_dhcp_host(struct args *a, struct dhcp_host **out);

/* Of dhcp-option, and of a line of dhcp-optsfile.  *out is NULL for an option of DHCPv6. */
bool args_dhcp_opt(struct args *a, struct dhcp_opt **out);

/* option:name, 93, option6:…: which option is meant. */
struct opt_name {
	bool v6, named;			/* named: by option: or option6: */
	uint16_t code;
	enum dhcp_form form;
};
/* False, and nothing taken, where the next word names none; then *wrong tells whether that was an
 * error that has been reported. */
bool args_opt_name(struct args *a, enum value_use use, struct opt_name *out, bool *wrong);

/* Which hosts of some lists, one after the other, have the address of an earlier one: as many flags
 * as hosts. */
const bool *hosts_with_taken_address(struct arena *arena, const struct dhcp_host *const *lists,
				     size_t lists_n);

/* Adds what /etc/ethers says to the files' hosts, before any other, and counts it (ethers.c). */
enum status ethers_read(struct dhcp_files *f, const struct dhcp_conf *c, struct conf_files *from,
			conf_bad_line *bad, void *arg);

/* tag:red,tag:!blue, and of old the bare names; nothing at all is always. */
bool args_tag_list(struct args *a, struct tag_list **list);

bool take_dhcp_range(struct args *a, void *section);
bool take_dhcp_host(struct args *a, void *section);
bool take_dhcp_option(struct args *a, void *section);
bool take_dhcp_option_force(struct args *a, void *section);
bool take_dhcp_boot(struct args *a, void *section);
bool take_dhcp_match(struct args *a, void *section);
bool take_dhcp_vendorclass(struct args *a, void *section);
bool take_dhcp_userclass(struct args *a, void *section);
bool take_dhcp_mac(struct args *a, void *section);
bool take_dhcp_circuitid(struct args *a, void *section);
bool take_dhcp_remoteid(struct args *a, void *section);
bool take_dhcp_subscrid(struct args *a, void *section);
bool take_dhcp_name_match(struct args *a, void *section);
bool take_tag_if(struct args *a, void *section);
bool take_dhcp_ignore(struct args *a, void *section);
bool take_dhcp_ignore_names(struct args *a, void *section);
bool take_dhcp_broadcast(struct args *a, void *section);
bool take_dhcp_generate_names(struct args *a, void *section);
bool take_bootp_dynamic(struct args *a, void *section);
bool take_dhcp_reply_delay(struct args *a, void *section);
bool take_dhcp_proxy(struct args *a, void *section);
bool take_shared_network(struct args *a, void *section);
bool take_bridge_interface(struct args *a, void *section);
bool take_leasequery(struct args *a, void *section);
bool take_dhcp_relay(struct args *a, void *section);
bool take_dhcp_split_relay(struct args *a, void *section);
bool take_dhcp_alternate_port(struct args *a, void *section);
