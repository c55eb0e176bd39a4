#include "daemon/core/rollout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"

#define SLOTS_MAX 6
#define WALKS 2000
#define STEPS 3000

static const char *golden_path;

struct world {
	struct rollout rollout;
	struct rollout_slot slots[SLOTS_MAX];
	struct rollout_policy policy;
	int64_t now_ms;
};

static void world_init(struct world *world, uint32_t count, bool stop_first)
{
	*world = (struct world){.rollout.count = count,
				.policy = {.stop_first = stop_first,
					   .batch = 1,
					   .ready_limit_ms = 30000,
					   .bake_ms = 10000,
					   .drain_ms = 20000},
				.now_ms = 1000000};
	for (uint32_t i = 0; i < count; i++)
		world->slots[i].old_lives = true;
}

static bool feed(struct world *world, enum rollout_event_type event, uint32_t slot)
{
	return rollout_step(&world->rollout, world->slots, &world->policy, event, slot,
			    world->now_ms);
}

static void happens(struct world *world, enum rollout_event_type event, uint32_t slot)
{
	assert_true(feed(world, event, slot));
}

static void time_is_up(struct world *world)
{
	int64_t deadline_ms = rollout_deadline(&world->rollout, world->slots);

	assert_true(deadline_ms >= world->now_ms);
	world->now_ms = deadline_ms;
	happens(world, ROLLOUT_TIMER, 0);
}

static void expect(struct world *world, enum rollout_action action, uint32_t slot)
{
	uint32_t told = UINT32_MAX;

	assert_int_equal(rollout_next_action(&world->rollout, world->slots, &told), action);
	assert_int_equal(told, slot);
}

static void expect_no_more(struct world *world)
{
	uint32_t told;

	assert_int_equal(rollout_next_action(&world->rollout, world->slots, &told),
			 ROLLOUT_DO_NOTHING);
}

static void expect_failure(struct world *world, enum rollout_cause cause, uint32_t slot)
{
	expect_no_more(world);
	assert_int_equal(world->rollout.result, ROLLOUT_FAILED);
	assert_int_equal(world->rollout.cause, cause);
	assert_int_equal(world->rollout.failed_slot, slot);
}

/* A slot from old to new, start_first. */
static void replace(struct world *world, uint32_t slot)
{
	expect(world, ROLLOUT_DO_START_NEW, slot);
	happens(world, ROLLOUT_NEW_READY, slot);
	expect(world, ROLLOUT_DO_ADMIT, slot);
	expect_no_more(world);
	time_is_up(world);
	expect(world, ROLLOUT_DO_DRAIN_OLD, slot);
	happens(world, ROLLOUT_OLD_DRAINED, slot);
	expect(world, ROLLOUT_DO_STOP_OLD, slot);
	expect_no_more(world);
	happens(world, ROLLOUT_OLD_GONE, slot);
	assert_int_equal(world->slots[slot].phase, ROLLOUT_NEW);
}

/* ---- stories ---- */

static void one_after_the_other_is_replaced(void **state)
{
	struct world world;

	world_init(&world, 3, false);
	happens(&world, ROLLOUT_BEGIN, 0);
	for (uint32_t slot = 0; slot < 3; slot++)
		replace(&world, slot);
	assert_int_equal(world.rollout.result, ROLLOUT_DONE);
	assert_int_equal(rollout_deadline(&world.rollout, world.slots), 0);
}

static void nothing_to_reload_is_done_at_once(void **state)
{
	struct world world;

	world_init(&world, 0, false);
	happens(&world, ROLLOUT_BEGIN, 0);
	assert_int_equal(world.rollout.result, ROLLOUT_DONE);
}

static void one_that_never_listens_changes_nothing(void **state)
{
	struct world world;

	world_init(&world, 2, false);
	happens(&world, ROLLOUT_BEGIN, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 0);
	assert_int_equal(rollout_deadline(&world.rollout, world.slots), world.now_ms + 30000);
	time_is_up(&world);
	expect(&world, ROLLOUT_DO_STOP_NEW, 0);
	assert_int_equal(world.rollout.result, ROLLOUT_RUNNING); /* not before it is gone */
	happens(&world, ROLLOUT_NEW_GONE, 0);
	expect_failure(&world, ROLLOUT_NOT_READY, 0);
	assert_int_equal(world.slots[0].phase, ROLLOUT_OLD);
	assert_int_equal(world.slots[1].phase, ROLLOUT_OLD);
}

