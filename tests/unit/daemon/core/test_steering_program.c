#include "daemon/core/steering_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/steering.h"
#include "shared/base/mem.h"
#include "tests/unit/daemon/core/cbpf.h"

#define LOCALHOST 0x7f000001u
#define CLIENTS 4000

static struct steering_program program;

/* Lanes 0…n-1 in the rotation, each of the slot of its number, and a spare. */
static struct steering group_of(uint32_t instances, enum steering_balance balance)
{
	struct steering st = {.balance = balance, .hand_over = true};

	assert_int_equal(steering_add(&st, instances + 1), 0);
	for (uint32_t i = 0; i < instances; i++)
		st.lane[i] = (struct steering_lane){
			.state = LANE_ADMITTED, .slot = i, .weight = 1, .turn = ++st.turns};
	return st;
}

static uint32_t choose(const struct cbpf_packet *packet)
{
	return cbpf_run(program.code, program.length, packet);
}

static uint32_t lane_of(uint32_t source, uint16_t port)
{
	struct cbpf_packet packet;

	cbpf_packet_v4(&packet, source, port, 0);
	return choose(&packet);
}

static uint32_t lane_of_v6(const uint8_t source[16], uint16_t port)
{
	struct cbpf_packet packet;

	cbpf_packet_v6(&packet, source, port);
	return choose(&packet);
}

static uint32_t lane_by_dice(uint32_t dice)
{
	struct cbpf_packet packet;

	cbpf_packet_v4(&packet, LOCALHOST, 40000, 0);
	packet.dice = dice;
	return choose(&packet);
}

/* How many of CLIENTS addresses of 10/8 go to each lane. */
static void count_clients(uint32_t *ret_counts, uint32_t lanes)
{
	memset(ret_counts, 0, lanes * sizeof(*ret_counts));
	for (uint32_t i = 0; i < CLIENTS; i++) {
		uint32_t lane = lane_of(0x0a000000u + i * 7, 40000);

		assert_true(lane < lanes);
		ret_counts[lane]++;
	}
}

/* ---- even ---- */

static void one_client_is_spread_evenly(void **state)
{
	struct steering st = group_of(4, BALANCE_EVEN);
	uint32_t counts[4] = {0};

	steering_program_build(&st, &program);
	for (uint16_t port = 32768; port < 32768 + 640; port += 2) /* as connect() hands them out */
		counts[lane_of(LOCALHOST, port)]++;
	for (int i = 0; i < 4; i++)
		assert_int_equal(counts[i], 80);
}

static void options_in_the_ip_header_do_not_hide_the_port(void **state)
{
	struct steering st = group_of(5, BALANCE_EVEN);

	steering_program_build(&st, &program);
	for (unsigned options = 0; options <= 40; options += 4) {
		struct cbpf_packet packet;

		cbpf_packet_v4(&packet, LOCALHOST, 3 << 4, options);
		assert_int_equal(choose(&packet), 3);
	}
}

static void both_families_go_by_the_same_rule(void **state)
{
	static const uint8_t source[16] = {0xfd, [15] = 1};
	struct steering st = group_of(3, BALANCE_EVEN);

	steering_program_build(&st, &program);
	for (uint32_t port = 1; port < 65536; port += 97)
		assert_int_equal(lane_of(LOCALHOST, (uint16_t)port),
				 lane_of_v6(source, (uint16_t)port));
}

static void only_the_admitted_get_anything(void **state)
{
	static const enum steering_lane_state closed[] = {LANE_FREE, LANE_ORPHANED, LANE_GATED,
							  LANE_DRAINING};
	struct steering st = group_of(4, BALANCE_EVEN);

	for (int i = 0; i < 4; i++) {
		st.lane[1].state = closed[i];
		steering_program_build(&st, &program);
		for (uint32_t port = 1; port < 65536; port += 13) {
			uint32_t lane = lane_of(LOCALHOST, (uint16_t)port);

			assert_true(lane == 0 || lane == 2 || lane == 3);
		}
	}
}

