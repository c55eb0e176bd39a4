#include "daemon/run/instance.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bus/bus.h"
#include "daemon/keeper/keeper_link.h"
#include "daemon/run/cgroup.h"
#include "daemon/run/context.h"
#include "daemon/run/instance_logs.h"
#include "daemon/run/instance_start.h"
#include "daemon/run/instance_stop.h"
#include "daemon/run/sweep.h"
#include "daemon/run/trouble.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/str.h"
#include "shared/base/units.h"

struct keeper_slot *instance_slot(const struct instance *inst)
{
	return keeper_link_slot(inst->context->link, inst->slot);
}

struct instance *instance_create(struct run_context *context,
				 const struct instance_observer *observer, struct app *app,
				 int pm_id, int number, int slot)
{
	struct instance *inst = mem_zalloc(sizeof(*inst));
	struct slot_entry *entry = slots_entry(context->slots, slot);

	inst->context = context;
	inst->observer = observer;
	inst->app = app;
	inst->pm_id = pm_id;
	inst->number = number;
	inst->slot = slot;
	inst->entry = entry;
	inst->report_fd = inst->pidfd = -1;
	inst->pipe[0] = inst->pipe[1] = -1;
	handles_init(&inst->handles, context->loop);
	handles_timer(&inst->handles, &inst->timer, inst);

	entry->pm_id = pm_id;
	entry->number = number;
	entry->app_key = slots_key(app->spec.name);
	strncpy(entry->name, app->spec.name, SLOTS_NAME_MAX - 1);
	if (entry->created_us == 0)
		entry->created_us = clock_wall_us();
	return inst;
}

static void on_abandoned(void *owner)
{
	struct instance *inst = owner;

	free(inst->stderr_tail);
	free(inst->log_trouble);
	free(inst);
}

void instance_abandon(struct instance *inst)
{
	if (inst->closed)
		return;
	inst->closed = true;
	sweep_forget(inst->context->sweep, inst);
	instance_start_unwatch(inst);
	instance_start_close_pidfd(inst);
	handles_close(&inst->handles, on_abandoned, inst);
}

enum instance_state instance_state(const struct instance *inst)
{
	return (enum instance_state)inst->entry->now.life.state;
}

int instance_pid(const struct instance *inst)
{
	uint32_t state = atomic_load(&instance_slot(inst)->state);

	return state == SLOT_RUN || state == SLOT_INTENT ? atomic_load(&instance_slot(inst)->pid)
							 : 0;
}

int instance_cause(uint32_t reason)
{
	switch ((enum lifecycle_reason)reason) {
	case REASON_OPERATOR:
		return CAUSE_OPERATOR;
	case REASON_CRASH:
	case REASON_CRASH_LOOP:
	case REASON_NO_AUTORESTART:
		return CAUSE_CRASH;
	case REASON_STOP_EXIT_CODE:
		return CAUSE_STOP_EXIT_CODE;
	case REASON_EXEC:
		return CAUSE_EXEC;
	case REASON_DAEMON:
		return CAUSE_DAEMON;
	case REASON_NONE:
		break;
	}
	return CAUSE_NONE;
}

/* When it happened, not when we came to tell it. */
static int64_t time_of(const struct instance *inst, int event_type)
{
	int64_t ended_us = (int64_t)instance_slot(inst)->exit_us; /* of this life; 0: it goes on */

	if (event_type == EVENT_APP_EXIT)
		return inst->entry->exit_us;
	if (event_type == EVENT_APP_ONLINE && ended_us)
		return ended_us;
	return event_type == EVENT_APP_STARTING ? inst->entry->started_us : clock_wall_us();
}

