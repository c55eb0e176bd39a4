#include "tests/unit/shared/spec/folder.h"

#include <errno.h>

#include "shared/base/diagnostics.h"
#include "shared/base/keyval.h"
#include "shared/base/str.h"
#include "shared/spec/ecosystem.h"

struct loading {
	struct ecosystem eco;
	struct diagnostics diags;
	struct keyval caller;
};

static void put(void **state, const char *name, const char *text)
{
	folder_put(*state, name, text, strlen(text), 0644);
}

static int load(struct loading *loading, void **state, const char *name, const char *profile)
{
	_cleanup_(mem_freep) char *path = mem_printf("%s/%s", (char *)*state, name);
	struct ecosystem_options options = {
		.caller_dir = *state, .profile = profile, .caller_env = &loading->caller};

	return ecosystem_load(path, &options, &loading->eco, &loading->diags);
}

static void done(struct loading *loading)
{
	ecosystem_done(&loading->eco);
	diagnostics_done(&loading->diags);
	keyval_done(&loading->caller);
}

static const struct app_spec *app(const struct loading *loading, const char *name)
{
	for (size_t i = 0; i < loading->eco.count; i++)
		if (str_equal(loading->eco.apps[i].name, name))
			return &loading->eco.apps[i];
	fail_msg("no app %s", name);
	return NULL;
}

static void gives(void **state, const char *name, const char *names)
{
	struct loading loading = {};
	_cleanup_(str_done) struct str found = {};

	if (load(&loading, state, name, NULL) < 0)
		fail_msg("%s: %s", name, loading.diags.items[0].message);
	for (size_t i = 0; i < loading.eco.count; i++)
		str_appendf(&found, "%s%s", i ? " " : "", loading.eco.apps[i].name);
	assert_string_equal(str_cstr(&found), names);
	done(&loading);
}

/* `text` is eco.yml; the first mistake. */
static void refused(void **state, const char *text, const char *message)
{
	struct loading loading = {};

	put(state, "eco.yml", text);
	assert_int_equal(load(&loading, state, "eco.yml", NULL), -EINVAL);
	assert_string_equal(loading.diags.items[0].message, message);
	done(&loading);
}

static void files_and_patterns_are_included(void **state)
{
	put(state, "a/pmc.yml", "apps: [{name: a, script: x.js}]");
	put(state, "b/pmc.json", "{\"apps\": [{\"name\": \"b\", \"script\": \"x.js\"}]}");
	put(state, "c [1]/pmc.yml", "include: '*.yaml'\nname: no app");
	put(state, "eco.yml", "include: a/pmc.yml");
	gives(state, "eco.yml", "a");
	put(state, "eco.yml", "apps: {own: {script: x.js}}\ninclude: ['*/pmc.[yj]*', a/pmc.yml]");
	put(state, "c [1]/pmc.yml", "include: '*.yaml'");
	put(state, "c [1]/more.yaml", "name: c\nscript: x.js");
	gives(state, "eco.yml", "own a b c");
}

static void paths_are_of_the_file_that_says_them(void **state)
{
	_cleanup_(mem_freep) char *cwd = mem_printf("%s/a", (char *)*state);
	_cleanup_(mem_freep) char *script = mem_printf("%s/a/x.js", (char *)*state);
	_cleanup_(mem_freep) char *log = mem_printf("%s/logs/x.log", (char *)*state);
	struct loading loading = {};

	put(state, "a/x.js", "");
	put(state, "a/pmc.yml", "apps: [{name: a, script: x.js}]");
	put(state, "eco.yml", "include: a/pmc.yml\ndefaults: {out_file: logs/x.log}");
	assert_int_equal(load(&loading, state, "eco.yml", NULL), 0);
	assert_string_equal(app(&loading, "a")->cwd, cwd);
	assert_string_equal(app(&loading, "a")->script, script);
	assert_string_equal(app(&loading, "a")->out_file, log);
	done(&loading);
}

