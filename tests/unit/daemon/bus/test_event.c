#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/bus/event.h"
#include "shared/base/mem.h"

static const enum event_type all_types[] = {
#define EVENT(id, name, doc) EVENT_##id,
#include "shared/ipc/events.def"
#undef EVENT
};

static void every_type_is_found_by_its_name(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(all_types); i++) {
		enum event_type found = EVENT_STORE_REPAIRED;

		assert_int_equal(event_type_from_name(event_type_name(all_types[i]), &found), 0);
		assert_int_equal(found, all_types[i]);
	}
}

static void every_cause_is_found_by_its_name(void **state)
{
	for (int cause = CAUSE_NONE; cause <= CAUSE_DEPENDENCY; cause++) {
		enum event_cause found = CAUSE_NONE;

		assert_int_equal(
			event_cause_from_name(event_cause_name((enum event_cause)cause), &found),
			0);
		assert_int_equal(found, cause);
	}
	assert_string_equal(event_cause_name(CAUSE_NONE), "");
}

static void a_name_nobody_has_is_refused(void **state)
{
	enum event_type type = EVENT_APP_EXIT;
	enum event_cause cause = CAUSE_CRASH;

	assert_int_equal(event_type_from_name("exits", &type), -EINVAL);
	assert_int_equal(event_cause_from_name("boredom", &cause), -EINVAL);
	assert_int_equal(type, EVENT_APP_EXIT);
	assert_int_equal(cause, CAUSE_CRASH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_found_by_its_name),
		cmocka_unit_test(every_cause_is_found_by_its_name),
		cmocka_unit_test(a_name_nobody_has_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
