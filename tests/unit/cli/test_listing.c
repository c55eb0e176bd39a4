#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "cli/listing.h"
#include "shared/base/str.h"
#include "tests/unit/cli/sample.h"

static const struct style plain = {.colors = 0};

static void an_answer_is_sorted_by_name_then_id(void **state)
{
	struct app_view views[] = {sample_view(4, "web", STATE_ONLINE),
				   sample_view(2, "web", STATE_ONLINE),
				   sample_view(3, "api", STATE_STOPPED)};
	json_t *reply = json_pack("{s:[], s:{s:s, s:i}}", "instances", "daemon", "safe",
				  "pmcd crashed 5 times", "orphans", 1);
	struct listing listing;

	for (size_t i = 0; i < ARRAY_SIZE(views); i++) {
		json_array_append_new(json_object_get(reply, "instances"),
				      app_view_to_json(&views[i], false));
		app_view_done(&views[i]);
	}
	assert_int_equal(listing_read(reply, &listing, NULL), 0);
	assert_int_equal(listing.count, 3);
	assert_string_equal(listing.views[0].name, "api");
	assert_int_equal(listing.views[1].pm_id, 2);
	assert_int_equal(listing.views[2].pm_id, 4);
	assert_string_equal(listing.safe, "pmcd crashed 5 times");
	assert_int_equal(listing.orphans, 1);
	listing_done(&listing);
	json_decref(reply);
}

static void rows_are_read_like_records(void **state)
{
	json_t *reply = json_pack("{s:[s,s], s:[[s,i],[s,i]]}", "members", "name", "pm_id", "rows",
				  "web", 4, "api", 5);
	struct listing listing;

	assert_int_equal(listing_read(reply, &listing, NULL), 0);
	assert_int_equal(listing.count, 2);
	assert_string_equal(listing.views[0].name, "api");
	assert_int_equal(listing.views[1].pm_id, 4);
	listing_done(&listing);
	json_decref(reply);
}

static void an_answer_that_is_none_is_refused(void **state)
{
	struct listing listing;
	struct pmc_error err = {};
	json_t *reply = json_pack("{s:s}", "instances", "many");

	assert_int_equal(listing_read(reply, &listing, &err), -EBADMSG);
	json_decref(reply);
	reply = json_pack("{s:[i]}", "instances", 5);
	assert_int_equal(listing_read(reply, &listing, &err), -EBADMSG);
	json_decref(reply);
}

static void safe_mode_is_told_below_the_table(void **state)
{
	struct listing listing = {.safe = mem_strdup("pmcd crashed 5 times")};
	struct str out = {};

	listing_render(&listing, 120, &plain, &out);
	assert_non_null(strstr(out.data, "safe mode: pmcd crashed 5 times; `pmc daemon resume`"));
	listing_done(&listing);

	listing.safe = mem_strdup("pmcd crashed; `pmc daemon resume` leaves it");
	str_clear(&out);
	listing_render(&listing, 120, &plain, &out);
	assert_non_null(
		strstr(out.data, "safe mode: pmcd crashed; `pmc daemon resume` leaves it\n"));
	listing_done(&listing);
	str_done(&out);
}

static void a_log_that_cannot_be_written_is_told_below_the_table(void **state)
{
	struct listing listing = {.views = mem_zalloc(12 * sizeof(struct app_view)), .count = 12};
	struct str out = {};

	for (int i = 0; i < 12; i++)
		listing.views[i] = sample_view(i, "web", STATE_ONLINE);
	listing.views[3].log_trouble = mem_strdup("log stalled: no space left on device");
	listing_render(&listing, 120, &plain, &out);
	assert_non_null(strstr(out.data, "web (3): log stalled: no space left on device\n"));
	assert_null(strstr(out.data, "web (2):"));

	for (int i = 4; i < 12; i++)
		listing.views[i].log_trouble = mem_strdup("log stalled: no space left on device");
	str_clear(&out);
	listing_render(&listing, 120, &plain, &out);
	assert_non_null(strstr(out.data, "web (10): log stalled"));
	assert_null(strstr(out.data, "web (11): log stalled"));
	assert_non_null(strstr(out.data, "… and 1 more"));
	listing_done(&listing);
	str_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_sorted_by_name_then_id),
		cmocka_unit_test(rows_are_read_like_records),
		cmocka_unit_test(an_answer_that_is_none_is_refused),
		cmocka_unit_test(a_log_that_cannot_be_written_is_told_below_the_table),
		cmocka_unit_test(safe_mode_is_told_below_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
