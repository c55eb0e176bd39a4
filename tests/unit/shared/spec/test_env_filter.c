#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/option/spec_value.h"
#include "shared/spec/env_filter.h"

static void nothing_is_dropped_unless_asked(void **state)
{
	const struct spec_bool_or_list off = {};

	assert_true(env_filter_keeps(&off, "PATH"));
}

static void true_drops_all(void **state)
{
	const struct spec_bool_or_list all = {.on = true};

	assert_false(env_filter_keeps(&all, "PATH"));
	assert_false(env_filter_keeps(&all, ""));
}

static void a_list_drops_names_that_contain_an_entry(void **state)
{
	struct spec_bool_or_list parts = {.on = true};

	strlist_add(&parts.list, "SECRET");
	strlist_add(&parts.list, "=KEY");
	strlist_add(&parts.list, "");
	assert_false(env_filter_keeps(&parts, "SECRET"));
	assert_false(env_filter_keeps(&parts, "MY_SECRET_1"));
	assert_false(env_filter_keeps(&parts, "KEY"));
	assert_true(env_filter_keeps(&parts, "KEY_2"));
	assert_true(env_filter_keeps(&parts, "secret"));
	strlist_done(&parts.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_dropped_unless_asked),
		cmocka_unit_test(true_drops_all),
		cmocka_unit_test(a_list_drops_names_that_contain_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
