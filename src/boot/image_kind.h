/* SPDX-License-Identifier: ISC */
/*
 * image_kind -- what a boot file is, seen from its first bytes, and whether the
 * machine that is given it can start it.
 *
 * It opens nothing and believes no name.  A program for a BIOS has no mark of
 * its own: what begins as such programs begin is taken for one.
 */
#pragma once

#include "base/span.h"
#include "base/text.h"

#define IMAGE_HEAD 65536		/* so many bytes, or all of a shorter file, are enough */

enum image_kind {
	IMAGE_UNKNOWN,
	IMAGE_EMPTY,
	IMAGE_BIOS,			/* real-mode code that a PXE BIOS loads and jumps to */
	IMAGE_PXELINUX,			/* one of these, by its own name */
	IMAGE_EFI,			/* PE for EFI; .machine */
	IMAGE_PE,			/* PE, but not for EFI */
	IMAGE_LINUX,			/* bzImage; with .is_efi its EFI stub too */
	IMAGE_IPXE_SCRIPT,
	IMAGE_TEXT,
	IMAGE_GZIP, IMAGE_XZ, IMAGE_ZSTD, IMAGE_CPIO, IMAGE_ELF, IMAGE_ISO,
	IMAGE_KINDS
};

struct image {
	enum image_kind kind;
	bool is_efi;			/* EFI firmware can start it */
	uint16_t machine;		/* of a PE: IMAGE_FILE_MACHINE_ of its header */
};

struct image image_of(struct span head);

/* "EFI program for x86-64", "iPXE script". */
void image_text(struct text *t, const struct image *i);

/*
 * Why a client cannot start it, as a sentence for the operator; NULL: nothing is
 * known against it.  arch: of option 93 (RFC 4578), -1 for none.  is_ipxe: iPXE
 * asks, which runs more than the firmware.
 */
const char *image_trouble(const struct image *i, int arch, bool is_ipxe);

/* The machine of a client, "BIOS", "EFI, x86-64"; NULL for an unknown number. */
const char *arch_text(int arch);