static void with_one_left_it_gets_all(void **state)
{
	struct steering st = group_of(3, BALANCE_STICKY);

	st.lane[0].state = LANE_DRAINING;
	st.lane[1].state = LANE_GATED;
	steering_program_build(&st, &program);
	assert_int_equal(program.length, 1);
	assert_int_equal(lane_of(LOCALHOST, 1), 2);
}

static void with_none_left_clients_wait_in_the_parking_lane(void **state)
{
	struct steering st = group_of(2, BALANCE_EVEN);

	st.lane[0].state = LANE_ORPHANED;
	st.lane[1].state = LANE_GATED;
	steering_program_build(&st, &program);
	assert_int_equal(program.length, 1);
	assert_int_equal(lane_of(LOCALHOST, 1), steering_parking(&st));
}

static void weights_divide_by_dice(void **state)
{
	struct steering st = group_of(3, BALANCE_EVEN);

	st.lane[0].weight = 1;
	st.lane[1].weight = 0;
	st.lane[2].weight = 3;
	steering_program_build(&st, &program);
	assert_int_equal(lane_by_dice(0), 0);
	assert_int_equal(lane_by_dice(0x3fffffff), 0);
	assert_int_equal(lane_by_dice(0x40000000), 2);
	assert_int_equal(lane_by_dice(UINT32_MAX), 2);
}

static void the_greatest_weights_do_not_overflow(void **state)
{
	struct steering st = group_of(STEERING_LANES_MAX - 1, BALANCE_EVEN);

	for (uint32_t i = 0; i < st.lane_count; i++)
		st.lane[i].weight = i == 7 ? 1 : UINT16_MAX;
	steering_program_build(&st, &program);
	assert_int_equal(lane_by_dice(0), 0);
	assert_int_equal(lane_by_dice(UINT32_MAX), STEERING_LANES_MAX - 2);
}

/* ---- UDP ---- */

static void datagrams_of_a_flow_stay_together(void **state)
{
	struct steering st = group_of(4, BALANCE_EVEN);
	uint32_t counts[4];

	st.transport = TRANSPORT_UDP;
	for (int weights = 0; weights < 2; weights++) {
		st.lane[0].weight = (uint16_t)(1 + weights);
		steering_program_build(&st, &program);
		for (uint32_t i = 0; i < 100; i++) {
			struct cbpf_packet packet;
			uint32_t lane;

			cbpf_packet_v4(&packet, LOCALHOST + i, (uint16_t)(5000 + i), 0);
			lane = choose(&packet);
			packet.dice = UINT32_MAX;
			assert_int_equal(choose(&packet), lane);
		}
		count_clients(counts, 4); /* all from one port, as syslog's from 514 */
		for (int i = 0; i < 4; i++)
			assert_true(counts[i] > CLIENTS / 4 * 7 / 10);
	}
}

/* ---- sticky ---- */

static void a_client_keeps_its_lane_whatever_its_port(void **state)
{
	struct steering st = group_of(4, BALANCE_STICKY);
	uint32_t counts[4];

	st.salt = 0x12345678;
	steering_program_build(&st, &program);
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(lane_of(0xc0a80000 + i, 1024), lane_of(0xc0a80000 + i, 65535));
	count_clients(counts, 4);
	for (int i = 0; i < 4; i++)
		assert_in_range(counts[i], CLIENTS / 4 - 120, CLIENTS / 4 + 120);
}

/* Another hash in the next version would move every client at the upgrade. */
static void the_hash_is_for_ever(void **state)
{
	static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [9] = 7, [15] = 1};
	static const uint32_t expected[] = {4, 0, 13, 13, 3, 2, 0, 8, 7, 3, 3, 2};
	struct steering st = group_of(16, BALANCE_STICKY);

	st.salt = 4711;
	steering_program_build(&st, &program);
	for (uint32_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_int_equal(lane_of(0xc0a80001 + i * 257, 1), expected[i]);
	assert_int_equal(lane_of_v6(v6, 1), 11);
	st.by_network = true;
	steering_program_build(&st, &program);
	assert_int_equal(lane_of_v6(v6, 1), 14);
}

