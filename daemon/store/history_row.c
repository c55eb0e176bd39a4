#include "daemon/store/history_row.h"

#include <string.h>

#include "shared/base/mem.h"

struct history_row *history_row_create(const struct event *event)
{
	size_t app_bytes = strlen(event->app) + 1, detail_bytes = strlen(event->detail) + 1;
	struct history_row *row = mem_zalloc(sizeof(*row) + app_bytes + detail_bytes);

	row->id = event->id;
	row->seq = event->seq;
	row->time_us = event->time_us;
	row->type = event->type;
	row->cause = event->cause;
	row->pm_id = event->pm_id;
	row->number = event->number;
	row->pid = event->pid;
	row->code = event->code;
	row->signal = event->signal;
	row->core = event->core;
	row->again = event->again;
	row->mark = event->mark;
	memcpy(row->app, event->app, app_bytes);
	row->detail = memcpy(row->app + app_bytes, event->detail, detail_bytes);
	return row;
}

void history_row_append(struct history_list *list, struct history_row *row)
{
	if (list->last)
		list->last->next = row;
	else
		list->first = row;
	list->last = row;
	list->count++;
}

void history_row_prepend_all(struct history_list *list, struct history_list *from)
{
	if (from->count == 0)
		return;
	from->last->next = list->first;
	list->first = from->first;
	if (!list->last)
		list->last = from->last;
	list->count += from->count;
	*from = (struct history_list){};
}

size_t history_row_shorten(struct history_list *list, size_t max)
{
	size_t freed = 0;

	for (; list->count > max; list->count--, freed++) {
		struct history_row *row = list->first;

		list->first = row->next;
		if (!list->first)
			list->last = NULL;
		free(row);
	}
	return freed;
}
