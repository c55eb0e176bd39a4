#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/log/mounts.h"

static void paths_of_one_file_system_have_one_number(void **state)
{
	struct mounts mounts;

	mounts_init(&mounts);
	assert_int_not_equal(mounts_find(&mounts, "/"), 0);
	assert_int_equal(mounts_find(&mounts, "/proc/1/x"), mounts_find(&mounts, "/proc"));
	assert_int_not_equal(mounts_find(&mounts, "/proc/1"), mounts_find(&mounts, "/"));
	mounts_done(&mounts);
}

static void a_name_that_only_begins_like_a_mount_point_is_not_below_it(void **state)
{
	struct mounts mounts;

	mounts_init(&mounts);
	assert_int_equal(mounts_find(&mounts, "/process/x"), mounts_find(&mounts, "/"));
	mounts_done(&mounts);
}

static void without_a_table_the_answer_is_zero(void **state)
{
	struct mounts mounts = {.fd = -1};

	assert_int_equal(mounts_find(&mounts, "/any"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_one_file_system_have_one_number),
		cmocka_unit_test(a_name_that_only_begins_like_a_mount_point_is_not_below_it),
		cmocka_unit_test(without_a_table_the_answer_is_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
