#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/mem.h"
#include "shared/spec/spec_json.h"

/* JSON with ' for ". New reference. */
static json_t *json_of(const char *text)
{
	_cleanup_(mem_freep) char *real = mem_strdup(text);
	json_t *json;

	for (char *p = real; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	json = json_loads(real, 0, NULL);
	assert_non_null(json);
	return json;
}

static void read_good(const char *text, struct app_spec *ret_spec)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	json_t *json = json_of(text);

	if (spec_json_read(json, ret_spec, &diags, NULL) < 0)
		fail_msg("%s", diags.items[0].message);
	json_decref(json);
}

static void only_what_was_given_is_written(void **state)
{
	const char *text =
		"{'name':'web','args':['a b'],'env':{'A':'1'},'instances':'max','umask':'0022',"
		"'kill_timeout':0,'stop_signal':'SIGINT 5s, "
		"SIGKILL','log_file':true,'env_prod':{'B':'2'}}";
	json_t *expected = json_of(text), *written;
	struct app_spec spec;

	read_good(text, &spec);
	written = spec_json_write(&spec);
	assert_true(json_equal(written, expected));
	json_decref(written);
	json_decref(expected);
	app_spec_done(&spec);
}

static void what_is_written_reads_back_equal(void **state)
{
	struct app_spec spec, again;
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	json_t *json;

	read_good("{'script':'a.js','killTimeout':'5s','limits':{'nofile':'unlimited'},'stop_exit_"
		  "codes':[0,3]}",
		  &spec);
	json = spec_json_write(&spec);
	assert_int_equal(spec_json_read(json, &again, &diags, NULL), 0);
	assert_true(app_spec_equal(&spec, &again));
	json_decref(json);
	app_spec_done(&spec);
	app_spec_done(&again);
}

static void every_mistake_is_named_and_nothing_is_read(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	json_t *json = json_of(
		"{'kil_timeout':1,'kill_timeout':'x','name':'all','script':'a','exec':'b'}");
	struct app_spec spec = {};

	assert_int_equal(spec_json_read(json, &spec, &diags, "request"), -EINVAL);
	assert_int_equal(diags.errors, 4);
	assert_string_equal(diags.items[0].message, "unknown option 'kil_timeout'");
	assert_string_equal(diags.items[0].hint, "did you mean 'kill_timeout'?");
	assert_string_equal(diags.items[1].message, "kill_timeout: 'x' is not a duration");
	assert_string_equal(diags.items[2].message,
			    "name must not be 'all', which names every app");
	assert_string_equal(diags.items[3].message, "'script' and 'exec' are the same option");
	assert_null(spec.name);
	json_decref(json);
}

static void an_app_is_an_object(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct app_spec spec;
	json_t *json = json_array();

	assert_int_equal(spec_json_read(json, &spec, &diags, NULL), -EINVAL);
	assert_string_equal(diags.items[0].message, "an app must be an object of options");
	json_decref(json);
}

static void options_are_merged_and_null_takes_them_away(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	json_t *json =
		json_of("{'kill_timeout':null,'node_args':'null','max_restarts':0,'name':'new'}");
	struct app_spec spec;

	read_good("{'name':'old','kill_timeout':'5s','interpreter_args':'-x','cwd':'/srv'}", &spec);
	assert_int_equal(spec_json_merge(&spec, json, &diags), 0);
	assert_string_equal(spec.name, "new");
	assert_int_equal(spec.kill_timeout_ms, 1600);
	assert_false(app_spec_is_given(&spec, SPEC_kill_timeout));
	assert_int_equal(spec.interpreter_args.count, 0);
	assert_int_equal(spec.max_restarts, 0);
	assert_string_equal(spec.cwd, "/srv");
	json_decref(json);
	app_spec_done(&spec);
}

static void a_merge_with_a_mistake_changes_nothing(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	json_t *json = json_of("{'name':'new','kill_timeout':-1}");
	struct app_spec spec;

	read_good("{'name':'old'}", &spec);
	assert_int_equal(spec_json_merge(&spec, json, &diags), -EINVAL);
	assert_string_equal(spec.name, "old");
	assert_int_equal(diags.errors, 1);
	json_decref(json);
	app_spec_done(&spec);
}

static void null_in_a_spec_means_not_given(void **state)
{
	struct app_spec spec;

	read_good("{'name':'x','kill_timeout':null}", &spec);
	assert_false(app_spec_is_given(&spec, SPEC_kill_timeout));
	app_spec_done(&spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_given_is_written),
		cmocka_unit_test(what_is_written_reads_back_equal),
		cmocka_unit_test(every_mistake_is_named_and_nothing_is_read),
		cmocka_unit_test(an_app_is_an_object),
		cmocka_unit_test(options_are_merged_and_null_takes_them_away),
		cmocka_unit_test(a_merge_with_a_mistake_changes_nothing),
		cmocka_unit_test(null_in_a_spec_means_not_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
