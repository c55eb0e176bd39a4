#include "daemon/core/lifecycle.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/spec/app_spec.h"

#define WALKS 300
#define STEPS 400

static const char *golden_path;

struct world {
	struct lifecycle life;
	struct app_spec spec;
	int64_t now_ms;
	struct lifecycle_step last;
};

static void world_init(struct world *world)
{
	*world = (struct world){.now_ms = 1000000};
	app_spec_init(&world->spec);
}

static void world_done(struct world *world)
{
	app_spec_done(&world->spec);
}

static enum instance_state feed(struct world *world, struct lifecycle_event event)
{
	world->last = lifecycle_step(&world->life, &event, &world->spec, world->now_ms);
	return (enum instance_state)world->life.state;
}

static enum instance_state ask(struct world *world, enum lifecycle_event_type type)
{
	return feed(world, (struct lifecycle_event){.type = type, .reason = REASON_OPERATOR});
}

static enum instance_state exits(struct world *world, int code, int64_t uptime_ms)
{
	return feed(world, (struct lifecycle_event){
				   .type = LIFE_EXIT, .code = code, .uptime_ms = uptime_ms});
}

static void bring_online(struct world *world)
{
	assert_int_equal(ask(world, LIFE_START), STATE_STARTING);
	assert_true(world->last.actions & ACT_SPAWN);
	assert_int_equal(ask(world, LIFE_READY), STATE_ONLINE);
}

/* ---- stories ---- */

static void an_app_is_started_and_stopped(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	assert_int_equal(ask(&world, LIFE_STOP), STATE_STOPPING);
	assert_int_equal(world.last.actions, ACT_SIGNAL | ACT_TIMER);
	assert_int_equal(world.last.signal, SIGINT);
	assert_int_equal(world.last.timer_ms, 1600);
	assert_int_equal(exits(&world, 0, 5000), STATE_STOPPED);
	assert_int_equal(world.life.reason, REASON_OPERATOR);
	assert_int_equal(world.last.actions, 0);
	world_done(&world);
}

static void one_that_ignores_the_signal_is_killed_once(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	ask(&world, LIFE_STOP);
	assert_int_equal(ask(&world, LIFE_TIMER), STATE_STOPPING);
	assert_int_equal(world.last.actions, ACT_KILL | ACT_TIMER);
	assert_int_equal(world.last.timer_ms, LIFECYCLE_PATIENCE_MS);
	assert_int_equal(exits(&world, -1, 5000), STATE_STOPPED);
	world_done(&world);
}

static void one_that_even_sigkill_does_not_end_is_told_once_and_waited_for(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	ask(&world, LIFE_RESTART);
	ask(&world, LIFE_TIMER);
	assert_false(lifecycle_is_stuck(&world.life));
	assert_int_equal(ask(&world, LIFE_TIMER), STATE_RESTARTING);
	assert_int_equal(world.last.actions, ACT_STUCK);
	assert_true(lifecycle_is_stuck(&world.life));
	assert_int_equal(ask(&world, LIFE_TIMER), STATE_RESTARTING);
	assert_true(world.last.actions & ACT_IMPOSSIBLE);
	assert_int_equal(ask(&world, LIFE_STOP), STATE_STOPPING);
	assert_true(lifecycle_is_stuck(&world.life));
	assert_int_equal(exits(&world, -1, 5000), STATE_STOPPED);
	world_done(&world);
}

static void a_stop_sequence_is_walked_through(void **state)
{
	struct world world;

	world_init(&world);
	assert_int_equal(app_spec_set_text(&world.spec, SPEC_stop_signal,
					   "SIGINT 5s, SIGTERM 2s, SIGKILL", NULL),
			 0);
	bring_online(&world);
	ask(&world, LIFE_STOP);
	assert_int_equal(world.last.timer_ms, 5000);
	ask(&world, LIFE_TIMER);
	assert_int_equal(world.last.signal, SIGTERM);
	assert_int_equal(world.last.timer_ms, 2000);
	ask(&world, LIFE_TIMER);
	assert_int_equal(world.last.actions, ACT_KILL | ACT_TIMER);
	world_done(&world);
}

