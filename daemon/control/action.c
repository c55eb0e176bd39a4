#include "daemon/control/action.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "daemon/control/api.h"
#include "daemon/control/request.h"
#include "daemon/run/supervisor.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"

struct action {
	struct request *req;
	struct supervisor *supervisor;
	struct order *orders[ORDER_DELETE + 1]; /* by verb */
	unsigned pending;			/* orders not done, and one until it is sealed */
	json_t *rows;
	int failed;
	char *note;
};

struct action *action_create(struct request *req)
{
	struct action *action = mem_zalloc(sizeof(*action));

	action->req = req;
	action->supervisor = req->api->supervisor;
	action->rows = json_array();
	action->pending = 1;
	return action;
}

static json_t *text_or_null(const char *text)
{
	return text && text[0] ? json_string(text) : json_null();
}

static json_t *row_of(const struct order_result *result)
{
	return json_pack("{s:i, s:s, s:i, s:b, s:s, s:i, s:o, s:o}", "pm_id", result->pm_id, "name",
			 result->name, "number", result->number, "ok", result->ok, "state",
			 state_word(result->state), "pid", result->pid, "message",
			 text_or_null(result->message), "hint", text_or_null(result->hint));
}

static void on_progress(const struct order_result *now, void *owner)
{
	struct action *action = owner;

	if (request_wants_progress(action->req))
		request_progress(action->req, row_of(now));
}

static void on_result(const struct order_result *result, void *owner)
{
	struct action *action = owner;

	json_array_append_new(action->rows, row_of(result));
	action->failed += !result->ok;
	if (request_wants_progress(action->req))
		request_progress(action->req, row_of(result));
}

/* An app that was online when its turn came may have been given up since: that is no success. */
static void look_again(struct action *action)
{
	size_t i;
	json_t *row;

	json_array_foreach(action->rows, i, row)
	{
		struct instance *inst = roster_find(
			action->supervisor, (int)json_integer_value(json_object_get(row, "pm_id")));
		struct facts facts;

		if (!inst || !json_is_true(json_object_get(row, "ok")) ||
		    !str_equal(json_string_value(json_object_get(row, "state")), "online"))
			continue;
		facts_fill(inst, false, &facts);
		if (facts.state == STATE_ERRORED) {
			json_object_set_new(row, "ok", json_false());
			json_object_set_new(row, "state", json_string(state_word(facts.state)));
			json_object_set_new(row, "message", text_or_null(facts.reason));
			action->failed++;
		}
		facts_done(&facts);
	}
}

static void release(struct action *action)
{
	json_t *result;

	if (--action->pending > 0)
		return;
	look_again(action);
	result = json_pack("{s:o, s:i}", "results", action->rows, "failed", action->failed);
	if (action->note)
		json_object_set_new(result, "note", json_string(action->note));
	request_reply(action->req, result);
	free(action->note);
	free(action);
}

static void on_done(void *owner)
{
	release(owner);
}

void action_add(struct action *action, const char *name, int pm_id, int number, bool ok,
		const struct pmc_error *err)
{
	json_t *row = json_pack("{s:s, s:b}", pm_id >= 0 ? "name" : "target", name, "ok", ok);

	if (pm_id >= 0) {
		json_object_set_new(row, "pm_id", json_integer(pm_id));
		json_object_set_new(row, "number", json_integer(number));
	}
	json_object_set_new(row, "message", text_or_null(err ? err->message : NULL));
	json_object_set_new(row, "hint", text_or_null(err ? err->hint : NULL));
	json_array_append_new(action->rows, row);
	action->failed += !ok;
}

static struct order *order_for(struct action *action, enum order_verb verb)
{
	struct order_callbacks callbacks = {on_progress, on_result, on_done, action};

	if (!action->orders[verb]) {
		action->orders[verb] = order_create(verb, &callbacks);
		action->pending++;
	}
	return action->orders[verb];
}

void action_order(struct action *action, int pm_id, enum order_verb verb, uint64_t generation,
		  bool again)
{
	struct order *order = order_for(action, verb);

	if (again)
		supervisor_wait(action->supervisor, order, pm_id);
	else
		supervisor_order(action->supervisor, order, pm_id, verb, generation);
}

void action_seal(struct action *action)
{
	for (size_t i = 0; i < ARRAY_SIZE(action->orders); i++)
		if (action->orders[i])
			order_seal(action->orders[i]);
	release(action);
}

void action_forgive(struct action *action)
{
	json_array_clear(action->rows);
	action->failed = 0;
}

void action_note(struct action *action, const char *note)
{
	free(action->note);
	action->note = mem_strdup(note);
}

void action_cancel(struct action *action)
{
	json_decref(action->rows);
	free(action->note);
	free(action);
}

size_t action_select(struct action *action, const struct strlist *targets, int **ret_pm_ids)
{
	size_t count = roster_count(action->supervisor), found = 0;
	_cleanup_(mem_freep) bool *hits = mem_zalloc(count + 1);
	int *pm_ids = mem_zalloc((count + 1) * sizeof(int));

	for (size_t i = 0; i < targets->count; i++) {
		struct pmc_error err = {0};
		int r = roster_select(action->supervisor, targets->items[i], hits, &err);

		if (r == 0)
			pmc_error_set(&err, -ENOENT, "there are no apps");
		if (r <= 0)
			action_add(action, targets->items[i], -1, -1, false, &err);
	}
	for (size_t i = 0; i < count; i++)
		if (hits[i])
			pm_ids[found++] = roster_pm_id_at(action->supervisor, i);
	*ret_pm_ids = pm_ids;
	return found;
}
