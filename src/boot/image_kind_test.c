/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "boot/image_kind.h"
#include "test/test.h"

static uint8_t head[IMAGE_HEAD];

static void put(size_t at, struct span s)
{
	memcpy(head + at, s.p, s.n);
}

/* The words for the first n bytes of head, which is made empty again. */
static const char *words(size_t n)
{
	static char line[128];
	struct text t = TEXT(line);
	struct image i = image_of(span_of(head, n));

	image_text(&t, &i);
	memset(head, 0, sizeof head);
	return line;
}

static const char *words_of(struct span s)
{
	put(0, s);
	return words(s.n);
}

static void put_pe(uint32_t at, uint16_t machine, uint8_t subsystem)
{
	uint8_t numbers[] = { (uint8_t)at, (uint8_t)(at >> 8), 0, 0, 'P', 'E', 0, 0,
			      (uint8_t)machine, (uint8_t)(machine >> 8) };

	put(0, span_text("MZ"));
	put(0x3c, span_of(numbers, 4));
	put(at, span_of(numbers + 4, 6));
	head[at + 24 + 68] = subsystem;
}

static void put_linux(void)
{
	put(0x1fe, HEX("55aa"));
	put(0x202, span_text("HdrS"));
}

TEST(image_is_known_by_its_first_bytes)
{
	CHECK_TEXT(words_of(span_text("")), "empty");
	CHECK_TEXT(words_of(span_text("#!ipxe\nchain x\n")), "iPXE script");
	CHECK_TEXT(words_of(span_text("#!gpxe\n")), "iPXE script");
	CHECK_TEXT(words_of(span_text("DEFAULT linux\n\tAPPEND \xc3\xa4\n")), "text");
	CHECK_TEXT(words_of(HEX("1f8b0800")), "gzip");
	CHECK_TEXT(words_of(HEX("fd377a585a00")), "xz");
	CHECK_TEXT(words_of(HEX("28b52ffd")), "zstd");
	CHECK_TEXT(words_of(span_text("070701000")), "cpio archive");
	CHECK_TEXT(words_of(HEX("7f454c460201")), "ELF program");
	CHECK_TEXT(words_of(HEX("0000000000")), "of no known kind");
	put(0x8001, span_text("CD001"));
	CHECK_TEXT(words(0x8006), "ISO 9660 image");
}

TEST(image_for_a_bios_is_known_by_how_it_begins)
{
	/* iPXE's undionly.kpxe, pxelinux and GRUB's pxeboot.img begin so. */
	CHECK_TEXT(words_of(HEX("ea0500c00766 9c6660")), "BIOS program");
	CHECK_TEXT(words_of(HEX("b27fea00820000000000")), "BIOS program");
	put(0, HEX("ea247c00009090 90"));
	put(0xd70, span_text("PXELINUX 6.04 PXE"));
	CHECK_TEXT(words(4096), "BIOS program, pxelinux");
}

TEST(image_for_efi_names_its_machine)
{
	static const struct { uint16_t machine; const char *words; } rows[] = {
		{ 0x014c, "EFI program for x86, 32 bits" }, { 0x8664, "EFI program for x86-64" },
		{ 0xaa64, "EFI program for arm64" },        { 0x01c2, "EFI program for arm, 32 bits" },
		{ 0x5064, "EFI program for riscv64" },      { 0x6264, "EFI program for loongarch64" },
		{ 0x1234, "EFI program for an unknown machine" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		put_pe(0xc0, rows[i].machine, 10);
		CHECK_TEXT(words(1024), rows[i].words);
	}
	put_pe(0x80, 0x8664, 3);
	CHECK_TEXT(words(1024), "PE program, but not for EFI, for x86-64");
	put_pe(0x80, 0x8664, 10);
	CHECK_TEXT(words(0x82), "of no known kind");		/* it ends in its header */
}

TEST(image_of_a_kernel_is_known_with_and_without_its_efi_stub)
{
	put_linux();
	CHECK_TEXT(words(4096), "Linux kernel");
	put_pe(0x82, 0x8664, 10);
	put_linux();
	CHECK_TEXT(words(4096), "Linux kernel, also an EFI program for x86-64");
}

TEST(image_that_a_client_cannot_start_is_told)
{
	enum { BIOS = 0, EFI_X64 = 7, EFI_ARM64 = 11, NO_ARCH = -1 };
	const struct image bios = { .kind = IMAGE_BIOS }, script = { .kind = IMAGE_IPXE_SCRIPT };
	const struct image efi = { IMAGE_EFI, true, 0x8664 }, empty = { .kind = IMAGE_EMPTY };
	const struct image kernel = { .kind = IMAGE_LINUX }, stub = { IMAGE_LINUX, true, 0x8664 };
	const struct image text = { .kind = IMAGE_TEXT }, pe = { IMAGE_PE, false, 0x8664 };
	const struct { const struct image *i; int arch; bool is_ipxe, trouble; } rows[] = {
		{ &bios, BIOS, false, false },       { &bios, EFI_X64, false, true },
		{ &efi, BIOS, false, true },         { &efi, EFI_X64, false, false },
		{ &efi, 9, false, false },           { &efi, EFI_ARM64, false, true },
		{ &efi, 16, false, false },          { &efi, EFI_ARM64, true, true },
		{ &script, BIOS, false, true },      { &script, BIOS, true, false },
		{ &kernel, BIOS, false, true },      { &kernel, BIOS, true, false },
		{ &kernel, EFI_X64, false, true },   { &kernel, EFI_X64, true, false },
		{ &stub, EFI_X64, false, false },    { &stub, EFI_ARM64, false, true },
		{ &text, BIOS, false, true },        { &text, NO_ARCH, false, false },
		{ &pe, EFI_X64, false, true },       { &pe, BIOS, false, true },
		{ &empty, NO_ARCH, false, true },    { &efi, NO_ARCH, false, false },
		{ &efi, 4711, false, false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool trouble = image_trouble(rows[i].i, rows[i].arch, rows[i].is_ipxe) != NULL;

		if (trouble != rows[i].trouble)
			fprintf(stderr, "row %zu\n", i);
		CHECK_EQ(trouble, rows[i].trouble);
	}
}
