/* history.events: what happened, from the store. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/control/api.h"
#include "daemon/control/event_json.h"
#include "daemon/control/request.h"
#include "daemon/store/history.h"
#include "shared/ipc/protocol.h"

/* More than the limit of the daemon is no mistake: whoever wants older ones asks again with
 * `until` and `before`, the time and the id of the oldest he got. */
_Static_assert(HISTORY_LIMIT_MAX == PROTOCOL_EVENTS_MAX, "one page");

static int read_limit(const struct request *req, struct history_query *query, struct pmc_error *err)
{
	int64_t limit = 0;
	int r = request_get_int(req, "limit", &limit, err);

	if (r > 0 && limit < 1)
		return pmc_error_set(err, -EINVAL, "parameter 'limit' must be 1 or more");
	query->limit = limit < HISTORY_LIMIT_MAX ? (unsigned)limit : HISTORY_LIMIT_MAX;
	return r < 0 ? r : 0;
}

static int read_query(const struct request *req, struct history_query *query, struct pmc_error *err)
{
	const char *app = "";
	int r = request_get_int(req, "since", &query->since_us, err);

	if (r >= 0)
		r = request_get_int(req, "until", &query->until_us, err);
	if (r >= 0)
		r = request_get_int(req, "before", &query->before_id, err);
	if (r >= 0)
		r = request_get_string(req, "app", &app, err);
	if (r < 0)
		return r;
	if (strlen(app) >= sizeof(query->app))
		return pmc_error_set(err, -EINVAL, "parameter 'app' is longer than any name");
	snprintf(query->app, sizeof(query->app), "%s", app);
	return read_limit(req, query, err);
}

static void on_events(int result, const struct event *events, size_t count,
		      const struct pmc_error *err, void *owner)
{
	struct request *req = owner;
	json_t *list;

	if (result < 0) {
		request_fail(req, "store", err);
		return;
	}
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, event_json(&events[i]));
	request_reply(req, json_pack("{s:o}", "events", list));
}

void api_history_events(struct request *req)
{
	struct history_query query = {};
	struct pmc_error err = {};

	if (read_query(req, &query, &err) < 0) {
		request_fail(req, "bad-params", &err);
	} else if (!req->api->history) {
		pmc_error_set(&err, -ENODATA, "the history is not open yet");
		request_fail(req, "store", &err);
	} else {
		history_query(req->api->history, &query, on_events, req);
	}
}
