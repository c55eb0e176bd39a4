#include "daemon/core/rollout.h"

#include <stddef.h>

struct context {
	struct rollout *r;
	struct rollout_slot *slots;
	const struct rollout_policy *policy;
	int64_t now_ms;
};

static enum rollout_action action_of(enum rollout_phase phase)
{
	static const enum rollout_action actions[ROLLOUT_PHASE_COUNT] = {
		[ROLLOUT_LEAVING] = ROLLOUT_DO_DRAIN_OLD,
		[ROLLOUT_ENDING] = ROLLOUT_DO_STOP_OLD,
		[ROLLOUT_STARTING] = ROLLOUT_DO_START_NEW,
		[ROLLOUT_CANARY] = ROLLOUT_DO_ADMIT_CANARY,
		[ROLLOUT_BAKING] = ROLLOUT_DO_ADMIT,
		[ROLLOUT_WITHDRAWN] = ROLLOUT_DO_WITHDRAW_NEW,
		[ROLLOUT_UNDOING] = ROLLOUT_DO_STOP_NEW,
		[ROLLOUT_RESTORING] = ROLLOUT_DO_START_OLD,
	};

	return actions[phase];
}

/* How long a slot may be in a phase; -1: until it is told. */
static int64_t limit_of(const struct rollout_policy *policy, enum rollout_phase phase)
{
	switch (phase) {
	case ROLLOUT_STARTING:
	case ROLLOUT_RESTORING:
		return policy->ready_limit_ms;
	case ROLLOUT_CANARY:
		return policy->canary_ms;
	case ROLLOUT_BAKING:
		return policy->bake_ms;
	case ROLLOUT_LEAVING:
	case ROLLOUT_WITHDRAWN:
		return policy->drain_ms;
	case ROLLOUT_OLD:
	case ROLLOUT_ENDING: /* the stop sequence has its own limits */
	case ROLLOUT_UNDOING:
	case ROLLOUT_PROVED:
	case ROLLOUT_NEW:
	case ROLLOUT_LOST:
	case ROLLOUT_PHASE_COUNT:
		break;
	}
	return -1;
}

static void enter(struct context *c, struct rollout_slot *slot, enum rollout_phase phase)
{
	int64_t limit_ms = limit_of(c->policy, phase);

	slot->phase = (uint8_t)phase;
	slot->told = action_of(phase) == ROLLOUT_DO_NOTHING;
	slot->deadline_ms = limit_ms < 0 ? 0 : c->now_ms + limit_ms;
}

static void fail(struct context *c, const struct rollout_slot *slot, enum rollout_cause cause)
{
	if (c->r->cause != ROLLOUT_NO_CAUSE)
		return;
	c->r->cause = cause;
	if (slot)
		c->r->failed_slot = (uint32_t)(slot - c->slots);
}

/* ---- from phase to phase ---- */

static void admit(struct context *c, struct rollout_slot *slot)
{
	bool canary = c->policy->canary_ms > 0 && c->r->first == 0;

	enter(c, slot, canary ? ROLLOUT_CANARY : ROLLOUT_BAKING);
}

/* stop_first: the place of the old one is free. */
static void begin_new(struct context *c, struct rollout_slot *slot)
{
	if (c->r->cause == ROLLOUT_NO_CAUSE)
		enter(c, slot, ROLLOUT_STARTING);
	else
		enter(c, slot, slot->had_old ? ROLLOUT_RESTORING : ROLLOUT_OLD);
}

static void old_is_gone(struct context *c, struct rollout_slot *slot)
{
	slot->old_lives = false;
	if (c->policy->stop_first)
		begin_new(c, slot);
	else
		enter(c, slot, ROLLOUT_NEW);
}

static void new_is_gone(struct context *c, struct rollout_slot *slot)
{
	enter(c, slot, slot->old_lives || !slot->had_old ? ROLLOUT_OLD : ROLLOUT_RESTORING);
}

static void begin(struct context *c, struct rollout_slot *slot)
{
	enter(c, slot,
	      c->policy->stop_first && slot->old_lives ? ROLLOUT_LEAVING : ROLLOUT_STARTING);
}

static void stop_old(struct context *c, struct rollout_slot *slot)
{
	if (slot->phase == ROLLOUT_LEAVING) /* else it was over its limit already */
		enter(c, slot, ROLLOUT_ENDING);
}

static void stop_new(struct context *c, struct rollout_slot *slot)
{
	if (slot->phase == ROLLOUT_WITHDRAWN)
		enter(c, slot, ROLLOUT_UNDOING);
}

/* ---- events of a slot, by what is under way there ---- */

/* It is too late to go back, but what the reload brought up must last as long as the reload: the
 * slot stays new, and nothing further is begun. */
static bool new_is_watched(struct context *c, struct rollout_slot *slot,
			   enum rollout_event_type event)
{
	if (event == ROLLOUT_NEW_DIED)
		fail(c, slot, ROLLOUT_CRASHED);
	else if (event == ROLLOUT_NEW_SICK)
		fail(c, slot, ROLLOUT_UNHEALTHY);
	else
		return event == ROLLOUT_NEW_READY; /* the restart policy brought it back */
	return true;
}

