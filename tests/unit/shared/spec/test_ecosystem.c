#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/diagnostics.h"
#include "shared/spec/ecosystem.h"

struct reading {
	struct ecosystem eco;
	struct diagnostics diags;
};

static void done(struct reading *reading)
{
	ecosystem_done(&reading->eco);
	diagnostics_done(&reading->diags);
}

static int parse_as(struct reading *reading, const char *name, const char *text,
		    enum ecosystem_strictness strictness)
{
	const struct ecosystem_options options = {.strictness = strictness,
						  .caller_dir = "/nonexistent"};

	*reading = (struct reading){};
	return ecosystem_parse(name, text, strlen(text), &options, &reading->eco, &reading->diags);
}

static int parse(struct reading *reading, const char *text)
{
	return parse_as(reading, "/srv/eco.yml", text, ECOSYSTEM_BY_NAME);
}

/* These apps, by their names with a blank between. */
static void gives(const char *text, const char *names)
{
	_cleanup_(str_done) struct str found = {};
	struct reading reading;

	if (parse(&reading, text) < 0)
		fail_msg("%s: %s", text, reading.diags.items[0].message);
	for (size_t i = 0; i < reading.eco.count; i++)
		str_appendf(&found, "%s%s", i ? " " : "", reading.eco.apps[i].name);
	assert_string_equal(str_cstr(&found), names);
	done(&reading);
}

/* Exactly these messages, formatted without the source. */
static void says_as(const char *name, const char *text, int result, const char *expected)
{
	_cleanup_(str_done) struct str shown = {};
	struct reading reading;

	assert_int_equal(parse_as(&reading, name, text, ECOSYSTEM_BY_NAME), result);
	diagnostics_format(&reading.diags, NULL, 0, &shown);
	assert_string_equal(str_cstr(&shown), expected);
	assert_true(result == 0 || reading.eco.count == 0);
	done(&reading);
}

static void says(const char *text, const char *expected)
{
	says_as("eco.yml", text, -EINVAL, expected);
}

static void every_shape_of_a_file(void **state)
{
	gives("apps:\n  - {name: a, script: x.js}\n  - {name: b, script: y.py}\n", "a b");
	gives("apps:\n  a: {script: x.js}\n  b: {script: y.py, name: b}\n", "a b");
	gives("apps: {name: a, script: x.js}\n", "a");
	gives("name: a\nscript: x.js\n", "a");
	gives("exec: x.js\n", "x");
	gives("- {name: a, script: x.js}\n- script: server.min.js\n", "a server.min");
	gives("pm2:\n  - {name: a, script: x.js}\n", "a");
	gives("pmc:\n  a: {script: x.js}\n", "a");
	gives("x-all: &all {kill_timeout: 5s}\napps:\n  a: {<<: *all, script: x.js}\n", "a");
}

static void json_is_read_leniently(void **state)
{
	says_as("eco.json", "{\"apps\":[{\"script\":\"a.js\",\"naem\":\"x\"}],\"foo\":1}", 0,
		"eco.json:1:27: warning: unknown option 'naem'; did you mean 'name'?\n"
		"eco.json:1:40: warning: unknown key 'foo' beside the apps; "
		"keys that begin with 'x-' are free for your own use\n");
}

static void strictness_can_be_turned(void **state)
{
	struct reading reading;

	assert_int_equal(parse_as(&reading, "e.yml", "script: x\nfoo: 1\n", ECOSYSTEM_LENIENT), 0);
	done(&reading);
	assert_int_equal(
		parse_as(&reading, "e.json", "{\"script\":\"x\",\"foo\":1}", ECOSYSTEM_STRICT),
		-EINVAL);
	done(&reading);
}

static void I01_all_mistakes_of_a_file_at_once(void **state)
{
	says("apps:\n"
	     "  - name: web\n"
	     "    script: server.js\n"
	     "    kil_timeout: 5s\n"
	     "    max_restarts: -3\n"
	     "    autorestart: maybe\n"
	     "  - name: web\n"
	     "    script: server.js\n"
	     "    script: again.js\n"
	     "    env: [1]\n"
	     "  - nmae: x\n"
	     "    limits: {nofil: 3, cpu: 3, core: lots}\n"
	     "    stop_signal: SIGFOO 5s\n"
	     "  - 17\n",
	     "eco.yml:4:5: unknown option 'kil_timeout'; did you mean 'kill_timeout'?\n"
	     "eco.yml:5:19: max_restarts: '-3' is less than the least allowed, 0\n"
	     "eco.yml:6:18: autorestart: 'maybe' is not a boolean; write true, false, yes, no, on "
	     "or off\n"
	     "eco.yml:7:11: two apps are called 'web'; the other is in line 2; "
	     "give each a 'name' of its own, or use 'instances'\n"
	     "eco.yml:9:5: 'script' is given twice; the first is in line 8\n"
	     "eco.yml:10:10: env: expected a map, found a list\n"
	     "eco.yml:11:5: unknown option 'nmae'; did you mean 'name'?\n"
	     "eco.yml:11:5: the app has no script; add what it runs: script: FILE\n"
	     "eco.yml:12:14: limits: unknown limit 'nofil'; did you mean 'nofile'?\n"
	     "eco.yml:12:24: limits: 'cpu' is kept for limits of a cgroup, which are not yet "
	     "obeyed; "
	     "did you mean 'cpu_time'?\n"
	     "eco.yml:12:38: limits: 'lots' is no value for the limit core; write a size such as "
	     "64M, or unlimited\n"
	     "eco.yml:13:18: stop_signal: 'SIGFOO' is not a signal; did you mean 'SIGFPE'?\n"
	     "eco.yml:14:5: an app must be a map of options\n");
}

