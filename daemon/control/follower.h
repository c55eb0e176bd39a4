/* follower: the events of the bus as lines of one client, within its limit.
 *
 * What does not fit is dropped and counted; the client is told as soon as there is room again. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct bus;
struct bus_subscription;
struct outbox;

struct follower {
	struct outbox *outbox;
	size_t queue_max;		       /* bytes that may wait */
	struct bus_subscription *subscription; /* NULL: follows nothing */
	char *app;			       /* NULL: events of all */
	size_t dropped;			       /* events not sent and not yet told of */
};

/* Begin, or go on with another filter. */
void follower_begin(struct follower *follower, struct bus *bus, const char *app);

/* Tell what was dropped, if there is room; to be called when lines left the outbox. */
void follower_tell(struct follower *follower);

/* Follow nothing any more; what is on its way still goes out. */
void follower_end(struct follower *follower);
