#include "cli/event_feed.h"

#include <errno.h>

#include "cli/command.h"
#include "cli/out/json.h"
#include "cli/request.h"
#include "shared/base/mem.h"
#include "shared/ipc/client.h"
#include "shared/ipc/message.h"
#include "shared/ipc/protocol.h"
#include "shared/model/json_text.h"

#define CATCH_UP_MAX 10000
/* A fact may be told so much later than it happened. */
#define CATCH_UP_US (INT64_C(600) * 1000000)

void event_feed_done(struct event_feed *feed)
{
	connect_done(&feed->live);
}

static json_t *params_of(const struct event_feed *feed)
{
	json_t *params = json_object();

	if (feed->app)
		json_object_set_new(params, "app", json_text(feed->app));
	return params;
}

/* Once an answer is there nothing that comes later is missed. */
int event_feed_open(struct event_feed *feed, struct pmc_error *err)
{
	json_t *reply = NULL;
	int r = connect_again(&feed->live, err);

	if (r == 0)
		r = request_call(&feed->live, "events.follow", params_of(feed), NULL, NULL, &reply,
				 err);
	json_decref(reply);
	return r;
}

/* What has an id up to `known` was handed out before. Ids grow with the telling, times are those of
 * the facts: neither order follows from the other. */
static int hand_out(struct event_feed *feed, const json_t *event, json_int_t known)
{
	json_int_t id = json_integer_value(json_object_get(event, "id"));
	json_int_t time_us = json_integer_value(json_object_get(event, "time_us"));

	if (id != 0 && id <= known)
		return 0;
	if (id > feed->last_id)
		feed->last_id = id;
	if (time_us > feed->last_us)
		feed->last_us = time_us;
	return feed->event(feed->ctx, event);
}

/* The newest `limit` events of those that are older than the first of `older` (NULL: of all). */
static int ask_page(struct event_feed *feed, int64_t since_us, int64_t limit, const json_t *older,
		    json_t **ret_events, struct pmc_error *err)
{
	json_t *params = params_of(feed), *reply = NULL, *first = json_array_get(older, 0);
	int r;

	if (since_us > 0)
		json_object_set_new(params, "since", json_integer(since_us));
	if (first) {
		json_object_set(params, "until", json_object_get(first, "time_us"));
		json_object_set(params, "before", json_object_get(first, "id"));
	}
	json_object_set_new(params, "limit", json_integer(limit));
	r = request_call(feed->ctx->connect, "history.events", params, NULL, NULL, &reply, err);
	if (r == 0)
		*ret_events = json_incref(json_object_get(reply, "events"));
	json_decref(reply);
	return r;
}

static int hand_out_page(struct event_feed *feed, const json_t *events, json_int_t known)
{
	json_t *event;
	size_t i;
	int r = 0;

	json_array_foreach(events, i, event)
	{
		r = hand_out(feed, event, known);
		if (r != 0)
			break;
	}
	return r;
}

int event_feed_past(struct event_feed *feed, int64_t since_us, int64_t limit, struct pmc_error *err)
{
	json_t *pages = json_array(), *page = NULL; /* the newest page first */
	json_int_t known = feed->last_id;
	int64_t got, asked;
	int r;

	do {
		asked = limit < PROTOCOL_EVENTS_MAX ? limit : PROTOCOL_EVENTS_MAX;
		r = ask_page(feed, since_us, asked, page, &page, err);
		got = r == 0 ? (int64_t)json_array_size(page) : 0;
		limit -= got;
		if (r == 0)
			json_array_append_new(pages, page);
	} while (r == 0 && got == asked && limit > 0);
	for (size_t i = json_array_size(pages); r == 0 && i-- > 0;)
		r = hand_out_page(feed, json_array_get(pages, i), known);
	json_decref(pages);
	return r;
}

/* The engine died; the next one tells what happened meanwhile. */
static int catch_up(struct event_feed *feed, struct pmc_error *err)
{
	int r = event_feed_open(feed, err);

	return r < 0 ? r : event_feed_past(feed, feed->last_us - CATCH_UP_US, CATCH_UP_MAX, err);
}

static int take(struct event_feed *feed, const struct message *msg)
{
	switch (msg->kind) {
	case MESSAGE_EVENT:
		return hand_out(feed, msg->body, feed->last_id);
	case MESSAGE_DROPPED:
		say_warn(&feed->ctx->say, "some events were skipped: this reader was too slow");
		return 0;
	case MESSAGE_HELLO:
	case MESSAGE_REQUEST:
	case MESSAGE_PROGRESS:
	case MESSAGE_RESULT:
	case MESSAGE_ERROR:
		return 0;
	}
	unreachable();
}

int event_feed_follow(struct event_feed *feed, struct pmc_error *err)
{
	int r = 0;

	while (r == 0) {
		struct message msg = {};

		r = client_receive(feed->live.client, -1, &msg, err);
		if (r == 0) {
			r = take(feed, &msg);
			message_done(&msg);
		} else if (r == -EINTR) {
			r = 0;
		} else if (r == -ECONNRESET || r == -EPIPE) {
			r = catch_up(feed, err);
		}
	}
	return r;
}