static void a_mistake_in_an_anchor_is_one_message(void **state)
{
	says("x-d: &d {kil_timeout: 1}\napps:\n  a: {<<: *d, script: x}\n  b: {<<: *d, script: "
	     "x}\n",
	     "eco.yml:1:10: unknown option 'kil_timeout'; did you mean 'kill_timeout'?\n");
}

static void warnings_come_with_their_place(void **state)
{
	says_as("eco.yml",
		"apps:\n  - {script: a.js, watch: true}\n  - {script: b.js, watch: true, vizion: "
		"false}\n",
		0,
		"eco.yml:2:20: warning: 'watch' is not yet obeyed\n"
		"eco.yml:3:33: warning: 'vizion' is accepted from PM2, has no effect: "
		"no version control data is read\n");
	says_as("eco.yml", "apps: [{script: a.js}]\ndeploy: {}\n", 0,
		"eco.yml:2:1: warning: 'deploy' is not yet obeyed\n");
}

static void I06_names_that_would_do_harm(void **state)
{
	says("script: a.js\nname: \"a\\nb\"\n",
	     "eco.yml:2:7: name must not have newlines or other control characters in it\n");
	says("script: a.js\nname: ../x\n",
	     "eco.yml:2:7: name must not have '.' or '..' as a part between slashes\n");
	says("script: a.js\nname: \"a\\0b\"\n",
	     "eco.yml:2:7: a NUL byte in a text: nothing here can hold one\n");
	says("script: a.js\nname: ''\n", "eco.yml:2:7: name: must not be empty\n");
	says("script: a.js\nnamespace: all\n",
	     "eco.yml:2:12: namespace must not be 'all', which names every app\n");
	says("script: all.js\n",
	     "eco.yml:1:1: the name 'all', which the script gives it, must not be 'all', which "
	     "names every app; give the app a name\n");
	says("apps:\n  ../x: {script: a.js}\n", "eco.yml:2:3: the name of an app must not have '.' "
						"or '..' as a part between slashes\n");
}

static void I06_a_name_of_300_bytes(void **state)
{
	_cleanup_(str_done) struct str text = {};

	str_append(&text, "script: a.js\nname: ");
	str_append_repeat(&text, 'x', 300);
	says(text.data, "eco.yml:2:7: name: 300 bytes long, at most 200 are allowed\n");
}

static void shapes_that_are_none(void **state)
{
	says("app:\n  - script: x\n", "eco.yml:1:1: unknown key 'app'; did you mean 'apps'?\n");
	says("apps: []\n", "eco.yml:1:7: there is no app\n");
	says("apps: server.js\n",
	     "eco.yml:1:7: expected a list of apps, or a map from names to apps\n");
	says("just a text\n",
	     "eco.yml:1:1: expected a list of apps, or a map from names to apps\n");
	says("apps: [{script: a}]\npm2: [{script: b}]\n",
	     "eco.yml:2:6: apps are given twice: by 'apps', 'pm2' or 'pmc'\n");
	says("apps:\n  a: {script: x, name: b}\n",
	     "eco.yml:2:6: the app has two names: its key and 'name'; leave out 'name'\n");
	says("script: ~\nname: x\n",
	     "eco.yml:1:1: the app has no script; add what it runs: script: FILE\n");
	says("apps: [{script: a}]\nfoo: 1\n",
	     "eco.yml:2:1: unknown key 'foo' beside the apps; "
	     "keys that begin with 'x-' are free for your own use\n");
}

static void too_many_apps_are_refused(void **state)
{
	_cleanup_(str_done) struct str text = {};

	str_append(&text, "apps:\n");
	for (int i = 0; i <= ECOSYSTEM_APPS_MAX; i++)
		str_append(&text, "  - {script: x}\n");
	says(text.data, "eco.yml:2:3: too many apps: at most 4096 are read\n");
}