/* The share of clients that go to another slot after `change`, in percent. */
static uint32_t moved(struct steering *st, void (*change)(struct steering *st))
{
	static uint32_t before[CLIENTS];
	uint32_t count = 0;

	steering_program_build(st, &program);
	for (uint32_t i = 0; i < CLIENTS; i++)
		before[i] = st->lane[lane_of(0x0a000000u + i * 7, 40000)].slot;
	change(st);
	steering_program_build(st, &program);
	for (uint32_t i = 0; i < CLIENTS; i++)
		count += before[i] != st->lane[lane_of(0x0a000000u + i * 7, 40000)].slot;
	return count * 100 / CLIENTS;
}

static void reload_slot_1(struct steering *st)
{
	st->lane[4] = st->lane[1];
	st->lane[4].turn = ++st->turns;
	st->lane[1].state = LANE_FREE;
}

static void lose_slot_1(struct steering *st)
{
	st->lane[1].state = LANE_ORPHANED;
}

static void gain_slot_4(struct steering *st)
{
	st->lane[4] = (struct steering_lane){
		.state = LANE_ADMITTED, .slot = 4, .weight = 1, .turn = ++st->turns};
}

static void nobody_moves_that_need_not(void **state)
{
	struct steering st = group_of(4, BALANCE_STICKY);

	assert_int_equal(moved(&st, reload_slot_1), 0);
	st = group_of(4, BALANCE_STICKY);
	assert_in_range(moved(&st, lose_slot_1), 22, 27);
	st = group_of(4, BALANCE_STICKY);
	assert_in_range(moved(&st, gain_slot_4), 17, 22);
}

static void of_two_instances_of_a_slot_the_younger_has_its_clients(void **state)
{
	struct steering st = group_of(2, BALANCE_STICKY);
	uint32_t counts[3];

	st.lane[2] = (struct steering_lane){
		.state = LANE_ADMITTED, .slot = 0, .weight = 1, .turn = ++st.turns};
	steering_program_build(&st, &program);
	count_clients(counts, 3);
	assert_int_equal(counts[0], 0);
	assert_true(counts[2] > CLIENTS / 3);
	st.lane[2].state = LANE_ORPHANED; /* it did not last: they are back */
	steering_program_build(&st, &program);
	count_clients(counts, 3);
	assert_true(counts[0] > CLIENTS / 3);
}

static void two_apps_of_other_salt_do_not_agree(void **state)
{
	struct steering st = group_of(4, BALANCE_STICKY);
	uint32_t lane[CLIENTS], same = 0;

	steering_program_build(&st, &program);
	for (uint32_t i = 0; i < CLIENTS; i++)
		lane[i] = lane_of(0x0a000000u + i, 1);
	st.salt = 99;
	steering_program_build(&st, &program);
	for (uint32_t i = 0; i < CLIENTS; i++)
		same += lane[i] == lane_of(0x0a000000u + i, 1);
	assert_in_range(same, CLIENTS / 5, CLIENTS * 3 / 10);
}

static void a_network_is_one_client_if_wanted(void **state)
{
	struct steering st = group_of(8, BALANCE_STICKY);
	uint8_t source[16] = {0x20, 0x01, 0x0d, 0xb8};
	unsigned differ = 0;

	st.by_network = true;
	steering_program_build(&st, &program);
	for (int i = 0; i < 200; i++) {
		source[7] = (uint8_t)i;
		source[15] = 1;
		uint32_t lane = lane_of_v6(source, 1);

		source[15] = (uint8_t)(2 + i);
		source[8] = (uint8_t)i;
		assert_int_equal(lane_of_v6(source, 1), lane);
	}
	st.by_network = false;
	steering_program_build(&st, &program);
	for (int i = 0; i < 200; i++) {
		source[15] = 1;
		uint32_t lane = lane_of_v6(source, 1);

		source[15] = (uint8_t)(2 + i);
		differ += lane != lane_of_v6(source, 1);
	}
	assert_true(differ > 140); /* 7 of 8 */
}