void instance_publish(struct instance *inst, int event_type, const char *detail)
{
	bool is_exit = event_type == EVENT_APP_EXIT;
	struct event event = {
		.type = (enum event_type)event_type,
		.cause = (enum event_cause)instance_cause(is_exit ? inst->entry->exit_reason
								  : inst->entry->now.life.reason),
		.time_us = time_of(inst, event_type),
		.pm_id = inst->pm_id,
		.number = inst->number,
		/* before its first life the slot holds the pid of somebody gone */
		.pid = inst->entry->seq ? atomic_load(&instance_slot(inst)->pid) : 0,
		.seq = inst->entry->seq,
		.code = is_exit ? inst->entry->exit_code : -1,
		.signal = is_exit ? inst->entry->exit_signal : -1,
		.core = is_exit && inst->entry->exit_core,
	};

	strncpy(event.app, inst->app->spec.name, sizeof(event.app) - 1);
	if (detail)
		strncpy(event.detail, detail, sizeof(event.detail) - 1);
	bus_publish(inst->context->bus, &event);
}

static void publish_waiting(struct instance *inst)
{
	_cleanup_(str_done) struct str text = {0};

	str_append(&text, "starts again in ");
	units_human_duration(&text, inst->entry->now.timer_ms - clock_now_ms());
	if (inst->trouble.code) {
		str_append(&text, ": ");
		str_append(&text, inst->trouble.message);
	}
	instance_publish(inst, EVENT_APP_WAITING, str_cstr(&text));
}

static void publish_errored(struct instance *inst)
{
	_cleanup_(str_done) struct str text = {0};

	if (inst->trouble.code)
		str_append(&text, inst->trouble.message);
	else
		str_appendf(&text, "%u short lives: gave up", inst->entry->now.unstable);
	free(inst->stderr_tail);
	inst->stderr_tail = instance_logs_tail(inst);
	instance_publish(inst, EVENT_APP_ERRORED, str_cstr(&text));
}

static void publish_stuck(struct instance *inst)
{
	_cleanup_(mem_freep) char *text = trouble_text(inst, true);

	log_warning("%s:%d: %s", inst->app->spec.name, inst->number, text);
	instance_publish(inst, EVENT_APP_STUCK, text);
}

