#include "daemon/core/steering.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint32_t nothing_waits[STEERING_LANES_MAX];

static struct steering group_of(uint32_t lanes, bool hand_over)
{
	struct steering st = {.hand_over = hand_over};

	assert_int_equal(steering_add(&st, lanes), 0);
	return st;
}

static uint32_t take(struct steering *st, uint32_t slot, const uint32_t *queued)
{
	uint32_t lane;

	assert_int_equal(steering_take(st, slot, queued, &lane), 0);
	assert_int_equal(st->lane[lane].state, LANE_GATED);
	assert_int_equal(st->lane[lane].slot, slot);
	return lane;
}

/* Instances 0…n-1 run, in lanes 0…n-1. */
static void all_serve(struct steering *st, uint32_t instances)
{
	for (uint32_t slot = 0; slot < instances; slot++)
		st->lane[slot] = (struct steering_lane){
			.state = LANE_ADMITTED, .slot = slot, .weight = 1, .turn = ++st->turns};
}

static void what_cannot_be_steered_is_shared(void **state)
{
	assert_int_equal(steering_possible(BALANCE_EVEN, TRANSPORT_TCP, 5, true), BALANCE_EVEN);
	assert_int_equal(steering_possible(BALANCE_STICKY, TRANSPORT_UDP, 5, true), BALANCE_STICKY);
	assert_int_equal(steering_possible(BALANCE_EVEN, TRANSPORT_TCP, 5, false), BALANCE_SHARED);
	assert_int_equal(steering_possible(BALANCE_STICKY, TRANSPORT_UNIX, 5, true),
			 BALANCE_SHARED);
	assert_int_equal(
		steering_possible(BALANCE_EVEN, TRANSPORT_TCP, STEERING_LANES_MAX + 1, true),
		BALANCE_SHARED);
	assert_int_equal(steering_possible(BALANCE_RR, TRANSPORT_UNIX, 1, false), BALANCE_RR);
	assert_int_equal(steering_possible(BALANCE_RR, TRANSPORT_UDP, 1, true), BALANCE_SHARED);
	assert_int_equal(steering_possible(BALANCE_SHARED, TRANSPORT_TCP, 1, true), BALANCE_SHARED);
}

static void a_pool_has_room_for_what_overlaps(void **state)
{
	assert_int_equal(steering_pool(BALANCE_EVEN, 4, 1, 0), 5);
	assert_int_equal(steering_pool(BALANCE_STICKY, 4, 2, 1), 7);
	assert_int_equal(steering_pool(BALANCE_EVEN, 1, 0, 0), 2);
	assert_int_equal(steering_pool(BALANCE_SHARED, 4, 2, 1), 1);
	assert_int_equal(steering_pool(BALANCE_RR, 4, 2, 1), 1);
}

static void lanes_are_added_up_to_the_limit(void **state)
{
	struct steering st = group_of(STEERING_LANES_MAX - 1, true);

	assert_int_equal(steering_add(&st, 2), -E2BIG);
	assert_int_equal(st.lane_count, STEERING_LANES_MAX - 1);
	assert_int_equal(steering_add(&st, 1), 0);
	assert_int_equal(steering_add(&st, 1), -E2BIG);
}

static void in_a_reload_the_old_lane_becomes_the_spare(void **state)
{
	struct steering st = group_of(3, true);
	uint32_t a, b, c;

	a = take(&st, 0, nothing_waits);
	st.lane[a].state = LANE_ADMITTED;
	b = take(&st, 1, nothing_waits);
	st.lane[b].state = LANE_ADMITTED;
	c = take(&st, 0, nothing_waits);
	assert_true(a != b && b != c && a != c);
	assert_true(st.lane[c].turn > st.lane[a].turn);
	st.lane[c].state = LANE_ADMITTED;
	st.lane[a].state = LANE_DRAINING;
	assert_int_equal(steering_take(&st, 1, nothing_waits, &b), -ENOBUFS);
	st.lane[a].state = LANE_FREE;
	assert_int_equal(take(&st, 1, nothing_waits), a);
}

static void nobody_gets_the_lane_where_clients_wait_for_anybody(void **state)
{
	struct steering st = group_of(2, true);
	uint32_t parking = steering_parking(&st), lane;

	assert_false(steering_serves(&st));
	assert_int_not_equal(take(&st, 0, nothing_waits), parking);
	assert_int_equal(steering_parking(&st), parking);
	assert_int_equal(steering_take(&st, 1, nothing_waits, &lane), -ENOBUFS);
	assert_int_equal(steering_add(&st, 1), 0);
	assert_int_equal(take(&st, 1, nothing_waits), 2);
}

