/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "app/explain_private.h"
#include "base/must.h"

static bool asks_help(char **words)
{
	return words[0] && (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0);
}

/* One packet, from its bytes to its lines. */
static void explain_one(const struct explain_stage *s, const struct explain_want *w,
			const struct explain_packets *p, size_t i)
{
	struct dhcp_rehearsal *r = calloc(1, sizeof *r);
	struct explained *e = calloc(1, sizeof *e);
	const struct dhcp_env env = explain_stage_env(s);

	must(r && e);
	dhcp_rehearse(&env, s->netif, &p->list[i].to, p->list[i].bytes, r);
	explain(s, r, e);
	if (w->json)
		explain_print_json(stdout, e);
	else
		explain_print_text(stdout, e, i + 1, p->n);
	free(e);
	free(r);
}

static bool run(const struct explain_want *w, struct explain_stage *s, struct explain_packets *p,
		struct failure *f)
{
	if (!explain_packets(w, p, f) || !explain_stage_open(s, w, f))
		return false;
	if (p->left_out)
		explain_note(s, "%u datagrams of the file are answers: left out", p->left_out);
	for (size_t i = 0; i < p->n; i++)
		explain_one(s, w, p, i);
	return true;
}

int explain_dhcp(char **words)
{
	struct explain_want want;
	struct explain_stage *stage = calloc(1, sizeof *stage);
	struct explain_packets *packets = calloc(1, sizeof *packets);
	struct failure failure = { .code = EXIT_CODE_OK };

	must(stage && packets);
	if (asks_help(words))
		fputs(explain_dhcp_usage, stdout);
	else if (explain_words(words, &want, &failure))
		run(&want, stage, packets, &failure);
	if (failure.text[0])
		fprintf(stderr, "lanlord: %s\n", failure.text);
	explain_stage_close(stage);
	explain_packets_free(packets);
	free(stage);
	free(packets);
	return (int)failure.code;
}
