/* SPDX-License-Identifier: ISC */
/* filter_private -- what the two halves of the filter share. */
#pragma once

#include "dns/filter.h"

enum filter_localhost { LOCALHOST_COUNTS, LOCALHOST_IS_FINE };

/*
 * Does the address lie in a network that is private: the zones of RFC 6303, site-local
 * addresses (RFC 3879), and IPv4's classes in IPv4-mapped addresses?  0/8 counts as
 * localhost, with 127/8, :: and ::1.
 */
bool filter_private(const struct addr *a, enum filter_localhost how);