static void a_lane_with_a_queue_is_handed_over_first(void **state)
{
	struct steering st = group_of(3, true);
	uint32_t queued[] = {0, 7, 0}, lane;

	st.lane[0].state = LANE_ADMITTED;
	st.lane[2].state = LANE_ADMITTED;
	assert_int_equal(steering_take(&st, 1, queued, &lane), -ENOBUFS);
	queued[1] = 0;
	assert_int_equal(take(&st, 1, queued), 1);
}

static void without_hand_over_the_successor_finds_its_clients(void **state)
{
	struct steering st = group_of(4, false);
	uint32_t queued[] = {0, 5, 9, 0};

	all_serve(&st, 3);
	assert_int_equal(st.lane[1].slot, 1);
	st.lane[1].state = LANE_ORPHANED;
	st.lane[2].state = LANE_ORPHANED;
	assert_int_equal(take(&st, 1, queued), 1);
	assert_int_equal(take(&st, 2, queued), 2);
	assert_int_equal(take(&st, 3, queued), 3);
}

static void without_hand_over_a_free_lane_with_clients_gets_an_owner_first(void **state)
{
	struct steering st = group_of(3, false);
	uint32_t queued[] = {0, 1, 4};

	st.lane[0].state = LANE_ADMITTED;
	assert_int_equal(take(&st, 5, queued), 2);
	assert_int_equal(take(&st, 6, queued), 1);
}

static void all_dead_and_new_clients_wait_where_somebody_will_come(void **state)
{
	struct steering st = group_of(3, false);

	all_serve(&st, 2);
	assert_true(steering_serves(&st));
	st.lane[0].state = LANE_ORPHANED;
	st.lane[1].state = LANE_ORPHANED;
	assert_false(steering_serves(&st));
	assert_int_equal(steering_parking(&st), 0);
	assert_int_equal(take(&st, 1, nothing_waits), 1);
	assert_int_equal(steering_parking(&st), 1); /* its successor is here already */
	st.hand_over = true;
	assert_int_equal(steering_parking(&st), 2); /* the daemon will hand them over */
}

static void an_instance_of_weight_zero_does_not_serve(void **state)
{
	struct steering st = group_of(2, true);

	st.lane[0].state = LANE_ADMITTED;
	st.lane[0].weight = 0;
	assert_false(steering_serves(&st));
	assert_int_equal(steering_parking(&st), 1);
	st.lane[0].weight = 1;
	assert_true(steering_serves(&st));
}

static void probes_are_known_by_address_and_port(void **state)
{
	struct steering st = group_of(2, true);
	struct steering_probe probe = {.lane = 1, .port = 4711, .address = {127, 0, 0, 1}};
	struct steering_probe other = probe;

	assert_int_equal(steering_probe(&st, &probe), 0);
	other.lane = 0;
	assert_int_equal(steering_probe(&st, &other), -EBUSY);
	other.ipv6 = true;
	assert_int_equal(steering_probe_lane(&st, &other), -ENOENT);
	assert_int_equal(steering_probe(&st, &other), 0);
	assert_int_equal(steering_probe_lane(&st, &other), 0);
	assert_int_equal(steering_probe_lane(&st, &probe), 1);
	steering_unprobe(&st, &probe);
	assert_int_equal(st.probe_count, 1);
	assert_true(st.probe[0].ipv6);
	steering_unprobe(&st, &probe); /* again: nothing */
	assert_int_equal(st.probe_count, 1);
	for (uint16_t port = 1; port < STEERING_PROBES_MAX; port++) {
		probe.port = port;
		assert_int_equal(steering_probe(&st, &probe), 0);
	}
	probe.port = 9999;
	assert_int_equal(steering_probe(&st, &probe), -ENOBUFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_steered_is_shared),
		cmocka_unit_test(a_pool_has_room_for_what_overlaps),
		cmocka_unit_test(lanes_are_added_up_to_the_limit),
		cmocka_unit_test(in_a_reload_the_old_lane_becomes_the_spare),
		cmocka_unit_test(nobody_gets_the_lane_where_clients_wait_for_anybody),
		cmocka_unit_test(a_lane_with_a_queue_is_handed_over_first),
		cmocka_unit_test(without_hand_over_the_successor_finds_its_clients),
		cmocka_unit_test(without_hand_over_a_free_lane_with_clients_gets_an_owner_first),
		cmocka_unit_test(all_dead_and_new_clients_wait_where_somebody_will_come),
		cmocka_unit_test(an_instance_of_weight_zero_does_not_serve),
		cmocka_unit_test(probes_are_known_by_address_and_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