static void what_is_not_there_is_a_mistake_and_an_empty_pattern_a_warning(void **state)
{
	struct loading loading = {};

	refused(state, "include: none.yml", "there is no file 'none.yml'");
	refused(state, "include: {a: b}", "'include' must be a file name, or a list of them");
	refused(state, "include: [1]", "'include' must be a file name, or a list of them");
	refused(state, "defaults: {nice: 1}", "there are no apps");
	put(state, "eco.yml", "include: none/*.yml");
	assert_int_equal(load(&loading, state, "eco.yml", NULL), 0);
	assert_int_equal(loading.eco.count, 0);
	assert_string_equal(loading.diags.items[0].message, "no file matches 'none/*.yml'");
	done(&loading);
}

static void a_mistake_in_an_included_file_names_that_file(void **state)
{
	_cleanup_(mem_freep) char *path = mem_printf("%s/a/pmc.yml", (char *)*state);
	struct loading loading = {};

	put(state, "a/pmc.yml", "apps:\n  - name: a\n    scirpt: x.js");
	put(state, "eco.yml", "include: a/pmc.yml");
	assert_int_equal(load(&loading, state, "eco.yml", NULL), -EINVAL);
	assert_string_equal(loading.diags.items[0].file, path);
	assert_int_equal(loading.diags.items[0].line, 3);
	done(&loading);
}

static void a_circle_is_named_and_a_second_time_is_none(void **state)
{
	struct loading loading = {};

	put(state, "a.yml", "include: b.yml\napps: {a: {script: x.js}}");
	put(state, "b.yml", "include: eco.yml");
	put(state, "eco.yml", "include: a.yml");
	assert_int_equal(load(&loading, state, "eco.yml", NULL), -EINVAL);
	assert_non_null(strstr(loading.diags.items[0].message, "include goes in a circle: "));
	assert_int_equal(loading.diags.errors, 1);
	done(&loading);
	put(state, "b.yml", "include: c.yml");
	put(state, "c.yml", "apps: {c: {script: x.js}}");
	put(state, "eco.yml", "include: [a.yml, c.yml]");
	gives(state, "eco.yml", "a c");
}

static void defaults_hold_where_an_app_or_a_nearer_file_says_nothing(void **state)
{
	struct loading loading = {};

	put(state, "a.yml",
	    "defaults: {max_restarts: 2, args: [near], env: {B: near}, env_p: {Q: near}}\n"
	    "apps:\n"
	    "  plain: {script: x.js}\n"
	    "  own: {script: x.js, max_restarts: 3, args: [own], env: {A: own}, env_p: {P: "
	    "own}}\n");
	put(state, "eco.yml",
	    "defaults: {max_restarts: 1, nice: 5, args: [a, b], env: {A: far, B: far},\n"
	    "           env_p: {P: far, A: profile}}\n"
	    "include: a.yml\n"
	    "apps: {top: {script: x.js}}\n");
	assert_int_equal(load(&loading, state, "eco.yml", "p"), 0);
	assert_int_equal(app(&loading, "top")->max_restarts, 1);
	assert_int_equal(app(&loading, "top")->args.count, 2);
	assert_int_equal(app(&loading, "plain")->max_restarts, 2);
	assert_int_equal(app(&loading, "plain")->nice, 5);
	assert_string_equal(app(&loading, "plain")->args.items[0], "near");
	assert_string_equal(keyval_get(&app(&loading, "plain")->env, "B"), "near");
	assert_string_equal(keyval_get(&app(&loading, "plain")->env, "P"), "far");
	assert_string_equal(keyval_get(&app(&loading, "plain")->env, "Q"), "near");
	assert_int_equal(app(&loading, "own")->max_restarts, 3);
	assert_string_equal(app(&loading, "own")->args.items[0], "own");
	assert_string_equal(keyval_get(&app(&loading, "own")->env, "A"), "profile");
	assert_string_equal(keyval_get(&app(&loading, "own")->env, "P"), "own");
	assert_int_equal(app(&loading, "own")->profile_count, 1);
	done(&loading);
}

static void defaults_are_not_for_what_one_app_is(void **state)
{
	refused(state, "defaults: {name: a}\napps: [{script: x.js}]",
		"'name' and 'script' belong to one app, not to all");
	refused(state, "defaults: {exec: a.js}\napps: [{script: x.js}]",
		"'name' and 'script' belong to one app, not to all");
	refused(state, "defaults: [1]\napps: [{script: x.js}]",
		"'defaults' must be a map of options");
	refused(state, "defaults: {nise: 1}\napps: [{script: x.js}]", "unknown option 'nise'");
}

