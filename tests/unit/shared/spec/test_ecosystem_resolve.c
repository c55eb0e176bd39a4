#include "shared/spec/ecosystem_resolve.h"

#include "tests/unit/shared/spec/folder.h"

#include "shared/base/diagnostics.h"
#include "shared/base/str.h"

static struct app_spec spec_of(const char *script)
{
	struct app_spec spec;

	app_spec_init(&spec);
	assert_int_equal(app_spec_set_text(&spec, SPEC_script, script, NULL), 0);
	return spec;
}

/* Resolve in `folder`, expecting no message. */
static void resolve(struct app_spec *spec, const char *folder)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};

	ecosystem_resolve(spec, folder, NULL, &diags);
	if (diags.count)
		fail_msg("%s", diags.items[0].message);
}

static void a_script_of_the_folder(void **state)
{
	_cleanup_(mem_freep) char *file = folder_add(*state, "server.js", "", 0, 0644);
	struct app_spec spec = spec_of("./server.js");

	resolve(&spec, *state);
	assert_string_equal(spec.script, file);
	assert_string_equal(spec.interpreter, "node");
	assert_string_equal(spec.name, "server");
	assert_string_equal(spec.cwd, *state);
	assert_true(app_spec_is_given(&spec, SPEC_cwd) && app_spec_is_given(&spec, SPEC_name));
	app_spec_done(&spec);
}

static void a_missing_script_is_left_to_its_start(void **state)
{
	_cleanup_(mem_freep) char *file = mem_printf("%s/server", (char *)*state);
	struct app_spec spec = spec_of("server");

	resolve(&spec, *state);
	assert_string_equal(spec.script, file);
	assert_string_equal(spec.interpreter, "none");
	app_spec_done(&spec);
}

static void a_script_with_a_blank_in_its_name_is_no_command_line(void **state)
{
	_cleanup_(mem_freep) char *file = folder_add(*state, "my server.js", "", 0, 0644);
	struct app_spec spec = spec_of("my server.js");

	resolve(&spec, *state);
	assert_string_equal(spec.script, file);
	assert_string_equal(spec.interpreter, "node");
	app_spec_done(&spec);
}

static void a_command_line_goes_to_a_shell(void **state)
{
	struct app_spec spec = spec_of("echo $HOME; sleep 1");

	app_spec_set_text(&spec, SPEC_args, "--x 'a b'", NULL);
	app_spec_set_text(&spec, SPEC_env, "PATH=/nonexistent", NULL);
	resolve(&spec, *state);
	assert_string_equal(spec.script, "bash");
	assert_string_equal(spec.interpreter, "none");
	assert_int_equal(spec.args.count, 2);
	assert_string_equal(spec.args.items[0], "-c");
	assert_string_equal(spec.args.items[1], "echo $HOME; sleep 1 --x 'a b'");
	assert_string_equal(spec.name, "echo $HOME; sleep 1");
	app_spec_done(&spec);
}

static void a_program_is_looked_up_at_each_start(void **state)
{
	folder_put(*state, "bin/tool", "#!/bin/sh\n", 10, 0755);
	_cleanup_(mem_freep) char *path = mem_printf("PATH=%s/bin", (char *)*state);
	struct app_spec spec = spec_of("tool");

	app_spec_set_text(&spec, SPEC_env, path, NULL);
	resolve(&spec, *state);
	assert_string_equal(spec.script, "tool");
	assert_string_equal(spec.interpreter, "none");
	app_spec_done(&spec);
}

static void an_interpreter_given_stays_and_its_path_is_the_folders(void **state)
{
	struct app_spec spec = spec_of("my app.py");

	app_spec_set_text(&spec, SPEC_interpreter, ".venv/bin/python", NULL);
	resolve(&spec, *state);
	assert_true(str_starts(spec.interpreter, *state) &&
		    str_ends(spec.interpreter, "/.venv/bin/python"));
	assert_true(str_ends(spec.script, "/my app.py"));
	app_spec_done(&spec);
	spec = spec_of("x.py");
	app_spec_set_text(&spec, SPEC_interpreter, "python3.11", NULL);
	resolve(&spec, *state);
	assert_string_equal(spec.interpreter, "python3.11");
	app_spec_done(&spec);
}