static void one_that_crashes_while_it_bakes_is_not_drained(void **state)
{
	struct world world;

	world_init(&world, 2, false);
	happens(&world, ROLLOUT_BEGIN, 0);
	replace(&world, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 1);
	happens(&world, ROLLOUT_NEW_READY, 1);
	happens(&world, ROLLOUT_NEW_DIED, 1);
	expect(&world, ROLLOUT_DO_STOP_NEW, 1); /* never told to admit it: it is dead */
	happens(&world, ROLLOUT_NEW_GONE, 1);
	expect_failure(&world, ROLLOUT_CRASHED, 1);
	assert_int_equal(world.slots[0].phase, ROLLOUT_NEW); /* earlier batches stay */
	assert_int_equal(world.slots[1].phase, ROLLOUT_OLD);
}

static void one_that_gets_sick_while_it_bakes_finishes_its_requests(void **state)
{
	struct world world;

	world_init(&world, 1, false);
	happens(&world, ROLLOUT_BEGIN, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 0);
	happens(&world, ROLLOUT_NEW_READY, 0);
	expect(&world, ROLLOUT_DO_ADMIT, 0);
	happens(&world, ROLLOUT_NEW_SICK, 0);
	expect(&world, ROLLOUT_DO_WITHDRAW_NEW, 0);
	assert_int_equal(rollout_deadline(&world.rollout, world.slots), world.now_ms + 20000);
	time_is_up(&world);
	expect(&world, ROLLOUT_DO_STOP_NEW, 0);
	happens(&world, ROLLOUT_NEW_GONE, 0);
	expect_failure(&world, ROLLOUT_UNHEALTHY, 0);
}

static void a_batch_leaves_when_all_of_it_are_proved(void **state)
{
	struct world world;

	world_init(&world, 3, false);
	world.policy.batch = 2;
	happens(&world, ROLLOUT_BEGIN, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 1);
	expect_no_more(&world);
	happens(&world, ROLLOUT_NEW_READY, 0);
	expect(&world, ROLLOUT_DO_ADMIT, 0);
	time_is_up(&world);
	assert_int_equal(world.slots[0].phase, ROLLOUT_PROVED);
	expect_no_more(&world);
	happens(&world, ROLLOUT_NEW_DIED, 1);
	expect(&world, ROLLOUT_DO_WITHDRAW_NEW, 0);
	expect(&world, ROLLOUT_DO_STOP_NEW, 1);
	happens(&world, ROLLOUT_NEW_GONE, 1);
	happens(&world, ROLLOUT_CANCEL, 0); /* the cause is what came first */
	happens(&world, ROLLOUT_NEW_DRAINED, 0);
	expect(&world, ROLLOUT_DO_STOP_NEW, 0);
	happens(&world, ROLLOUT_NEW_GONE, 0);
	expect_failure(&world, ROLLOUT_EXITED, 1);
}

static void the_death_of_an_earlier_one_ends_the_reload(void **state)
{
	struct world world;

	world_init(&world, 3, false);
	happens(&world, ROLLOUT_BEGIN, 0);
	replace(&world, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 1);
	happens(&world, ROLLOUT_NEW_DIED, 0);
	expect(&world, ROLLOUT_DO_STOP_NEW, 1);
	happens(&world, ROLLOUT_NEW_GONE, 1);
	expect_failure(&world, ROLLOUT_CRASHED, 0);
	assert_int_equal(world.slots[2].phase, ROLLOUT_OLD);
}

static void who_is_leaving_is_not_called_back(void **state)
{
	struct world world;

	world_init(&world, 2, false);
	happens(&world, ROLLOUT_BEGIN, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 0);
	happens(&world, ROLLOUT_NEW_READY, 0);
	expect(&world, ROLLOUT_DO_ADMIT, 0);
	time_is_up(&world);
	expect(&world, ROLLOUT_DO_DRAIN_OLD, 0);
	assert_true(rollout_owns_old(&world.slots[0]));
	assert_false(rollout_owns_new(&world.slots[0])); /* so that it is restarted meanwhile */
	happens(&world, ROLLOUT_NEW_DIED, 0);
	happens(&world, ROLLOUT_NEW_READY, 0);
	expect_no_more(&world);
	time_is_up(&world);
	expect(&world, ROLLOUT_DO_STOP_OLD, 0);
	happens(&world, ROLLOUT_OLD_GONE, 0);
	expect_failure(&world, ROLLOUT_CRASHED, 0);
	assert_int_equal(world.slots[0].phase, ROLLOUT_NEW);
}

