/* bus: events from one room to all who want them, after I/O, never re-entrantly.
 *
 * bus_publish() queues a copy; a uv_check drains the queue in the same loop turn. A subscriber may
 * unsubscribe or publish while it is called. Log bytes never travel here. */
#pragma once
#include <uv.h>

#include "daemon/bus/event.h"

struct bus;
struct bus_subscription;
struct handles;

typedef void (*bus_fn)(const struct event *event, void *owner);

/* `handles` must outlive it: bus_destroy() comes before handles_close(). */
struct bus *bus_create(struct handles *handles);
void bus_destroy(struct bus *bus); /* what is queued is delivered first; accepts NULL */

/* History says the highest id it has, once, when it could open its file. Ids given until then were
 * counted from 1; they are moved up behind `id`, and so are those given from now on. */
void bus_set_last_id(struct bus *bus, uint64_t id);

/* Called at once for every event that is published, before anybody hears it (an engine may be
 * killed in between); its answer becomes the event's mark. It must not publish. NULL: nobody. */
typedef uint64_t (*bus_first_fn)(const struct event *event, void *owner);
void bus_set_first(struct bus *bus, bus_first_fn fn, void *owner);

/* Queue a copy, with its id, and its time if it has none. */
void bus_publish(struct bus *bus, const struct event *event);

/* Hear what is delivered from now on, also what is queued already. */
struct bus_subscription *bus_subscribe(struct bus *bus, bus_fn fn, void *owner);
void bus_unsubscribe(struct bus_subscription *subscription); /* accepts NULL */

/* Deliver what is queued now, and what its subscribers publish meanwhile (at the end of the
 * daemon). */
void bus_drain(struct bus *bus);
