#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/log.h"
#include "shared/base/str.h"
#include "shared/config/settings.h"

static void parse_good(struct settings *settings, const char *text)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};

	if (settings_parse(settings, text, strlen(text), "pmcd.ini", &diags) < 0)
		fail_msg("%s", diags.items[0].message);
}

static void every_setting_has_a_sentence_and_a_valid_default(void **state)
{
	struct settings settings, again;

	settings_init(&settings);
	settings_init(&again);
	for (size_t i = 0; i < settings_table.count; i++) {
		const struct option *opt = &settings_table.rows[i];
		_cleanup_(str_done) struct str shown = {};
		struct pmc_error err = {};

		assert_true(strlen(opt->doc) > 10 && opt->doc[strlen(opt->doc) - 1] == '.');
		assert_non_null(opt->def);
		option_format(opt, &settings, &shown);
		if (option_set_text(opt, &again, str_cstr(&shown), &err) < 0)
			fail_msg("%s", err.message);
		assert_true(option_equal(opt, &settings, &again));
	}
	settings_done(&settings);
	settings_done(&again);
}

static void settings_stand_at_the_top_or_under_pmcd(void **state)
{
	struct settings settings;

	settings_init(&settings);
	parse_good(
		&settings,
		"# a comment\nlog_level = debug\n\n; another\n[pmcd]\n  watchdog=1m ; behind it\n"
		"secret_names = PASS, PIN\n");
	assert_int_equal(settings.log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(settings.watchdog_ms, 60000);
	assert_int_equal(settings.secret_names.count, 2);
	assert_int_equal(settings.log_size_bytes, 10 << 20);
	settings_done(&settings);
}

static void what_the_file_no_longer_names_has_its_default_again(void **state)
{
	struct settings settings;

	settings_init(&settings);
	parse_good(&settings, "clients_max = 100\n");
	assert_int_equal(settings.clients_max, 100);
	parse_good(&settings, "");
	assert_int_equal(settings.clients_max, 256);
	settings_done(&settings);
}

static void every_mistake_is_named_with_its_line(void **state)
{
	const char *text = "log_levl = debug\n"
			   "watchdog = soon\n"
			   "clients_max = 1\n"
			   "history_days = 5\n"
			   "nonsense\n"
			   "history_days = 6\n"
			   "[other]\n"
			   "x = 1\n";
	const char *expected =
		"pmcd.ini:1:1: unknown setting 'log_levl'; did you mean 'log_level'?\n"
		"pmcd.ini:2:12: watchdog: 'soon' is not a duration; "
		"write 500ms, 10s, 5m, 1h30m or a number of milliseconds\n"
		"pmcd.ini:3:15: clients_max: '1' is less than the least allowed, 8\n"
		"pmcd.ini:5:1: neither a setting nor a section; write name = value\n"
		"pmcd.ini:6:1: 'history_days' was set in line 4 already\n"
		"pmcd.ini:8:1: a setting of an unknown section; the only section is [pmcd]\n";
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(str_done) struct str shown = {};
	struct settings settings;

	settings_init(&settings);
	assert_int_equal(settings_parse(&settings, text, strlen(text), "pmcd.ini", &diags),
			 -EINVAL);
	diagnostics_format(&diags, NULL, 0, &shown);
	assert_string_equal(shown.data, expected);
	assert_int_equal(settings.history_days, 30); /* nothing changed */
	settings_done(&settings);
}

static void what_is_no_text_is_refused(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(str_done) struct str line = {};
	struct settings settings;

	settings_init(&settings);
	assert_int_equal(settings_parse(&settings, "a\0b", 3, NULL, &diags), -EINVAL);
	str_append(&line, "log_level = ");
	str_append_repeat(&line, 'x', 100000);
	assert_int_equal(settings_parse(&settings, line.data, line.len, NULL, &diags), -EINVAL);
	assert_string_equal(diags.items[diags.count - 1].message, "the line is too long");
	settings_done(&settings);
}

static void a_missing_file_is_an_empty_one(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct settings settings;
	struct pmc_error err = {};

	settings_init(&settings);
	assert_int_equal(settings_read(&settings, "/nonexistent/pmcd.ini", &diags, &err), 0);
	assert_int_equal(settings.clients_max, 256);
	settings_done(&settings);
}

static void a_file_is_read_or_refused_with_its_place(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	char path[] = "/tmp/pmc-settings-XXXXXX";
	int fd = mkstemp(path);
	struct settings settings;
	struct pmc_error err = {};

	settings_init(&settings);
	assert_true(dprintf(fd, "\nclients_max = many\n") > 0);
	close(fd);
	assert_int_equal(settings_read(&settings, path, &diags, &err), -EINVAL);
	assert_string_equal(err.message, "clients_max: 'many' is not a whole number");
	assert_int_equal(err.line, 2);
	unlink(path);
	assert_int_equal(settings_read(&settings, "/", &diags, &err), -EISDIR);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(settings_read(&settings, path, &diags, &err), -EINVAL);
	unlink(path);
	settings_done(&settings);
}

static void secrets_are_known_by_their_names(void **state)
{
	struct settings settings;

	settings_init(&settings);
	assert_true(settings_is_secret(&settings, "DB_PASSWORD"));
	assert_true(settings_is_secret(&settings, "api_key"));
	assert_true(settings_is_secret(&settings, "GithubToken"));
	assert_false(settings_is_secret(&settings, "PORT"));
	parse_good(&settings, "secret_names =\n");
	assert_false(settings_is_secret(&settings, "DB_PASSWORD"));
	settings_done(&settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_setting_has_a_sentence_and_a_valid_default),
		cmocka_unit_test(settings_stand_at_the_top_or_under_pmcd),
		cmocka_unit_test(what_the_file_no_longer_names_has_its_default_again),
		cmocka_unit_test(every_mistake_is_named_with_its_line),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(a_missing_file_is_an_empty_one),
		cmocka_unit_test(a_file_is_read_or_refused_with_its_place),
		cmocka_unit_test(secrets_are_known_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