static void a_fork_mode_app_that_fails_gets_its_old_definition_back(void **state)
{
	struct world world;

	world_init(&world, 2, true);
	happens(&world, ROLLOUT_BEGIN, 0);
	expect(&world, ROLLOUT_DO_DRAIN_OLD, 0);
	happens(&world, ROLLOUT_OLD_DRAINED, 0);
	expect(&world, ROLLOUT_DO_STOP_OLD, 0);
	expect_no_more(&world);
	happens(&world, ROLLOUT_OLD_GONE, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 0);
	happens(&world, ROLLOUT_NEW_DIED, 0);
	expect(&world, ROLLOUT_DO_STOP_NEW, 0); /* what it left behind */
	happens(&world, ROLLOUT_NEW_GONE, 0);
	expect(&world, ROLLOUT_DO_START_OLD, 0);
	assert_int_equal(world.rollout.result, ROLLOUT_RUNNING);
	happens(&world, ROLLOUT_OLD_READY, 0);
	expect_failure(&world, ROLLOUT_EXITED, 0);
	assert_int_equal(world.slots[0].phase, ROLLOUT_OLD);
}

static void an_old_one_that_does_not_come_back_is_lost(void **state)
{
	struct world world;

	world_init(&world, 1, true);
	happens(&world, ROLLOUT_BEGIN, 0);
	happens(&world, ROLLOUT_OLD_GONE, 0);
	happens(&world, ROLLOUT_NEW_DIED, 0);
	happens(&world, ROLLOUT_NEW_GONE, 0);
	expect(&world, ROLLOUT_DO_START_OLD, 0);
	time_is_up(&world);
	expect_failure(&world, ROLLOUT_EXITED, 0);
	assert_int_equal(world.slots[0].phase, ROLLOUT_LOST);
}

static void an_old_one_that_dies_meanwhile_is_only_restored_if_needed(void **state)
{
	struct world world;

	world_init(&world, 2, false);
	happens(&world, ROLLOUT_BEGIN, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 0);
	happens(&world, ROLLOUT_OLD_GONE, 0);
	happens(&world, ROLLOUT_NEW_READY, 0);
	expect(&world, ROLLOUT_DO_ADMIT, 0);
	time_is_up(&world);
	expect(&world, ROLLOUT_DO_START_NEW, 1); /* slot 0 has nobody to drain */
	happens(&world, ROLLOUT_OLD_GONE, 1);
	happens(&world, ROLLOUT_NEW_DIED, 1);
	expect(&world, ROLLOUT_DO_STOP_NEW, 1);
	happens(&world, ROLLOUT_NEW_GONE, 1);
	expect(&world, ROLLOUT_DO_START_OLD, 1);
	happens(&world, ROLLOUT_OLD_READY, 1);
	expect_failure(&world, ROLLOUT_EXITED, 1);
}

static void what_did_not_run_is_not_restored(void **state)
{
	struct world world;

	world_init(&world, 1, true);
	world.slots[0].old_lives = false;
	happens(&world, ROLLOUT_BEGIN, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 0);
	happens(&world, ROLLOUT_NEW_DIED, 0);
	happens(&world, ROLLOUT_NEW_GONE, 0);
	expect_failure(&world, ROLLOUT_EXITED, 0);
}

static void a_cancel_undoes_what_can_be(void **state)
{
	struct world world;

	world_init(&world, 2, false);
	happens(&world, ROLLOUT_BEGIN, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 0);
	happens(&world, ROLLOUT_CANCEL, 0);
	expect(&world, ROLLOUT_DO_STOP_NEW, 0);
	happens(&world, ROLLOUT_NEW_READY, 0); /* crossed it */
	happens(&world, ROLLOUT_NEW_GONE, 0);
	expect_failure(&world, ROLLOUT_CANCELLED, 0);
}

