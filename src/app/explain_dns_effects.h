/* SPDX-License-Identifier: ISC */
/*
 * explain_dns_effects -- which options shape an answer of DNS, beside the line that decides who gives
 * it: what they do to it, in words, each with its line.
 *
 * What is told depends on the question and the configuration alone; nobody is asked.
 */
#pragma once

#include "app/explain_private.h"
#include "dns/data.h"
#include "wire/dns.h"

struct explain_asked {
	const struct conf *conf;
	const struct lan_conf *lan;
	const struct dns_data *data;
	const struct dns_question *question;
	bool outside;			/* servers are asked */
	bool blocked;			/* by a list */
};

struct explain_teller {
	void (*say)(void *arg, const char *label, const char *value, struct explain_why why);
	void *arg;
};

void explain_dns_effects(const struct explain_asked *asked, const struct explain_teller *to);
