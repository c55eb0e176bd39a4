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
#include "shared/base/utf8.h"
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
	describe_render(&view, NOW_US, 100, &plain, &out);
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
	describe_render(&view, NOW_US, 100, &plain, &out);
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
	describe_render(&view, NOW_US, 40, &plain, &out);
	for (const char *line = out.data; *line; line += strcspn(line, "\n") + 1)
		assert_in_range(utf8_width(line, strcspn(line, "\n")), 0, 40);
	assert_null(strstr(out.data, "…"));
	golden_compare("describe-40.txt", &out);
	app_view_done(&view);
	str_done(&out);
}

/* A fixed view at a width; the names need two columns a letter. */
static void describe_at(unsigned width)
{
	_cleanup_(mem_freep) char *golden = mem_printf("describe-wide-%u.txt", width);
	struct app_view view = sample_view(7, "日本語アプリ-🚀", STATE_ONLINE);
	struct str out = {};

	sample_whole(&view);
	view.version = mem_strdup("1.12.3");
	describe_render(&view, NOW_US, width, &plain, &out);
	for (const char *line = out.data; *line; line += strcspn(line, "\n") + 1)
		assert_in_range(utf8_width(line, strcspn(line, "\n")), 0, width);
	golden_compare(golden, &out);
	app_view_done(&view);
	str_done(&out);
}

static void an_app_at_every_width(void **state)
{
	static const unsigned widths[] = {40, 80, 120, 200};

	for (size_t i = 0; i < ARRAY_SIZE(widths); i++)
		describe_at(widths[i]);
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
		cmocka_unit_test(what_was_never_executed_has_no_code_of_its_own),
		cmocka_unit_test(an_end_is_a_code_or_a_signal_by_name),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