static void a_crash_after_a_long_life_restarts_at_once(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	assert_int_equal(exits(&world, 1, 60000), STATE_STARTING);
	assert_int_equal(world.last.actions, ACT_SPAWN | ACT_COUNT_RESTART);
	assert_int_equal(world.life.reason, REASON_CRASH);
	assert_int_equal(ask(&world, LIFE_READY), STATE_ONLINE);
	assert_int_equal(world.life.reason, REASON_NONE);
	world_done(&world);
}

static void a_crash_loop_waits_longer_and_ends_errored(void **state)
{
	struct world world;
	int64_t before = 0;

	world_init(&world);
	bring_online(&world);
	for (int life = 1; life < 16; life++) {
		assert_int_equal(exits(&world, 1, 50), STATE_WAITING);
		assert_true(world.last.actions & ACT_COUNT_UNSTABLE);
		assert_true(world.last.timer_ms >= before || before > 12000);
		before = world.last.timer_ms;
		world.now_ms += world.last.timer_ms;
		assert_int_equal(ask(&world, LIFE_TIMER), STATE_STARTING);
	}
	assert_int_equal(exits(&world, 1, 50), STATE_ERRORED);
	assert_int_equal(world.life.reason, REASON_CRASH_LOOP);
	world_done(&world);
}

static void what_a_dead_leader_left_is_ended_before_the_restart(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	assert_int_equal(feed(&world, (struct lifecycle_event){.type = LIFE_EXIT,
							       .code = 1,
							       .uptime_ms = 60000,
							       .tree_left = true}),
			 STATE_RESTARTING);
	assert_int_equal(world.last.actions & (ACT_SIGNAL | ACT_SPAWN), ACT_SIGNAL);
	assert_true(world.life.leader_gone);
	assert_int_equal(ask(&world, LIFE_TIMER), STATE_RESTARTING);
	assert_int_equal(world.last.actions, ACT_KILL | ACT_TIMER);
	assert_int_equal(ask(&world, LIFE_TREE_GONE), STATE_STARTING);
	assert_true(world.last.actions & ACT_SPAWN);
	world_done(&world);
}

static void a_crash_loop_with_descendants_keeps_its_delay(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	assert_int_equal(feed(&world, (struct lifecycle_event){.type = LIFE_EXIT,
							       .code = 1,
							       .uptime_ms = 10,
							       .tree_left = true}),
			 STATE_RESTARTING);
	assert_int_equal(ask(&world, LIFE_TREE_GONE), STATE_WAITING);
	assert_true(world.last.timer_ms >= 100);
	world_done(&world);
}

static void a_stop_waits_for_the_whole_tree(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	ask(&world, LIFE_STOP);
	assert_int_equal(
		feed(&world, (struct lifecycle_event){.type = LIFE_EXIT, .tree_left = true}),
		STATE_STOPPING);
	assert_int_equal(world.last.actions, 0);
	assert_int_equal(ask(&world, LIFE_TREE_GONE), STATE_STOPPED);
	world_done(&world);
}

static void a_program_that_cannot_run_is_errored_not_restarted(void **state)
{
	struct world world;

	world_init(&world);
	ask(&world, LIFE_START);
	assert_int_equal(
		feed(&world,
		     (struct lifecycle_event){.type = LIFE_EXIT, .code = 127, .exec_failed = true}),
		STATE_ERRORED);
	assert_int_equal(world.life.reason, REASON_EXEC);
	assert_false(world.last.actions & (ACT_SPAWN | ACT_TIMER));
	world_done(&world);
}

static void its_own_127_is_a_crash_like_any_other(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	assert_int_equal(exits(&world, 127, 60000), STATE_STARTING);
	world_done(&world);
}

