/* SPDX-License-Identifier: ISC */
/*
 * The values of block-list and block-answer.
 */
#include "dns/conf_private.h"
#include "lan/tag.h"

bool block_list_take(struct args *a, void *section)
{
	struct dns_conf *c = section;
	struct dns_block_list **at = &c->block_lists;
	struct dns_block_list list = { .origin = args_origin(a) };

	if (!args_text(a, &list.path, "the path of a list, or of a folder of lists"))
		return false;
	while (args_more(a))
		if (!args_tags(a, &list.when))
			return args_fail(a);
	while (*at)
		at = &(*at)->next;
	*at = arena_new(args_arena(a), struct dns_block_list);
	**at = list;
	return true;
}

bool block_answer_take(struct args *a, void *section)
{
	static const char *const answers[] = {
		[BLOCK_ZEROS] = "zeros", [BLOCK_NXDOMAIN] = "nxdomain", [BLOCK_NODATA] = "nodata",
		NULL,
	};
	unsigned which;

	if (!args_name_of(a, answers, &which))
		return false;
	((struct dns_conf *)section)->block_answer = (enum dns_block_answer)which;
	return true;
}
