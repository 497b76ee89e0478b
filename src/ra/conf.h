/* SPDX-License-Identifier: ISC */
/*
 * conf -- what the operator may say about router advertisement and DHCPv6.
 *
 * Neither is served yet: what would turn them on is refused, what merely
 * qualifies them is checked for its form.  So the section fills nothing.
 */
#pragma once

#include "conf/row.h"

extern const struct conf_section ra_section;
