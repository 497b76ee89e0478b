/* SPDX-License-Identifier: ISC */
#include "boot/image_kind.h"

#include "base/must.h"
#include "wire/reader.h"

enum {
	PE_I386 = 0x014c, PE_ARM = 0x01c0, PE_THUMB = 0x01c2, PE_ARMNT = 0x01c4, PE_EBC = 0x0ebc,
	PE_RISCV32 = 0x5032, PE_RISCV64 = 0x5064, PE_LOONGARCH64 = 0x6264, PE_X64 = 0x8664,
	PE_ARM64 = 0xaa64,
};

/* ---- little-endian numbers at a place ------------------------------------------------ */

/* 0 past the end. */
static uint32_t number_at(struct span s, size_t at, size_t bytes)
{
	uint32_t n = 0;

	if (at > s.n || s.n - at < bytes)
		return 0;
	for (size_t i = bytes; i-- > 0;)
		n = n << 8 | s.p[at + i];
	return n;
}

static bool has_at(struct span s, size_t at, struct span want)
{
	return at <= s.n && s.n - at >= want.n && memcmp(s.p + at, want.p, want.n) == 0;
}

/* ---- PE (Microsoft's "PE Format") ------------------------------------------------------- */

static bool read_pe(struct span head, struct image *out)
{
	enum { AT_PE = 0x3c, COFF = 4, OPTIONAL = 24, SUBSYSTEM = 68 };
	enum { EFI_APPLICATION = 10, EFI_ROM = 13 };
	uint32_t pe = number_at(head, AT_PE, 4), subsystem;

	if (!has_at(head, 0, span_text("MZ")) || pe > IMAGE_HEAD ||
	    !has_at(head, pe, SPAN(((const uint8_t[]){ 'P', 'E', 0, 0 }))))
		return false;
	subsystem = number_at(head, pe + OPTIONAL + SUBSYSTEM, 2);
	out->machine = (uint16_t)number_at(head, pe + COFF, 2);
	out->is_efi = subsystem >= EFI_APPLICATION && subsystem <= EFI_ROM;
	out->kind = out->is_efi ? IMAGE_EFI : IMAGE_PE;
	return true;
}

/* ---- text --------------------------------------------------------------------------------- */

/* Letters of any encoding without control bytes. */
static bool is_text(struct span head)
{
	static const uint8_t fine[] = { '\t', '\n', '\r', '\f' };

	for (size_t i = 0; i < head.n; i++)
		if ((head.p[i] < 0x20 && !memchr(fine, head.p[i], sizeof fine)) || head.p[i] == 0x7f)
			return false;
	return true;
}

/* ---- real mode ---------------------------------------------------------------------------- */

static bool contains(struct span head, const char *word)
{
	return memmem(head.p, head.n, word, strlen(word)) != NULL;
}

/* A PXE BIOS jumps to the first byte: a jump over the header, or interrupts off, stands there. */
static bool begins_in_real_mode(struct span head)
{
	static const uint8_t first[] = { 0xea, 0xeb, 0xe9, 0xfa };

	return memchr(first, head.p[0], sizeof first) || has_at(head, 2, span_of(first, 1));
}

/* ---- the whole ------------------------------------------------------------------------------ */

#define MARK(text) { (const uint8_t *)(text), sizeof(text) - 1 }

static const struct { size_t at; struct span mark; enum image_kind kind; } marks[] = {
	{ 0, MARK("#!ipxe"), IMAGE_IPXE_SCRIPT }, { 0, MARK("#!gpxe"), IMAGE_IPXE_SCRIPT },
	{ 0, MARK("\x1f\x8b"), IMAGE_GZIP },      { 0, MARK("\xfd" "7zXZ\0"), IMAGE_XZ },
	{ 0, MARK("\x28\xb5\x2f\xfd"), IMAGE_ZSTD },
	{ 0, MARK("070701"), IMAGE_CPIO },        { 0, MARK("\x7f" "ELF"), IMAGE_ELF },
	{ 0x8001, MARK("CD001"), IMAGE_ISO },
};

/* Linux's boot protocol: a boot sector's mark, and "HdrS" behind it. */
static bool is_linux(struct span head)
{
	return number_at(head, 0x1fe, 2) == 0xaa55 && has_at(head, 0x202, span_text("HdrS"));
}

struct image image_of(struct span head)
{
	struct image i = { .kind = IMAGE_UNKNOWN };

	if (head.n == 0)
		return (struct image){ .kind = IMAGE_EMPTY };
	for (size_t k = 0; k < COUNT_OF(marks); k++)
		if (has_at(head, marks[k].at, marks[k].mark))
			return (struct image){ .kind = marks[k].kind };
	read_pe(head, &i);
	if (is_linux(head))
		i.kind = IMAGE_LINUX;
	else if (i.kind == IMAGE_UNKNOWN && is_text(head))
		i.kind = IMAGE_TEXT;
	else if (i.kind == IMAGE_UNKNOWN && begins_in_real_mode(head))
		i.kind = contains(head, "PXELINUX") ? IMAGE_PXELINUX : IMAGE_BIOS;
	return i;
}

/* ---- in words -------------------------------------------------------------------------------- */

