#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/listing.h"
#include "cli/listing_mini.h"
#include "cli/listing_sort.h"
#include "tests/unit/cli/golden.h"
#include "tests/unit/cli/sample.h"

static const struct style plain = {.colors = 0};

struct app {
	const char *name;
	enum instance_state state;
	const char *reason;
};

/* Every state, and every kind of letters; in the order of the list. */
static const struct app apps[] = {
	{"api-gateway-with-a-name-longer-than-forty-columns", STATE_ONLINE, NULL},
	{"cafe\u0301", STATE_DRAINING, NULL},
	{"crashy", STATE_ERRORED, "exit 3 after 50 ms, 16 times within 15 min"},
	{"emoji-🚀", STATE_STARTING, NULL},
	{"evil\033[31m\xc2\x9b\u202e", STATE_UNHEALTHY, "health check: HTTP 500 (3 times)"},
	{"family-👨‍👩‍👧-👍🏽-🇫🇷", STATE_RESTARTING, NULL},
	{"web", STATE_ONLINE, NULL},
	{"web", STATE_WAITING, "killed by SIGSEGV after 3.2 s"},
	{"worker", STATE_STOPPING, NULL},
	{"日本語アプリ", STATE_STOPPED, "stopped by the user"},
};

static void build(struct listing *listing)
{
	*listing = (struct listing){
		.views = mem_zalloc(sizeof(apps) / sizeof(apps[0]) * sizeof(struct app_view))};
	for (size_t i = 0; i < ARRAY_SIZE(apps); i++) {
		listing->views[i] = sample_view((int)i, apps[i].name, apps[i].state);
		listing->views[i].reason = mem_strdup(apps[i].reason);
		listing->count++;
	}
	listing->views[0].version = mem_strdup("1.12.3");
	listing->views[0].cpu_percent = 187.5;
	listing->views[0].memory_bytes = 3400000000;
	listing->views[0].uptime_ms = 45000;
	listing->views[2].restarts = 1016;
	listing->views[2].unstable_restarts = 16;
	listing->views[3].cpu_percent = 0;
	listing->views[3].memory_bytes = 900000;
	listing->views[6].watching = true;
	listing->views[6].process_trouble = mem_strdup("3 processes outlived their leader");
	listing->views[6].log_trouble = mem_strdup(
		"log stalled: /var/log/a-mounted-volume-with-a-long-name/web-out.log: no space "
		"left on device");
	listing->orphans = 2;
}

static void the_list_at_every_width(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(golden_widths); i++) {
		_cleanup_(str_done) struct str out = {};
		struct listing listing;

		build(&listing);
		listing_render(&listing, golden_widths[i], &plain, &out);
		golden_compare_width("list", golden_widths[i], &out);
		listing_done(&listing);
	}
}

/* Between the widths of the files there are others. */
static void the_list_fits_whatever_the_width(void **state)
{
	for (unsigned width = 40; width < 220; width++) {
		_cleanup_(str_done) struct str out = {};
		struct listing listing;

		build(&listing);
		listing_render(&listing, width, &plain, &out);
		golden_fits(&out, width);
		listing_done(&listing);
	}
}

static void colours_have_roles(void **state)
{
	static const int colors[] = {16, 256};

	for (size_t i = 0; i < ARRAY_SIZE(colors); i++) {
		_cleanup_(mem_freep) char *golden = mem_printf("list-colors-%d.txt", colors[i]);
		_cleanup_(str_done) struct str out = {};
		struct listing listing;

		build(&listing);
		listing_render(&listing, 80, &(struct style){.colors = colors[i]}, &out);
		golden_compare_colored(golden, &out);
		listing_done(&listing);
	}
}

static void the_most_memory_first(void **state)
{
	_cleanup_(str_done) struct str out = {};
	struct listing listing;

	build(&listing);
	assert_int_equal(listing_sort(&listing, "memory:desc", NULL), 0);
	listing_render(&listing, 80, &plain, &out);
	golden_compare_width("list-sort-memory", 80, &out);
	listing_done(&listing);
}

static void what_is_left_out_is_counted(void **state)
{
	_cleanup_(str_done) struct str out = {};
	struct listing listing;

	build(&listing);
	assert_int_equal(listing_render(&listing, 200, &plain, &out), 0);
	assert_int_equal(listing_render(&listing, 40, &plain, &out), 10);
	listing_done(&listing);
}

static void an_empty_list_tells_how_to_begin(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(golden_widths); i++) {
		_cleanup_(str_done) struct str out = {};

		listing_render(&(struct listing){}, golden_widths[i], &plain, &out);
		golden_compare_width("list-empty", golden_widths[i], &out);
	}
}

static void the_list_as_lines(void **state)
{
	_cleanup_(str_done) struct str out = {};
	struct listing listing;

	build(&listing);
	sample_whole(&listing.views[0]);
	listing_mini_render(&listing, &out);
	golden_compare("list-mini.txt", &out);
	listing_done(&listing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_at_every_width),
		cmocka_unit_test(the_list_fits_whatever_the_width),
		cmocka_unit_test(colours_have_roles),
		cmocka_unit_test(the_most_memory_first),
		cmocka_unit_test(what_is_left_out_is_counted),
		cmocka_unit_test(an_empty_list_tells_how_to_begin),
		cmocka_unit_test(the_list_as_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
