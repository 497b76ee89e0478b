/* SPDX-License-Identifier: ISC */
#include "app/generation.h"
#include "app/sections.h"
#include "base/must.h"

const struct conf_section *const sections[] = {
	&app_section, &lan_section, &dhcp_section, &boot_section,
};
const size_t sections_n = COUNT_OF(sections);
