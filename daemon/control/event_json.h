/* event_json: an event as clients see it, in the reply of history.events and on followed
 * connections. */
#pragma once
#include <jansson.h>

struct event;

/* A new object with the members shared/ipc/README.md lists. What an event has not (code, signal,
 * pid, and pm_id and number of events of the daemon) is null; `app` and `detail` are then "". */
json_t *event_json(const struct event *event);