static void a_cancel_can_come_too_late(void **state)
{
	struct world world;

	world_init(&world, 1, false);
	world.policy.bake_ms = 0;
	happens(&world, ROLLOUT_BEGIN, 0);
	happens(&world, ROLLOUT_NEW_READY, 0);
	time_is_up(&world);
	happens(&world, ROLLOUT_CANCEL, 0);
	happens(&world, ROLLOUT_OLD_GONE, 0);
	assert_int_equal(world.rollout.result, ROLLOUT_DONE);
	assert_int_equal(world.rollout.cause, ROLLOUT_CANCELLED);
}

static void the_first_batch_can_be_a_canary(void **state)
{
	struct world world;

	world_init(&world, 2, false);
	world.policy.canary_ms = 60000;
	happens(&world, ROLLOUT_BEGIN, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 0);
	happens(&world, ROLLOUT_NEW_READY, 0);
	expect(&world, ROLLOUT_DO_ADMIT_CANARY, 0);
	assert_int_equal(rollout_deadline(&world.rollout, world.slots), world.now_ms + 60000);
	time_is_up(&world);
	expect(&world, ROLLOUT_DO_ADMIT, 0);
	time_is_up(&world);
	expect(&world, ROLLOUT_DO_DRAIN_OLD, 0);
	happens(&world, ROLLOUT_OLD_GONE, 0);
	replace(&world, 1);
	assert_int_equal(world.rollout.result, ROLLOUT_DONE);
}

static void the_next_engine_goes_on(void **state)
{
	struct world world;

	world_init(&world, 2, false);
	happens(&world, ROLLOUT_BEGIN, 0);
	replace(&world, 0);
	expect(&world, ROLLOUT_DO_START_NEW, 1);
	expect_no_more(&world);
	happens(&world, ROLLOUT_RESUME, 0);
	replace(&world, 1);
	assert_int_equal(world.rollout.result, ROLLOUT_DONE);
}

static void after_the_end_nothing_happens(void **state)
{
	struct world world;

	world_init(&world, 0, false);
	happens(&world, ROLLOUT_BEGIN, 0);
	for (int event = 0; event < ROLLOUT_EVENT_COUNT; event++)
		assert_false(feed(&world, (enum rollout_event_type)event, 0));
}

/* ---- every phase × event ---- */

static const char *const phase_words[ROLLOUT_PHASE_COUNT] = {
	[ROLLOUT_OLD] = "old",
	[ROLLOUT_LEAVING] = "leaving",
	[ROLLOUT_ENDING] = "ending",
	[ROLLOUT_STARTING] = "starting",
	[ROLLOUT_CANARY] = "canary",
	[ROLLOUT_BAKING] = "baking",
	[ROLLOUT_PROVED] = "proved",
	[ROLLOUT_NEW] = "new",
	[ROLLOUT_WITHDRAWN] = "withdrawn",
	[ROLLOUT_UNDOING] = "undoing",
	[ROLLOUT_RESTORING] = "restoring",
	[ROLLOUT_LOST] = "lost",
};

static const char *const event_words[ROLLOUT_EVENT_COUNT] = {
	[ROLLOUT_BEGIN] = "begin",
	[ROLLOUT_RESUME] = "resume",
	[ROLLOUT_CANCEL] = "cancel",
	[ROLLOUT_TIMER] = "timer",
	[ROLLOUT_NEW_READY] = "new ready",
	[ROLLOUT_NEW_SICK] = "new sick",
	[ROLLOUT_NEW_DIED] = "new died",
	[ROLLOUT_NEW_DRAINED] = "new drained",
	[ROLLOUT_NEW_GONE] = "new gone",
	[ROLLOUT_OLD_READY] = "old ready",
	[ROLLOUT_OLD_DRAINED] = "old drained",
	[ROLLOUT_OLD_GONE] = "old gone",
};

static const char *const cause_words[] = {"",	     "not ready", "exited",
					  "crashed", "unhealthy", "cancelled"};

/* Slot 0 of two that are both of the batch; the other waits to be proved, or undone with it. */
static void append_cell(struct str *out, bool stop_first, enum rollout_phase from,
			enum rollout_event_type event)
{
	struct world world;
	struct rollout_slot *slot = &world.slots[0];
	bool failing = from == ROLLOUT_WITHDRAWN || from == ROLLOUT_UNDOING ||
		       from == ROLLOUT_RESTORING || from == ROLLOUT_LOST;
	bool possible;

