#include "daemon/run/order.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/bus/event.h"
#include "daemon/run/facts.h"
#include "daemon/run/instance.h"
#include "shared/base/str.h"

struct order {
	enum order_verb verb;
	struct order_callbacks callbacks;
	unsigned pending;
	bool sealed;
};

enum verdict { PENDING, REACHED, FAILED };

struct order *order_create(enum order_verb verb, const struct order_callbacks *callbacks)
{
	struct order *order = mem_zalloc(sizeof(*order));

	order->verb = verb;
	order->callbacks = *callbacks;
	return order;
}

const char *order_verb_word(enum order_verb verb)
{
	static const char *const words[] = {
		[ORDER_START] = "start",
		[ORDER_STOP] = "stop",
		[ORDER_RESTART] = "restart",
		[ORDER_DELETE] = "delete",
	};

	return words[verb];
}

static void fill(const struct instance *inst, bool ok, struct order_result *result)
{
	*result = (struct order_result){
		.pm_id = inst->pm_id,
		.number = inst->number,
		.name = inst->app->spec.name,
		.ok = ok,
		.state = instance_state(inst),
		.pid = instance_pid(inst),
	};
}

static void finish_if_done(struct order *order)
{
	if (!order->sealed || order->pending > 0)
		return;
	order->callbacks.on_done(order->callbacks.owner);
	free(order);
}

static void settle(struct instance *inst, const struct order_result *result)
{
	struct order *order = inst->order;

	inst->order = NULL;
	order->pending--;
	order->callbacks.on_result(result, order->callbacks.owner);
	finish_if_done(order);
}

static enum verdict judge(const struct order *order, const struct instance *inst)
{
	enum instance_state state = instance_state(inst);

	if (order->verb == ORDER_DELETE)
		return PENDING; /* until it is gone */
	if (order->verb == ORDER_STOP)
		return state == STATE_STOPPED || state == STATE_ERRORED ? REACHED : PENDING;
	switch (state) {
	case STATE_ONLINE:
	case STATE_UNHEALTHY:
		return REACHED;
	case STATE_ERRORED:
		return FAILED;
	case STATE_STOPPED:
		return inst->entry->exit_code == 0 ? REACHED : FAILED;
	case STATE_WAITING:
		return FAILED; /* it ended before it was ready, or the machine has no room */
	case STATE_STARTING:
	case STATE_DRAINING:
	case STATE_STOPPING:
	case STATE_RESTARTING:
		return PENDING;
	}
	return PENDING;
}

void order_look(struct instance *inst)
{
	struct order_result result;
	enum verdict verdict;

	if (!inst->order)
		return;
	verdict = judge(inst->order, inst);
	fill(inst, verdict == REACHED, &result);
	if (verdict == PENDING) {
		inst->order->callbacks.on_progress(&result, inst->order->callbacks.owner);
		return;
	}
	if (verdict == FAILED) {
		_cleanup_(mem_freep) char *reason = facts_reason(inst);

		snprintf(result.message, sizeof(result.message), "%s", reason ? reason : "it did not start");
		snprintf(result.hint, sizeof(result.hint), "%s", inst->trouble.code ? inst->trouble.hint : "");
	}
	settle(inst, &result);
}

void order_gone(struct instance *inst)
{
	struct order_result result;

	if (!inst->order)
		return;
	fill(inst, inst->order->verb == ORDER_DELETE || inst->order->verb == ORDER_STOP, &result);
	if (!result.ok)
		snprintf(result.message, sizeof(result.message), "it was deleted meanwhile");
	settle(inst, &result);
}

void order_add(struct order *order, struct instance *inst)
{
	if (inst->order) {
		struct order_result result;

		fill(inst, false, &result);
		snprintf(result.message, sizeof(result.message), "overridden by a later %s",
			 order_verb_word(order->verb));
		instance_publish(inst, EVENT_APP_OVERRIDDEN, result.message);
		settle(inst, &result);
	}
	inst->order = order;
	order->pending++;
}

void order_seal(struct order *order)
{
	order->sealed = true;
	finish_if_done(order);
}
