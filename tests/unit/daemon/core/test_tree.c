#include "daemon/core/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOBODY (-1)

static void descendants_belong_however_deep_and_in_whatever_order(void **state)
{
	struct tree_root roots[] = {{100}};
	struct tree_process processes[] = {
		{103, 102, 9, 1, NOBODY},  {102, 101, 9, 1, NOBODY},  {101, 100, 9, 1, NOBODY},
		{100, 50, 100, 1, NOBODY}, {200, 50, 200, 1, NOBODY},
	};

	assert_int_equal(tree_mark(processes, 5, roots, 1), 4);
	assert_int_equal(processes[0].root, 0);
	assert_int_equal(processes[4].root, NOBODY);
}

static void a_session_outlives_its_leader(void **state)
{
	struct tree_root roots[] = {{100}, {200}};
	struct tree_process processes[] = {{150, 1, 200, 1, NOBODY}, {151, 150, 151, 1, NOBODY}};

	assert_int_equal(tree_mark(processes, 2, roots, 2), 2);
	assert_int_equal(processes[0].root, 1);
	assert_int_equal(processes[1].root, 1);
}

static void a_mark_made_before_is_a_root_of_its_children(void **state)
{
	struct tree_process processes[] = {{300, 1, 300, 1, 0}, {301, 300, 301, 1, NOBODY}};

	assert_int_equal(tree_mark(processes, 2, NULL, 0), 2);
}

static void init_and_nobody_are_never_marked(void **state)
{
	struct tree_root roots[] = {{0}, {1}};
	struct tree_process processes[] = {
		{1, 0, 1, 1, NOBODY}, {2, 0, 0, 1, NOBODY}, {50, 1, 50, 1, NOBODY}};

	assert_int_equal(tree_mark(processes, 3, roots, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descendants_belong_however_deep_and_in_whatever_order),
		cmocka_unit_test(a_session_outlives_its_leader),
		cmocka_unit_test(a_mark_made_before_is_a_root_of_its_children),
		cmocka_unit_test(init_and_nobody_are_never_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