	world_init(&world, 2, stop_first);
	world.rollout.end = 2;
	world.rollout.cause = failing ? ROLLOUT_CRASHED : ROLLOUT_NO_CAUSE;
	slot->phase = (uint8_t)from;
	slot->had_old = true;
	slot->old_lives = !stop_first || from == ROLLOUT_LEAVING || from == ROLLOUT_ENDING;
	slot->told = true;
	slot->deadline_ms = world.now_ms;
	world.slots[1] = (struct rollout_slot){
		.phase = failing ? ROLLOUT_UNDOING : ROLLOUT_BAKING, .told = true, .had_old = true};
	possible = feed(&world, event, 0);
	str_appendf(out, "%-11s  %-9s  %-11s", stop_first ? "stop_first" : "start_first",
		    phase_words[from], event_words[event]);
	if (possible)
		str_appendf(out, "  %s", phase_words[slot->phase]);
	else
		str_append(out, "  impossible");
	if (possible && !failing && world.rollout.cause != ROLLOUT_NO_CAUSE)
		str_appendf(out, ", fails: %s", cause_words[world.rollout.cause]);
	str_append(out, "\n");
}

static char *read_whole(const char *path)
{
	static char buf[65536];
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	n = fread(buf, 1, sizeof(buf) - 1, file);
	fclose(file);
	buf[n] = '\0';
	return buf;
}

/* On a wanted change: look at what is printed, then put it into rollout.golden. */
static void every_cell_is_as_agreed(void **state)
{
	_cleanup_(str_done) struct str table = {0};

	for (int order = 0; order < 2; order++)
		for (int from = 0; from < ROLLOUT_PHASE_COUNT; from++)
			for (int event = ROLLOUT_CANCEL; event < ROLLOUT_EVENT_COUNT; event++)
				append_cell(&table, order, (enum rollout_phase)from,
					    (enum rollout_event_type)event);
	if (strcmp(str_cstr(&table), read_whole(golden_path)) != 0)
		fprintf(stderr, "%s", str_cstr(&table));
	assert_string_equal(str_cstr(&table), read_whole(golden_path));
}

/* ---- random walks ---- */

struct copy {
	bool process; /* something of its tree is there */
	bool leader;  /* it can work */
	bool serves;  /* clients reach it */
	bool ready, drains, stops;
};

struct model {
	struct copy old[SLOTS_MAX], new[SLOTS_MAX];
	bool touched[SLOTS_MAX];    /* the old one was told to go */
	bool died_alone[SLOTS_MAX]; /* nobody told the old one to */
};

static struct copy started(void)
{
	return (struct copy){.process = true, .leader = true};
}

static void carry_out(struct world *world, struct model *model, enum rollout_action action,
		      uint32_t slot)
{
	struct copy *old = &model->old[slot], *new = &model->new[slot];

	switch (action) {
	case ROLLOUT_DO_START_NEW:
		assert_false(new->process);
		if (world->policy.stop_first)
			assert_false(old->process); /* two copies cannot live side by side */
		*new = started();
		break;
	case ROLLOUT_DO_ADMIT_CANARY:
	case ROLLOUT_DO_ADMIT:
		assert_true(new->ready &&new->leader); /* no client before it can work */
		new->serves = true;
		break;
	case ROLLOUT_DO_DRAIN_OLD:
		/* never a working one replaced by one that was not ready, or is no more */
		if (!world->policy.stop_first)
			assert_true(new->serves &&new->leader);
		old->serves = false;
		old->drains = true;
		model->touched[slot] = true;
		break;
	case ROLLOUT_DO_STOP_OLD:
		assert_true(model->touched[slot] && !old->serves);
		old->stops = true;
		break;
	case ROLLOUT_DO_WITHDRAW_NEW:
		assert_true(new->process);
		if (!world->policy.stop_first)
			assert_true(old->serves || model->died_alone[slot]);
		new->serves = false;
		new->drains = true;
		break;
	case ROLLOUT_DO_STOP_NEW:
		assert_false(new->serves &&new->leader);
		new->stops = true;
		break;
	case ROLLOUT_DO_START_OLD:
		assert_false(old->process || new->process); /* never two generations */
		*old = started();
		break;
	case ROLLOUT_DO_NOTHING:
		break;
	}
}

