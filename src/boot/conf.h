/* SPDX-License-Identifier: ISC */
/*
 * conf -- what the operator may say about boot files: TFTP's options, and
 * lanlord's own for HTTP.
 *
 * TFTP runs where `tftp` is true, HTTP where there is an http_root.  Of several
 * roots the first that names the interface counts, then the last that names
 * none, as in dnsmasq.
 */
#pragma once

#include "conf/conf.h"
#include "lan/conf.h"

enum tftp_unique { TFTP_UNIQUE_NO, TFTP_UNIQUE_IP, TFTP_UNIQUE_MAC };
enum tftp_symlinks { TFTP_SYMLINKS_FOLLOW, TFTP_SYMLINKS_INSIDE };

struct boot_root {
	struct origin origin;
	const char *path;
	const char *interface;		/* NULL: all */
	struct boot_root *next;		/* in file order */
};

struct boot_conf {
	bool tftp;
	struct if_name *tftp_interfaces;	/* enable-tftp=…; NULL: where DHCP is served */
	struct boot_root *tftp_roots;
	enum tftp_unique unique;
	enum tftp_symlinks symlinks;	/* also HTTP's */
	bool secure, lowercase, no_fail, no_blocksize, no_timeout, single_port,
		quiet;
	uint32_t max;			/* transfers at once; 50 */
	uint32_t mtu;			/* 0: the interface's */
	uint16_t port_first, port_last;	/* 0: the kernel's choice */

	struct boot_root *http_roots;
	uint32_t http_port;		/* 80 */
};

extern const struct conf_section boot_section;

/* The root for an interface, or NULL: then TFTP serves "/" and HTTP nothing. */
const struct boot_root *boot_root_for(const struct boot_root *roots, const char *interface);

/* How many transfers may run at once: tftp-max, or what the port range allows. */
uint32_t boot_tftp_max(const struct boot_conf *b);

/*
 * May this interface (and that address on it) ask by TFTP?  enable-tftp with a list counts alone;
 * without one, where DHCP is served.
 */
bool boot_serves_tftp(const struct boot_conf *b, const struct lan_conf *lan, const struct netif *n,
		      const struct addr *to);

/*
 * Start-time check that each root is a directory that can be entered; with tftp-no-fail never an
 * error.  Each mistake is a conf_file_error, so that the exit code is dnsmasq's 3.  To be called as
 * the user that will serve, or before (then a missing one is found, but not a closed one).
 */
bool boot_roots_check(struct conf *c, const struct boot_conf *b);
