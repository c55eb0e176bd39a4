#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/log_set.h"
#include "cli/log_source.h"

static json_t *row(int pm_id, const char *name, const char *stream, const char *path)
{
	return json_pack("{s:i, s:s, s:i, s:s, s:s?}", "pm_id", pm_id, "name", name, "number", 0,
			 "stream", stream, "path", path);
}

static json_t *answer(void)
{
	return json_pack("{s:[o,o,o,o,o,o,o]}", "streams", row(0, "web", "out", "/l/web-out.log"),
			 row(0, "web", "err", "/l/web-error.log"),
			 row(0, "web", "all", "/l/web.log"), row(1, "web", "out", "/l/web-out.log"),
			 row(2, "quiet", "out", "/dev/null"), row(2, "quiet", "err", NULL),
			 row(2, "quiet", "all", "/l/quiet.log"));
}

static const struct log_source *source(const struct log_set *set, const char *path)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->sources[i].path, path) == 0)
			return &set->sources[i];
	}
	return NULL;
}

static void a_file_shared_by_instances_is_read_once_under_the_apps_name(void **state)
{
	json_t *reply = answer();
	struct log_set set;

	log_set_read(&set, reply, LOG_SET_BOTH);
	assert_int_equal(set.count, 3);
	assert_string_equal(source(&set, "/l/web-out.log")->label, "web");
	assert_string_equal(source(&set, "/l/web-error.log")->label, "0|web");
	assert_int_equal(source(&set, "/l/web-error.log")->stream, LOG_STREAM_ERR);
	log_set_done(&set);
	json_decref(reply);
}

static void a_file_of_both_streams_is_taken_where_there_is_no_other(void **state)
{
	json_t *reply = answer();
	struct log_set set;

	log_set_read(&set, reply, LOG_SET_BOTH);
	assert_null(source(&set, "/l/web.log"));
	assert_null(source(&set, "/dev/null"));
	assert_int_equal(source(&set, "/l/quiet.log")->stream, LOG_STREAM_ALL);
	log_set_done(&set);
	log_set_read(&set, reply, LOG_SET_ERR);
	assert_int_equal(set.count, 1);
	log_set_done(&set);
	json_decref(reply);
}

static void the_daemons_log_stands_in_front(void **state)
{
	json_t *reply = answer();
	struct log_set set;

	log_set_read(&set, reply, LOG_SET_OUT);
	log_set_add_daemon(&set, "/h/pmc.log");
	assert_string_equal(set.sources[0].label, "pmc");
	assert_int_equal(set.sources[0].stream, LOG_STREAM_DAEMON);
	assert_string_equal(set.sources[1].path, "/l/web-out.log");
	log_set_done(&set);
	json_decref(reply);
}

static void files_known_before_keep_their_place(void **state)
{
	json_t *reply = answer();
	struct log_set old, set;

	log_set_read(&old, reply, LOG_SET_BOTH);
	old.sources[0].at = 4711;
	str_append(&old.sources[0].partial, "half a li");
	log_set_read(&set, reply, LOG_SET_BOTH);
	log_set_inherit(&set, &old);
	log_set_done(&old);
	assert_int_equal(source(&set, "/l/web-out.log")->at, 4711);
	assert_string_equal(str_cstr(&source(&set, "/l/web-out.log")->partial), "half a li");
	assert_string_equal(source(&set, "/l/web-out.log")->label, "web");
	log_set_done(&set);
	json_decref(reply);
}

static void labels_are_as_wide_as_the_longest(void **state)
{
	struct log_set set = {};

	assert_int_equal(log_set_label_width(&set), 1);
	log_set_add_daemon(&set, "/h/pmc.log");
	assert_int_equal(log_set_label_width(&set), 3);
	log_set_done(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_shared_by_instances_is_read_once_under_the_apps_name),
		cmocka_unit_test(a_file_of_both_streams_is_taken_where_there_is_no_other),
		cmocka_unit_test(the_daemons_log_stands_in_front),
		cmocka_unit_test(files_known_before_keep_their_place),
		cmocka_unit_test(labels_are_as_wide_as_the_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
