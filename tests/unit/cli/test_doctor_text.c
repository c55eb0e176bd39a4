#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/doctor.h"
#include "cli/doctor_text.h"
#include "cli/out/style.h"
#include "tests/unit/cli/golden.h"

static const struct style plain = {.colors = 0};

static json_t *machine(void)
{
	json_t *list = json_array();

	doctor_add(list, &(struct doctor_finding){.name = "kernel 5.10 or later",
						  .ok = true,
						  .needed = true,
						  .detail = "6.1.0-18-amd64"});
	doctor_add(list,
		   &(struct doctor_finding){
			   .name = "pidfd_open",
			   .needed = true,
			   .detail = "operation not permitted",
			   .without = "pmc does not run without it: signals would not be safe",
			   .advice = "a newer kernel, or a container that does not forbid it"});
	return list;
}

static json_t *apps(void)
{
	json_t *list = json_array();

	doctor_add(list, &(struct doctor_finding){
				 .name = "app 日本語\033[31m",
				 .detail = "script /srv/a-folder-with-a-long-name/without/any/"
					   "blank/server.js is not there",
				 .without = "its next start fails",
				 .advice = "put it back, or pmc delete NAME"});
	return list;
}

/* Of a machine where something is broken and something is missing. */
static json_t *report(void)
{
	return json_pack("{s:o, s:[], s:o, s:{s:s, s:i}, s:{s:[{s:s, s:b, s:s, s:b}], s:i, s:s}}",
			 "machine", machine(), "home", "apps", apps(), "ping", "safe",
			 "pmcd crashed 5 times within 60 s", "orphans", 2, "daemon", "checks",
			 "name", "keeper's shelf", "ok", 1, "detail", "holds everything", "needed",
			 0, "clients", 3, "version", "0.1\033[31m");
}

static void the_report_at_every_width(void **state)
{
	json_t *all = report();

	for (size_t i = 0; i < ARRAY_SIZE(golden_widths); i++) {
		_cleanup_(str_done) struct str out = {};

		doctor_text_append(all, golden_widths[i], &plain, &out);
		golden_compare_width("doctor", golden_widths[i], &out);
	}
	json_decref(all);
}

static void colours_have_roles(void **state)
{
	_cleanup_(str_done) struct str out = {};
	json_t *all = report();

	doctor_text_append(all, 80, &(struct style){.colors = 16}, &out);
	golden_compare_colored("doctor-colors-16.txt", &out);
	json_decref(all);
}

static void without_a_daemon_it_says_how_to_start_one(void **state)
{
	_cleanup_(str_done) struct str out = {};
	json_t *all = json_pack("{s:[], s:[], s:[]}", "machine", "home", "apps");

	doctor_text_append(all, 80, &plain, &out);
	assert_non_null(strstr(out.data, "No daemon is running: `pmc ping` starts one.\n"));
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_at_every_width),
		cmocka_unit_test(colours_have_roles),
		cmocka_unit_test(without_a_daemon_it_says_how_to_start_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
