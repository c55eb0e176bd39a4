#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/event_line.h"
#include "cli/out/style.h"
#include "shared/base/str.h"

static void expect_line(json_t *event, const char *line)
{
	const struct style plain = {.colors = 0};
	struct str out = {};

	assert_non_null(event);
	event_line_append(event, &plain, &out);
	assert_string_equal(out.data, line);
	json_decref(event);
	str_done(&out);
}

static json_t *exit_event(json_t *code, json_t *number, const char *detail)
{
	return json_pack("{s:I, s:s, s:s, s:i, s:i, s:o, s:o, s:b, s:s, s:s}", "time_us",
			 (json_int_t)1700000000123000, "event", "exit", "app", "web", "pm_id", 0,
			 "pid", 812, "code", code, "signal", number, "core", 1, "cause", "crash",
			 "detail", detail);
}

static void an_exit_tells_code_or_signal_and_cause(void **state)
{
	expect_line(exit_event(json_integer(42), json_null(), ""),
		    "2023-11-14 22:13:20.123  web (0)  exit  pid 812  exit code 42  by crash\n");
	expect_line(
		exit_event(json_null(), json_integer(11), ""),
		"2023-11-14 22:13:20.123  web (0)  exit  pid 812  killed by SIGSEGV (core dumped)  "
		"by crash\n");
}

static void a_detail_that_says_it_is_enough(void **state)
{
	expect_line(
		exit_event(json_integer(42), json_null(), "exit 42 after 3.2 s"),
		"2023-11-14 22:13:20.123  web (0)  exit  pid 812  by crash  exit 42 after 3.2 s\n");
}

static void the_daemons_own_events_have_no_app(void **state)
{
	expect_line(json_pack("{s:I, s:s, s:s, s:s}", "time_us", (json_int_t)1700000000123000,
			      "event", "engine restarted", "app", "", "detail",
			      "killed by SIGKILL"),
		    "2023-11-14 22:13:20.123  pmcd  engine restarted  killed by SIGKILL\n");
}

static void names_and_details_cannot_harm_the_terminal(void **state)
{
	expect_line(json_pack("{s:I, s:s, s:s, s:s}", "time_us", (json_int_t)1700000000123000,
			      "event", "online", "app", "we\033[31mb", "detail", "a\nb"),
		    "2023-11-14 22:13:20.123  we\\x1b[31mb  online  a\\nb\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exit_tells_code_or_signal_and_cause),
		cmocka_unit_test(a_detail_that_says_it_is_enough),
		cmocka_unit_test(the_daemons_own_events_have_no_app),
		cmocka_unit_test(names_and_details_cannot_harm_the_terminal),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
