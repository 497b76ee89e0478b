/* SPDX-License-Identifier: ISC */
/*
 * rrtypes -- the names of DNS record types.
 */
#pragma once

#include "base/span.h"

/* "TXT" in any case, or "16".  *out is untouched on failure. */
bool rrtype_parse(const char *text, uint16_t *out);
