/* SPDX-License-Identifier: ISC */
#include "api/conf.h"
#include "base/must.h"

/* clang-format off */
static const struct conf_row rows[] = {
	{ .name = "enable-dbus", .flag = '1', .arity = CONF_MAY_VALUE, .kind = CONF_TEXT,
	  .flag_alone = true, .group = GROUP_BUS, .service = CONF_NOT_SERVED,
	  .syntax = "<busname>", .deflt = "uk.org.thekelleys.dnsmasq",
	  .help = "Take commands and tell of leases over D-Bus." },
	{ .name = "enable-ubus", .arity = CONF_MAY_VALUE, .kind = CONF_TEXT, .group = GROUP_BUS,
	  .service = CONF_NOT_SERVED, .syntax = "<busname>", .deflt = "dnsmasq",
	  .help = "Tell counts and leases over OpenWrt's ubus." },
};
/* clang-format on */

const struct conf_section api_section = { .name = "api", .rows = rows, .n = COUNT_OF(rows) };
