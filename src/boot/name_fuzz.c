/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "boot/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Whatever was asked: the clean name leads nowhere but down, and cleaning it again changes nothing.
 *
 * fuzzes: boot/files_name.c
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum files_form form = size ? data[0] & 3 : 0;
	struct files_name name, again;
	char path[2 * FILES_NAME_MAX];

	if (size == 0 ||
	    files_clean(span_of(data + 1, size - 1), form, "/srv/tftp", &name) != FILES_OK)
		return 0;
	must(name.s[0] != '/' && strlen(name.s) <= FILES_NAME_MAX);
	for (const char *p = name.s; *p; ) {
		size_t n = strcspn(p, "/");

		must(n > 0 && !(n == 1 && p[0] == '.') && !(n == 2 && p[0] == '.' && p[1] == '.'));
		p += n + (p[n] == '/');
	}
	must(files_clean(span_text(name.s), form, NULL, &again) == FILES_OK);
	must(strcmp(name.s, again.s) == 0);
	must(files_path("/srv/tftp", "192.0.2.9", name.s, path, sizeof path));
	must(strncmp(path, "/srv/tftp/192.0.2.9", 19) == 0);
	return 0;
}
