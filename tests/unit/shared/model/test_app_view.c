#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/model/app_view.h"

/* A view in which no member has its zero value. */
static struct app_view full_view(void)
{
	return (struct app_view){
		.pm_id = 3,
		.number = 1,
		.name = mem_strdup("wörker"),
		.namespace = mem_strdup("default"),
		.state = STATE_ERRORED,
		.pid = 812,
		.mode = mem_strdup("cluster"),
		.user = mem_strdup("deploy"),
		.version = mem_strdup("1.2.3"),
		.restarts = UINT_MAX,
		.unstable_restarts = 2,
		.started_us = INT64_MAX,
		.created_us = 1,
		.uptime_ms = 5,
		.next_start_ms = -1,
		.cpu_percent = 99.5,
		.memory_bytes = INT64_C(1) << 40,
		.watching = true,
		.orphan = true,
		.reason = mem_strdup("exited with code 1"),
		.log_trouble = mem_strdup("log stalled: no space left on device"),
		.process_trouble = mem_strdup("waiting in chdir since 12 s"),
		.script = mem_strdup("/srv/a.js"),
		.cwd = mem_strdup("/srv"),
		.interpreter = mem_strdup("node"),
		.out_path = mem_strdup("/o"),
		.err_path = mem_strdup("/e"),
		.log_path = mem_strdup("/l"),
		.pid_path = mem_strdup("/p"),
		.last_cause = mem_strdup("crash"),
		.last_code = INT_MIN,
		.last_signal = INT_MAX,
		.last_core = true,
		.last_exit_us = 8,
		.last_life_ms = 9,
		.stderr_tail = mem_strdup("Error: boom\n    at x"),
		.unique_id = mem_strdup("u-u"),
		.spec = json_pack("{s:s}", "script", "a.js"),
		.env = json_pack("{s:s}", "A", "1"),
	};
}

static void a_whole_record_comes_back_as_it_was(void **state)
{
	struct app_view view = full_view(), back;
	json_t *json = app_view_to_json(&view, true), *again;

	assert_int_equal(app_view_from_json(json, &back, NULL), 0);
	assert_string_equal(back.name, "wörker");
	assert_int_equal(back.state, STATE_ERRORED);
	assert_int_equal(back.last_code, INT_MIN);
	assert_true(back.restarts == UINT_MAX);
	assert_true(back.started_us == INT64_MAX);
	assert_true(back.orphan);
	assert_string_equal(back.stderr_tail, "Error: boom\n    at x");
	again = app_view_to_json(&back, true);
	assert_true(json_equal(json, again));
	json_decref(json);
	json_decref(again);
	app_view_done(&view);
	app_view_done(&back);
}

static void every_member_of_the_struct_is_in_the_record(void **state)
{
	struct app_view view = full_view();
	json_t *whole = app_view_to_json(&view, true), *brief = app_view_to_json(&view, false);
	const char *name;
	json_t *value;

	assert_int_equal(json_object_size(whole), 39);
	assert_int_equal(json_object_size(brief), 22);
	json_object_foreach(brief, name, value)
		assert_true(json_equal(value, json_object_get(whole, name)));
	assert_null(json_object_get(brief, "env"));
	json_decref(whole);
	json_decref(brief);
	app_view_done(&view);
}

static void what_is_not_known_is_null(void **state)
{
	struct app_view view = {.next_start_ms = -1, .last_code = -1, .last_signal = -1}, back;
	json_t *json = app_view_to_json(&view, true);

	assert_true(json_is_null(json_object_get(json, "version")));
	assert_true(json_is_null(json_object_get(json, "spec")));
	assert_int_equal(json_integer_value(json_object_get(json, "last_code")), -1);
	assert_int_equal(app_view_from_json(json, &back, NULL), 0);
	assert_null(back.version);
	assert_null(back.spec);
	assert_int_equal(back.last_code, -1);
	json_decref(json);
	app_view_done(&back);
}

static void missing_members_are_zero_and_unknown_ones_ignored(void **state)
{
	json_t *json = json_pack("{s:i, s:s, s:[i]}", "pm_id", 4, "name", "web",
				 "from_a_later_version", 1);
	struct app_view view;

	assert_int_equal(app_view_from_json(json, &view, NULL), 0);
	assert_int_equal(view.pm_id, 4);
	assert_string_equal(view.name, "web");
	assert_null(view.cwd);
	assert_int_equal(view.state, STATE_STOPPED);
	json_decref(json);
	app_view_done(&view);
}