static const struct { uint16_t number; const char *name; } machines[] = {
	{ PE_I386, "x86, 32 bits" },     { PE_X64, "x86-64" },       { PE_ARM64, "arm64" },
	{ PE_ARM, "arm, 32 bits" },      { PE_THUMB, "arm, 32 bits" },
	{ PE_ARMNT, "arm, 32 bits" },    { PE_EBC, "EFI byte code" },
	{ PE_RISCV32, "riscv, 32 bits" }, { PE_RISCV64, "riscv64" },
	{ PE_LOONGARCH64, "loongarch64" },
};

static const char *machine_name(uint16_t number)
{
	for (size_t i = 0; i < COUNT_OF(machines); i++)
		if (machines[i].number == number)
			return machines[i].name;
	return "an unknown machine";
}

void image_text(struct text *t, const struct image *i)
{
	static const char *const names[IMAGE_KINDS] = {
		[IMAGE_UNKNOWN] = "of no known kind",
		[IMAGE_EMPTY] = "empty",
		[IMAGE_BIOS] = "BIOS program",
		[IMAGE_PXELINUX] = "BIOS program, pxelinux",
		[IMAGE_EFI] = "EFI program",
		[IMAGE_PE] = "PE program, but not for EFI,",
		[IMAGE_LINUX] = "Linux kernel",
		[IMAGE_IPXE_SCRIPT] = "iPXE script",
		[IMAGE_TEXT] = "text",
		[IMAGE_GZIP] = "gzip",
		[IMAGE_XZ] = "xz",
		[IMAGE_ZSTD] = "zstd",
		[IMAGE_CPIO] = "cpio archive",
		[IMAGE_ELF] = "ELF program",
		[IMAGE_ISO] = "ISO 9660 image",
	};

	text_add(t, names[i->kind]);
	if (i->kind == IMAGE_LINUX && i->is_efi)
		text_add(t, ", also an EFI program");
	if (i->is_efi || i->kind == IMAGE_PE)
		text_addf(t, " for %s", machine_name(i->machine));
}

/* ---- who can start what ------------------------------------------------------------------------ */

/* IANA's "Processor Architecture Types".  machine 0: a BIOS. */
static const struct { int arch; uint16_t machine; const char *name; } clients[] = {
	{ 0, 0, "BIOS" },                       { 6, PE_I386, "EFI, x86, 32 bits" },
	{ 7, PE_X64, "EFI, x86-64" },           { 9, PE_X64, "EFI, x86-64" },
	{ 10, PE_THUMB, "EFI, arm, 32 bits" },  { 11, PE_ARM64, "EFI, arm64" },
	{ 15, PE_I386, "EFI by HTTP, x86, 32 bits" }, { 16, PE_X64, "EFI by HTTP, x86-64" },
	{ 18, PE_THUMB, "EFI by HTTP, arm, 32 bits" }, { 19, PE_ARM64, "EFI by HTTP, arm64" },
	{ 20, 0, "BIOS by HTTP" },
	{ 25, PE_RISCV32, "EFI, riscv, 32 bits" }, { 27, PE_RISCV64, "EFI, riscv64" },
	{ 39, PE_LOONGARCH64, "EFI, loongarch64" },
};

const char *arch_text(int arch)
{
	for (size_t i = 0; i < COUNT_OF(clients); i++)
		if (clients[i].arch == arch)
			return clients[i].name;
	return NULL;
}

static const char *bios_trouble(const struct image *i, bool is_ipxe)
{
	if (i->kind == IMAGE_BIOS || i->kind == IMAGE_PXELINUX)
		return NULL;
	if (i->kind == IMAGE_EFI || i->kind == IMAGE_PE)
		return "a BIOS cannot start a PE or EFI program";
	if (i->kind == IMAGE_LINUX && !is_ipxe)
		return "a BIOS cannot start a kernel by itself: give it iPXE or pxelinux first";
	return NULL;
}

static bool same_machine(uint16_t a, uint16_t b)
{
	return strcmp(machine_name(a), machine_name(b)) == 0;
}

static const char *efi_trouble(const struct image *i, uint16_t machine, bool is_ipxe)
{
	if (i->kind == IMAGE_BIOS || i->kind == IMAGE_PXELINUX)
		return "EFI firmware cannot start a BIOS program";
	if (i->kind == IMAGE_PE)
		return "EFI firmware cannot start a program of another kind";
	if (i->is_efi && i->machine != PE_EBC && !same_machine(i->machine, machine))
		return "the program is for another machine";
	if (i->kind == IMAGE_LINUX && !i->is_efi && !is_ipxe)
		return "EFI firmware cannot start a kernel without an EFI stub";
	return NULL;
}

const char *image_trouble(const struct image *i, int arch, bool is_ipxe)
{
	if (i->kind == IMAGE_EMPTY)
		return "there is nothing in the file";
	if (i->kind == IMAGE_IPXE_SCRIPT && !is_ipxe && arch >= 0)
		return "only iPXE runs such a script: give the firmware iPXE first";
	if (i->kind >= IMAGE_TEXT && !is_ipxe && arch >= 0)
		return "no firmware starts such a file";
	for (size_t k = 0; k < COUNT_OF(clients); k++)
		if (clients[k].arch == arch)
			return clients[k].machine ? efi_trouble(i, clients[k].machine, is_ipxe)
						  : bios_trouble(i, is_ipxe);
	return NULL;
}