static bool in_leaving(struct context *c, struct rollout_slot *slot, enum rollout_event_type event)
{
	if (event == ROLLOUT_OLD_GONE)
		old_is_gone(c, slot);
	else if (event == ROLLOUT_OLD_DRAINED || event == ROLLOUT_TIMER)
		stop_old(c, slot);
	else
		return !c->policy->stop_first && new_is_watched(c, slot, event);
	return true;
}

static bool in_starting(struct context *c, struct rollout_slot *slot, enum rollout_event_type event)
{
	if (event == ROLLOUT_NEW_READY) {
		admit(c, slot);
	} else if (event == ROLLOUT_NEW_DIED) {
		fail(c, slot, ROLLOUT_EXITED);
	} else if (event == ROLLOUT_TIMER) {
		fail(c, slot, ROLLOUT_NOT_READY);
	} else if (event == ROLLOUT_OLD_GONE && slot->old_lives) {
		slot->old_lives = false; /* the new one comes just in time, or the old comes back */
	} else {
		return false;
	}
	return true;
}

/* CANARY, BAKING, PROVED: clients reach the new one. */
static bool in_proof(struct context *c, struct rollout_slot *slot, enum rollout_event_type event)
{
	if (event == ROLLOUT_TIMER && slot->phase != ROLLOUT_PROVED) {
		enter(c, slot, slot->phase == ROLLOUT_CANARY ? ROLLOUT_BAKING : ROLLOUT_PROVED);
	} else if (event == ROLLOUT_NEW_SICK) {
		fail(c, slot, ROLLOUT_UNHEALTHY);
	} else if (event == ROLLOUT_NEW_DIED) {
		fail(c, slot, ROLLOUT_CRASHED);
		enter(c, slot, ROLLOUT_UNDOING); /* nobody is left to drain */
	} else if (event == ROLLOUT_OLD_GONE && slot->old_lives) {
		slot->old_lives = false;
	} else {
		return event == ROLLOUT_NEW_READY;
	}
	return true;
}

/* WITHDRAWN, UNDOING. */
static bool in_undoing(struct context *c, struct rollout_slot *slot, enum rollout_event_type event)
{
	if (event == ROLLOUT_NEW_GONE)
		new_is_gone(c, slot);
	else if (event == ROLLOUT_NEW_DRAINED || event == ROLLOUT_NEW_DIED ||
		 event == ROLLOUT_TIMER)
		stop_new(c, slot);
	else if (event == ROLLOUT_OLD_GONE && slot->old_lives)
		slot->old_lives = false;
	else
		return event == ROLLOUT_NEW_SICK || event == ROLLOUT_NEW_READY; /* too late */
	return true;
}

static bool in_restoring(struct context *c, struct rollout_slot *slot,
			 enum rollout_event_type event)
{
	if (event == ROLLOUT_OLD_READY) {
		slot->old_lives = true;
		enter(c, slot, ROLLOUT_OLD);
	} else if (event == ROLLOUT_OLD_GONE || event == ROLLOUT_TIMER) {
		enter(c, slot, ROLLOUT_LOST);
	} else {
		return false;
	}
	return true;
}

static bool slot_step(struct context *c, struct rollout_slot *slot, enum rollout_event_type event)
{
	switch ((enum rollout_phase)slot->phase) {
	case ROLLOUT_OLD:
	case ROLLOUT_LOST: /* the restart policy looks after it */
		return event == ROLLOUT_OLD_GONE || event == ROLLOUT_OLD_READY;
	case ROLLOUT_LEAVING:
	case ROLLOUT_ENDING:
		return in_leaving(c, slot, event);
	case ROLLOUT_STARTING:
		return in_starting(c, slot, event);
	case ROLLOUT_CANARY:
	case ROLLOUT_BAKING:
	case ROLLOUT_PROVED:
		return in_proof(c, slot, event);
	case ROLLOUT_WITHDRAWN:
	case ROLLOUT_UNDOING:
		return in_undoing(c, slot, event);
	case ROLLOUT_RESTORING:
		return in_restoring(c, slot, event);
	case ROLLOUT_NEW:
		return new_is_watched(c, slot, event);
	case ROLLOUT_PHASE_COUNT:
		break;
	}
	return false;
}

/* ---- the batch ---- */

/* Is every slot of the batch in this phase? */
static bool batch_is(const struct context *c, enum rollout_phase phase)
{
	for (uint32_t i = c->r->first; i < c->r->end; i++)
		if (c->slots[i].phase != phase)
			return false;
	return true;
}

static bool batch_rests(const struct context *c)
{
	for (uint32_t i = c->r->first; i < c->r->end; i++)
		if (rollout_owns_old(&c->slots[i]))
			return false;
	return true;
}

