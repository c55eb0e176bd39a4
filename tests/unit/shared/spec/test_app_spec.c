/* One test covers every row of options.def; the rest is what the rows cannot say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/str.h"
#include "shared/spec/app_spec.h"

/* A valid value for each type that is no option's default, for the test of every row. */
static const char *sample_text(const struct option *opt)
{
	static char number[32];

	switch (opt->type) {
	case OPTION_DURATION:
	case OPTION_SIZE:
	case OPTION_INT:
		snprintf(number, sizeof(number), "%lld", (long long)(opt->max - 1));
		return number;
	case OPTION_BOOL:
		return opt->def && strcmp(opt->def, "true") == 0 ? "false" : "true";
	case OPTION_STRING:
		return opt->index == SPEC_cron_restart ? "0 3 * * *" : "text";
	case OPTION_PATH:
	case OPTION_PATH_OR_BOOL:
		return "some/path";
	case OPTION_ENUM:
		return opt->choices[1];
	case OPTION_OCTAL:
		return "027";
	case OPTION_STRLIST:
	case OPTION_NAMES:
	case OPTION_LIST_OR_BOOL:
		return "a b";
	case OPTION_INTLIST:
		return "1 2";
	case OPTION_KEYVAL:
		return "A=1 B=2";
	case OPTION_INSTANCES:
		return "3";
	case OPTION_LIMITS:
		return "nofile=1024 core=unlimited";
	case OPTION_SIGNALS:
		return "SIGTERM 5s, SIGKILL";
	}
	return NULL;
}

static void set(struct app_spec *spec, const struct option *opt, const char *text)
{
	_cleanup_(mem_freep) char *first =
		mem_strndup(text, strcspn(text, "|")); /* of the words of an ENUM */
	struct pmc_error err = {};

	if (app_spec_set_text(spec, (enum spec_option)opt->index, first, &err) < 0)
		fail_msg("%s: %s", opt->name, err.message);
}

static void each_row(void (*check)(const struct option *opt))
{
	for (size_t i = 0; i < app_spec_table.count; i++)
		check(&app_spec_table.rows[i]);
}

static void check_text(const struct option *opt)
{
	size_t len = opt->doc ? strlen(opt->doc) : 0;

	if (len < 10 || !isupper((unsigned char)opt->doc[0]) || opt->doc[len - 1] != '.')
		if (strncmp(opt->doc, "fork:", 5) != 0 && strncmp(opt->doc, "raw:", 4) != 0)
			fail_msg("%s: its text is no sentence", opt->name);
}

static void every_option_has_a_sentence(void **state)
{
	each_row(check_text);
}

static void check_keys(const struct option *opt)
{
	const struct option_table *table = &app_spec_table;
	bool negated;

	assert_ptr_equal(option_find(table, opt->name), opt);
	for (const char *const *alias = opt->aliases; alias && *alias; alias++)
		if (option_find(table, *alias) != opt)
			fail_msg("%s: its alias %s finds another option", opt->name, *alias);
	if (opt->flag && option_find_flag(table, opt->flag, &negated) != opt)
		fail_msg("%s: its flag --%s finds another option", opt->name, opt->flag);
	if (opt->short_flag && option_find_short(table, opt->short_flag) != opt)
		fail_msg("%s: its flag -%c finds another option", opt->name, opt->short_flag);
}

static void every_key_and_flag_is_there_once(void **state)
{
	each_row(check_keys);
}

static void check_default(const struct option *opt)
{
	_cleanup_(str_done) struct str shown = {};
	struct app_spec spec, again;

	app_spec_init(&spec);
	app_spec_init(&again);
	assert_false(app_spec_is_given(&spec, (enum spec_option)opt->index));
	if (opt->def) {
		option_format(opt, &spec, &shown);
		set(&again, opt, str_cstr(&shown));
		assert_true(option_equal(opt, &spec, &again));
		assert_true(app_spec_is_given(&again, (enum spec_option)opt->index));
	}
	app_spec_done(&spec);
	app_spec_done(&again);
}

static void every_default_is_valid_and_not_given(void **state)
{
	each_row(check_default);
}

static void check_round_trip(const struct option *opt)
{
	_cleanup_(str_done) struct str shown = {};
	struct app_spec a, by_text, by_json, copy;
	json_t *json;

	app_spec_init(&a);
	app_spec_init(&by_text);
	app_spec_init(&by_json);
	set(&a, opt, sample_text(opt));
	app_spec_init(&copy);
	if (option_equal(opt, &a, &copy))
		fail_msg("%s: the value of the test is its default", opt->name);
	app_spec_done(&copy);

	option_format(opt, &a, &shown);
	set(&by_text, opt, str_cstr(&shown));
	json = option_to_json(opt, &a);
	assert_int_equal(option_set_json(opt, &by_json, json, NULL), 0);
	app_spec_copy(&copy, &a);
	assert_true(option_equal(opt, &a, &by_text));
	assert_true(option_equal(opt, &a, &by_json));
	assert_true(app_spec_equal(&a, &copy));
	json_decref(json);
	app_spec_done(&a);
	app_spec_done(&by_text);
	app_spec_done(&by_json);
	app_spec_done(&copy);
}

