#include "daemon/run/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/run/identity.h"

static struct app_spec spec;
static struct keyval caller;
static struct identity identity;
static struct program_facts facts;

static int set_up(void **state)
{
	app_spec_init(&spec);
	caller = (struct keyval){0};
	identity = (struct identity){.name = "deploy", .home = "/home/deploy"};
	app_spec_set_text(&spec, SPEC_name, "web", NULL);
	app_spec_set_text(&spec, SPEC_script, "/srv/web.js", NULL);
	app_spec_set_text(&spec, SPEC_cwd, "/srv", NULL);
	keyval_set(&caller, "PATH", "/a/bin:bin:/b/bin");
	keyval_set(&caller, "HOME", "/root");
	facts = (struct program_facts){.spec = &spec,
				       .caller_env = &caller,
				       .identity = &identity,
				       .home = "/h",
				       .marker = "abc.1.2",
				       .pm_id = 7,
				       .number = 3,
				       .instances = 4};
	return 0;
}

static int tear_down(void **state)
{
	app_spec_done(&spec);
	keyval_done(&caller);
	return 0;
}

static void an_interpreter_is_looked_for_in_the_apps_own_path(void **state)
{
	struct program program;

	app_spec_set_text(&spec, SPEC_interpreter, "node", NULL);
	app_spec_set_text(&spec, SPEC_interpreter_args, "--trace-gc -x", NULL);
	app_spec_set_text(&spec, SPEC_args, "--port 'a b'", NULL);
	keyval_set(&spec.env, "PATH", "/own/bin:rel");
	program_init(&program, &facts);
	assert_int_equal(program.candidates.count, 2);
	assert_string_equal(program.candidates.items[0], "/own/bin/node");
	assert_string_equal(program.candidates.items[1], "/srv/rel/node");
	assert_int_equal(program.argv.count, 6);
	assert_string_equal(program.argv.items[0], "node");
	assert_string_equal(program.argv.items[2], "-x");
	assert_string_equal(program.argv.items[3], "/srv/web.js");
	assert_string_equal(program.argv.items[5], "a b");
	assert_ptr_equal(program.must_read, program.argv.items[3]);
	program_done(&program);
}

static void none_runs_the_file_itself(void **state)
{
	struct program program;

	app_spec_set_text(&spec, SPEC_interpreter, "none", NULL);
	program_init(&program, &facts);
	assert_int_equal(program.candidates.count, 1);
	assert_string_equal(program.candidates.items[0], "/srv/web.js");
	assert_null(program.must_read);
	program_done(&program);
}

static void a_program_by_name_is_looked_for_too(void **state)
{
	struct program program;

	app_spec_set_text(&spec, SPEC_interpreter, "none", NULL);
	app_spec_set_text(&spec, SPEC_script, "redis-server", NULL);
	program_init(&program, &facts);
	assert_int_equal(program.candidates.count, 3);
	assert_string_equal(program.candidates.items[1], "/srv/bin/redis-server");
	program_done(&program);
}

static const char *value(const char *name)
{
	static struct keyval env;

	keyval_done(&env);
	env = (struct keyval){0};
	program_environment(&facts, &env);
	return keyval_get(&env, name);
}

static void the_environment_has_three_layers(void **state)
{
	keyval_set(&caller, "A", "caller");
	keyval_set(&caller, "B", "caller");
	keyval_set(&spec.env, "B", "file");
	keyval_set(&spec.env, "pm_id", "a lie");
	assert_string_equal(value("A"), "caller");
	assert_string_equal(value("B"), "file");
	assert_string_equal(value("pm_id"), "7");
	assert_string_equal(value("NODE_APP_INSTANCE"), "3");
	assert_string_equal(value("PMC_INSTANCE"), "abc.1.2");
	assert_string_equal(value("HOME"), "/root");
	assert_null(value("PORT"));
	value("free");
}

