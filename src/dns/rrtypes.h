/* SPDX-License-Identifier: ISC */
/*
 * rrtypes -- the names of DNS record types.
 */
#pragma once

#include "base/span.h"

/* "TXT" in any case, or "16".  *out is untouched on failure. */
bool rrtype_parse(const char *text, uint16_t *out);

/* "TXT", or "type=65280" for one that has no name. */
struct rrtype_text { char s[16]; };
struct rrtype_text rrtype_text(uint16_t type);
