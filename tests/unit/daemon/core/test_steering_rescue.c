#include "daemon/core/steering_rescue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LANES 5

struct world {
	struct steering st;
	struct steering_rescue rescue;
	struct steering_load load[LANES];
	int64_t now_ms;
};

/* Four instances serve, lane 4 is the spare. */
static void world_init(struct world *world)
{
	*world = (struct world){.st.hand_over = true, .now_ms = 5000};
	assert_int_equal(steering_add(&world->st, LANES), 0);
	for (uint32_t i = 0; i < 4; i++)
		world->st.lane[i].state = LANE_ADMITTED;
}

/* One tick; how many were handed over, counted by where they went. */
static uint32_t tick(struct world *world, uint32_t *counts)
{
	struct steering_move move;
	uint32_t moves = 0;

	world->now_ms += STEERING_RESCUE_TICK_MS;
	steering_rescue_tick(&world->rescue, &world->st, world->load, world->now_ms);
	while (steering_rescue_next(&world->rescue, &world->st, world->load, &move)) {
		assert_true(world->load[move.from].queued > 0);
		assert_int_not_equal(move.from, move.to);
		world->load[move.from].queued--;
		world->load[move.to].handed++;
		counts[move.to]++;
		moves++;
	}
	return moves;
}

static void a_stuck_instance_gives_its_queue_to_idle_ones(void **state)
{
	uint32_t counts[LANES] = {0};
	struct world world;

	world_init(&world);
	world.load[1].queued = 10;
	world.load[2].queued = 1;		   /* busy itself */
	assert_int_equal(tick(&world, counts), 0); /* perhaps it accepts them just now */
	assert_int_equal(world.load[1].queued, 10);
	assert_int_equal(tick(&world, counts), 2); /* one to each that is idle */
	assert_int_equal(counts[0] + counts[3], 2);
	assert_int_equal(tick(&world, counts), 0); /* they have not said yet that they have it */
	world.load[0].handed = 0;
	assert_int_equal(tick(&world, counts), 1);
	assert_int_equal(counts[0], 2);
}

static void an_instance_that_goes_on_accepting_is_not_stuck(void **state)
{
	uint32_t counts[LANES] = {0};
	struct world world;

	world_init(&world);
	for (int i = 0; i < 10; i++) {
		world.load[1].queued = i % 2 ? 0 : 30;
		assert_int_equal(tick(&world, counts), 0);
	}
}

static void what_a_dead_instance_left_is_spread_at_once(void **state)
{
	uint32_t counts[LANES] = {0};
	struct world world;

	world_init(&world);
	world.st.lane[1].state = LANE_ORPHANED;
	world.load[1].queued = 30;
	world.load[4].queued = 6; /* parked, when nobody served */
	assert_int_equal(tick(&world, counts), 36);
	assert_int_equal(counts[0], 12);
	assert_int_equal(counts[2], 12);
	assert_int_equal(counts[3], 12);
}

static void while_nobody_serves_all_wait(void **state)
{
	uint32_t counts[LANES] = {0};
	struct world world;

	world_init(&world);
	for (int i = 0; i < 4; i++)
		world.st.lane[i].state = i == 0 ? LANE_GATED : LANE_ORPHANED;
	world.load[2].queued = 3;
	assert_int_equal(tick(&world, counts), 0);
	world.st.lane[0].state = LANE_CANARY;
	assert_int_equal(tick(&world, counts), 3);
	assert_int_equal(counts[0], 3);
}

static void a_canary_gets_nothing_of_the_others(void **state)
{
	uint32_t counts[LANES] = {0};
	struct world world;

	world_init(&world);
	world.st.lane[0].state = LANE_CANARY;
	world.st.lane[1].weight = 0;
	world.load[4].queued = 9;
	assert_int_equal(tick(&world, counts), 9);
	assert_int_equal(counts[0] + counts[1], 0);
}

static void a_probe_waits_for_its_own_instance(void **state)
{
	uint32_t counts[LANES] = {0};
	struct world world;

	world_init(&world);
	world.st.lane[0].state = LANE_GATED;
	world.load[0].queued = 1;
	for (int i = 0; i < 5; i++)
		assert_int_equal(tick(&world, counts), 0);
}

static void a_sticky_client_waits_for_its_own_instance_while_it_lives(void **state)
{
	uint32_t counts[LANES] = {0};
	struct world world;

	world_init(&world);
	world.st.balance = BALANCE_STICKY;
	world.load[0].queued = 1;
	for (int i = 0; i < 5; i++)
		assert_int_equal(tick(&world, counts), 0);
	world.st.lane[0].state = LANE_ORPHANED;
	assert_int_equal(tick(&world, counts), 1);
}

static void without_hand_over_nothing_moves(void **state)
{
	uint32_t counts[LANES] = {0};
	struct world world;

	world_init(&world);
	world.st.hand_over = false;
	world.st.lane[0].state = LANE_ORPHANED;
	world.load[0].queued = 1;
	for (int i = 0; i < 5; i++)
		assert_int_equal(tick(&world, counts), 0);
}

static void an_idle_app_costs_no_ticks(void **state)
{
	uint32_t counts[LANES] = {0};
	struct world world;

	world_init(&world);
	assert_false(steering_rescue_ticks(&world.rescue, world.now_ms));
	steering_rescue_wake(&world.rescue, world.now_ms);
	assert_true(steering_rescue_ticks(&world.rescue, world.now_ms + 999));
	assert_false(steering_rescue_ticks(&world.rescue, world.now_ms + 1000));
	world.load[0].queued = 1;
	world.now_ms += 995;
	tick(&world, counts);
	assert_true(steering_rescue_ticks(&world.rescue, world.now_ms + 999));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stuck_instance_gives_its_queue_to_idle_ones),
		cmocka_unit_test(an_instance_that_goes_on_accepting_is_not_stuck),
		cmocka_unit_test(what_a_dead_instance_left_is_spread_at_once),
		cmocka_unit_test(while_nobody_serves_all_wait),
		cmocka_unit_test(a_canary_gets_nothing_of_the_others),
		cmocka_unit_test(a_probe_waits_for_its_own_instance),
		cmocka_unit_test(a_sticky_client_waits_for_its_own_instance_while_it_lives),
		cmocka_unit_test(without_hand_over_nothing_moves),
		cmocka_unit_test(an_idle_app_costs_no_ticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