static void a_stop_exit_code_leaves_it_stopped(void **state)
{
	struct world world;

	world_init(&world);
	assert_int_equal(app_spec_set_text(&world.spec, SPEC_stop_exit_codes, "0 3", NULL), 0);
	bring_online(&world);
	assert_int_equal(exits(&world, 3, 10), STATE_STOPPED);
	assert_int_equal(world.life.reason, REASON_STOP_EXIT_CODE);
	bring_online(&world);
	assert_int_equal(exits(&world, -1, 60000), STATE_STARTING); /* a signal is no exit code */
	world_done(&world);
}

static void without_autorestart_every_end_is_the_end(void **state)
{
	struct world world;

	world_init(&world);
	assert_int_equal(app_spec_set_text(&world.spec, SPEC_autorestart, "no", NULL), 0);
	bring_online(&world);
	assert_int_equal(exits(&world, 1, 10), STATE_STOPPED);
	assert_int_equal(world.life.reason, REASON_NO_AUTORESTART);
	world_done(&world);
}

static void a_stop_overrides_a_restart_delay(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	assert_int_equal(exits(&world, 1, 10), STATE_WAITING);
	assert_int_equal(ask(&world, LIFE_STOP), STATE_STOPPED);
	assert_true(world.last.actions & ACT_OVERRIDDEN);
	world_done(&world);
}

static void a_restart_in_a_restart_delay_is_the_operators_not_the_crashs(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	assert_int_equal(exits(&world, 1, 10), STATE_WAITING);
	assert_int_equal(world.life.reason, REASON_CRASH);
	assert_int_equal(ask(&world, LIFE_RESTART), STATE_STARTING);
	assert_int_equal(world.life.reason, REASON_NONE);
	world_done(&world);
}

static void a_start_overrides_a_stop_that_is_under_way(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	ask(&world, LIFE_STOP);
	assert_int_equal(ask(&world, LIFE_START), STATE_RESTARTING);
	assert_true(world.last.actions & ACT_OVERRIDDEN);
	assert_false(world.last.actions & ACT_SPAWN); /* never two processes in a slot */
	assert_int_equal(exits(&world, 0, 5000), STATE_STARTING);
	assert_true(world.last.actions & ACT_SPAWN);
	world_done(&world);
}

static void a_person_who_starts_it_again_begins_with_a_clean_slate(void **state)
{
	struct world world;

	world_init(&world);
	assert_int_equal(app_spec_set_text(&world.spec, SPEC_max_restarts, "2", NULL), 0);
	bring_online(&world);
	exits(&world, 1, 10);
	ask(&world, LIFE_TIMER);
	assert_int_equal(exits(&world, 1, 10), STATE_ERRORED);
	bring_online(&world);
	assert_int_equal(exits(&world, 1, 10), STATE_WAITING);
	world_done(&world);
}

static void no_room_for_a_process_is_tried_again(void **state)
{
	struct world world;

	world_init(&world);
	ask(&world, LIFE_START);
	assert_int_equal(ask(&world, LIFE_NO_SPAWN), STATE_WAITING);
	assert_int_equal(world.last.timer_ms, 1000);
	assert_int_equal(ask(&world, LIFE_TIMER), STATE_STARTING);
	world_done(&world);
}

static void a_restart_counts_once(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	assert_int_equal(ask(&world, LIFE_RESTART), STATE_RESTARTING);
	assert_false(world.last.actions & ACT_COUNT_RESTART);
	assert_int_equal(exits(&world, 0, 5000), STATE_STARTING);
	assert_true(world.last.actions & ACT_COUNT_RESTART);
	world_done(&world);
}

static void a_restart_that_was_waited_for_counts_when_it_happens(void **state)
{
	struct world world;

	world_init(&world);
	bring_online(&world);
	assert_int_equal(exits(&world, 1, 10), STATE_WAITING);
	assert_false(world.last.actions & ACT_COUNT_RESTART);
	ask(&world, LIFE_TIMER);
	assert_true(world.last.actions & ACT_COUNT_RESTART);
	assert_int_equal(exits(&world, 1, 10), STATE_WAITING);
	ask(&world, LIFE_STOP);
	ask(&world, LIFE_START);
	assert_false(world.last.actions &
		     ACT_COUNT_RESTART); /* it was stopped: that is no restart */
	world_done(&world);
}

