#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/bus/event.h"
#include "daemon/log/log.h"
#include "rig.h"
#include "shared/base/str.h"

static int setup(void **state)
{
	static struct rig rig;

	rig_setup(&rig);
	rig_engine_start(&rig);
	*state = &rig;
	return 0;
}

static int teardown(void **state)
{
	rig_engine_stop(*state);
	rig_teardown(*state);
	return 0;
}

static void assert_file(const char *path, const char *expected)
{
	_cleanup_(str_done) struct str content = {};

	rig_read(path, &content);
	assert_string_equal(str_cstr(&content), expected);
}

static void what_an_app_says_is_in_its_file(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\ntwo\n");
	rig_drain(rig, 0);
	assert_file(rig_path(rig, "out.log"), "one\ntwo\n");
}

static void a_half_line_gets_its_end_when_the_process_is_gone(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\nhalf");
	rig_drain(rig, 0);
	rig_say(rig, 0, "next life\n");
	rig_drain(rig, 0);
	assert_file(rig_path(rig, "out.log"), "one\nhalf\nnext life\n");
}

static void dated_lines_have_their_time_once(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	config.date_format = "[T]";
	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\nha");
	rig_wait_size(rig, config.path[0], 11);
	rig_say(rig, 0, "lf");
	rig_drain(rig, 0);
	rig_say(rig, 0, "two\n");
	rig_drain(rig, 0);
	assert_file(config.path[0], "T: one\nT: half\nT: two\n");
}

static void both_streams_in_one_file_stay_whole(void **state)
{
	struct rig *rig = *state;
	struct log_config out = rig_config(rig, "out.log"), err = rig_config(rig, "err.log");
	_cleanup_(str_done) struct str content = {};

	out.path[1] = err.path[1] = rig_path(rig, "all.log");
	rig_open(rig, 0, &out);
	rig_open(rig, 1, &err);
	rig_say(rig, 0, "out");
	rig_say(rig, 1, "err\n");
	rig_drain(rig, 1);
	rig_say(rig, 0, "put\n");
	rig_drain(rig, 0);
	assert_file(out.path[0], "output\n");
	assert_file(err.path[0], "err\n");
	assert_file(out.path[1], "err\noutput\n");
}

static void json_is_one_valid_object_a_line(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	config.json = true;
	config.app = "web";
	config.pm_id = 7;
	config.date_format = "[now]";
	rig_open(rig, 0, &config);
	rig_say_bytes(rig, 0, "a\0\"b\xff\n", 6);
	rig_drain(rig, 0);
	assert_file(
		config.path[0],
		"{\"message\":\"a\\u0000\\\"b\xef\xbf\xbd\",\"timestamp\":\"now\",\"type\":\"out\","
		"\"process_id\":7,\"app_name\":\"web\"}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_an_app_says_is_in_its_file, setup, teardown),
		cmocka_unit_test_setup_teardown(a_half_line_gets_its_end_when_the_process_is_gone,
						setup, teardown),
		cmocka_unit_test_setup_teardown(dated_lines_have_their_time_once, setup, teardown),
		cmocka_unit_test_setup_teardown(both_streams_in_one_file_stay_whole, setup,
						teardown),
		cmocka_unit_test_setup_teardown(json_is_one_valid_object_a_line, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
