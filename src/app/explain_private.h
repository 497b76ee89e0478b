/* SPDX-License-Identifier: ISC */
/*
 * What the files of `lanlord explain` share.
 *
 * explain.c finds the kind of question; explain_dhcp.c goes the whole way of one
 * about DHCP: its words (explain_words.c), the packets (explain_client.c makes
 * one, explain_packets.c reads some), the surroundings (explain_stage.c,
 * explain_netif.c), the reasons (explain_why.c), the boot file (explain_boot.c),
 * and the two ways to show it (explain_text.c, explain_json.c).
 */
#pragma once

#include <limits.h>
#include <stdio.h>

#include "app/explain.h"
#include "app/failure.h"
#include "app/generation.h"
#include "boot/files.h"
#include "boot/image_kind.h"
#include "dhcp/chosen.h"
#include "dhcp/rehearse.h"
#include "store/counters.h"

/* Answers a question of one kind; `words` follow its sub-word.  The exit code. */
int explain_dhcp(char **words);
int explain_dns(char **words);

/* ---- what was asked -------------------------------------------------------------- */

enum { EXPLAIN_OPTIONS = 64, EXPLAIN_OPTION = 255 };

/* A client whose DISCOVER is made up. */
struct explain_client {
	struct hwaddr hw;		/* len 0: not given */
	int arch;			/* of option 93; -1: it does not boot from the network */
	bool ipxe;
	const char *vendor_class, *user_class;	/* NULL: what such a client says by itself */
	struct explain_extra {
		uint8_t code, n;
		uint8_t bytes[EXPLAIN_OPTION];
	} extra[EXPLAIN_OPTIONS];	/* --option, in their order; they take the place of others */
	size_t extras;
};

struct explain_want {
	const char *conf;		/* NULL: the default */
	const char *interface;		/* or NULL */
	const char *packet;		/* a file; NULL: the client's */
	bool json;
	bool names_only;		/* where no addresses are given out, nobody has a lease */
	char **server_words;		/* further options of the server's; NULL ends them */
	bool describes_client;		/* one of its words was given */
	struct explain_client client;
};

/* The words of the question.  False: `f` says what is wrong. */
bool explain_words(char **words, struct explain_want *out, struct failure *f);
extern const char explain_dhcp_usage[];

/* ---- packets ----------------------------------------------------------------------- */

struct explain_packet {
	struct span bytes;		/* the DHCP message */
	struct addr to;			/* where it was sent */
};

/* What is explained, one after the other. */
struct explain_packets {
	struct explain_packet *list;
	size_t n, room;
	uint32_t left_out;		/* datagrams of the file that no client sent to a server */
	uint8_t *file, *hex;		/* what the spans point to, or this: */
	struct dhcp4_build made;
};

/* Of the client, or of the file.  False: `f` says why.  _free accepts the half-made. */
bool explain_packets(const struct explain_want *w, struct explain_packets *out, struct failure *f);
void explain_packets_free(struct explain_packets *p);

/* The DISCOVER of such a client, in b's bytes; empty if its options do not fit. */
struct span explain_client_packet(const struct explain_client *c, struct dhcp4_build *b);

/* ---- the surroundings ---------------------------------------------------------------- */

enum { EXPLAIN_NOTES = 8, EXPLAIN_NOTE = 600 };

/* All that a decision sees. */
struct explain_stage {
	char **argv;			/* of a server with this configuration */
	int argc;
	bool conf_made;			/* argv[1] was allocated */
	struct generation *g;
	struct counters counters;
	struct loop *loop;
	struct leases *leases;
	struct dhcp_files *host_files;
	struct dns_data *dns;		/* NULL: nobody asked for the address of a name */
	struct dhcp_names names;	/* asks that */
	struct dhcp_hosts hosts;
	struct dhcp_memory memory;	/* empty: nobody was probed, no relay was heard */
	struct files *files;
	uid_t run_as;			/* who the server would be */
	gid_t run_as_group;

	const struct netif *netif;	/* where packets arrive */
	struct netif assumed;		/* that, if this machine has none */
	struct netif_addr assumed_addr;
	char note[EXPLAIN_NOTES][EXPLAIN_NOTE];	/* what was assumed, a line each */
	size_t notes;
};

/* False: `f` says why, or was told already (its text is empty).  _close accepts the half-open. */
bool explain_stage_open(struct explain_stage *s, const struct explain_want *w, struct failure *f);
void explain_stage_close(struct explain_stage *s);
struct dhcp_env explain_stage_env(const struct explain_stage *s);