static void every_option_survives_text_json_and_copy(void **state)
{
	each_row(check_round_trip);
}

static void check_bounds(const struct option *opt)
{
	char text[64];
	struct app_spec spec;

	if (opt->type != OPTION_DURATION && opt->type != OPTION_SIZE && opt->type != OPTION_INT)
		return;
	if (opt->min >= opt->max)
		fail_msg("%s: has no bounds", opt->name);
	app_spec_init(&spec);
	snprintf(text, sizeof(text), "%lld", (long long)opt->max);
	assert_int_equal(app_spec_set_text(&spec, (enum spec_option)opt->index, text, NULL), 0);
	snprintf(text, sizeof(text), "%lld", (long long)opt->max + 1);
	assert_int_equal(app_spec_set_text(&spec, (enum spec_option)opt->index, text, NULL),
			 -EINVAL);
	snprintf(text, sizeof(text), "%lld", (long long)opt->min);
	assert_int_equal(app_spec_set_text(&spec, (enum spec_option)opt->index, text, NULL), 0);
	snprintf(text, sizeof(text), "%lld", (long long)opt->min - 1);
	assert_int_equal(app_spec_set_text(&spec, (enum spec_option)opt->index, text, NULL),
			 -EINVAL);
	app_spec_done(&spec);
}

static void every_number_has_bounds_that_hold(void **state)
{
	each_row(check_bounds);
}

static void check_change(const struct option *opt)
{
	struct app_spec before, after;

	app_spec_init(&before);
	app_spec_init(&after);
	assert_int_equal(app_spec_changes(&before, &after), APPLIES_NOTHING);
	set(&after, opt, sample_text(opt));
	assert_int_equal(app_spec_changes(&before, &after), opt->applies);
	assert_false(app_spec_equal(&before, &after));
	app_spec_unset(&after, (enum spec_option)opt->index);
	assert_true(app_spec_equal(&before, &after));
	app_spec_done(&before);
	app_spec_done(&after);
}

static void every_change_says_what_it_takes(void **state)
{
	each_row(check_change);
}

static void the_strongest_change_counts(void **state)
{
	struct app_spec before, after;

	app_spec_init(&before);
	app_spec_init(&after);
	app_spec_set_text(&after, SPEC_kill_timeout, "5s", NULL);
	assert_int_equal(app_spec_changes(&before, &after), APPLIES_LIVE);
	app_spec_set_text(&after, SPEC_args, "x", NULL);
	assert_int_equal(app_spec_changes(&before, &after), APPLIES_RESTART);
	app_spec_set_text(&after, SPEC_instances, "4", NULL);
	assert_int_equal(app_spec_changes(&before, &after), APPLIES_PLAN);
	app_spec_done(&before);
	app_spec_done(&after);
}

static void giving_the_default_is_no_change_but_is_given(void **state)
{
	struct app_spec plain, given;

	app_spec_init(&plain);
	app_spec_init(&given);
	app_spec_set_text(&given, SPEC_max_restarts, "16", NULL);
	assert_int_equal(app_spec_changes(&plain, &given), APPLIES_NOTHING);
	assert_false(app_spec_equal(&plain, &given));
	app_spec_done(&plain);
	app_spec_done(&given);
}

static void the_defaults_are_those_of_the_manual(void **state)
{
	struct app_spec spec;

	app_spec_init(&spec);
	assert_int_equal(spec.kill_timeout_ms, 1600);
	assert_int_equal(spec.exp_backoff_restart_delay_ms, 100);
	assert_int_equal(spec.min_uptime_ms, 1000);
	assert_int_equal(spec.max_restarts, 16);
	assert_int_equal(spec.restart_window_ms, 15 * 60 * 1000);
	assert_int_equal(spec.stop_signal.count, 1);
	assert_int_equal(spec.stop_signal.step[0].signal, SIGINT);
	assert_string_equal(spec.namespace, "default");
	assert_string_equal(spec.instance_var, "NODE_APP_INSTANCE");
	assert_true(spec.autostart && spec.autorestart && spec.treekill);
	assert_int_equal(spec.exec_mode, SPEC_EXEC_FORK);
	assert_int_equal(spec.log_type, SPEC_LOG_RAW);
	assert_int_equal(spec.log_full, SPEC_LOG_FULL_BLOCK);
	assert_int_equal(spec.umask, -1);
	app_spec_done(&spec);
}

