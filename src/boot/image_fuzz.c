/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "boot/image_kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * fuzzes: boot/image_kind.c
 * Any bytes are of some kind, and it can be said for whom.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image i = image_of(span_of(data, size));
	char line[128];
	struct text t = TEXT(line);

	image_text(&t, &i);
	must(t.n > 0 && !t.cut);
	for (int arch = -1; arch < 41; arch++) {
		image_trouble(&i, arch, true);
		must(i.kind < IMAGE_IPXE_SCRIPT || arch < 0 || image_trouble(&i, arch, false));
	}
	return 0;
}
