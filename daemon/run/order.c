#include "daemon/run/order.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/bus/event.h"
#include "daemon/run/facts.h"
#include "daemon/run/instance.h"
#include "daemon/run/trouble.h"
#include "shared/base/str.h"

#define STUCK_HINT                                                                                 \
	"it is not waited for any longer; what was asked for is done when the kernel lets go of "  \
	"it, and no second copy is started before"

struct order {
	enum order_verb verb;
	struct order_callbacks callbacks;
	unsigned pending;
	bool sealed;
};

/* An instance's place in an order. */
struct order_wait {
	struct order_wait *next;
	struct order *order;
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
		[ORDER_START] = "start",   [ORDER_STOP] = "stop",     [ORDER_RESTART] = "restart",
		[ORDER_RELOAD] = "reload", [ORDER_DELETE] = "delete",
	};

	return words[verb];
}

static bool wants_rest(enum order_verb verb)
{
	return verb == ORDER_STOP || verb == ORDER_DELETE;
}

static void fill(const struct instance *inst, enum order_verb verb, bool ok,
		 struct order_result *result)
{
	*result = (struct order_result){
		.verb = verb,
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

/* Take the first wait of the instance off and tell its order. */
static void settle(struct instance *inst, struct order_wait *wait,
		   const struct order_result *result)
{
	struct order *order = wait->order;

	for (struct order_wait **at = &inst->waits; *at; at = &(*at)->next) {
		if (*at != wait)
			continue;
		*at = wait->next;
		break;
	}
	free(wait);
	order->callbacks.on_result(result, order->callbacks.owner); /* may add and seal */
	order->pending--;
	finish_if_done(order);
}

static enum verdict judge(const struct order *order, const struct instance *inst)
{
	enum instance_state state = instance_state(inst);

	if (lifecycle_is_stuck(&inst->entry->now.life))
		return FAILED; /* told now; it is carried out all the same when the kernel lets go
				*/
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

static void explain(struct instance *inst, struct order_result *result)
{
	bool stuck = lifecycle_is_stuck(&inst->entry->now.life);
	_cleanup_(mem_freep) char *reason = stuck ? trouble_text(inst, true) : facts_reason(inst);
	const char *hint = inst->trouble.code ? inst->trouble.hint : "";

	snprintf(result->message, sizeof(result->message), "%s",
		 reason ? reason : "it did not start");
	snprintf(result->hint, sizeof(result->hint), "%s", stuck ? STUCK_HINT : hint);
}

/* Is the wait over? It is gone then. */
static bool look_for(struct instance *inst, struct order_wait *wait)
{
	const struct order_callbacks *callbacks = &wait->order->callbacks;
	enum verdict verdict = judge(wait->order, inst);
	struct order_result result;

	fill(inst, wait->order->verb, verdict == REACHED, &result);
	if (verdict == PENDING) {
		callbacks->on_progress(&result, callbacks->owner);
		return false;
	}
	if (verdict == FAILED)
		explain(inst, &result);
	settle(inst, wait, &result);
	return true;
}

/* Who is told may order more: begin anew behind each. */
void order_look(struct instance *inst)
{
	struct order_wait *wait = inst->waits;

	while (wait)
		wait = look_for(inst, wait) ? inst->waits : wait->next;
}

void order_gone(struct instance *inst)
{
	while (inst->waits) {
		enum order_verb verb = inst->waits->order->verb;
		struct order_result result;

		fill(inst, verb, wants_rest(verb), &result);
		if (!result.ok)
			snprintf(result.message, sizeof(result.message),
				 "it was deleted meanwhile");
		settle(inst, inst->waits, &result);
	}
}

/* Who wants the opposite will not get it. */
static void override(struct instance *inst, enum order_verb verb)
{
	struct order_wait *wait = inst->waits;

	while (wait) {
		struct order_result result;

		if (wants_rest(wait->order->verb) == wants_rest(verb)) {
			wait = wait->next;
			continue;
		}
		fill(inst, wait->order->verb, false, &result);
		snprintf(result.message, sizeof(result.message), "overridden by a later %s",
			 order_verb_word(verb));
		instance_publish(inst, EVENT_APP_OVERRIDDEN, result.message);
		settle(inst, wait, &result);
		wait = inst->waits;
	}
}

void order_add(struct order *order, struct instance *inst)
{
	struct order_wait *wait = mem_zalloc(sizeof(*wait));

	override(inst, order->verb);
	wait->order = order;
	wait->next = inst->waits;
	inst->waits = wait;
	order->pending++;
}

bool order_is_under_way(const struct instance *inst, enum order_verb verb)
{
	for (const struct order_wait *wait = inst->waits; wait; wait = wait->next) {
		if (wait->order->verb == verb)
			return true;
	}
	return false;
}

void order_seal(struct order *order)
{
	order->sealed = true;
	finish_if_done(order);
}
