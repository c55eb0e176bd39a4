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
#include "tests/unit/cli/golden.h"

static void expect_line(json_t *event, const char *line)
{
	const struct style plain = {.colors = 0};
	struct str out = {};

	assert_non_null(event);
	event_line_append(event, 0, &plain, &out);
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
		    "2023-11-14 22:13:20.123  web (0)       exit      pid 812  exit code 42  by "
		    "crash\n");
	expect_line(exit_event(json_null(), json_integer(11), ""),
		    "2023-11-14 22:13:20.123  web (0)       exit      pid 812  killed by "
		    "SIGSEGV (core dumped)  "
		    "by crash\n");
}

static void a_detail_that_says_it_is_enough(void **state)
{
	expect_line(exit_event(json_integer(42), json_null(), "exit 42 after 3.2 s"),
		    "2023-11-14 22:13:20.123  web (0)       exit      pid 812  by crash  exit "
		    "42 after 3.2 s\n");
}

static void the_daemons_own_events_have_no_app(void **state)
{
	expect_line(json_pack("{s:I, s:s, s:s, s:s}", "time_us", (json_int_t)1700000000123000,
			      "event", "engine restarted", "app", "", "detail",
			      "killed by SIGKILL"),
		    "2023-11-14 22:13:20.123  pmcd          engine restarted  killed by SIGKILL\n");
}

static void names_and_details_cannot_harm_the_terminal(void **state)
{
	expect_line(json_pack("{s:I, s:s, s:s, s:s}", "time_us", (json_int_t)1700000000123000,
			      "event", "online", "app", "we\033[31mb", "detail", "a\nb"),
		    "2023-11-14 22:13:20.123  we\\x1b[31mb   online    a\\nb\n");
}

static json_t *events_of_a_day(void)
{
	json_t *events = json_array();

	json_array_append_new(events, exit_event(json_integer(42), json_null(), ""));
	json_array_append_new(
		events, exit_event(json_null(), json_integer(9), "killed by SIGKILL after 3.2 s"));
	json_array_append_new(events,
			      json_pack("{s:I, s:s, s:s, s:i, s:i}", "time_us",
					(json_int_t)1700000001500000, "event", "online", "app",
					"日本語アプリ-🚀", "pm_id", 12, "pid", 99812));
	json_array_append_new(
		events,
		json_pack("{s:I, s:s, s:s, s:i, s:s, s:s}", "time_us", (json_int_t)1700000002000000,
			  "event", "errored", "app", "evil\033[31m-with-a-name-of-many-letters",
			  "pm_id", 1, "cause", "crash", "detail",
			  "16 failed starts within 15 min; the last: exit 3 after 50 ms"));
	json_array_append_new(
		events, json_pack("{s:I, s:s, s:s, s:s}", "time_us", (json_int_t)1700000003000000,
				  "event", "engine restarted", "app", "", "detail",
				  "the last one ended by signal 9; 4 apps taken over"));
	json_array_append_new(events,
			      json_pack("{s:I, s:s, s:s}", "time_us", (json_int_t)1700000004000000,
					"event", "engine stopping", "app", ""));
	return events;
}

static void append_all(unsigned width, const struct style *style, struct str *out)
{
	json_t *events = events_of_a_day(), *event;
	size_t i;

	json_array_foreach(events, i, event) event_line_append(event, width, style, out);
	json_decref(events);
}

static void events_at_every_width(void **state)
{
	static const struct style plain = {.colors = 0};

	for (size_t i = 0; i < ARRAY_SIZE(golden_widths); i++) {
		_cleanup_(str_done) struct str out = {};

		append_all(golden_widths[i], &plain, &out);
		golden_compare_width("events", golden_widths[i], &out);
	}
}

static void colours_have_roles(void **state)
{
	_cleanup_(str_done) struct str out = {};

	append_all(0, &(struct style){.colors = 16}, &out);
	golden_compare_colored("events-colors-16.txt", &out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exit_tells_code_or_signal_and_cause),
		cmocka_unit_test(a_detail_that_says_it_is_enough),
		cmocka_unit_test(the_daemons_own_events_have_no_app),
		cmocka_unit_test(events_at_every_width),
		cmocka_unit_test(colours_have_roles),
		cmocka_unit_test(names_and_details_cannot_harm_the_terminal),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
