#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/listing.h"
#include "cli/listing_mini.h"
#include "cli/listing_sort.h"
#include "shared/base/str.h"
#include "tests/unit/cli/sample.h"

static struct listing list;

static int set_up(void **state)
{
	list = (struct listing){.views = mem_zalloc(3 * sizeof(struct app_view)), .count = 3};
	list.views[0] = sample_view(2, "web", STATE_ONLINE);
	list.views[1] = sample_view(0, "web", STATE_STOPPED);
	list.views[2] = sample_view(1, "api", STATE_ERRORED);
	list.views[2].memory_bytes = 99;
	list.views[0].restarts = 7;
	return 0;
}

static int clean_up(void **state)
{
	listing_done(&list);
	return 0;
}

static void expect(const char *by, int first, int second, int third)
{
	assert_int_equal(listing_sort(&list, by, NULL), 0);
	assert_int_equal(list.views[0].pm_id, first);
	assert_int_equal(list.views[1].pm_id, second);
	assert_int_equal(list.views[2].pm_id, third);
}

static void by_a_field_and_a_direction(void **state)
{
	expect(NULL, 1, 0, 2);
	expect("name:desc", 0, 2, 1);
	expect("id", 0, 1, 2);
	expect("pid:asc", 1, 0, 2);
	expect("memory:desc", 2, 1, 0);
	expect("status", 1, 2, 0);
	expect("restarts:desc", 2, 1, 0);
}

static void what_there_is_not_is_refused(void **state)
{
	struct pmc_error err = {};

	assert_int_equal(listing_sort(&list, "beauty", &err), -EINVAL);
	assert_string_equal(err.message, "cannot sort by 'beauty'");
	assert_int_equal(listing_sort(&list, "name:up", &err), -EINVAL);
	assert_int_equal(listing_sort(&list, "", &err), -EINVAL);
}

static void the_mini_list_is_plain_text(void **state)
{
	struct str out = {};

	list.count = 1;
	listing_mini_render(&list, &out);
	assert_true(str_starts(out.data, "+--- web\nnamespace : default\nversion : N/A\n"));
	assert_non_null(strstr(out.data, "\npm2 id : 2\nstatus : online\nmode : fork\n"));
	assert_non_null(strstr(out.data, "\nmemory usage : 52.7mb\n"));
	list.count = 3;
	str_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(by_a_field_and_a_direction, set_up, clean_up),
		cmocka_unit_test_setup_teardown(what_there_is_not_is_refused, set_up, clean_up),
		cmocka_unit_test_setup_teardown(the_mini_list_is_plain_text, set_up, clean_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
