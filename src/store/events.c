/* SPDX-License-Identifier: ISC */
#include "store/events.h"

void events_watch(struct events *e, struct event_watch *w)
{
	struct event_watch **at = &e->watches;

	while (*at)
		at = &(*at)->next;
	w->next = NULL;
	*at = w;
}

void events_publish(struct events *e, const struct event *event)
{
	if (!e)
		return;
	for (struct event_watch *w = e->watches; w; w = w->next)
		w->told(w, event);
}
