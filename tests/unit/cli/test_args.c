#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "cli/args.h"
#include "cli/command.h"
#include "shared/base/error.h"
#include "shared/base/str.h"
#include "shared/spec/app_spec.h"

static struct args args;
static struct pmc_error err;

static int parse(const char *line)
{
	struct strlist words = {};
	int r;

	args_done(&args);
	err = (struct pmc_error){};
	assert_int_equal(strlist_split_words(&words, line, NULL), 0);
	r = args_parse(&args, (int)words.count, words.items, &err);
	strlist_done(&words);
	return r;
}

static int clean_up(void **state)
{
	args_done(&args);
	return 0;
}

static const char *setting(enum spec_option option)
{
	for (size_t i = 0; i < args.nsettings; i++) {
		if (args.settings[i].option == &app_spec_table.rows[option])
			return args.settings[i].text ? args.settings[i].text : "(removed)";
	}
	return NULL;
}

static void options_stand_before_and_after_the_command(void **state)
{
	assert_int_equal(parse("pmc --name web start app.js -i max --kill-timeout=5s"), 0);
	assert_string_equal(args.command->name, "start");
	assert_int_equal(args.words.count, 1);
	assert_string_equal(args.words.items[0], "app.js");
	assert_string_equal(setting(SPEC_name), "web");
	assert_string_equal(setting(SPEC_instances), "max");
	assert_string_equal(setting(SPEC_kill_timeout), "5s");
}

static void what_follows_two_dashes_belongs_to_the_app(void **state)
{
	assert_int_equal(parse("pmc start app.js -- --name other -x 'two words' --"), 0);
	assert_null(setting(SPEC_name));
	assert_true(args.has_rest);
	assert_int_equal(args.rest.count, 5);
	assert_string_equal(args.rest.items[3], "two words");
	assert_string_equal(args.rest.items[4], "--");
}

static void a_value_may_look_like_an_option_or_be_removed(void **state)
{
	assert_int_equal(parse("pmc start app.js -i -1 --node-args=null"), 0);
	assert_string_equal(setting(SPEC_instances), "-1");
	assert_string_equal(setting(SPEC_interpreter_args), "(removed)");
}

static void a_negative_number_is_a_word(void **state)
{
	assert_int_equal(parse("pmc scale web -2"), 0);
	assert_string_equal(args.words.items[1], "-2");
}

static void switches_can_be_negated(void **state)
{
	assert_int_equal(parse("pmc start a.js --no-autorestart --no-color --treekill=false"), 0);
	assert_string_equal(setting(SPEC_autorestart), "false");
	assert_string_equal(setting(SPEC_treekill), "false");
	assert_false(args.flags.color);
}

static void pm2_spellings_are_understood(void **state)
{
	assert_int_equal(
		parse("pmc start a.js --cron '0 3 * * *' -u www --error e.log -o o.log -x"), 0);
	assert_string_equal(setting(SPEC_cron_restart), "0 3 * * *");
	assert_string_equal(setting(SPEC_uid), "www");
	assert_string_equal(setting(SPEC_error_file), "e.log");
	assert_string_equal(setting(SPEC_out_file), "o.log");
	assert_int_equal(args.warnings.count, 2); /* cron is not yet obeyed, -x has no effect */
}

static void pm2_flags_without_meaning_warn_and_nothing_else(void **state)
{
	assert_int_equal(parse("pmc start a.js --no-vizion --source-map-support -w"), 0);
	assert_int_equal(args.warnings.count, 3);
	assert_non_null(strstr(args.warnings.items[0], "--no-vizion"));
	assert_int_equal(args.words.count, 1);
}

static void options_of_apps_warn_where_no_app_is_started(void **state)
{
	assert_int_equal(parse("pmc stop web --watch"), 0);
	assert_int_equal(args.nsettings, 0);
	assert_string_equal(args.warnings.items[0], "--watch has no effect on `pmc stop`");
}