static int instances(const char *text, int cpus)
{
	struct app_spec spec;
	int count;

	app_spec_init(&spec);
	assert_int_equal(app_spec_set_text(&spec, SPEC_instances, text, NULL), 0);
	count = app_spec_instance_count(&spec, cpus);
	app_spec_done(&spec);
	return count;
}

static void instances_follow_the_cpus_we_may_use(void **state)
{
	assert_int_equal(instances("3", 8), 3);
	assert_int_equal(instances("max", 8), 8);
	assert_int_equal(instances("0", 8), 8);
	assert_int_equal(instances("-1", 8), 7);
	assert_int_equal(instances("-20", 8), 1);
	assert_int_equal(instances("50%", 8), 4);
	assert_int_equal(instances("50%", 3), 2);
	assert_int_equal(instances("10%", 2), 1);
}

static void logs_are_merged_unless_there_are_instances(void **state)
{
	struct app_spec spec;

	app_spec_init(&spec);
	assert_true(app_spec_merges_logs(&spec));
	app_spec_set_text(&spec, SPEC_instances, "1", NULL);
	assert_false(app_spec_merges_logs(&spec));
	app_spec_set_text(&spec, SPEC_merge_logs, "true", NULL);
	assert_true(app_spec_merges_logs(&spec));
	app_spec_done(&spec);
}

static void time_goes_before_a_format(void **state)
{
	struct app_spec spec;

	app_spec_init(&spec);
	assert_null(app_spec_date_format(&spec));
	app_spec_set_text(&spec, SPEC_log_date_format, "HH:mm", NULL);
	assert_string_equal(app_spec_date_format(&spec), "HH:mm");
	app_spec_set_text(&spec, SPEC_time, "true", NULL);
	assert_string_equal(app_spec_date_format(&spec), "YYYY-MM-DDTHH:mm:ss");
	app_spec_done(&spec);
}

static void times_to_restart_at_are_read_before_they_are_obeyed(void **state)
{
	struct pmc_error err = {};
	struct app_spec spec;
	json_t *zero = json_integer(0);

	app_spec_init(&spec);
	assert_int_equal(app_spec_set_text(&spec, SPEC_cron_restart, "61 * * * *", &err), -EINVAL);
	assert_string_equal(err.message, "cron_restart: minute 61: must be 0 to 59");
	assert_int_equal(app_spec_set_text(&spec, SPEC_cron_restart, "* * *", &err), -EINVAL);
	assert_string_equal(err.hint, "write minute, hour, day of month, month and day of week; "
				      "0 for never");
	assert_string_equal(spec.cron_restart, "0");
	assert_int_equal(app_spec_set_text(&spec, SPEC_cron_restart, "@daily", NULL), 0);
	assert_int_equal(
		option_set_json(&app_spec_table.rows[SPEC_cron_restart], &spec, zero, NULL), 0);
	assert_string_equal(spec.cron_restart, "0");
	json_decref(zero);
	app_spec_done(&spec);
}

static void profiles_are_copied_and_compared(void **state)
{
	struct keyval env = {};
	struct app_spec a, b;

	app_spec_init(&a);
	keyval_set(&env, "A", "1");
	app_spec_set_profile(&a, "prod", &env);
	app_spec_copy(&b, &a);
	assert_true(app_spec_equal(&a, &b));
	keyval_set(&env, "A", "2");
	app_spec_set_profile(&b, "prod", &env);
	assert_int_equal(b.profile_count, 1);
	assert_false(app_spec_equal(&a, &b));
	keyval_done(&env);
	app_spec_done(&a);
	app_spec_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_has_a_sentence),
		cmocka_unit_test(every_key_and_flag_is_there_once),
		cmocka_unit_test(every_default_is_valid_and_not_given),
		cmocka_unit_test(every_option_survives_text_json_and_copy),
		cmocka_unit_test(every_number_has_bounds_that_hold),
		cmocka_unit_test(every_change_says_what_it_takes),
		cmocka_unit_test(the_strongest_change_counts),
		cmocka_unit_test(giving_the_default_is_no_change_but_is_given),
		cmocka_unit_test(the_defaults_are_those_of_the_manual),
		cmocka_unit_test(instances_follow_the_cpus_we_may_use),
		cmocka_unit_test(logs_are_merged_unless_there_are_instances),
		cmocka_unit_test(time_goes_before_a_format),
		cmocka_unit_test(times_to_restart_at_are_read_before_they_are_obeyed),
		cmocka_unit_test(profiles_are_copied_and_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