static void a_script_in_the_apps_own_cwd_is_found_as_with_pm2(void **state)
{
	_cleanup_(mem_freep) char *file = folder_add(*state, "api/server.js", "", 0, 0644);
	struct app_spec spec = spec_of("server.js");

	app_spec_set_text(&spec, SPEC_cwd, "./api", NULL);
	resolve(&spec, *state);
	assert_string_equal(spec.script, file);
	app_spec_done(&spec);
}

static void a_script_only_the_caller_has_is_used_with_a_warning(void **state)
{
	_cleanup_(mem_freep) char *file = folder_add(*state, "caller/server.js", "", 0, 0644);
	_cleanup_(mem_freep) char *base = mem_printf("%s/base", (char *)*state);
	_cleanup_(mem_freep) char *caller = mem_printf("%s/caller", (char *)*state);
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct app_spec spec = spec_of("server.js");

	ecosystem_resolve(&spec, base, caller, &diags);
	assert_string_equal(spec.script, file);
	assert_string_equal(spec.cwd, base);
	assert_int_equal(diags.count, 1);
	assert_int_equal(diags.items[0].level, DIAGNOSTIC_WARNING);
	app_spec_done(&spec);
}

static void names_come_from_scripts(void **state)
{
	static const struct {
		const char *script, *name;
	} rows[] = {
		{"./service-worker/", "service-worker"},
		{"/srv/server.js", "server"},
		{"server.min.js", "server.min"},
		{"redis-server", "redis-server"},
		{".hidden", ".hidden"},
		{"node /srv/x.js --port 80", "x"},
		{"sleep 1; echo a.b", "sleep 1; echo a"},
		{"a\nb.sh", "a-b"},
		{"a\xff.js", "a-"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(mem_freep) char *name = ecosystem_resolve_name(rows[i].script);

		assert_string_equal(name, rows[i].name);
	}
}

static void a_long_name_is_cut_between_characters(void **state)
{
	_cleanup_(str_done) struct str script = {};
	_cleanup_(mem_freep) char *name = NULL;

	str_append(&script, "x");
	for (int i = 0; i < 150; i++)
		str_append(&script, "ä");
	name = ecosystem_resolve_name(script.data);
	assert_int_equal(strlen(name), 199);
}

static void a_name_that_cannot_be_is_a_mistake(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct app_spec spec = spec_of("all.js");

	ecosystem_resolve(&spec, *state, NULL, &diags);
	assert_int_equal(diags.errors, 1);
	app_spec_done(&spec);
}

static void home_is_expanded(void **state)
{
	struct app_spec spec = spec_of("~/app.js");

	setenv("HOME", "/home/me", 1);
	app_spec_set_text(&spec, SPEC_out_file, "~/logs/out.log", NULL);
	resolve(&spec, *state);
	assert_string_equal(spec.script, "/home/me/app.js");
	assert_string_equal(spec.out_file, "/home/me/logs/out.log");
	app_spec_done(&spec);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_script_of_the_folder),
		TEST(a_missing_script_is_left_to_its_start),
		TEST(a_script_with_a_blank_in_its_name_is_no_command_line),
		TEST(a_command_line_goes_to_a_shell),
		TEST(a_program_is_looked_up_at_each_start),
		TEST(an_interpreter_given_stays_and_its_path_is_the_folders),
		TEST(a_script_in_the_apps_own_cwd_is_found_as_with_pm2),
		TEST(a_script_only_the_caller_has_is_used_with_a_warning),
		TEST(names_come_from_scripts),
		TEST(a_long_name_is_cut_between_characters),
		TEST(a_name_that_cannot_be_is_a_mistake),
		TEST(home_is_expanded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
