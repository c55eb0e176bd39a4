#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_node.h"
#include "shared/spec/spec_yaml.h"

static struct node *tree(const char *yaml)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct node *node;

	if (spec_yaml_parse(yaml, strlen(yaml), NULL, &diags, &node) < 0)
		fail_msg("%s", diags.items[0].message);
	return node;
}

/* Read `yaml` by `reader`, twice: as if it were two apps of one file. Returns the first result. */
static int read_twice(struct spec_node_reader *reader, const char *yaml)
{
	_cleanup_(node_destroyp) struct node *node = tree(yaml);
	struct app_spec spec;
	int r, again;

	app_spec_init(&spec);
	r = spec_node_read(reader, node, &spec);
	app_spec_done(&spec);
	app_spec_init(&spec);
	again = spec_node_read(reader, node, &spec);
	assert_int_equal(r, again);
	app_spec_done(&spec);
	return r;
}

static void what_is_not_yet_obeyed_is_said_once_a_file(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct spec_node_reader reader = {.diags = &diags, .file = "eco.yml"};

	assert_int_equal(
		read_twice(&reader,
			   "name: x\nwatch: true\nmaxMemoryRestart: 100M\nexec_mode: cluster\n"
			   "env_prod: {A: 1}\nenv_dev: {A: 2}\n"),
		0);
	assert_int_equal(diags.errors, 0);
	assert_int_equal(diags.count, 3);
	assert_string_equal(diags.items[0].message, "'watch' is not yet obeyed");
	assert_int_equal(diags.items[0].line, 2);
	assert_int_equal(diags.items[0].column, 1);
	assert_string_equal(diags.items[1].message, "'maxMemoryRestart' is not yet obeyed");
	assert_string_equal(diags.items[2].message,
			    "'exec_mode' is not yet obeyed for cluster: the app runs in fork mode");
}

static void what_asks_for_nothing_is_no_warning(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct spec_node_reader reader = {.diags = &diags};

	assert_int_equal(
		read_twice(&reader,
			   "watch: false\nwait_ready: no\nexec_mode: fork_mode\nwatch_delay: 0\n"
			   "cron_restart: 0\n"),
		0);
	assert_int_equal(diags.count, 0);
}

static void options_of_pm2_without_meaning_are_said_not_swallowed(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct spec_node_reader reader = {.diags = &diags};

	assert_int_equal(
		read_twice(&reader,
			   "vizion: false\npmx: true\nwindowsHide: true\nkill_retry_time: 50\n"),
		0);
	assert_int_equal(diags.errors, 0);
	assert_int_equal(diags.count, 4);
	assert_string_equal(
		diags.items[0].message,
		"'vizion' is accepted from PM2, has no effect: no version control data is read");
	assert_string_equal(diags.items[2].message,
			    "'windowsHide' is accepted from PM2, has no effect: this is Linux");
}

static void the_silent_reader_gives_no_warnings(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct spec_node_reader reader = {.diags = &diags, .silent = true};

	assert_int_equal(
		read_twice(&reader,
			   "watch: true\nvizion: false\nenv_prod: {}\nexec_mode: cluster\n"),
		0);
	assert_int_equal(diags.count, 0);
}

static void unknown_options_are_errors_or_warnings(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics strict = {}, lenient = {};
	struct spec_node_reader reader = {.diags = &strict};

	assert_int_equal(read_twice(&reader, "max_memory_restrat: 300M\n"), -EINVAL);
	assert_string_equal(strict.items[0].hint, "did you mean 'max_memory_restart'?");
	reader = (struct spec_node_reader){.diags = &lenient, .lenient = true};
	assert_int_equal(read_twice(&reader, "max_memory_restrat: 300M\n"), 0);
	assert_int_equal(lenient.errors, 0);
	assert_int_equal(lenient.items[0].level, DIAGNOSTIC_WARNING);
}

static void a_profile_is_a_map_of_variables(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct spec_node_reader reader = {.diags = &diags};

	assert_int_equal(read_twice(&reader, "env_prod: [1]\n"), -EINVAL);
	assert_string_equal(diags.items[0].message, "env_prod: expected a map, found a list");
}

