/* SPDX-License-Identifier: ISC */
#include "lan/tag.h"

void tags_add_by(struct tags *t, const char *name, const struct origin *origin)
{
	if (tags_has(t, name))
		return;
	if (t->n == TAGS_MAX) {
		t->overflow = true;
		return;
	}
	t->name[t->n] = name;
	t->origin[t->n++] = origin;
}

void tags_add(struct tags *t, const char *name)
{
	tags_add_by(t, name, NULL);
}

bool tags_has(const struct tags *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->name[i], name) == 0)
			return true;
	return false;
}

static bool has_prefix(const struct tags *t, const char *prefix)
{
	size_t n = strlen(prefix);

	for (size_t i = 0; i < t->n; i++)
		if (strncmp(t->name[i], prefix, n) == 0)
			return true;
	return false;
}

bool tags_match(const struct tags *t, const struct tag_cond *list)
{
	for (; list; list = list->next) {
		bool there = list->prefix ? has_prefix(t, list->name) : tags_has(t, list->name);

		if (there == list->absent)
			return false;
	}
	return true;
}

void tag_cond_add(struct arena *arena, struct tag_cond **list, const char *name, enum tag_star star)
{
	struct tag_cond *c = arena_new(arena, struct tag_cond);
	size_t n;

	c->absent = name[0] == '!' || name[0] == '#';
	name += c->absent;
	n = strlen(name);
	c->prefix = star == TAG_STAR_WILD && n && name[n - 1] == '*';
	c->name = arena_textn(arena, name, c->prefix ? n - 1 : n);
	while (*list)
		list = &(*list)->next;
	*list = c;
}

bool args_tags(struct args *a, struct tag_cond **list)
{
	const char *name;
	bool any = false;

	while (args_prefixed(a, "tag:", &name) || args_prefixed(a, "net:", &name)) {
		tag_cond_add(args_arena(a), list, name, TAG_STAR_PLAIN);
		any = true;
	}
	return any;
}

bool args_set(struct args *a, const char **out)
{
	return args_prefixed(a, "set:", out) || args_prefixed(a, "net:", out);
}
