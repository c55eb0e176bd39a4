#include "daemon/control/follower.h"

#include <stdlib.h>

#include "daemon/bus/bus.h"
#include "daemon/control/event_json.h"
#include "daemon/control/outbox.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/ipc/message.h"

static void on_event(const struct event *event, void *owner)
{
	struct follower *follower = owner;
	json_t *object;
	size_t len;
	char *line;

	if (follower->app && !str_equal(follower->app, event->app))
		return;
	if (follower->dropped > 0 || outbox_waiting(follower->outbox) > follower->queue_max) {
		follower->dropped++;
		return;
	}
	object = event_json(event);
	line = message_event(object, &len);
	json_decref(object);
	outbox_send(follower->outbox, line, len); /* a lost client is noticed by its session */
}

void follower_begin(struct follower *follower, struct bus *bus, const char *app)
{
	free(follower->app);
	follower->app = mem_strdup(app);
	if (!follower->subscription)
		follower->subscription = bus_subscribe(bus, on_event, follower);
}

void follower_tell(struct follower *follower)
{
	size_t len;
	char *line;

	if (follower->dropped == 0 || outbox_waiting(follower->outbox) > follower->queue_max / 2)
		return;
	line = message_dropped(follower->dropped, &len);
	follower->dropped = 0;
	outbox_send(follower->outbox, line, len);
}

void follower_end(struct follower *follower)
{
	bus_unsubscribe(steal_ptr(&follower->subscription));
	mem_freep(&follower->app);
	follower->app = NULL;
}