static void publish_state(struct instance *inst)
{
	if (inst->held)
		return;
	switch (instance_state(inst)) {
	case STATE_STOPPED:
		instance_publish(inst, EVENT_APP_STOPPED, NULL);
		break;
	case STATE_WAITING:
		publish_waiting(inst);
		break;
	case STATE_STARTING:
		instance_publish(inst, EVENT_APP_STARTING, NULL);
		break;
	case STATE_ONLINE:
		instance_publish(inst, EVENT_APP_ONLINE, NULL);
		break;
	case STATE_STOPPING:
	case STATE_RESTARTING:
		instance_publish(inst, EVENT_APP_STOPPING, NULL);
		break;
	case STATE_ERRORED:
		publish_errored(inst);
		break;
	case STATE_UNHEALTHY:
	case STATE_DRAINING:
		break;
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct instance *inst = container_of(timer, struct instance, timer);

	instance_feed(inst, &(struct lifecycle_event){.type = LIFE_TIMER});
}

void instance_arm_timer(struct instance *inst)
{
	int64_t at = inst->entry->now.timer_ms, now = clock_now_ms();

	uv_update_time(inst->context->loop);
	if (at == 0)
		uv_timer_stop(&inst->timer);
	else
		uv_timer_start(&inst->timer, on_timer, at > now ? (uint64_t)(at - now) : 0, 0);
}

/* What the new state does not list is dropped; what the step asks for is done. */
static enum instance_start_result carry_out(struct instance *inst,
					    const struct lifecycle_step *step)
{
	enum instance_start_result result = INSTANCE_STARTED;

	if (!(lifecycle_resources(instance_state(inst)) & HAS_EXEC_WATCH))
		instance_start_unwatch(inst);
	instance_arm_timer(inst);
	if (step->actions & ACT_SPAWN) {
		result = instance_start_process(inst);
		inst->held = inst->held && result == INSTANCE_START_LATER;
	}
	if (step->actions & ACT_SIGNAL) {
		instance_stop_signal(inst, step->signal);
		inst->entry->signalled_step = inst->entry->now.life.step;
	}
	if (step->actions & ACT_KILL) {
		instance_publish(inst, EVENT_APP_KILLED, NULL);
		instance_stop_kill(inst);
	}
	if (step->actions & ACT_STUCK)
		publish_stuck(inst);
	return result;
}

static void follow_up(struct instance *inst, enum instance_start_result result)
{
	struct lifecycle_event event = {.type = LIFE_NO_SPAWN};
	bool told = inst->held;

	if (result == INSTANCE_STARTED)
		return;
	if (result == INSTANCE_START_NEVER)
		event = (struct lifecycle_event){
			.type = LIFE_EXIT, .exec_failed = true, .code = -1};
	if (!told)
		log_warning("%s:%d: %s", inst->app->spec.name, inst->number, inst->trouble.message);
	instance_feed(inst, &event);
	inst->held = result == INSTANCE_START_LATER;
}

/* The deletion of an instance that rests: logs, shelf, cgroup, slot. */
static void on_logs_closed(void *arg)
{
	struct instance *inst = arg;
	struct run_context *context = inst->context;

	if (inst->drains > 0 && --inst->drains > 0)
		return;
	for (int which = 0; which < 2; which++) {
		if (inst->pipe[which] < 0)
			continue;
		keeper_link_drop(context->link,
				 shelf_index(inst->slot, which ? SHELF_ERR : SHELF_OUT));
		close(inst->pipe[which]);
	}
	if (context->cgroup)
		cgroup_remove(context->cgroup, inst->slot);
	instance_publish(inst, EVENT_APP_DELETED, NULL);
	atomic_store(&instance_slot(inst)->state, SLOT_FREE);
	slots_release(context->slots, inst->slot);
	inst->observer->on_gone(inst, inst->observer->owner);
	handles_close(&inst->handles, on_abandoned, inst);
}

static void forget_if_resting(struct instance *inst)
{
	enum instance_state state = instance_state(inst);

	if (!inst->deleting || inst->closed || (state != STATE_STOPPED && state != STATE_ERRORED))
		return;
	inst->closed = true;
	sweep_forget(inst->context->sweep, inst);
	instance_logs_close(inst, on_logs_closed);
}

static void feed_and_commit(struct instance *inst, const struct lifecycle_event *event,
			    uint64_t generation)
{
	enum instance_state before = instance_state(inst);
	struct slot_now now = inst->entry->now;
	enum instance_start_result result;
	struct lifecycle_step step;

	if (inst->closed)
		return;
	step = lifecycle_step(&now.life, event, &inst->app->spec, clock_now_ms());
	if (step.actions & ACT_IMPOSSIBLE) {
		log_warning("%s:%d: event %d cannot happen in state %s", inst->app->spec.name,
			    inst->number, (int)event->type, state_word(before));
		return;
	}
	now.restarts += (step.actions & ACT_COUNT_RESTART) != 0;
	now.unstable += (step.actions & ACT_COUNT_UNSTABLE) != 0;
	if (event->type == LIFE_EXIT)
		now.ended_seq = inst->entry->seq;
	if (generation > now.generation)
		now.generation = generation;
	if (step.actions & ACT_TIMER)
		now.timer_ms = clock_now_ms() + step.timer_ms;
	else if (event->type == LIFE_TIMER ||
		 !(lifecycle_resources((enum instance_state)now.life.state) & HAS_TIMER))
		now.timer_ms = 0;
	slots_commit(inst->entry, &now);

	result = carry_out(inst, &step);
	if (instance_state(inst) != before || step.actions & ACT_SPAWN)
		publish_state(inst);
	inst->observer->on_step(inst, step.actions, inst->observer->owner);
	follow_up(inst, result);
	forget_if_resting(inst);
}

void instance_feed(struct instance *inst, const struct lifecycle_event *event)
{
	feed_and_commit(inst, event, 0);
}

void instance_ask(struct instance *inst, enum lifecycle_event_type type,
		  enum lifecycle_reason reason, uint64_t generation)
{
	feed_and_commit(inst, &(struct lifecycle_event){.type = type, .reason = reason},
			generation);
}

void instance_delete(struct instance *inst, enum lifecycle_reason reason)
{
	inst->deleting = true;
	instance_ask(inst, LIFE_STOP, reason, 0);
}