/* ---- canary ---- */

static void a_canary_gets_its_share(void **state)
{
	struct steering st = group_of(3, BALANCE_EVEN);

	st.lane[3].state = LANE_CANARY;
	steering_program_build(&st, &program);
	assert_int_not_equal(lane_by_dice(0), 3); /* no share yet */
	st.canary_ppm = 50000;
	steering_program_build(&st, &program);
	assert_int_equal(lane_by_dice(0), 3);
	assert_int_equal(lane_by_dice(214748363), 3); /* 2^32 / 20 is 214748364.8 */
	assert_int_not_equal(lane_by_dice(214748364), 3);
	st.canary_ppm = 1000000;
	steering_program_build(&st, &program);
	assert_int_equal(lane_by_dice(UINT32_MAX), 3);
}

static void canaries_divide_their_share(void **state)
{
	struct steering st = group_of(3, BALANCE_EVEN);

	st.lane[1].state = LANE_CANARY;
	st.lane[3].state = LANE_CANARY;
	st.canary_ppm = 500000;
	steering_program_build(&st, &program);
	assert_int_equal(lane_by_dice(0x3fffffff), 1);
	assert_int_equal(lane_by_dice(0x40000000), 3);
	assert_int_equal(lane_by_dice(0x7fffffff), 3);
	assert_true(lane_by_dice(0x80000000) % 2 == 0);
}

static void a_sticky_canary_has_its_own_clients(void **state)
{
	struct steering st = group_of(3, BALANCE_STICKY);
	uint32_t counts[4];

	st.lane[3] = (struct steering_lane){.state = LANE_CANARY, .slot = 0, .turn = 9};
	st.canary_ppm = 50000;
	steering_program_build(&st, &program);
	count_clients(counts, 4);
	assert_in_range(counts[3], CLIENTS * 4 / 100, CLIENTS * 6 / 100);
	assert_true(counts[0] > CLIENTS / 4);
	assert_int_equal(lane_of(0x0a000001, 1), lane_of(0x0a000001, 2));
}

static void canaries_alone_serve_all(void **state)
{
	struct steering st = group_of(2, BALANCE_EVEN);

	st.canary_ppm = 10000;
	st.lane[0].state = LANE_ORPHANED;
	st.lane[1].state = LANE_CANARY;
	steering_program_build(&st, &program);
	assert_int_equal(lane_by_dice(UINT32_MAX), 1);
}

/* ---- probes ---- */

static void a_probe_reaches_its_gated_lane_and_nobody_else_does(void **state)
{
	static const uint8_t localhost_v6[16] = {[15] = 1}, other_v6[16] = {[0] = 1, [15] = 1};
	struct steering st = group_of(2, BALANCE_EVEN);
	struct steering_probe v4 = {.lane = 2, .port = 50000, .address = {127, 0, 0, 1}};
	struct steering_probe v6 = {.lane = 2, .port = 50002, .ipv6 = true};

	memcpy(v6.address, localhost_v6, 16);
	st.lane[2].state = LANE_GATED;
	assert_int_equal(steering_probe(&st, &v4), 0);
	assert_int_equal(steering_probe(&st, &v6), 0);
	steering_program_build(&st, &program);
	assert_int_equal(lane_of(LOCALHOST, 50000), 2);
	assert_int_equal(lane_of_v6(localhost_v6, 50002), 2);
	assert_int_not_equal(lane_of(LOCALHOST, 50002), 2);
	assert_int_not_equal(lane_of(LOCALHOST + 1, 50000), 2);
	assert_int_not_equal(lane_of_v6(localhost_v6, 50000), 2);
	assert_int_not_equal(lane_of_v6(other_v6, 50002), 2);
	steering_unprobe(&st, &v4);
	steering_program_build(&st, &program);
	assert_int_not_equal(lane_of(LOCALHOST, 50000), 2);
}

