/* SPDX-License-Identifier: ISC */
#include "api/conf.h"
#include "app/generation.h"
#include "app/sections.h"
#include "base/must.h"
#include "dns/conf.h"
#include "ra/conf.h"

const struct conf_section *const sections[] = {
	&app_section, &lan_section,
	&dns_upstream_section, &dns_record_section, &dns_filter_section, &dns_auth_section,
	&dns_edns_section,
	&dns_beyond_section, &dns_sets_section,
	&dhcp_section, &boot_section, &ra_section, &api_section,
};
const size_t sections_n = COUNT_OF(sections);
