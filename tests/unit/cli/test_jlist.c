#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/jlist.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "tests/unit/cli/sample.h"

static json_t *list_of(struct app_view *view)
{
	_cleanup_(str_done) struct str text = {};
	json_t *list;

	jlist_append(&text, view, 1, NULL);
	list = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(list);

	app_view_done(view);
	return list;
}

static json_t *list_of_web(enum instance_state state)
{
	struct app_view view = sample_view(7, "web", state);

	sample_whole(&view);
	view.number = 1;
	return list_of(&view);
}

static size_t occurrences(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static void a_record_has_the_five_members(void **state)
{
	json_t *list = list_of_web(STATE_ONLINE), *record = json_array_get(list, 0);

	assert_int_equal(json_object_size(record), 5);
	assert_int_equal(json_integer_value(json_object_get(record, "pid")), 81207);
	assert_string_equal(json_string_value(json_object_get(record, "name")), "web");
	assert_int_equal(json_integer_value(json_object_get(record, "pm_id")), 7);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(record, "monit"), "memory")),
		55260000);
	assert_true(json_is_number(json_object_get(json_object_get(record, "monit"), "cpu")));
	json_decref(list);
}

static void members_have_the_types_scripts_expect(void **state)
{
	static const struct {
		const char *name;
		json_type type;
	} members[] = {
		{"name", JSON_STRING},
		{"namespace", JSON_STRING},
		{"pm_id", JSON_INTEGER},
		{"unique_id", JSON_STRING},
		{"version", JSON_STRING},
		{"username", JSON_STRING},
		{"status", JSON_STRING},
		{"pm_uptime", JSON_INTEGER},
		{"created_at", JSON_INTEGER},
		{"restart_time", JSON_INTEGER},
		{"unstable_restarts", JSON_INTEGER},
		{"pm_exec_path", JSON_STRING},
		{"pm_cwd", JSON_STRING},
		{"exec_interpreter", JSON_STRING},
		{"exec_mode", JSON_STRING},
		{"args", JSON_ARRAY},
		{"node_args", JSON_ARRAY},
		{"instances", JSON_INTEGER},
		{"instance_var", JSON_STRING},
		{"NODE_APP_INSTANCE", JSON_INTEGER},
		{"pm_out_log_path", JSON_STRING},
		{"pm_err_log_path", JSON_STRING},
		{"pm_pid_path", JSON_STRING},
		{"watch", JSON_FALSE},
		{"autostart", JSON_TRUE},
		{"autorestart", JSON_TRUE},
		{"treekill", JSON_TRUE},
		{"kill_timeout", JSON_INTEGER},
		{"kill_retry_time", JSON_INTEGER},
		{"max_memory_restart", JSON_INTEGER},
		{"env", JSON_OBJECT},
		{"env_production", JSON_OBJECT},
		{"axm_actions", JSON_ARRAY},
		{"axm_monitor", JSON_OBJECT},
		{"axm_options", JSON_OBJECT},
		{"versioning", JSON_NULL},
	};
	json_t *list = list_of_web(STATE_ONLINE);
	json_t *env = json_object_get(json_array_get(list, 0), "pm2_env");

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		json_t *member = json_object_get(env, members[i].name);

		if (!member || json_typeof(member) != members[i].type)
			fail_msg("%s is missing or of another type", members[i].name);
	}
	assert_int_equal(json_integer_value(json_object_get(env, "max_memory_restart")), 100 << 20);
	assert_int_equal(json_integer_value(json_object_get(env, "kill_timeout")), 5000);
	assert_int_equal(json_integer_value(json_object_get(env, "NODE_APP_INSTANCE")), 1);
	assert_string_equal(json_string_value(json_object_get(env, "version")), "N/A");
	assert_string_equal(json_string_value(json_object_get(env, "exec_mode")), "fork_mode");
	json_decref(list);
}

static void values_occur_as_often_as_in_pm2(void **state)
{
	struct app_view view = sample_view(7, "web", STATE_ONLINE);
	_cleanup_(mem_freep) char *text = NULL;
	json_t *list;

	sample_whole(&view);
	/* what the daemon gave the app on top is not told again */
	json_object_set_new(view.env, "pm_id", json_string("7"));
	json_object_set_new(view.env, "pm_exec_path", json_string("/srv/web/server.js"));
	json_object_set_new(view.env, "NODE_APP_INSTANCE", json_string("0"));
	list = list_of(&view);
	text = json_dumps(list, JSON_COMPACT);

	assert_int_equal(occurrences(text, "\"status\":"), 1);
	assert_int_equal(occurrences(text, "\"restart_time\":"), 1);
	assert_int_equal(occurrences(text, "\"exec_mode\":"), 1);
	assert_int_equal(occurrences(text, "\"watch\":"), 1);
	assert_int_equal(occurrences(text, "\"pm_exec_path\":"), 1);
	assert_int_equal(occurrences(text, "\"pm_id\":"), 2);
	assert_int_equal(occurrences(text, "\"NODE_APP_INSTANCE\":"), 1);
	assert_int_equal(occurrences(text, "\"GREETING\":\"hello\""), 2);
	assert_int_equal(occurrences(text, "\"pid\":"), 1);
	assert_null(strchr(text, '\n'));
	json_decref(list);
}