static void another_user_has_another_home_unless_the_app_says_so(void **state)
{
	app_spec_set_text(&spec, SPEC_uid, "deploy", NULL);
	assert_string_equal(value("HOME"), "/home/deploy");
	assert_string_equal(value("USER"), "deploy");
	keyval_set(&spec.env, "HOME", "/elsewhere");
	assert_string_equal(value("HOME"), "/elsewhere");
}

static void the_instance_variable_can_have_another_name(void **state)
{
	app_spec_set_text(&spec, SPEC_instance_var, "WORKER", NULL);
	app_spec_set_text(&spec, SPEC_port, "8080", NULL);
	assert_string_equal(value("WORKER"), "3");
	assert_null(value("NODE_APP_INSTANCE"));
	assert_string_equal(value("PORT"), "8080");
}

static const char *variable(const char *name)
{
	static struct keyval env;

	keyval_done(&env);
	program_environment(&facts, &env);
	return keyval_get(&env, name);
}

static void what_is_filtered_is_not_taken_over_but_programs_are_found(void **state)
{
	struct program program;

	keyval_set(&caller, "MY_KEY", "1");
	keyval_set(&spec.env, "OWN_KEY", "2");
	app_spec_set_text(&spec, SPEC_filter_env, "KEY", NULL);
	assert_null(variable("MY_KEY"));
	assert_string_equal(variable("OWN_KEY"), "2");
	assert_non_null(variable("PATH"));
	app_spec_set_text(&spec, SPEC_filter_env, "true", NULL);
	app_spec_set_text(&spec, SPEC_interpreter, "node", NULL);
	assert_null(variable("PATH"));
	program_init(&program, &facts);
	assert_string_equal(program.candidates.items[0], "/a/bin/node");
	program_done(&program);
}

static void a_counter_grows_from_its_value_by_the_number(void **state)
{
	app_spec_set_text(&spec, SPEC_increment_var, "PORT", NULL);
	assert_string_equal(variable("PORT"), "3");
	keyval_set(&caller, "PORT", "100");
	assert_string_equal(variable("PORT"), "103");
	keyval_set(&spec.env, "PORT", "8000");
	assert_string_equal(variable("PORT"), "8003");
	keyval_set(&spec.env, "PORT", "9223372036854775807");
	assert_string_equal(variable("PORT"), "3");
	keyval_set(&spec.env, "PORT", "many");
	assert_string_equal(variable("PORT"), "3");
	app_spec_set_text(&spec, SPEC_port, "90", NULL);
	assert_string_equal(variable("PORT"), "93");
}

static void an_app_may_have_words_of_its_own_but_no_other_identity(void **state)
{
	keyval_set(&caller, "name", "of the shell");
	assert_string_equal(variable("name"), "web");
	keyval_set(&spec.env, "name", "mine");
	keyval_set(&spec.env, "instances", "many");
	keyval_set(&spec.env, "PM2_HOME", "/else");
	keyval_set(&spec.env, "pm_id", "0");
	keyval_set(&spec.env, "PMC_INSTANCE", "x");
	assert_string_equal(variable("name"), "mine");
	assert_string_equal(variable("instances"), "many");
	assert_string_equal(variable("PM2_HOME"), "/else");
	assert_string_equal(variable("PMC_HOME"), "/h");
	assert_string_equal(variable("pm_id"), "7");
	assert_string_equal(variable("PMC_INSTANCE"), "abc.1.2");
}

static void python_does_not_buffer(void **state)
{
	assert_null(value("PYTHONUNBUFFERED"));
	app_spec_set_text(&spec, SPEC_interpreter, "/usr/bin/python3", NULL);
	assert_string_equal(value("PYTHONUNBUFFERED"), "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_interpreter_is_looked_for_in_the_apps_own_path,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(none_runs_the_file_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_program_by_name_is_looked_for_too, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_environment_has_three_layers, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			another_user_has_another_home_unless_the_app_says_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_instance_variable_can_have_another_name, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			what_is_filtered_is_not_taken_over_but_programs_are_found, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_counter_grows_from_its_value_by_the_number,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			an_app_may_have_words_of_its_own_but_no_other_identity, set_up, tear_down),
		cmocka_unit_test_setup_teardown(python_does_not_buffer, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
