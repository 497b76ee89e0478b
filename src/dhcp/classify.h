/* SPDX-License-Identifier: ISC */
/*
 * classify -- the tags of a request, and the dhcp-host line that speaks of it.
 *
 * Tags are set in this order: the interface; what the relay added; matches of
 * hardware address, options and classes; known or known-othernet; bootp and its file; the
 * name; the host's own; those of one kind so that the last is the first of the file.  Then
 * tag-if runs once, in file order.  The range's tag comes with the address, later,
 * and tag-if runs again on what there is without its own.
 */
#pragma once

#include "dhcp/host.h"

struct dhcp_class {
	struct tags tags;
	struct tags plain_tags;		/* those without what tag-if added */
	const struct dhcp_host *host;	/* or NULL */
	bool ignored;			/* dhcp-ignore, or ignore in the host line */
	const struct origin *ignored_by;
	struct span clid;		/* of the request, unless something says to ignore it */
	const char *name;		/* the client's own, unless dhcp-ignore-names; else "" */
	bool name_ignored;
	char file[DHCP4_FILE + 1];	/* that BOOTP asks for: a tag */
	struct dhcp_label label;	/* of its name, ignored or not: hosts are found by it */
};

void dhcp_classify(const struct dhcp_conf *c, const struct dhcp_hosts *hosts,
		   const struct dhcp_request *r, struct dhcp_class *out);

/* tag-if over what is there now. */
void dhcp_tag_rules(const struct dhcp_conf *c, struct tags *t);

/* The last line of the list whose tags match, or NULL. */
const struct tag_list *dhcp_tag_list(const struct tag_list *list, const struct tags *t);
