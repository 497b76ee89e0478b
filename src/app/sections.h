/* SPDX-License-Identifier: ISC */
/*
 * sections -- all groups of options that this program knows.
 */
#pragma once

#include "conf/row.h"

extern const struct conf_section *const sections[];
extern const size_t sections_n;