static void watch_takes_a_path_only_behind_the_script(void **state)
{
	assert_int_equal(parse("pmc start --watch app.js"), 0);
	assert_string_equal(args.words.items[0], "app.js");
	assert_string_equal(setting(SPEC_watch), "true");
	assert_int_equal(parse("pmc start app.js --watch src"), 0);
	assert_int_equal(args.words.count, 1);
	assert_string_equal(setting(SPEC_watch), "src");
}

static void the_last_of_two_values_counts_but_lists_come_together(void **state)
{
	assert_int_equal(parse("pmc start a.js --filter-env AWS --filter-env SSH"), 0);
	assert_string_equal(setting(SPEC_filter_env), "AWS SSH");
	assert_int_equal(parse("pmc start a.js --name one --name two"), 0);
	assert_string_equal(setting(SPEC_name), "two");
	assert_int_equal(args.nsettings, 1);
}

static void what_is_mistyped_gets_a_suggestion(void **state)
{
	assert_int_equal(parse("pmc restrat web"), -ENOENT);
	assert_non_null(strstr(err.hint, "pmc restart"));
	assert_int_equal(parse("pmc start a.js --max-restart 3"), -EINVAL);
	assert_non_null(strstr(err.hint, "--max-restarts"));
	assert_int_equal(parse("pmc logs --nostrem"), -EINVAL);
	assert_non_null(strstr(err.hint, "--nostream"));
	assert_int_equal(parse("pmc start a.js --no-autorestat"), -EINVAL);
	assert_non_null(strstr(err.hint, "--no-autorestart"));
	assert_int_equal(parse("pmc xyzzy"), -ENOENT);
	assert_null(strstr(err.hint, "did you mean"));
}

static void values_and_words_are_checked(void **state)
{
	assert_int_equal(parse("pmc logs --lines many"), -EINVAL);
	assert_int_equal(parse("pmc logs --lines"), -EINVAL);
	assert_int_equal(parse("pmc stop"), -EINVAL);
	assert_non_null(strstr(err.message, "pmc stop"));
	assert_int_equal(parse("pmc save now"), -EINVAL);
	assert_string_equal(err.hint, "usage: pmc save");
	assert_int_equal(parse("pmc stop --help"), 0);
	assert_true(args.flags.help);
}

static void flags_of_commands_have_types(void **state)
{
	assert_int_equal(parse("pmc events --since 10m --limit 5 -f --json"), 0);
	assert_int_equal(args.flags.since_ms, 600000);
	assert_int_equal(args.flags.limit, 5);
	assert_true(args.flags.follow && args.flags.json);
	assert_true(args_given(&args, FLAG_limit));
	assert_false(args_given(&args, FLAG_app));
}

static void no_command_is_no_error_yet(void **state)
{
	assert_int_equal(parse("pmc"), 0);
	assert_null(args.command);
	assert_int_equal(parse("pmc -v"), 0);
	assert_true(args.flags.version);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_before_and_after_the_command),
		cmocka_unit_test(what_follows_two_dashes_belongs_to_the_app),
		cmocka_unit_test(a_value_may_look_like_an_option_or_be_removed),
		cmocka_unit_test(a_negative_number_is_a_word),
		cmocka_unit_test(switches_can_be_negated),
		cmocka_unit_test(pm2_spellings_are_understood),
		cmocka_unit_test(pm2_flags_without_meaning_warn_and_nothing_else),
		cmocka_unit_test(options_of_apps_warn_where_no_app_is_started),
		cmocka_unit_test(watch_takes_a_path_only_behind_the_script),
		cmocka_unit_test(the_last_of_two_values_counts_but_lists_come_together),
		cmocka_unit_test(what_is_mistyped_gets_a_suggestion),
		cmocka_unit_test(values_and_words_are_checked),
		cmocka_unit_test(flags_of_commands_have_types),
		cmocka_unit_test(no_command_is_no_error_yet),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
