#include "daemon/core/selector.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct selector_row rows[] = {
	{0, 0, "web", "default", "/srv/web.js"}, {1, 1, "web", "default", "/srv/web.js"},
	{2, 0, "api-1", "tools", "/srv/api.js"}, {3, 0, "7", "default", "/srv/seven.js"},
	{7, 0, "worker", "tools", "/srv/w.py"},	 {9, 0, "ns", "3", NULL},
};

#define COUNT ARRAY_SIZE(rows)

/* The pm_ids that `target` means, as one text: "0 1". */
static const char *means(const char *target, struct pmc_error *err)
{
	static char text[128];
	bool hits[COUNT] = {false};
	int r = selector_match(target, rows, COUNT, hits, err), found = 0;

	text[0] = '\0';
	for (size_t i = 0; i < COUNT; i++) {
		char number[16];

		if (!hits[i])
			continue;
		snprintf(number, sizeof(number), "%s%d", text[0] ? " " : "", rows[i].pm_id);
		strcat(text, number);
		found++;
	}
	assert_int_equal(r < 0 ? 0 : r, found);
	return text;
}

static void a_target_is_found_in_pm2s_order(void **state)
{
	assert_string_equal(means("all", NULL), "0 1 2 3 7 9");
	assert_string_equal(means("web", NULL), "0 1");
	assert_string_equal(means("/srv/api.js", NULL), "2");
	assert_string_equal(means("tools", NULL), "2 7");
	assert_string_equal(means("2", NULL), "2");
	assert_string_equal(means("web:1", NULL), "1");
	assert_string_equal(means("/^w/", NULL), "0 1 7");
}

static void a_number_is_a_name_first_a_namespace_next_and_an_id_last(void **state)
{
	assert_string_equal(means("7", NULL), "3");
	assert_string_equal(means("3", NULL), "9");
	assert_string_equal(means("9", NULL), "9");
}

static void nobody_is_an_error_that_helps(void **state)
{
	struct pmc_error err = {0};

	assert_string_equal(means("wbe", &err), "");
	assert_int_equal(err.code, -ENOENT);
	assert_non_null(strstr(err.hint, "'web'"));
	assert_string_equal(means("nope", &err), "");
	assert_null(strstr(err.hint, "did you mean")); /* 'ns' is as short as that, and not alike */
	assert_string_equal(means("/zzz/", &err), "");
	assert_int_equal(err.code, -ENOENT);
}

static void nonsense_is_refused(void **state)
{
	struct pmc_error err = {0};

	means("", &err);
	assert_int_equal(err.code, -EINVAL);
	means("/(/", &err);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(means("web:9", &err), "");
	assert_string_equal(means("web:", &err), "");
	assert_string_equal(means(":1", &err), "");
}

static void all_of_nothing_is_no_error(void **state)
{
	assert_int_equal(selector_match("all", NULL, 0, NULL, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_found_in_pm2s_order),
		cmocka_unit_test(a_number_is_a_name_first_a_namespace_next_and_an_id_last),
		cmocka_unit_test(nobody_is_an_error_that_helps),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(all_of_nothing_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
