/* SPDX-License-Identifier: ISC */
/*
 * server_fuzz -- what a target of the whole name service is made of: server_fuzz.c plays, and
 * a file of its own has the configuration.
 */
#pragma once

extern const char server_fuzz_lines[];