static void undo_batch(struct context *c)
{
	for (uint32_t i = c->r->first; i < c->r->end; i++) {
		struct rollout_slot *slot = &c->slots[i];

		if (slot->phase == ROLLOUT_STARTING)
			enter(c, slot, ROLLOUT_UNDOING);
		else if (slot->phase == ROLLOUT_CANARY || slot->phase == ROLLOUT_BAKING ||
			 slot->phase == ROLLOUT_PROVED)
			enter(c, slot, ROLLOUT_WITHDRAWN);
	}
}

static void replace_batch(struct context *c)
{
	for (uint32_t i = c->r->first; i < c->r->end; i++)
		enter(c, &c->slots[i], c->slots[i].old_lives ? ROLLOUT_LEAVING : ROLLOUT_NEW);
}

static void next_batch(struct context *c)
{
	struct rollout *r = c->r;
	uint32_t batch = c->policy->batch > 0 ? c->policy->batch : 1;

	r->first = r->end;
	r->end = batch < r->count - r->first ? r->first + batch : r->count;
	for (uint32_t i = r->first; i < r->end; i++)
		begin(c, &c->slots[i]);
}

/* What follows for the whole from where its slots are. */
static void settle(struct context *c)
{
	struct rollout *r = c->r;

	if (r->cause != ROLLOUT_NO_CAUSE)
		undo_batch(c);
	else if (batch_is(c, ROLLOUT_PROVED))
		replace_batch(c);
	if (!batch_rests(c))
		return;
	if (r->end == r->count && batch_is(c, ROLLOUT_NEW) &&
	    (r->cause == ROLLOUT_NO_CAUSE || r->cause == ROLLOUT_CANCELLED))
		r->result = ROLLOUT_DONE; /* a cancel that came too late says so by the cause */
	else if (r->cause != ROLLOUT_NO_CAUSE)
		r->result = ROLLOUT_FAILED;
	else
		next_batch(c);
}

static void timer(struct context *c)
{
	for (uint32_t i = c->r->first; i < c->r->end; i++)
		if (c->slots[i].deadline_ms != 0 && c->slots[i].deadline_ms <= c->now_ms)
			slot_step(c, &c->slots[i], ROLLOUT_TIMER);
}

static void begin_all(struct context *c)
{
	for (uint32_t i = 0; i < c->r->count; i++) {
		c->slots[i].phase = ROLLOUT_OLD;
		c->slots[i].told = true;
		c->slots[i].deadline_ms = 0;
		c->slots[i].had_old = c->slots[i].old_lives;
	}
	c->r->first = c->r->end = 0;
}

static void tell_again(struct context *c)
{
	for (uint32_t i = c->r->first; i < c->r->end; i++)
		c->slots[i].told =
			action_of((enum rollout_phase)c->slots[i].phase) == ROLLOUT_DO_NOTHING;
}

bool rollout_step(struct rollout *rollout, struct rollout_slot *slots,
		  const struct rollout_policy *policy, enum rollout_event_type event, uint32_t slot,
		  int64_t now_ms)
{
	struct context c = {rollout, slots, policy, now_ms};
	bool possible = true;

	if (rollout->result != ROLLOUT_RUNNING)
		return false;
	if (event == ROLLOUT_BEGIN)
		begin_all(&c);
	else if (event == ROLLOUT_RESUME)
		tell_again(&c);
	else if (event == ROLLOUT_CANCEL)
		fail(&c, NULL, ROLLOUT_CANCELLED);
	else if (event == ROLLOUT_TIMER)
		timer(&c);
	else
		possible = slot < rollout->count && slot_step(&c, &slots[slot], event);
	if (possible)
		settle(&c);
	return possible;
}

enum rollout_action rollout_next_action(const struct rollout *rollout, struct rollout_slot *slots,
					uint32_t *ret_slot)
{
	for (uint32_t i = rollout->first; i < rollout->end; i++) {
		if (slots[i].told)
			continue;
		slots[i].told = true;
		*ret_slot = i;
		return action_of((enum rollout_phase)slots[i].phase);
	}
	return ROLLOUT_DO_NOTHING;
}

int64_t rollout_deadline(const struct rollout *rollout, const struct rollout_slot *slots)
{
	int64_t first_ms = 0;

	for (uint32_t i = rollout->first; i < rollout->end; i++)
		if (slots[i].deadline_ms != 0 && (first_ms == 0 || slots[i].deadline_ms < first_ms))
			first_ms = slots[i].deadline_ms;
	return first_ms;
}

bool rollout_owns_old(const struct rollout_slot *slot)
{
	return slot->phase != ROLLOUT_OLD && slot->phase != ROLLOUT_NEW &&
	       slot->phase != ROLLOUT_LOST;
}

bool rollout_owns_new(const struct rollout_slot *slot)
{
	return rollout_owns_old(slot) && slot->phase != ROLLOUT_LEAVING &&
	       slot->phase != ROLLOUT_ENDING;
}
