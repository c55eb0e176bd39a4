#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/progress.h"
#include "shared/base/str.h"

static const struct style plain = {.colors = 0};

static void tell(struct progress *progress, int pm_id, const char *state, const char *text)
{
	json_t *record = json_pack("{s:i, s:s, s:s, s:s}", "pm_id", pm_id, "name", "web", "state",
				   state, "text", text);

	progress_update(progress, record);
	json_decref(record);
}

static void a_few_instances_have_a_line_each(void **state)
{
	struct progress progress;
	struct str out = {};

	progress_init(&progress, -1, &plain);
	tell(&progress, 0, "starting", "");
	tell(&progress, 1, "stopping", "waits for kill_timeout");
	tell(&progress, 0, "online", "");
	assert_int_equal(progress_render(&progress, 80, &out), 2);
	assert_string_equal(out.data,
			    "● web (0) online\n◐ web (1) stopping: waits for kill_timeout\n");
	progress_done(&progress);
	str_done(&out);
}

static void many_instances_are_counted(void **state)
{
	struct progress progress;
	struct str out = {};

	progress_init(&progress, -1, &plain);
	for (int i = 0; i < 100; i++)
		tell(&progress, i, i < 60 ? "online" : "starting", "");
	assert_int_equal(progress_render(&progress, 80, &out), 1);
	assert_string_equal(out.data, "100 instances: 40 starting 60 online\n");
	progress_done(&progress);
	str_done(&out);
}

static void a_line_never_wraps(void **state)
{
	struct progress progress;
	struct str out = {};

	progress_init(&progress, -1, &plain);
	tell(&progress, 0, "stopping", "a sentence that is longer than the terminal is wide");
	progress_render(&progress, 30, &out);
	assert_string_equal(out.data, "◐ web (0) stopping: a senten…\n");
	progress_done(&progress);
	str_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_few_instances_have_a_line_each),
		cmocka_unit_test(many_instances_are_counted),
		cmocka_unit_test(a_line_never_wraps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