__attribute__((format(printf, 2, 3)))
void explain_note(struct explain_stage *s, const char *format, ...);

/*
 * The interface that packets arrive on: the one that was named; else the first of
 * this machine that is served and lies in a dhcp-range.  One that this machine
 * does not have is made up, in the network of a range.
 */
void explain_find_netif(struct explain_stage *s, const char *name);

/* ---- reasons --------------------------------------------------------------------------- */

/* Why something is as it is: a line, words, or both. */
struct explain_why {
	const struct origin *origin;	/* NULL: no line */
	const char *words;		/* NULL: the line says it all */
};

/* "FILE:LINE", "words", "words, FILE:LINE". */
void explain_why_text(struct text *t, struct explain_why w);
void explain_origin_text(struct text *t, const struct origin *o);

/* Added by the server, without a line. */
#define EXPLAIN_ITSELF "added by lanlord itself, as dnsmasq does"

/* One option of the reply, as it stands there; or one in it. */
struct explain_option {
	uint8_t code;
	bool inside;			/* a sub-option of the one before it that is not */
	bool left_out;			/* it found no room */
	const char *name;		/* NULL: it has none */
	struct span value;
	struct explain_why why;
};

enum { EXPLAIN_LEASES = 8 };

enum { EXPLAIN_OUTS = 4 * DHCP_OUT_MAX };

enum explain_place {
	EXPLAIN_NO_FILE,		/* none is told to the client */
	EXPLAIN_ELSEWHERE,		/* another machine has it */
	EXPLAIN_UNSERVED,		/* this machine should have it, and does not serve files */
	EXPLAIN_VARIABLE,		/* iPXE fills in a part of the name */
	EXPLAIN_LOOKED,			/* .result */
};

/* The boot file, and what it is. */
struct explain_boot {
	char file[512];			/* "": none */
	struct explain_why file_why;
	char server[80];		/* its address, with its name if it has one */
	struct explain_why server_why;
	enum explain_place place;
	const char *by;			/* "TFTP", "HTTP" */
	const struct origin *root;	/* NULL: no line */
	char path[PATH_MAX];
	enum files_result result;
	int error;			/* errno of what was not found */
	uint64_t size;
	struct image image;
	const char *trouble;		/* why this client will not start it; NULL: nothing is known */
};

/* One packet, explained. */
struct explained {
	const struct explain_stage *stage;
	const struct dhcp_rehearsal *r;
	bool decided;			/* there is a request and a verdict */
	const char *outcome;		/* "DHCPOFFER", "no answer" … */
	char because[DHCP_WARNING + 200];	/* why, or ""; .because_origin, or NULL */
	const struct origin *because_origin;
	struct explain_why addr_why, lease_why;
	struct addr asked;		/* that the client wanted and does not get; unset: none */
	struct explain_why asked_why;
	char asked_words[300];
	const struct lease *own_lease[EXPLAIN_LEASES];	/* of its hardware address, elsewhere; the first so many */
	size_t own_leases;
	char addr_words[300];		/* of addr_why, where they are made */
	struct explain_boot boot;
	struct explain_option option[EXPLAIN_OUTS];
	size_t options;
	struct dhcp_chosen chosen;
};

/* r was rehearsed on that stage; both outlive e. */
void explain(const struct explain_stage *s, const struct dhcp_rehearsal *r, struct explained *e);
struct explain_why explain_tag_why(const struct dhcp_verdict *v, size_t tag);
void explain_asked(struct explained *e);
/* What a lease of its hardware address is to this client. */
void explain_lease_words(const struct explained *e, const struct lease *l, struct text *t);
void explain_options(struct explained *e);
void explain_boot_file(struct explained *e);
void explain_value(struct text *t, const struct explain_option *o);
void explain_rdata(struct text *t, uint16_t type, struct span rdata);	/* of a DNS record */
const char *explain_message(enum dhcp4_type type);	/* "DHCPDISCOVER" */
void explain_way(struct text *t, const struct dhcp_reply *r);	/* "broadcast", "to 192.0.2.1" */

/* ---- showing it --------------------------------------------------------------------------- */

/* Packet number i of n. */
void explain_print_text(FILE *out, const struct explained *e, size_t i, size_t n);
void explain_print_json(FILE *out, const struct explained *e);