static void names_that_would_do_harm_are_refused(void **state)
{
	static const char *const bad[] = {"",	       "all",  "a\nb",	 "a\x1b[2J",	 "\x7f",
					  "a\xc2\x85", "../x", "a/../b", "..",		 ".",
					  "a/.",       "/abs", "a\xff",	 "a\xe2\x80\xa8"};
	static const char *const good[] = {"web", "@scope/app", "my app", "日本", "a..b",
					   "...", "all2",	"a:1",	  ".x"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!spec_node_bad_name(bad[i]))
			fail_msg("bad name %zu is taken", i);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (spec_node_bad_name(good[i]))
			fail_msg("'%s' %s", good[i], spec_node_bad_name(good[i]));
}

/* Every option PM2 knows, its aliases too, as its documents spell them. */
static const char *const of_pm2[] = {
	"script",
	"exec",
	"cmd",
	"command",
	"name",
	"namespace",
	"name_prefix",
	"cwd",
	"args",
	"interpreter",
	"exec_interpreter",
	"interpreter_args",
	"node_args",
	"exec_mode",
	"instances",
	"instance_var",
	"increment_var",
	"env",
	"env_production",
	"filter_env",
	"append_env_to_name",
	"port",
	"out_file",
	"out",
	"output",
	"out_log",
	"error_file",
	"error",
	"err",
	"err_file",
	"err_log",
	"log_file",
	"log",
	"merge_logs",
	"combine_logs",
	"disable_logs",
	"log_type",
	"log_date_format",
	"time",
	"pid_file",
	"pid",
	"autostart",
	"autorestart",
	"stop_exit_codes",
	"restart_delay",
	"exp_backoff_restart_delay",
	"min_uptime",
	"max_restarts",
	"max_memory_restart",
	"kill_timeout",
	"kill_retry_time",
	"shutdown_with_message",
	"treekill",
	"wait_ready",
	"listen_timeout",
	"cron_restart",
	"cron",
	"watch",
	"ignore_watch",
	"watch_options",
	"watch_delay",
	"uid",
	"user",
	"gid",
	"force",
	"source_map_support",
	"disable_source_map_support",
	"pmx",
	"automation",
	"trace",
	"disable_trace",
	"deep_monitoring",
	"v8",
	"event_loop_inspector",
	"io",
	"vizion",
	"post_update",
	"execute_command",
	"write",
	"install_url",
	"windowsHide",
	"username",
	"km_link",
	"version",
};

static char *camel(const char *key)
{
	struct str out = {};

	for (; *key; key++) {
		bool joint = *key == '_' && key[1];

		str_append_char(&out, joint ? (char)(*++key - 'a' + 'A') : *key);
	}
	return str_steal(&out);
}

static void is_known(const char *key)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *map = node_create(NODE_MAP, NULL);
	struct node *value = node_create(NODE_STRING, "?");
	struct spec_node_reader reader = {.diags = &diags, .lenient = true};
	struct app_spec spec;

	value->key = mem_strdup(key);
	node_add(map, value);
	app_spec_init(&spec);
	spec_node_read(&reader, map, &spec);
	app_spec_done(&spec);
	for (size_t i = 0; i < diags.count; i++)
		if (strstr(diags.items[i].message, "unknown option"))
			fail_msg("%s: %s", key, diags.items[i].message);
}

static void every_option_of_pm2_is_known_in_both_spellings(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(of_pm2); i++) {
		_cleanup_(mem_freep) char *spelling = camel(of_pm2[i]);

		is_known(of_pm2[i]);
		if (!str_starts(of_pm2[i], "env_"))
			is_known(spelling);
	}
}

static void a_filter_that_is_a_text_names_one_variable(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *map = NULL;
	struct spec_node_reader reader = {.diags = &diags};
	struct app_spec spec;

	assert_int_equal(spec_yaml_parse("filter_env: KEY", 15, NULL, &diags, &map), 0);
	app_spec_init(&spec);
	assert_int_equal(spec_node_read(&reader, map, &spec), 0);
	assert_int_equal(spec.filter_env.list.count, 1);
	assert_string_equal(spec.filter_env.list.items[0], "=KEY");
	app_spec_done(&spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_of_pm2_is_known_in_both_spellings),
		cmocka_unit_test(a_filter_that_is_a_text_names_one_variable),
		cmocka_unit_test(what_is_not_yet_obeyed_is_said_once_a_file),
		cmocka_unit_test(what_asks_for_nothing_is_no_warning),
		cmocka_unit_test(options_of_pm2_without_meaning_are_said_not_swallowed),
		cmocka_unit_test(the_silent_reader_gives_no_warnings),
		cmocka_unit_test(unknown_options_are_errors_or_warnings),
		cmocka_unit_test(a_profile_is_a_map_of_variables),
		cmocka_unit_test(names_that_would_do_harm_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
