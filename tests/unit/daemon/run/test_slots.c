#include "daemon/run/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define BOOT "11111111-2222-3333-4444-555555555555"

struct place {
	char path[32];
	int fd;
};

static int set_up(void **state)
{
	struct place *place = mem_zalloc(sizeof(*place));

	strcpy(place->path, "/tmp/pmc-slots-XXXXXX");
	assert_non_null(mkdtemp(place->path));
	place->fd = open(place->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	unlinkat(place->fd, "engine.state", 0);
	close(place->fd);
	rmdir(place->path);
	free(place);
	return 0;
}

static struct slots *open_slots(struct place *place, const char *boot, bool anew)
{
	struct slots *slots;

	assert_int_equal(slots_open(place->fd, boot, anew, &slots, NULL), 0);
	return slots;
}

static void a_later_engine_finds_what_was_left(void **state)
{
	struct slots *slots = open_slots(*state, BOOT, false);
	struct slot_now now = {.restarts = 5, .life = {.state = STATE_ONLINE}};
	uint64_t seq = slots_next_seq(slots);

	assert_int_equal(slots_claim(slots), 0);
	assert_int_equal(slots_claim(slots), 1);
	slots_commit(slots_entry(slots, 1), &now);
	slots_close(slots);
	slots = open_slots(*state, BOOT, false);
	assert_int_equal(slots_used(slots), 2);
	assert_int_equal(slots_entry(slots, 1)->now.restarts, 5);
	assert_int_equal(slots_entry(slots, 1)->now.life.state, STATE_ONLINE);
	assert_true(slots_next_seq(slots) > seq);
	slots_close(slots);
}

static void another_boot_or_a_new_table_begins_empty(void **state)
{
	struct slots *slots = open_slots(*state, BOOT, false);

	slots_claim(slots);
	slots_close(slots);
	slots = open_slots(*state, "another", false);
	assert_int_equal(slots_used(slots), 0);
	slots_claim(slots);
	slots_close(slots);
	slots = open_slots(*state, "another", true);
	assert_int_equal(slots_used(slots), 0);
	slots_close(slots);
}

static void a_step_that_was_cut_is_taken_whole(void **state)
{
	struct slots *slots = open_slots(*state, BOOT, false);
	struct slot_entry *entry;

	slots_claim(slots);
	entry = slots_entry(slots, 0);
	entry->next.restarts = 9;
	entry->now.restarts = 4; /* an engine died while it copied */
	atomic_store(&entry->pending, 1);
	slots_close(slots);
	slots = open_slots(*state, BOOT, false);
	assert_int_equal(slots_entry(slots, 0)->now.restarts, 9);
	slots_close(slots);
}

static void what_cannot_be_true_is_forgotten(void **state)
{
	struct slots *slots = open_slots(*state, BOOT, false);

	slots_claim(slots);
	slots_entry(slots, 0)->now.life.state = 4711;
	slots_close(slots);
	slots = open_slots(*state, BOOT, false);
	assert_int_equal(slots_entry(slots, 0)->used, 0);
	slots_close(slots);
}

/* faults D20 */
static void a_truncated_a_zeroed_and_a_random_file_begin_empty(void **state)
{
	struct place *place = *state;

	for (int kind = 0; kind < 3; kind++) {
		struct slots *slots = open_slots(place, BOOT, false);
		int fd;

		slots_claim(slots);
		slots_close(slots);
		fd = openat(place->fd, "engine.state", O_RDWR | O_CLOEXEC);
		if (kind == 0)
			assert_int_equal(ftruncate(fd, 100), 0);
		for (int i = 0; kind > 0 && i < 100; i++)
			assert_int_equal(
				pwrite(fd, kind == 1 ? "\0\0\0\0" : "\x5a\xa5\x5a\xa5", 4, i * 4),
				4);
		close(fd);
		slots = open_slots(place, BOOT, false);
		assert_int_equal(slots_used(slots), 0);
		slots_close(slots);
	}
}

static void slots_are_given_back_and_taken_again(void **state)
{
	struct slots *slots = open_slots(*state, BOOT, false);

	for (int i = 0; i < 10; i++)
		assert_int_equal(slots_claim(slots), i);
	slots_release(slots, 3);
	assert_int_equal(slots_claim(slots), 3);
	assert_int_equal(slots_claim_at(slots, 3), -EBUSY);
	assert_int_equal(slots_claim_at(slots, 20), 20);
	assert_int_equal(slots_used(slots), 21);
	slots_release(slots, 20);
	assert_int_equal(slots_used(slots), 10);
	assert_int_equal(slots_claim(slots), 10);
	slots_close(slots);
}

static void there_is_an_end_to_slots(void **state)
{
	struct slots *slots = open_slots(*state, BOOT, false);

	for (int i = 0; i < SLOTS_MAX; i++)
		assert_int_equal(slots_claim(slots), i);
	assert_int_equal(slots_claim(slots), -ENOSPC);
	slots_close(slots);
}

static void the_ring_keeps_the_newest_ends(void **state)
{
	struct slots *slots = open_slots(*state, BOOT, false);

	for (uint64_t seq = 1; seq <= SLOTS_RING + 10; seq++)
		slots_record_end(slots, &(struct slot_end){.seq = seq});
	assert_int_equal(slots_end_at(slots, 0)->seq, 11);
	assert_int_equal(slots_end_at(slots, SLOTS_RING - 1)->seq, SLOTS_RING + 10);
	slots_close(slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_later_engine_finds_what_was_left, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(another_boot_or_a_new_table_begins_empty, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_step_that_was_cut_is_taken_whole, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_cannot_be_true_is_forgotten, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_truncated_a_zeroed_and_a_random_file_begin_empty,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(slots_are_given_back_and_taken_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(there_is_an_end_to_slots, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_ring_keeps_the_newest_ends, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