/* Does it happen in this situation? Then it does. */
static bool suffer(struct model *model, enum rollout_event_type event, uint32_t slot)
{
	struct copy *old = &model->old[slot], *new = &model->new[slot];

	switch (event) {
	case ROLLOUT_NEW_READY:
		if (!new->leader || new->ready || new->stops)
			return false;
		new->ready = true;
		return true;
	case ROLLOUT_NEW_SICK:
		return new->leader &&new->serves;
	case ROLLOUT_NEW_DIED:
		if (!new->leader || new->stops)
			return false;
		new->leader = new->serves = false;
		return true;
	case ROLLOUT_NEW_DRAINED:
		return new->leader &&new->drains && !new->stops;
	case ROLLOUT_NEW_GONE:
		if (!new->stops)
			return false;
		*new = (struct copy){0};
		return true;
	case ROLLOUT_OLD_READY:
		if (!old->leader || old->ready || old->stops)
			return false;
		old->ready = old->serves = true;
		return true;
	case ROLLOUT_OLD_DRAINED:
		return old->leader && old->drains && !old->stops;
	case ROLLOUT_OLD_GONE:
		if (!old->process)
			return false;
		model->died_alone[slot] |= !model->touched[slot];
		*old = (struct copy){0};
		return true;
	case ROLLOUT_TIMER:
	case ROLLOUT_BEGIN:
	case ROLLOUT_RESUME:
	case ROLLOUT_CANCEL:
	case ROLLOUT_EVENT_COUNT:
		break;
	}
	return true;
}

/* What the restart policy does with what is its own. */
static void restart_policy(struct world *world, struct model *model)
{
	for (uint32_t i = 0; i < world->rollout.count; i++) {
		if (!rollout_owns_new(&world->slots[i]) && model->new[i].process &&
		    !model->new[i].leader)
			model->new[i] = (struct copy){true, true, true, true, false, false};
		if (world->slots[i].phase == ROLLOUT_OLD && !model->old[i].process)
			model->old[i] = (struct copy){true, true, true, true, false, false};
	}
}

static enum rollout_event_type random_event(unsigned calm)
{
	static const enum rollout_event_type good[] = {
		ROLLOUT_TIMER,	     ROLLOUT_NEW_READY, ROLLOUT_NEW_DRAINED, ROLLOUT_NEW_GONE,
		ROLLOUT_OLD_DRAINED, ROLLOUT_OLD_READY, ROLLOUT_TIMER};

	if ((unsigned)rand() % 100 < calm)
		return good[rand() % (int)ARRAY_SIZE(good)];
	return (enum rollout_event_type)(ROLLOUT_RESUME +
					 rand() % (ROLLOUT_EVENT_COUNT - ROLLOUT_RESUME));
}

/* Another engine takes over: what is carried out already is not carried out twice. */
static bool is_carried_out(const struct model *model, enum rollout_action action, uint32_t slot)
{
	switch (action) {
	case ROLLOUT_DO_START_NEW:
		return model->new[slot].process;
	case ROLLOUT_DO_START_OLD:
		return model->old[slot].process;
	case ROLLOUT_DO_DRAIN_OLD:
		return model->old[slot].drains;
	case ROLLOUT_DO_WITHDRAW_NEW:
		return model->new[slot].drains;
	case ROLLOUT_DO_NOTHING:
	case ROLLOUT_DO_ADMIT_CANARY:
	case ROLLOUT_DO_ADMIT:
	case ROLLOUT_DO_STOP_OLD:
	case ROLLOUT_DO_STOP_NEW:
		break;
	}
	return false;
}

static uint32_t slots_served(const struct world *world, const struct model *model)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < world->rollout.count; i++)
		count += model->old[i].serves || model->new[i].serves;
	return count;
}

static void obey(struct world *world, struct model *model)
{
	enum rollout_action action;
	uint32_t slot;

	while ((action = rollout_next_action(&world->rollout, world->slots, &slot)) !=
	       ROLLOUT_DO_NOTHING) {
		uint32_t before = slots_served(world, model);

		if (is_carried_out(model, action, slot))
			continue;
		carry_out(world, model, action, slot);
		/* what dies by itself is one thing; by our doing nobody is missing */
		if (!world->policy.stop_first && !model->died_alone[slot])
			assert_true(slots_served(world, model) >= before);
	}
	restart_policy(world, model);
}

