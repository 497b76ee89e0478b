/* SPDX-License-Identifier: ISC */
/*
 * conf -- the message buses over which other programs talk to the server.
 *
 * Not served yet, and refused by name: who relies on them must be told.
 */
#pragma once

#include "conf/row.h"

extern const struct conf_section api_section;
