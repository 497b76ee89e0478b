/* SPDX-License-Identifier: ISC */
/*
 * A client that is made up: the DISCOVER that a machine of its kind would send.
 * The lists are those of dhclient, of Intel's boot ROM, of EDK2's UEFI and of iPXE.
 */
#include <stdio.h>

#include "app/explain_private.h"
#include "base/must.h"

enum { DRAFT_MAX = 16 + EXPLAIN_OPTIONS, BIOS_ARCH = 0, XID = 0x6c616e6c };

/* ---- the kinds --------------------------------------------------------------------------- */

static const uint8_t system_list[] = { 1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42 };
static const uint8_t rom_list[] = {
	1, 2, 3, 5, 6, 11, 12, 13, 15, 16, 17, 18, 43, 54, 60, 67, 128, 129, 130, 131, 132, 133, 134, 135,
};
static const uint8_t uefi_list[] = {
	1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60, 66, 67,
	97, 128, 129, 130, 131, 132, 133, 134, 135,
};
static const uint8_t ipxe_list[] = {
	1, 3, 6, 7, 12, 15, 17, 26, 42, 43, 60, 66, 67, 119, 121, 128, 129, 130, 131, 132, 133, 134, 135,
	175, 203,
};

static const uint8_t discover[] = { DHCP4_DISCOVER };
static const uint8_t largest[] = { 1472 >> 8, 1472 & 0xff };

/* A virtio card on PCI; HTTP, TFTP, DNS, kernels, menus; version 1.21.1. */
static const uint8_t ipxe_features[] = {
	0xb1, 5, 1, 0x1a, 0xf4, 0x10, 0x00, 0x13, 1, 1, 0x15, 1, 1, 0x17, 1, 1, 0x18, 1, 1, 0x27, 1, 1,
	0xeb, 3, 1, 21, 1,
};

/* Which firmware interface (option 94), and its words in option 60. */
static const struct kind {
	bool ipxe, bios;
	uint8_t ndi[3];
	const char *undi;
	struct span list;
} kinds[] = {
	{ false, true,  { 1, 2, 1 },  "002001", SPAN(rom_list) },
	{ false, false, { 1, 3, 0 },  "003000", SPAN(uefi_list) },
	{ true,  true,  { 1, 2, 1 },  "002001", SPAN(ipxe_list) },
	{ true,  false, { 1, 3, 10 }, "003010", SPAN(ipxe_list) },
};

static const struct kind *kind_of(bool ipxe, bool bios)
{
	const struct kind *k = kinds;

	while (k->ipxe != ipxe || k->bios != bios)
		k++;
	return k;
}

/* ---- one packet in the making --------------------------------------------------------------- */

struct draft {
	struct { uint8_t code; struct span value; } option[DRAFT_MAX];
	size_t n;
};

/* In the place of one that is there already. */
static void put(struct draft *d, uint8_t code, struct span value)
{
	size_t i = 0;

	while (i < d->n && d->option[i].code != code)
		i++;
	must(i < DRAFT_MAX);
	d->option[i].code = code;
	d->option[i].value = value;
	d->n += i == d->n;
}

/* What only a machine says that boots from the network; values that are made lie in `made`. */
struct made {
	uint8_t arch[2], uuid[17], id[1 + HWADDR_MAX];
	char class[64];
};

/* IANA's numbers of firmware that boots by HTTP. */
static bool boots_by_http(int arch)
{
	return (arch >= 15 && arch <= 20) || (arch >= 22 && arch <= 24);
}

static void make(const struct explain_client *c, int arch, const struct kind *k, struct made *out)
{
	struct text class = TEXT(out->class);

	put_uint(out->arch, 2, (uint64_t)arch);
	memset(out->uuid, 0, sizeof out->uuid);
	memcpy(out->uuid + 11, c->hw.bytes, 6);
	out->id[0] = (uint8_t)c->hw.type;
	memcpy(out->id + 1, c->hw.bytes, c->hw.len);
	text_addf(&class, "%s:Arch:%05d:UNDI:%s", boots_by_http(arch) ? "HTTPClient" : "PXEClient",
		  arch, k->undi);
}

static void put_boot(struct draft *d, const struct explain_client *c, struct made *m)
{
	int arch = c->arch < 0 ? BIOS_ARCH : c->arch;
	const struct kind *k = kind_of(c->ipxe, arch == BIOS_ARCH);

	make(c, arch, k, m);
	put(d, DHCP4_MAX_MESSAGE, SPAN(largest));
	put(d, DHCP4_ARCH, SPAN(m->arch));
	put(d, 94, span_of(k->ndi, sizeof k->ndi));
	put(d, DHCP4_VENDOR_CLASS, span_text(m->class));
	if (c->ipxe)
		put(d, DHCP4_USER_CLASS, span_text("iPXE"));
	put(d, DHCP4_REQUEST_LIST, k->list);
	if (c->ipxe) {
		put(d, DHCP4_IPXE, SPAN(ipxe_features));
		put(d, DHCP4_CLIENT_ID, span_of(m->id, 1u + c->hw.len));
	}
	put(d, DHCP4_CLIENT_UUID, SPAN(m->uuid));
}

static void put_asked(struct draft *d, const struct explain_client *c)
{
	if (c->vendor_class)
		put(d, DHCP4_VENDOR_CLASS, span_text(c->vendor_class));
	if (c->user_class)
		put(d, DHCP4_USER_CLASS, span_text(c->user_class));
	for (size_t i = 0; i < c->extras; i++)
		put(d, c->extra[i].code, span_of(c->extra[i].bytes, c->extra[i].n));
}

static bool write(const struct explain_client *c, const struct draft *d, struct dhcp4_build *b)
{
	struct dhcp4_head h = { .op = DHCP4_BOOTREQUEST, .hw = c->hw, .xid = XID };
	bool all;

	if (c->arch >= 0 && !c->ipxe)
		h.flags = DHCP4_BROADCAST;		/* as boot ROMs and EDK2 do */
	all = dhcp4_build_start(b, &h, (struct dhcp4_room){ DHCP4_MAX_SIZE, 0, false });
	for (size_t i = 0; all && i < d->n; i++)
		all = dhcp4_build_option(b, d->option[i].code, d->option[i].value);
	return all;
}

struct span explain_client_packet(const struct explain_client *c, struct dhcp4_build *b)
{
	struct draft d = { .n = 0 };
	struct made m;

	put(&d, DHCP4_MESSAGE_TYPE, SPAN(discover));
	if (c->arch >= 0 || c->ipxe)
		put_boot(&d, c, &m);
	else
		put(&d, DHCP4_REQUEST_LIST, SPAN(system_list));
	put_asked(&d, c);
	return write(c, &d, b) ? dhcp4_build_done(b) : span_of(NULL, 0);
}
