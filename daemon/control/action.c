#include "daemon/control/action.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "daemon/control/api.h"
#include "daemon/control/request.h"
#include "daemon/run/supervisor.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"

/* An instance whose turn is to come, or has come. */
struct action_turn {
	int pm_id, number;
	char *name;
	enum order_verb verb;
	uint64_t generation;
	bool begun;
};

struct action {
	struct request *req;
	struct supervisor *supervisor;
	struct order *orders[ORDER_DELETE + 1]; /* by verb */
	unsigned pending;			/* orders not done, and one until it is sealed */
	json_t *rows;
	int failed;
	char *note;
	struct turns pace; /* at_a_time 0: all begin at once */
	struct action_turn *turns;
	bool sealed, going;
};

static void go_on(struct action *action);

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
	return json_pack("{s:i, s:s, s:s, s:i, s:b, s:s, s:i, s:o, s:o}", "pm_id", result->pm_id,
			 "name", result->name, "did", order_verb_word(result->verb), "number",
			 result->number, "ok", result->ok, "state", state_word(result->state),
			 "pid", result->pid, "message", text_or_null(result->message), "hint",
			 text_or_null(result->hint));
}

static void on_progress(const struct order_result *now, void *owner)
{
	struct action *action = owner;

	if (request_wants_progress(action->req))
		request_progress(action->req, row_of(now));
}

/* One that had a turn is done: the next may begin. */
static void end_turn(struct action *action, int pm_id, bool ok)
{
	for (size_t i = 0; i < action->pace.count; i++) {
		struct action_turn *turn = &action->turns[i];

		if (turn->pm_id != pm_id || !turn->begun)
			continue;
		turn->begun = false;
		turns_end(&action->pace, ok);
		go_on(action);
		return;
	}
}

static void on_result(const struct order_result *result, void *owner)
{
	struct action *action = owner;

	json_array_append_new(action->rows, row_of(result));
	action->failed += !result->ok;
	if (request_wants_progress(action->req))
		request_progress(action->req, row_of(result));
	end_turn(action, result->pm_id, result->ok);
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

static void destroy(struct action *action)
{
	for (size_t i = 0; i < action->pace.count; i++)
		free(action->turns[i].name);
	free(action->turns);
	free(action->note);
	free(action);
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
	destroy(action);
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

static void add_turn(struct action *action, int pm_id, enum order_verb verb, uint64_t generation)
{
	struct facts facts;

	facts_fill(roster_find(action->supervisor, pm_id), false, &facts);
	action->turns = mem_resize(action->turns, action->pace.count + 1, sizeof(*action->turns));
	action->turns[action->pace.count++] = (struct action_turn){
		.pm_id = pm_id,
		.number = facts.number,
		.name = mem_strdup(facts.spec->name),
		.verb = verb,
		.generation = generation,
	};
	facts_done(&facts);
}

static void begin(struct action *action, struct action_turn *turn)
{
	struct pmc_error err = {0};

	if (supervisor_order_valid(action->supervisor, turn->pm_id, turn->generation, &err) < 0) {
		action_add(action, turn->name, turn->pm_id, turn->number, false, &err);
		turns_end(&action->pace, false);
		return;
	}
	turn->begun = true;
	supervisor_order(action->supervisor, order_for(action, turn->verb), turn->pm_id, turn->verb,
			 turn->generation);
}

static void pass_over(struct action *action, const struct action_turn *turn)
{
	struct pmc_error err = {0};

	pmc_error_set(&err, -ECANCELED, "left as it was: one before it failed");
	supervisor_order_drop(action->supervisor, turn->pm_id, turn->generation);
	action_add(action, turn->name, turn->pm_id, turn->number, false, &err);
}

static void seal_orders(struct action *action)
{
	for (size_t i = 0; i < ARRAY_SIZE(action->orders); i++) {
		if (action->orders[i])
			order_seal(steal_ptr(&action->orders[i]));
	}
}

/* Let begin who may. An order may be done within this call, and is here again then: the loop of the
 * outer one goes on. */
static void go_on(struct action *action)
{
	size_t i;

	if (!action->sealed || action->going)
		return;
	action->going = true;
	while (turns_take(&action->pace, &i))
		begin(action, &action->turns[i]);
	while (turns_skip(&action->pace, &i))
		pass_over(action, &action->turns[i]);
	action->going = false;
	if (turns_over(&action->pace))
		seal_orders(action);
}

int action_read_parallel(const struct request *req, size_t *ret_at_a_time, struct pmc_error *err)
{
	int64_t value = 0;
	int r = request_get_int(req, "parallel", &value, err);

	if (r <= 0)
		return r;
	if (value < 1 || value > PLAN_INSTANCES_MAX)
		return pmc_error_set(err, -EINVAL, "parallel must be from 1 to %d",
				     PLAN_INSTANCES_MAX);
	*ret_at_a_time = (size_t)value;
	return 1;
}

void action_pace(struct action *action, size_t at_a_time, bool stop_at_failure)
{
	action->pace.at_a_time = at_a_time;
	action->pace.stop_at_failure = stop_at_failure;
}

/* What is not started would have to be taken back where the others are left as they were. */
static bool has_turn(const struct action *action, enum order_verb verb)
{
	if (action->pace.at_a_time == 0 || verb == ORDER_DELETE)
		return false;
	return verb != ORDER_START || !action->pace.stop_at_failure;
}

void action_order(struct action *action, int pm_id, enum order_verb verb, uint64_t generation,
		  bool again)
{
	if (again)
		supervisor_order_wait(action->supervisor, order_for(action, verb), pm_id);
	else if (has_turn(action, verb))
		add_turn(action, pm_id, verb, generation);
	else
		supervisor_order(action->supervisor, order_for(action, verb), pm_id, verb,
				 generation);
}

void action_seal(struct action *action)
{
	action->sealed = true;
	go_on(action);
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
	destroy(action);
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
			pmc_error_set(&err, -ENOENT, "No process found");
		if (r <= 0)
			action_add(action, targets->items[i], -1, -1, false, &err);
	}
	for (size_t i = 0; i < count; i++)
		if (hits[i])
			pm_ids[found++] = roster_pm_id_at(action->supervisor, i);
	*ret_pm_ids = pm_ids;
	return found;
}