/* ---- every state × event ---- */

static const char *const event_words[LIFE_EVENT_COUNT] = {
	[LIFE_START] = "start",		[LIFE_STOP] = "stop",	[LIFE_RESTART] = "restart",
	[LIFE_EXECUTED] = "executed",	[LIFE_READY] = "ready", [LIFE_EXIT] = "exit",
	[LIFE_TREE_GONE] = "tree gone", [LIFE_TIMER] = "timer", [LIFE_NO_SPAWN] = "no spawn",
};

static const char *const action_words[] = {"spawn",    "signal",     "kill",	   "timer", "count",
					   "unstable", "overridden", "impossible", "stuck"};

static void append_cell(struct str *out, enum instance_state from, enum lifecycle_event_type type)
{
	struct world world;
	enum instance_state to;

	world_init(&world);
	world.life.state = from;
	world.life.after = from == STATE_RESTARTING ? STATE_STARTING : STATE_STOPPED;
	world.life.step = from == STATE_STOPPING || from == STATE_RESTARTING;
	world.life.leader_gone =
		type == LIFE_TREE_GONE && (from == STATE_STOPPING || from == STATE_RESTARTING);
	to = feed(&world,
		  (struct lifecycle_event){
			  .type = type, .reason = REASON_OPERATOR, .code = 1, .uptime_ms = 60000});
	str_appendf(out, "%-10s  %-9s  %-10s", state_word(from), event_words[type], state_word(to));
	for (size_t i = 0; i < ARRAY_SIZE(action_words); i++)
		if (world.last.actions & (1u << i))
			str_appendf(out, " %s", action_words[i]);
	while (out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	str_append(out, "\n");
	world_done(&world);
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

/* On a wanted change: look at what is printed, then put it into lifecycle.golden. */
static void every_cell_is_as_agreed(void **state)
{
	_cleanup_(str_done) struct str table = {0};

	for (int from = 0; from < STATE_COUNT; from++)
		for (int type = 0; type < LIFE_EVENT_COUNT; type++)
			append_cell(&table, (enum instance_state)from,
				    (enum lifecycle_event_type)type);
	if (strcmp(str_cstr(&table), read_whole(golden_path)) != 0)
		fprintf(stderr, "%s", str_cstr(&table));
	assert_string_equal(str_cstr(&table), read_whole(golden_path));
}

/* ---- random walks ---- */

struct model {
	bool leader, strays, timer;
	unsigned lives;
};

static void obey(struct world *world, struct model *model)
{
	unsigned actions = world->last.actions;
	unsigned resources = lifecycle_resources((enum instance_state)world->life.state);

	if (actions & ACT_SPAWN) {
		assert_false(model->leader); /* never two processes in a slot */
		assert_false(model->strays);
		model->leader = true;
		model->lives++;
	}
	if (actions & (ACT_SIGNAL | ACT_KILL))
		assert_true(model->leader || model->strays); /* never a signal to nobody */
	if (actions & ACT_TIMER)
		model->timer = true;
	if (!(resources & HAS_TIMER))
		model->timer = false;
	if (!(resources & HAS_PROCESS)) {
		assert_false(model->leader); /* no process in a resting state */
		assert_false(model->strays);
	}
	if (world->life.state == STATE_WAITING)
		assert_true(model->timer); /* it would wait for ever */
}

/* What can really happen in this situation, at random. */
static bool next_event(const struct world *world, const struct model *model,
		       struct lifecycle_event *event)
{
	*event = (struct lifecycle_event){
		.reason = REASON_OPERATOR,
		.code = rand() % 3 - 1,
		.uptime_ms = rand() % 2000,
		.dice = (uint32_t)rand(),
		.type = (enum lifecycle_event_type)(rand() % LIFE_EVENT_COUNT)};
	switch (event->type) {
	case LIFE_EXIT:
		event->tree_left = rand() % 4 == 0;
		event->exec_failed =
			world->life.state == STATE_STARTING && !event->tree_left && rand() % 3 == 0;
		return model->leader;
	case LIFE_TREE_GONE:
		return !model->leader && model->strays;
	case LIFE_TIMER:
		return model->timer;
	case LIFE_READY:
	case LIFE_EXECUTED:
		return model->leader;
	case LIFE_NO_SPAWN:
		return world->last.actions & ACT_SPAWN;
	case LIFE_START:
	case LIFE_STOP:
	case LIFE_RESTART:
		return true;
	case LIFE_EVENT_COUNT:
		break;
	}
	return false;
}

static void suffer(struct model *model, const struct lifecycle_event *event)
{
	if (event->type == LIFE_EXIT) {
		model->leader = false;
		model->strays = event->tree_left;
	}
	if (event->type == LIFE_TREE_GONE)
		model->strays = false;
	if (event->type == LIFE_NO_SPAWN)
		model->leader = false;
	if (event->type == LIFE_TIMER)
		model->timer = false;
}

static void walk(unsigned seed)
{
	struct world world;
	struct model model = {0};

	srand(seed);
	world_init(&world);
	if (seed % 3 == 0)
		app_spec_set_text(&world.spec, SPEC_stop_signal, "SIGINT 1s, SIGTERM 1s", NULL);
	if (seed % 5 == 0)
		app_spec_set_text(&world.spec, SPEC_max_restarts, "3", NULL);
	for (int i = 0; i < STEPS; i++) {
		struct lifecycle_event event;

		if (!next_event(&world, &model, &event))
			continue;
		world.now_ms += rand() % 3000;
		suffer(&model, &event);
		feed(&world, event);
		assert_false(world.last.actions & ACT_IMPOSSIBLE);
		obey(&world, &model);
	}
	assert_true(model.lives > 0);
	world_done(&world);
}

static void random_walks_keep_the_promises(void **state)
{
	for (unsigned seed = 1; seed <= WALKS; seed++)
		walk(seed);
}

static void a_resting_state_owns_nothing(void **state)
{
	for (int i = 0; i < STATE_COUNT; i++)
		assert_int_equal(state_has_process((enum instance_state)i),
				 (lifecycle_resources((enum instance_state)i) & HAS_PROCESS) != 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_app_is_started_and_stopped),
		cmocka_unit_test(one_that_ignores_the_signal_is_killed_once),
		cmocka_unit_test(one_that_even_sigkill_does_not_end_is_told_once_and_waited_for),
		cmocka_unit_test(a_stop_sequence_is_walked_through),
		cmocka_unit_test(a_crash_after_a_long_life_restarts_at_once),
		cmocka_unit_test(a_crash_loop_waits_longer_and_ends_errored),
		cmocka_unit_test(what_a_dead_leader_left_is_ended_before_the_restart),
		cmocka_unit_test(a_crash_loop_with_descendants_keeps_its_delay),
		cmocka_unit_test(a_stop_waits_for_the_whole_tree),
		cmocka_unit_test(a_program_that_cannot_run_is_errored_not_restarted),
		cmocka_unit_test(its_own_127_is_a_crash_like_any_other),
		cmocka_unit_test(a_stop_exit_code_leaves_it_stopped),
		cmocka_unit_test(without_autorestart_every_end_is_the_end),
		cmocka_unit_test(a_stop_overrides_a_restart_delay),
		cmocka_unit_test(a_restart_in_a_restart_delay_is_the_operators_not_the_crashs),
		cmocka_unit_test(a_start_overrides_a_stop_that_is_under_way),
		cmocka_unit_test(a_person_who_starts_it_again_begins_with_a_clean_slate),
		cmocka_unit_test(no_room_for_a_process_is_tried_again),
		cmocka_unit_test(a_restart_counts_once),
		cmocka_unit_test(a_restart_that_was_waited_for_counts_when_it_happens),
		cmocka_unit_test(every_cell_is_as_agreed),
		cmocka_unit_test(random_walks_keep_the_promises),
		cmocka_unit_test(a_resting_state_owns_nothing),
	};

	golden_path = argc > 1 ? argv[1] : "lifecycle.golden";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