static void states_speak_pm2(void **state)
{
	static const struct {
		enum instance_state state;
		const char *word;
	} words[] = {
		{STATE_ONLINE, "online"},	{STATE_WAITING, "waiting restart"},
		{STATE_STARTING, "launching"},	{STATE_STOPPED, "stopped"},
		{STATE_RESTARTING, "stopping"}, {STATE_ERRORED, "errored"},
		{STATE_UNHEALTHY, "online"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		json_t *list = list_of_web(words[i].state);
		json_t *env = json_object_get(json_array_get(list, 0), "pm2_env");

		assert_string_equal(json_string_value(json_object_get(env, "status")),
				    words[i].word);
		json_decref(list);
	}
}

static void a_variable_called_status_does_not_lie_about_the_state(void **state)
{
	struct app_view view = sample_view(0, "web", STATE_ERRORED);
	json_t *list, *env;

	sample_whole(&view);
	json_object_set_new(view.env, "status", json_string("online"));
	list = list_of(&view);
	env = json_object_get(json_array_get(list, 0), "pm2_env");
	assert_string_equal(json_string_value(json_object_get(env, "status")), "errored");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(env, "env"), "status")),
		"online");
	json_decref(list);
}

static void a_bare_record_is_still_whole(void **state)
{
	struct app_view view = sample_view(0, "web", STATE_STOPPED);
	json_t *list = list_of(&view), *record = json_array_get(list, 0);

	assert_int_equal(json_integer_value(json_object_get(record, "pid")), 0);
	assert_true(json_is_object(json_object_get(json_object_get(record, "pm2_env"), "env")));
	json_decref(list);
}

static json_t *env_of(json_t *list, size_t at)
{
	return json_object_get(json_array_get(list, at), "pm2_env");
}

static const char *text_at(json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void a_common_environment_is_as_good_as_one_each(void **state)
{
	struct app_view views[2] = {sample_view(0, "a", STATE_ONLINE),
				    sample_view(1, "b", STATE_ONLINE)};
	json_t *common = json_pack("{s:s, s:s, s:s, s:s}", "HOME", "/root", "STAGE", "one", "watch",
				   "mine", "pm_id", "0"),
	       *list, *inner;
	_cleanup_(str_done) struct str text = {};

	views[0].env = json_object();
	views[1].env = json_pack("{s:s, s:s, s:n, s:s}", "STAGE", "two", "EXTRA", "x", "HOME",
				 "pm_id", "1");
	jlist_append(&text, views, 2, common);
	list = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(list);
	assert_string_equal(text_at(env_of(list, 0), "HOME"), "/root");
	assert_string_equal(text_at(env_of(list, 0), "STAGE"), "one");
	assert_true(json_is_false(json_object_get(env_of(list, 0), "watch")));
	inner = json_object_get(env_of(list, 0), "env");
	assert_string_equal(text_at(inner, "watch"), "mine");
	assert_string_equal(text_at(inner, "a"), "{}");
	assert_null(json_object_get(inner, "pm_id"));
	inner = json_object_get(env_of(list, 1), "env");
	assert_string_equal(text_at(inner, "STAGE"), "two");
	assert_string_equal(text_at(inner, "EXTRA"), "x");
	assert_null(json_object_get(inner, "HOME"));
	assert_null(json_object_get(env_of(list, 1), "HOME"));
	assert_string_equal(text_at(env_of(list, 1), "STAGE"), "two");
	assert_int_equal(json_integer_value(json_object_get(env_of(list, 1), "pm_id")), 1);
	json_decref(list);
	json_decref(common);
	app_view_done(&views[0]);
	app_view_done(&views[1]);
}

static void no_instance_is_an_empty_list(void **state)
{
	_cleanup_(str_done) struct str text = {};

	jlist_append(&text, NULL, 0, NULL);
	assert_string_equal(str_cstr(&text), "[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_has_the_five_members),
		cmocka_unit_test(members_have_the_types_scripts_expect),
		cmocka_unit_test(values_occur_as_often_as_in_pm2),
		cmocka_unit_test(states_speak_pm2),
		cmocka_unit_test(a_variable_called_status_does_not_lie_about_the_state),
		cmocka_unit_test(a_bare_record_is_still_whole),
		cmocka_unit_test(a_common_environment_is_as_good_as_one_each),
		cmocka_unit_test(no_instance_is_an_empty_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
