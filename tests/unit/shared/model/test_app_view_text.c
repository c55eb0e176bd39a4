#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <string.h>

#include "shared/base/str.h"
#include "shared/model/app_view.h"
#include "shared/model/app_view_text.h"

static char *text_of(const char *text)
{
	union {
		const char *theirs;
		char *ours;
	} u = {.theirs = text};

	return u.ours; /* only read */
}

static void a_record_that_says_nothing_is_short(void **state)
{
	_cleanup_(str_done) struct str text = {};
	struct app_view view = {.name = text_of("web"), .next_start_ms = -1};

	app_view_text_append(&text, &view);
	assert_string_equal(str_cstr(&text),
			    "{\"pm_id\":0,\"name\":\"web\",\"state\":\"stopped\"}");
}

/* Written, parsed, and read again. */
static void comes_back(const struct app_view *view)
{
	_cleanup_(str_done) struct str text = {};
	json_t *json, *as_text, *as_tree;
	struct app_view back;

	str_append(&text, "before ");
	app_view_text_append(&text, view);
	json = json_loadb(text.data + 7, text.len - 7, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_int_equal(app_view_from_json(json, &back, NULL), 0);
	as_text = app_view_to_json(&back, false);
	as_tree = app_view_to_json(view, false);
	assert_true(json_equal(as_text, as_tree));
	json_decref(json);
	json_decref(as_text);
	json_decref(as_tree);
	app_view_done(&back);
}

static void what_it_says_comes_back(void **state)
{
	comes_back(&(struct app_view){
		.pm_id = INT_MAX,
		.number = INT_MIN,
		.name = text_of("w\"ö\\r\nk\x01"),
		.namespace = text_of(""),
		.state = STATE_WAITING,
		.pid = 812,
		.mode = text_of("fork"),
		.user = text_of("deploy"),
		.version = text_of("1.2.3"),
		.restarts = UINT_MAX,
		.unstable_restarts = 2,
		.started_us = INT64_MIN,
		.created_us = INT64_MAX,
		.uptime_ms = 5,
		.cpu_percent = 99.5,
		.memory_bytes = INT64_C(1) << 40,
		.watching = true,
		.orphan = true,
		.reason = text_of("exit 1 after 3 s"),
	});
}

static void a_start_that_is_due_now_is_not_one_that_is_not_due(void **state)
{
	comes_back(&(struct app_view){.name = text_of("a"), .next_start_ms = 0});
	comes_back(&(struct app_view){.name = text_of("a"), .next_start_ms = -1});
}

static void the_whole_part_is_left_out(void **state)
{
	_cleanup_(str_done) struct str text = {};
	struct app_view view = {.name = text_of("a"), .script = text_of("/srv/a"), .last_code = 3};

	app_view_text_append(&text, &view);
	assert_null(strstr(str_cstr(&text), "script"));
	assert_null(strstr(str_cstr(&text), "last_code"));
}

static void a_whole_record_comes_back(void **state)
{
	_cleanup_(str_done) struct str text = {};
	struct app_view view = {
		.name = text_of("a"),
		.script = text_of("/srv/\"a"),
		.last_code = -1,
		.last_signal = 9,
		.last_core = true,
		.last_exit_us = 1700000000000000,
		.next_start_ms = -1,
		.spec = json_pack("{s:s}", "script", "/srv/a"),
		.env = json_pack("{s:n}", "HOME"),
	};
	json_t *json, *as_text, *as_tree;
	struct app_view back;

	app_view_text_append_whole(&text, &view);
	json = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(app_view_from_json(json, &back, NULL), 0);
	as_text = app_view_to_json(&back, true);
	as_tree = app_view_to_json(&view, true);
	assert_true(json_equal(as_text, as_tree));
	json_decref(json);
	json_decref(as_text);
	json_decref(as_tree);
	json_decref(view.spec);
	json_decref(view.env);
	app_view_done(&back);
}

static void a_row_has_a_value_for_each_member_in_the_order_of_the_record(void **state)
{
	_cleanup_(str_done) struct str text = {};
	struct app_view view = {
		.name = text_of("web"), .next_start_ms = -1, .pid = 812, .cpu_percent = 1.5};

	app_view_text_append_row(&text, &view,
				 APP_VIEW_BIT(APP_VIEW_cpu_percent) | APP_VIEW_BIT(APP_VIEW_pm_id) |
					 APP_VIEW_BIT(APP_VIEW_name) | APP_VIEW_BIT(APP_VIEW_user) |
					 APP_VIEW_BIT(APP_VIEW_next_start_ms));
	assert_string_equal(str_cstr(&text), "[0,\"web\",null,null,1.500]");
	str_clear(&text);
	app_view_text_append_row(&text, &view, 0);
	assert_string_equal(str_cstr(&text), "[]");
}

static void what_a_row_says_comes_back(void **state)
{
	_cleanup_(str_done) struct str text = {};
	struct app_view view = {.pm_id = 7, .name = text_of("w\"b"), .state = STATE_WAITING}, back;
	json_t *row, *names = json_pack("[s,s,s,s]", "pm_id", "name", "state", "next_start_ms");

	app_view_text_append_row(&text, &view,
				 APP_VIEW_BIT(APP_VIEW_pm_id) | APP_VIEW_BIT(APP_VIEW_name) |
					 APP_VIEW_BIT(APP_VIEW_state) |
					 APP_VIEW_BIT(APP_VIEW_next_start_ms));
	row = json_loadb(text.data, text.len, 0, NULL);
	assert_int_equal(app_view_from_row(row, names, &back, NULL), 0);
	assert_int_equal(back.pm_id, 7);
	assert_string_equal(back.name, "w\"b");
	assert_int_equal(back.state, STATE_WAITING);
	assert_int_equal(back.next_start_ms, 0);
	app_view_done(&back);
	json_decref(row);
	json_decref(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_that_says_nothing_is_short),
		cmocka_unit_test(what_it_says_comes_back),
		cmocka_unit_test(a_start_that_is_due_now_is_not_one_that_is_not_due),
		cmocka_unit_test(the_whole_part_is_left_out),
		cmocka_unit_test(a_whole_record_comes_back),
		cmocka_unit_test(a_row_has_a_value_for_each_member_in_the_order_of_the_record),
		cmocka_unit_test(what_a_row_says_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