static void one_generation_is_left(struct world *world, struct model *model)
{
	uint32_t old = 0, new = 0;

	for (uint32_t i = 0; i < world->rollout.count; i++) {
		enum rollout_phase phase = (enum rollout_phase)world->slots[i].phase;

		assert_false(rollout_owns_old(&world->slots[i]));
		assert_int_equal(model->new[i].process, phase == ROLLOUT_NEW);
		if (phase == ROLLOUT_NEW)
			assert_false(model->old[i].process);
		if (phase == ROLLOUT_OLD) {
			assert_true(model->old[i].serves);
			if (!world->policy.stop_first)
				assert_false(model->touched[i]); /* the same process */
		}
		new += phase == ROLLOUT_NEW;
		old += phase != ROLLOUT_NEW;
	}
	assert_true(old == 0 || new % world->policy.batch == 0); /* a batch ends alike */
	if (world->rollout.result == ROLLOUT_DONE)
		assert_int_equal(old, 0);
	else
		assert_int_not_equal(world->rollout.cause, ROLLOUT_NO_CAUSE);
}

/* Where it ended. */
static enum rollout_result walk(unsigned seed)
{
	struct world world;
	struct model model = {0};
	unsigned calm = seed % 4 == 0 ? 50 : 99;

	srand(seed);
	world_init(&world, 1 + (uint32_t)rand() % SLOTS_MAX, seed % 3 == 0);
	world.policy.batch = 1 + (uint32_t)rand() % world.rollout.count;
	world.policy.bake_ms = rand() % 2 * 1000;
	world.policy.canary_ms = rand() % 2 * 1000;
	for (uint32_t i = 0; i < world.rollout.count; i++)
		model.old[i] = (struct copy){true, true, true, true, false, false};
	happens(&world, ROLLOUT_BEGIN, 0);
	obey(&world, &model);
	for (int i = 0; i < STEPS && world.rollout.result == ROLLOUT_RUNNING; i++) {
		enum rollout_event_type event = random_event(calm);
		uint32_t slot = (uint32_t)rand() % world.rollout.count;

		if (event == ROLLOUT_OLD_READY && !rollout_owns_old(&world.slots[slot]))
			continue;
		if (!suffer(&model, event, slot))
			continue;
		if (event == ROLLOUT_TIMER)
			world.now_ms += 1 + rand() % 1000;
		if (model.old[slot].stops && rand() % 2 && suffer(&model, ROLLOUT_OLD_GONE, slot))
			happens(&world, ROLLOUT_OLD_GONE, slot);
		else
			happens(&world, event, slot);
		obey(&world, &model);
	}
	assert_int_not_equal(world.rollout.result, ROLLOUT_RUNNING);
	one_generation_is_left(&world, &model);
	return (enum rollout_result)world.rollout.result;
}

static void random_walks_keep_the_promises(void **state)
{
	unsigned done = 0;

	for (unsigned seed = 1; seed <= WALKS; seed++)
		done += walk(seed) == ROLLOUT_DONE;
	assert_in_range(done, WALKS / 5, WALKS * 4 / 5); /* both ends are walked to */
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other_is_replaced),
		cmocka_unit_test(nothing_to_reload_is_done_at_once),
		cmocka_unit_test(one_that_never_listens_changes_nothing),
		cmocka_unit_test(one_that_crashes_while_it_bakes_is_not_drained),
		cmocka_unit_test(one_that_gets_sick_while_it_bakes_finishes_its_requests),
		cmocka_unit_test(a_batch_leaves_when_all_of_it_are_proved),
		cmocka_unit_test(the_death_of_an_earlier_one_ends_the_reload),
		cmocka_unit_test(who_is_leaving_is_not_called_back),
		cmocka_unit_test(a_fork_mode_app_that_fails_gets_its_old_definition_back),
		cmocka_unit_test(an_old_one_that_does_not_come_back_is_lost),
		cmocka_unit_test(an_old_one_that_dies_meanwhile_is_only_restored_if_needed),
		cmocka_unit_test(what_did_not_run_is_not_restored),
		cmocka_unit_test(a_cancel_undoes_what_can_be),
		cmocka_unit_test(a_cancel_can_come_too_late),
		cmocka_unit_test(the_first_batch_can_be_a_canary),
		cmocka_unit_test(the_next_engine_goes_on),
		cmocka_unit_test(after_the_end_nothing_happens),
		cmocka_unit_test(every_cell_is_as_agreed),
		cmocka_unit_test(random_walks_keep_the_promises),
	};

	golden_path = argc > 1 ? argv[1] : "rollout.golden";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