static void paths_are_relative_to_the_folder_of_the_file(void **state)
{
	struct reading reading;
	const struct app_spec *app;

	assert_int_equal(
		parse(&reading,
		      "script: bin/x.js\ncwd: data\nout_file: logs/o.log\nerror_file: 'NULL'\n"
		      "log_file: true\npid_file: /run/x.pid\n"),
		0);
	app = &reading.eco.apps[0];
	assert_string_equal(reading.eco.base_dir, "/srv");
	assert_string_equal(app->script, "/srv/bin/x.js");
	assert_string_equal(app->cwd, "/srv/data");
	assert_string_equal(app->out_file, "/srv/logs/o.log");
	assert_string_equal(app->error_file, "/dev/null");
	assert_string_equal(app->log_file, SPEC_LOG_FILE_DEFAULT);
	assert_string_equal(app->pid_file, "/run/x.pid");
	done(&reading);
}

static void the_environment_is_text_as_written(void **state)
{
	struct reading reading;
	const struct keyval *env;

	assert_int_equal(parse(&reading, "script: x.js\nenv: {V: 1.10, ON: yes, T: true, H: 0x10, "
					 "J: [1, {a: b}], E: }\n"),
			 0);
	env = &reading.eco.apps[0].env;
	assert_string_equal(keyval_get(env, "V"), "1.10");
	assert_string_equal(keyval_get(env, "ON"), "yes");
	assert_string_equal(keyval_get(env, "T"), "true");
	assert_string_equal(keyval_get(env, "H"), "0x10");
	assert_string_equal(keyval_get(env, "J"), "[1,{\"a\":\"b\"}]");
	assert_string_equal(keyval_get(env, "E"), "");
	done(&reading);
}

static void yes_and_no_are_booleans_where_one_is_wanted(void **state)
{
	struct reading reading;

	assert_int_equal(parse(&reading, "script: x.js\nautorestart: no\nmerge_logs: on\n"), 0);
	assert_false(reading.eco.apps[0].autorestart);
	assert_true(reading.eco.apps[0].merge_logs);
	done(&reading);
}

static void names_of_our_files(void **state)
{
	assert_true(ecosystem_is_file_name("eco.yml"));
	assert_true(ecosystem_is_file_name("a/eco.yaml"));
	assert_true(ecosystem_is_file_name("package.json"));
	assert_true(ecosystem_is_file_name("ecosystem.config.js"));
	assert_false(ecosystem_is_file_name("server.js"));
	assert_false(ecosystem_is_file_name("yml"));
}

static void I04_what_is_no_file_is_refused_at_once(void **state)
{
	char fifo[] = "/tmp/pmc-eco-XXXXXX";
	struct reading reading = {};

	assert_int_equal(ecosystem_load("/", NULL, &reading.eco, &reading.diags), -EINVAL);
	assert_string_equal(reading.diags.items[0].message, "cannot be read: is a directory");
	done(&reading);
	assert_int_equal(ecosystem_load("/nonexistent/eco.yml", NULL, &reading.eco, &reading.diags),
			 -EINVAL);
	done(&reading);
	close(mkstemp(fifo));
	unlink(fifo);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(ecosystem_load(fifo, NULL, &reading.eco, &reading.diags), -EINVAL);
	assert_int_equal(reading.diags.errors, 1);
	done(&reading);
	unlink(fifo);
}

static void a_file_on_the_disk_keeps_its_source_for_messages(void **state)
{
	char path[] = "/tmp/pmc-eco-XXXXXX";
	int fd = mkstemp(path);
	struct reading reading = {};

	assert_true(dprintf(fd, "script: x.js\nautorestart: 5x\n") > 0);
	close(fd);
	assert_int_equal(ecosystem_load(path, NULL, &reading.eco, &reading.diags), -EINVAL);
	assert_int_equal(reading.eco.count, 0);
	assert_non_null(strstr(reading.eco.source.data, "5x"));
	done(&reading);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shape_of_a_file),
		cmocka_unit_test(json_is_read_leniently),
		cmocka_unit_test(strictness_can_be_turned),
		cmocka_unit_test(I01_all_mistakes_of_a_file_at_once),
		cmocka_unit_test(a_mistake_in_an_anchor_is_one_message),
		cmocka_unit_test(warnings_come_with_their_place),
		cmocka_unit_test(I06_names_that_would_do_harm),
		cmocka_unit_test(I06_a_name_of_300_bytes),
		cmocka_unit_test(shapes_that_are_none),
		cmocka_unit_test(too_many_apps_are_refused),
		cmocka_unit_test(paths_are_relative_to_the_folder_of_the_file),
		cmocka_unit_test(the_environment_is_text_as_written),
		cmocka_unit_test(yes_and_no_are_booleans_where_one_is_wanted),
		cmocka_unit_test(names_of_our_files),
		cmocka_unit_test(I04_what_is_no_file_is_refused_at_once),
		cmocka_unit_test(a_file_on_the_disk_keeps_its_source_for_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
