#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "cli/describe.h"
#include "cli/out/style.h"
#include "shared/base/str.h"
#include "tests/unit/cli/golden.h"
#include "tests/unit/cli/sample.h"

#define NOW_US 1700000180000000

static const struct style plain = {.colors = 0};

static void an_app_that_was_given_up_tells_why(void **state)
{
	struct app_view view = sample_view(0, "web", STATE_ERRORED);
	struct str out = {};

	sample_whole(&view);
	view.reason = mem_strdup("16 failed starts within 15 min");
	view.last_code = 3;
	view.last_cause = mem_strdup("crash");
	view.last_exit_us = 1700000000000000;
	view.last_life_ms = 50;
	view.stderr_tail = mem_strdup("Error: \033[31mboom\033[0m\n    at server.js:3\n");
	describe_render(&view, NULL, NOW_US, 100, &plain, &out);
	golden_compare("describe-errored.txt", &out);
	app_view_done(&view);
	str_done(&out);
}

static void an_app_that_waits_tells_when_it_starts(void **state)
{
	struct app_view view = sample_view(3, "web", STATE_WAITING);
	struct str out = {};

	sample_whole(&view);
	view.orphan = true;
	view.last_exit_us = 1700000000000000;
	describe_render(&view, NULL, NOW_US, 100, &plain, &out);
	assert_non_null(strstr(out.data, "in 1.5 s"));
	assert_non_null(strstr(out.data, "in a way nobody saw"));
	assert_non_null(strstr(out.data, "adopted from a keeper that died"));
	app_view_done(&view);
	str_done(&out);
}

static void what_is_long_goes_on_in_the_next_line(void **state)
{
	struct app_view view = sample_view(0, "web", STATE_ONLINE);
	struct str out = {};

	sample_whole(&view);
	view.log_trouble = mem_strdup("log stalled: no space left on device");
	describe_render(&view, NULL, NOW_US, 40, &plain, &out);
	golden_fits(&out, 40);
	assert_null(strstr(out.data, "…"));
	golden_compare("describe-40.txt", &out);
	app_view_done(&view);
	str_done(&out);
}

/* A fixed view at a width; the names need two columns a letter. */
static void describe_at(unsigned width)
{
	struct app_view view = sample_view(7, "日本語アプリ-🚀", STATE_ONLINE);
	struct str out = {};

	sample_whole(&view);
	view.version = mem_strdup("1.12.3");
	describe_render(&view, NULL, NOW_US, width, &plain, &out);
	golden_compare_width("describe-wide", width, &out);
	app_view_done(&view);
	str_done(&out);
}

static void an_app_at_every_width(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(golden_widths); i++)
		describe_at(golden_widths[i]);
}

/* Given up, with everything there is to tell; at every width, and in colours. */
static void render_errored(unsigned width, const struct style *style, struct str *out)
{
	struct app_view view = sample_view(12, "crashy-\033[31mapp", STATE_ERRORED);

	sample_whole(&view);
	view.reason = mem_strdup("16 failed starts within 15 min; the last: exit 3 after 50 ms");
	view.process_trouble = mem_strdup("3 processes outlived their leader");
	view.log_trouble = mem_strdup("log stalled: no space left on device");
	view.last_code = 3;
	view.last_cause = mem_strdup("crash");
	view.last_exit_us = 1700000000000000;
	view.last_life_ms = 50;
	view.stderr_tail = mem_strdup("Error: \033[31mboom\033[0m \xc2\x9b"
				      "1m \u202egnorw\n"
				      "    at Server.listen (/srv/web/node_modules/a-package-"
				      "with-a-long-name/lib/index.js:1024:17)\n");
	describe_render(&view, NULL, NOW_US, width, style, out);
	app_view_done(&view);
}

static void an_app_that_was_given_up_at_every_width(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(golden_widths); i++) {
		_cleanup_(str_done) struct str out = {};

		render_errored(golden_widths[i], &plain, &out);
		golden_compare_width("describe-errored", golden_widths[i], &out);
	}
}

static void colours_have_roles(void **state)
{
	_cleanup_(str_done) struct str out = {};

	render_errored(80, &(struct style){.colors = 16}, &out);
	golden_compare_colored("describe-colors-16.txt", &out);
}

static void an_app_that_waits_at_80_columns(void **state)
{
	struct app_view view = sample_view(3, "web", STATE_WAITING);
	_cleanup_(str_done) struct str out = {};

	sample_whole(&view);
	view.reason = mem_strdup("killed by SIGSEGV after 3.2 s");
	view.orphan = true;
	view.last_exit_us = 1700000000000000;
	describe_render(&view, NULL, NOW_US, 80, &plain, &out);
	golden_compare_width("describe-waiting", 80, &out);
	app_view_done(&view);
}

static void what_was_never_executed_has_no_code_of_its_own(void **state)
{
	struct app_view view = {
		.last_cause = mem_strdup("exec"), .last_code = 127, .last_signal = -1};
	struct str out = {};

	describe_end(&view, &out);
	assert_string_equal(out.data, "could not be executed");
	app_view_done(&view);
	str_done(&out);
}

static void expect_end(int code, int number, bool core, const char *text)
{
	struct app_view view = {.last_code = code, .last_signal = number, .last_core = core};
	struct str out = {};

	describe_end(&view, &out);
	assert_string_equal(out.data, text);
	str_done(&out);
}

static void an_end_is_a_code_or_a_signal_by_name(void **state)
{
	expect_end(0, -1, false, "exit code 0");
	expect_end(42, -1, false, "exit code 42");
	expect_end(-1, SIGSEGV, true, "killed by SIGSEGV (core dumped)");
	expect_end(-1, SIGKILL, false, "killed by SIGKILL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_app_that_was_given_up_tells_why),
		cmocka_unit_test(an_app_that_waits_tells_when_it_starts),
		cmocka_unit_test(what_is_long_goes_on_in_the_next_line),
		cmocka_unit_test(an_app_at_every_width),
		cmocka_unit_test(an_app_that_was_given_up_at_every_width),
		cmocka_unit_test(an_app_that_waits_at_80_columns),
		cmocka_unit_test(colours_have_roles),
		cmocka_unit_test(what_was_never_executed_has_no_code_of_its_own),
		cmocka_unit_test(an_end_is_a_code_or_a_signal_by_name),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