/* ---- limits ---- */

static void no_program_for_one_socket(void **state)
{
	struct steering st = group_of(1, BALANCE_SHARED);

	steering_program_build(&st, &program);
	assert_int_equal(program.length, 0);
	st.balance = BALANCE_RR;
	steering_program_build(&st, &program);
	assert_int_equal(program.length, 0);
}

/* The dearest group: all lanes, all probes, of the longer family; half of it a canary. */
static void the_longest_programs_are_within_the_limit(void **state)
{
	static const enum steering_transport transports[] = {TRANSPORT_TCP, TRANSPORT_UDP};
	uint16_t longest = 0;

	for (int round = 0; round < 16; round++) {
		struct steering st =
			group_of(STEERING_LANES_MAX - 1, round & 1 ? BALANCE_STICKY : BALANCE_EVEN);

		st.transport = transports[round >> 1 & 1];
		st.lane[STEERING_LANES_MAX - 1] =
			(struct steering_lane){.state = LANE_ADMITTED, .slot = 1000};
		st.canary_ppm = 500000;
		for (uint32_t i = 0; i < STEERING_LANES_MAX; i++) {
			if (round & 4 && i < STEERING_LANES_MAX / 2)
				st.lane[i].state = LANE_CANARY;
			st.lane[i].weight = (uint16_t)(round & 8 ? 1 + i : 1);
		}
		for (uint16_t i = 0; i < STEERING_PROBES_MAX; i++)
			steering_probe(&st, &(struct steering_probe){.port = i, .ipv6 = true});
		steering_program_build(&st, &program);
		assert_true(lane_of(LOCALHOST, 40000) < st.lane_count);
		longest = program.length > longest ? program.length : longest;
	}
	assert_true(longest > 3000);
}

static void the_usual_programs_are_short(void **state)
{
	struct steering st = group_of(4, BALANCE_STICKY);

	steering_program_build(&st, &program);
	assert_true(program.length <= 80);
	st.balance = BALANCE_EVEN;
	st.lane[4].state = LANE_CANARY;
	st.canary_ppm = 10000;
	steering_probe(&st, &(struct steering_probe){.lane = 4, .port = 1});
	steering_program_build(&st, &program);
	assert_true(program.length <= 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_client_is_spread_evenly),
		cmocka_unit_test(options_in_the_ip_header_do_not_hide_the_port),
		cmocka_unit_test(both_families_go_by_the_same_rule),
		cmocka_unit_test(only_the_admitted_get_anything),
		cmocka_unit_test(with_one_left_it_gets_all),
		cmocka_unit_test(with_none_left_clients_wait_in_the_parking_lane),
		cmocka_unit_test(weights_divide_by_dice),
		cmocka_unit_test(the_greatest_weights_do_not_overflow),
		cmocka_unit_test(datagrams_of_a_flow_stay_together),
		cmocka_unit_test(a_client_keeps_its_lane_whatever_its_port),
		cmocka_unit_test(the_hash_is_for_ever),
		cmocka_unit_test(nobody_moves_that_need_not),
		cmocka_unit_test(of_two_instances_of_a_slot_the_younger_has_its_clients),
		cmocka_unit_test(two_apps_of_other_salt_do_not_agree),
		cmocka_unit_test(a_network_is_one_client_if_wanted),
		cmocka_unit_test(a_canary_gets_its_share),
		cmocka_unit_test(canaries_divide_their_share),
		cmocka_unit_test(a_sticky_canary_has_its_own_clients),
		cmocka_unit_test(canaries_alone_serve_all),
		cmocka_unit_test(a_probe_reaches_its_gated_lane_and_nobody_else_does),
		cmocka_unit_test(no_program_for_one_socket),
		cmocka_unit_test(the_longest_programs_are_within_the_limit),
		cmocka_unit_test(the_usual_programs_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
