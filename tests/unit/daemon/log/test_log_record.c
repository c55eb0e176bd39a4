#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/log/log_record.h"

static void memory_of_zeros_is_a_fresh_record(void **state)
{
	struct log_sink_state sink = {};
	struct log_record record = log_record_get(&sink);

	assert_int_equal(record.spool_done, 0);
	assert_int_equal(record.batch_len, 0);
}

static void the_copy_in_force_is_never_written(void **state)
{
	struct log_sink_state sink = {};
	struct log_record before;

	for (unsigned i = 1; i < 5; i++) {
		unsigned active = atomic_load(&sink.active);
		struct log_record next = {.spool_done = i, .batch_len = i};

		before = sink.record[active];
		log_record_put(&sink, &next);
		assert_memory_equal(&sink.record[active], &before, sizeof(before));
		assert_int_equal(atomic_load(&sink.active), active ^ 1);
		assert_int_equal(log_record_get(&sink).spool_done, i);
	}
}

static void rubbish_in_the_switch_does_no_harm(void **state)
{
	struct log_sink_state sink = {.active = 0xdeadbeef};
	struct log_record record = {.spool_done = 7};

	log_record_put(&sink, &record);
	assert_int_equal(log_record_get(&sink).spool_done, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_of_zeros_is_a_fresh_record),
		cmocka_unit_test(the_copy_in_force_is_never_written),
		cmocka_unit_test(rubbish_in_the_switch_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
