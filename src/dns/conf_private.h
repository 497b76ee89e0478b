/* SPDX-License-Identifier: ISC */
/*
 * The inside of the sections of DNS: conf.c has their defaults and what is checked
 * at the end.
 */
#pragma once

#include "dns/conf.h"

void dns_conf_init(void *section);
void dns_conf_check(struct conf *c, void *section);

/* block-list, block-answer (conf_block.c). */
bool block_list_take(struct args *a, void *section);
bool block_answer_take(struct args *a, void *section);

/* One more record, at the end of the list; its rdata is yet empty. */
struct dns_record *record_add(struct arena *arena, struct dns_conf *c, struct origin o,
			      struct span owner, uint16_t type);

/* While lines are read an MX record that said no target has its preference alone. */
#define MX_WITHOUT_TARGET 2
struct span mx_rdata(struct arena *arena, struct span preference, struct span target);
