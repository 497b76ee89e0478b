/* SPDX-License-Identifier: ISC */
/*
 * script_init -- the leases that dhcp-script has kept: what it prints when it is run with the
 * word init.  Under leasefile-ro, at the start, with the rights that the server has then.
 */
#pragma once

#include "app/failure.h"
#include "base/span.h"

/* From malloc, and the caller's.  False: *f says why, with the exit code that dnsmasq would have. */
bool script_init(const char *path, struct span *out, struct failure *f);
