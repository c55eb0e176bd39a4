#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/control/request.h"
#include "shared/base/strlist.h"

static struct pmc_error err;

static struct request request_with(const char *params)
{
	return (struct request){.params = json_loads(params, 0, NULL)};
}

static void a_string_a_number_and_a_truth_are_read(void **state)
{
	struct request req = request_with("{\"s\":\"web\",\"n\":-5,\"b\":true,\"f\":false}");
	const char *text = NULL;
	int64_t number = 0;
	bool truth = false;

	assert_int_equal(request_get_string(&req, "s", &text, &err), 1);
	assert_string_equal(text, "web");
	assert_int_equal(request_get_int(&req, "n", &number, &err), 1);
	assert_int_equal(number, -5);
	assert_int_equal(request_get_bool(&req, "b", &truth, &err), 1);
	assert_true(truth);
	assert_int_equal(request_get_bool(&req, "f", &truth, &err), 1);
	assert_false(truth);
	json_decref(req.params);
}

static void what_is_missing_or_null_leaves_the_default(void **state)
{
	struct request req = request_with("{\"s\":null}");
	_cleanup_(strlist_done) struct strlist list = {};
	const char *text = "default";
	int64_t number = 7;
	bool truth = true;

	assert_int_equal(request_get_string(&req, "s", &text, &err), 0);
	assert_string_equal(text, "default");
	assert_int_equal(request_get_int(&req, "n", &number, &err), 0);
	assert_int_equal(number, 7);
	assert_int_equal(request_get_bool(&req, "b", &truth, &err), 0);
	assert_true(truth);
	assert_int_equal(request_get_list(&req, "l", &list, &err), 0);
	assert_int_equal(list.count, 0);
	json_decref(req.params);
}

static void a_wrong_type_is_named(void **state)
{
	struct request req = request_with("{\"x\":{},\"mixed\":[\"a\",1],\"word\":\"a\"}");
	_cleanup_(strlist_done) struct strlist list = {};
	const char *text;
	int64_t number;
	bool truth;

	assert_int_equal(request_get_string(&req, "x", &text, &err), -EINVAL);
	assert_string_equal(err.message, "parameter 'x' must be a string");
	assert_int_equal(request_get_int(&req, "x", &number, &err), -EINVAL);
	assert_int_equal(request_get_bool(&req, "x", &truth, &err), -EINVAL);
	assert_int_equal(request_get_list(&req, "x", &list, &err), -EINVAL);
	assert_int_equal(request_get_list(&req, "mixed", &list, &err), -EINVAL);
	assert_int_equal(request_get_list(&req, "word", &list, &err), -EINVAL);
	assert_int_equal(list.count, 0);
	json_decref(req.params);
}

static void a_list_of_strings_is_added_to_what_there_is(void **state)
{
	struct request req = request_with("{\"one\":[\"a\"],\"two\":[\"b\",\"c\"],\"none\":[]}");
	_cleanup_(strlist_done) struct strlist list = {};

	assert_int_equal(request_get_list(&req, "one", &list, &err), 1);
	assert_int_equal(request_get_list(&req, "two", &list, &err), 1);
	assert_int_equal(request_get_list(&req, "none", &list, &err), 1);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0], "a");
	assert_string_equal(list.items[2], "c");
	json_decref(req.params);
}

static void a_repeated_change_is_known_by_its_id(void **state)
{
	struct request with = request_with("{\"request\":\"r-1\"}"), without = request_with("{}");

	assert_string_equal(request_id(&with), "r-1");
	assert_null(request_id(&without));
	json_decref(with.params);
	json_decref(without.params);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_string_a_number_and_a_truth_are_read),
		cmocka_unit_test(what_is_missing_or_null_leaves_the_default),
		cmocka_unit_test(a_wrong_type_is_named),
		cmocka_unit_test(a_list_of_strings_is_added_to_what_there_is),
		cmocka_unit_test(a_repeated_change_is_known_by_its_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