static void bytes_of_an_app_need_not_be_utf8(void **state)
{
	struct app_view view = {.stderr_tail = mem_strdup("caf\xe9\n")};
	json_t *json = app_view_to_json(&view, true);

	assert_string_equal(json_string_value(json_object_get(json, "stderr_tail")), "caf\\xe9\n");
	json_decref(json);
	app_view_done(&view);
}

static void a_figure_that_is_no_number_is_zero(void **state)
{
	struct app_view view = {.cpu_percent = NAN};
	json_t *json = app_view_to_json(&view, false);

	assert_true(json_is_real(json_object_get(json, "cpu_percent")));
	json_decref(json);
}

static void a_whole_number_will_do_for_a_percentage(void **state)
{
	json_t *json = json_pack("{s:i}", "cpu_percent", 12);
	struct app_view view;

	assert_int_equal(app_view_from_json(json, &view, NULL), 0);
	assert_true(view.cpu_percent == 12.0);
	json_decref(json);
	app_view_done(&view);
}

static void what_is_no_record_is_refused_whole(void **state)
{
	static const char *const bad[] = {
		"[]",
		"{\"pm_id\": \"3\"}",
		"{\"pm_id\": 3.0}",
		"{\"pm_id\": 2147483648}",
		"{\"restarts\": -1}",
		"{\"name\": \"leaks?\", \"watching\": 1}",
		"{\"env\": {}, \"state\": \"asleep\"}",
		"{\"state\": null}",
		"{\"name\": 5}",
		"{\"cpu_percent\": \"1\"}",
		"{\"started_us\": true}",
		"{\"restarts\": 4294967296}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		json_t *json = json_loads(bad[i], 0, NULL);
		struct app_view view = {.pm_id = 77};
		struct pmc_error err = {};

		assert_non_null(json);
		assert_int_equal(app_view_from_json(json, &view, &err), -EBADMSG);
		assert_int_equal(view.pm_id, 77);
		assert_true(strlen(err.message) > 0);
		json_decref(json);
	}
}

static void a_row_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {"{}", "[1]", "[1,\"a\",5]", "[1,2]", "[\"1\",\"a\"]"};
	json_t *names = json_pack("[s,s]", "pm_id", "name");

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		json_t *row = json_loads(bad[i], 0, NULL);
		struct app_view view = {.pm_id = 77};
		struct pmc_error err = {};

		assert_int_equal(app_view_from_row(row, names, &view, &err), -EBADMSG);
		assert_int_equal(view.pm_id, 77);
		assert_true(strlen(err.message) > 0);
		json_decref(row);
	}
	json_decref(names);
}

static void a_row_may_have_what_we_do_not_know(void **state)
{
	json_t *names = json_pack("[s,s]", "mood", "pm_id"), *row = json_pack("[s,i]", "good", 3);
	struct app_view view;

	assert_int_equal(app_view_from_row(row, names, &view, NULL), 0);
	assert_int_equal(view.pm_id, 3);
	app_view_done(&view);
	json_decref(row);
	json_decref(names);
}

static void only_members_of_the_short_record_are_found(void **state)
{
	assert_int_equal(app_view_member_find("pm_id"), APP_VIEW_pm_id);
	assert_int_equal(app_view_member_find("log_trouble"), APP_VIEW_log_trouble);
	assert_string_equal(app_view_member_name(APP_VIEW_cpu_percent), "cpu_percent");
	assert_int_equal(app_view_member_find("env"), -ENOENT);
	assert_int_equal(app_view_member_find("mood"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_record_comes_back_as_it_was),
		cmocka_unit_test(every_member_of_the_struct_is_in_the_record),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(missing_members_are_zero_and_unknown_ones_ignored),
		cmocka_unit_test(bytes_of_an_app_need_not_be_utf8),
		cmocka_unit_test(a_figure_that_is_no_number_is_zero),
		cmocka_unit_test(a_whole_number_will_do_for_a_percentage),
		cmocka_unit_test(what_is_no_record_is_refused_whole),
		cmocka_unit_test(a_row_that_is_none_is_refused),
		cmocka_unit_test(a_row_may_have_what_we_do_not_know),
		cmocka_unit_test(only_members_of_the_short_record_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
