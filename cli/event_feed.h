/* event_feed: what happened and what happens, without a gap and without an event told twice.
 *
 * Live events are asked for first, on a connection of their own, then the past; ids tell which live
 * ones were in the past already. When the engine dies, the same is done again from the last event
 * seen on. */
#pragma once
#include <jansson.h>
#include <stdint.h>

#include "cli/connect.h"

struct command_context;

/* Called for each event (borrowed); non-zero ends the feed. */
typedef int event_feed_fn(struct command_context *ctx, const json_t *event);

struct event_feed {
	struct command_context *ctx;
	event_feed_fn *event;
	const char *app;     /* NULL: of all */
	struct connect live; /* the connection live events come on */
	json_int_t last_id;  /* of the newest event handed out */
	int64_t last_us;
};

void event_feed_done(struct event_feed *feed);

/* Ask for live events from now on; they wait on the connection until event_feed_follow(). */
int event_feed_open(struct event_feed *feed, struct pmc_error *err);

/* Hand out the past since `since_us` (0: from the beginning), the newest `limit`, oldest first.
 * What the callback returned, 0, or a negative errno with its text in `err`. */
int event_feed_past(struct event_feed *feed, int64_t since_us, int64_t limit,
		    struct pmc_error *err);

/* Hand out live events. Ends only when the callback does, or with a negative errno. */
int event_feed_follow(struct event_feed *feed, struct pmc_error *err);
