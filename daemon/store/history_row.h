/* history_row: an event that waits to be stored, in as little memory as it needs, and lists of
 * them. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "daemon/bus/event.h"

struct history_row {
	struct history_row *next;
	uint64_t id, seq;
	int64_t time_us;
	enum event_type type;
	enum event_cause cause;
	int pm_id, number, pid, code, signal;
	bool core, again;
	uint64_t mark; /* of the journal */
	bool early;    /* its id is counted from 1: the highest of the store was not yet known */
	const char *detail; /* in `app`, behind its end */
	char app[];
};

struct history_list {
	struct history_row *first, *last;
	size_t count;
};

/* A copy of the event; free() it, or give it to a list. */
struct history_row *history_row_create(const struct event *event);

/* The row is the list's from here on. */
void history_row_append(struct history_list *list, struct history_row *row);

/* Move all of `from` in front of what is in `list`. */
void history_row_prepend_all(struct history_list *list, struct history_list *from);

/* Free the oldest of them until `max` are left; returns how many were freed. */
size_t history_row_shorten(struct history_list *list, size_t max);
