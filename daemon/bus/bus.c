#include "daemon/bus/bus.h"

#include <assert.h>

#include "daemon/loop/handles.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"

struct queued {
	struct queued *next;
	struct event event;
};

struct bus_subscription {
	struct bus *bus;
	struct bus_subscription *next;
	bus_fn fn; /* NULL: gone, its memory waits for the end of the delivery */
	void *owner;
};

struct bus {
	struct handles *handles;
	uv_check_t check;
	uv_idle_t idle; /* keeps poll from waiting while something is queued */
	unsigned open;	/* of the two */
	uint64_t last_id;
	struct queued *first, **end;
	struct bus_subscription *subscriptions, **subscriptions_end;
	bus_first_fn first_fn;
	void *first_owner;
	unsigned delivering; /* depth: a subscriber may call bus_drain() */
	bool gone;	     /* a subscription ended during delivery */
};

static void on_check(uv_check_t *check);

static void on_idle(uv_idle_t *idle)
{
	(void)idle; /* that it is active is all it is for */
}

struct bus *bus_create(struct handles *handles)
{
	struct bus *bus = mem_zalloc(sizeof(*bus));

	bus->handles = handles;
	bus->end = &bus->first;
	bus->subscriptions_end = &bus->subscriptions;
	handles_check(handles, &bus->check, bus);
	handles_idle(handles, &bus->idle, bus);
	bus->open = 2;
	return bus;
}

static void on_handle_closed(void *owner)
{
	struct bus *bus = owner;

	if (--bus->open == 0)
		free(bus);
}

static void sweep(struct bus *bus)
{
	struct bus_subscription **link = &bus->subscriptions;

	while (*link) {
		struct bus_subscription *subscription = *link;

		if (subscription->fn) {
			link = &subscription->next;
			continue;
		}
		*link = subscription->next;
		free(subscription);
	}
	bus->subscriptions_end = link;
	bus->gone = false;
}

void bus_destroy(struct bus *bus)
{
	if (!bus)
		return;
	assert(bus->delivering == 0);
	bus_drain(bus);
	while (bus->subscriptions)
		bus_unsubscribe(bus->subscriptions);
	handles_drop(bus->handles, (uv_handle_t *)&bus->check, on_handle_closed, bus);
	handles_drop(bus->handles, (uv_handle_t *)&bus->idle, on_handle_closed, bus);
}

void bus_set_last_id(struct bus *bus, uint64_t id)
{
	for (struct queued *item = bus->first; item; item = item->next)
		item->event.id += id;
	bus->last_id += id;
}

void bus_set_first(struct bus *bus, bus_first_fn fn, void *owner)
{
	bus->first_fn = fn;
	bus->first_owner = owner;
}

void bus_publish(struct bus *bus, const struct event *event)
{
	struct queued *item = mem_zalloc(sizeof(*item));

	item->event = *event;
	item->event.id = ++bus->last_id;
	if (item->event.time_us == 0)
		item->event.time_us = clock_wall_us();
	if (bus->first_fn)
		item->event.mark = bus->first_fn(&item->event, bus->first_owner);
	if (!bus->first && !uv_is_closing((uv_handle_t *)&bus->check)) {
		uv_check_start(&bus->check, on_check);
		uv_idle_start(&bus->idle, on_idle);
	}
	*bus->end = item;
	bus->end = &item->next;
}

/* Subscriptions made by a subscriber begin with the next event. */
static void deliver(struct bus *bus, const struct event *event)
{
	struct bus_subscription **end = bus->subscriptions_end;

	for (struct bus_subscription **link = &bus->subscriptions; link != end;
	     link = &(*link)->next)
		if ((*link)->fn)
			(*link)->fn(event, (*link)->owner);
}

static void deliver_first(struct bus *bus)
{
	struct queued *item = bus->first;

	bus->first = item->next;
	if (!bus->first)
		bus->end = &bus->first;
	bus->delivering++;
	deliver(bus, &item->event);
	if (--bus->delivering == 0 && bus->gone)
		sweep(bus);
	free(item);
}

static void rest_if_empty(struct bus *bus)
{
	if (bus->first)
		return;
	uv_check_stop(&bus->check);
	uv_idle_stop(&bus->idle);
}

/* What is published meanwhile waits for the next turn, so that a chain of events cannot starve the
 * loop. */
static void on_check(uv_check_t *check)
{
	struct bus *bus = check->data;
	uint64_t last = bus->last_id;

	while (bus->first && bus->first->event.id <= last)
		deliver_first(bus);
	rest_if_empty(bus);
}

void bus_drain(struct bus *bus)
{
	while (bus->first)
		deliver_first(bus);
	rest_if_empty(bus);
}

struct bus_subscription *bus_subscribe(struct bus *bus, bus_fn fn, void *owner)
{
	struct bus_subscription *subscription = mem_zalloc(sizeof(*subscription));

	assert(fn);
	subscription->bus = bus;
	subscription->fn = fn;
	subscription->owner = owner;
	*bus->subscriptions_end = subscription;
	bus->subscriptions_end = &subscription->next;
	return subscription;
}

void bus_unsubscribe(struct bus_subscription *subscription)
{
	if (!subscription)
		return;

	struct bus *bus = subscription->bus;

	subscription->fn = NULL;
	bus->gone = true;
	if (bus->delivering == 0)
		sweep(bus);
}
