/* SPDX-License-Identifier: ISC */
#include "boot/tftp_place.h"

#include "base/text.h"

static void name_folder(const struct boot_conf *b, const struct tftp_client *c, struct text *out)
{
	if (b->unique == TFTP_UNIQUE_IP)
		text_add(out, addr_text(&c->addr).s);
	else if (b->unique == TFTP_UNIQUE_MAC)
		text_hex(out, span_of(c->hw.bytes, c->hw.len), '-');
}

struct tftp_place tftp_place_of(const struct boot_conf *b, struct files *f, const char *interface,
				const struct tftp_client *c)
{
	struct tftp_place p = { .by = boot_root_for(b->tftp_roots, interface) };
	struct text folder = TEXT(p.folder);

	p.root = p.by ? p.by->path : "/";
	if (p.by)
		name_folder(b, c, &folder);
	if (p.folder[0] && !files_has_dir(f, p.root, p.folder))
		p.folder[0] = 0;
	files_path(p.root, p.folder, "", p.path, sizeof p.path);
	return p;
}

enum files_result tftp_place_clean(const struct boot_conf *b, const struct tftp_place *p,
				   struct span asked, struct files_name *out)
{
	return files_clean(asked, FILES_BACKSLASH | (b->lowercase ? FILES_LOWER : 0), p->path, out);
}

enum files_result tftp_place_open(const struct boot_conf *b, struct files *f,
				  const struct tftp_place *p, const struct files_name *name,
				  struct files_found *out)
{
	enum files_rule rule = (b->secure ? FILES_OWNED : 0) |
			       (b->symlinks == TFTP_SYMLINKS_INSIDE ? FILES_INSIDE : 0);

	return files_open(f, p->root, p->folder, name, rule, out);
}