static void for_names_alone_nothing_else_is_needed(void **state)
{
	_cleanup_(mem_freep) char *path = mem_printf("%s/eco.yml", (char *)*state);
	struct loading loading = {};
	struct ecosystem_options options = {.caller_env = &loading.caller, .names_only = true};

	put(state, "eco.yml", "apps: {a: {script: x.js, env_file: none, env: {A: '${NONE}'}}}");
	assert_int_equal(ecosystem_load(path, &options, &loading.eco, &loading.diags), 0);
	assert_string_equal(app(&loading, "a")->name, "a");
	assert_int_equal(loading.diags.count, 0);
	done(&loading);
}

static void keys_for_others_and_other_profiles_are_not_interpolated(void **state)
{
	struct loading loading = {};

	put(state, "eco.yml",
	    "x-mine: ${NONE}\ndeploy: {a: '${NONE}'}\n"
	    "apps: {a: {script: x.js, env: {K: '${K}'}, env_p: {P: '${K}'}, env_q: {Q: "
	    "'${NONE}'}}}");
	keyval_set(&loading.caller, "K", "1");
	assert_int_equal(load(&loading, state, "eco.yml", "p"), 0);
	assert_string_equal(keyval_get(&app(&loading, "a")->env, "P"), "1");
	done(&loading);
}

static void a_name_that_becomes_too_long_or_wrong_is_refused(void **state)
{
	_cleanup_(str_done) struct str text = {};

	str_append(&text, "defaults: {name_prefix: team}\napps:\n- {script: x.js, name: ");
	str_append_repeat(&text, 'n', 196);
	str_append(&text, "}");
	put(state, "eco.yml", text.data);
	{
		struct loading loading = {};

		assert_int_equal(load(&loading, state, "eco.yml", NULL), -EINVAL);
		assert_non_null(strstr(loading.diags.items[0].message,
				       "must not be longer than 200 bytes"));
		done(&loading);
	}
}

static void the_version_is_that_of_the_nearest_package(void **state)
{
	struct loading loading = {};

	put(state, "package.json", "{\"version\": \"0.1.0\"}");
	put(state, "a/src/x.js", "");
	put(state, "a/package.json", "{\"version\": \"2.0.0-rc.1\"}");
	put(state, "b/src/x.js", "");
	put(state, "c/x.js", "");
	put(state, "c/package.json", "{\"version\": 7, oops");
	put(state, "eco.yml",
	    "- {name: a, script: a/src/x.js}\n- {name: b, script: b/src/x.js}\n"
	    "- {name: c, script: c/x.js}\n- {name: own, script: c/x.js, version: 1.10}\n"
	    "- {name: path, script: sleep, args: 1, cwd: a/src}\n");
	assert_int_equal(load(&loading, state, "eco.yml", NULL), 0);
	assert_string_equal(app(&loading, "a")->version, "2.0.0-rc.1");
	assert_string_equal(app(&loading, "b")->version, "0.1.0");
	assert_null(app(&loading, "c")->version);
	assert_string_equal(app(&loading, "own")->version, "1.10");
	assert_string_equal(app(&loading, "path")->version, "2.0.0-rc.1");
	done(&loading);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_and_patterns_are_included),
		TEST(paths_are_of_the_file_that_says_them),
		TEST(what_is_not_there_is_a_mistake_and_an_empty_pattern_a_warning),
		TEST(a_mistake_in_an_included_file_names_that_file),
		TEST(a_circle_is_named_and_a_second_time_is_none),
		TEST(defaults_hold_where_an_app_or_a_nearer_file_says_nothing),
		TEST(defaults_are_not_for_what_one_app_is),
		TEST(for_names_alone_nothing_else_is_needed),
		TEST(keys_for_others_and_other_profiles_are_not_interpolated),
		TEST(a_name_that_becomes_too_long_or_wrong_is_refused),
		TEST(the_version_is_that_of_the_nearest_package),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
