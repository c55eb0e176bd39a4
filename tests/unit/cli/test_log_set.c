#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/log_set.h"

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

static const struct log_set_file *file(const struct log_set *set, const char *path)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->files[i]->path, path) == 0)
			return set->files[i];
	}
	return NULL;
}

static void a_file_shared_by_instances_is_read_once_under_the_apps_name(void **state)
{
	json_t *reply = answer();
	struct log_set set = {};

	log_set_add(&set, reply, LOG_SET_BOTH);
	assert_int_equal(set.count, 3);
	assert_string_equal(file(&set, "/l/web-out.log")->label, "web");
	assert_string_equal(file(&set, "/l/web-error.log")->label, "0|web");
	assert_int_equal(file(&set, "/l/web-error.log")->stream, LOG_SET_STREAM_ERR);
	log_set_done(&set);
	json_decref(reply);
}

static void a_file_of_both_streams_is_taken_where_there_is_no_other(void **state)
{
	json_t *reply = answer();
	struct log_set set = {};

	log_set_add(&set, reply, LOG_SET_BOTH);
	assert_null(file(&set, "/l/web.log"));
	assert_null(file(&set, "/dev/null"));
	assert_int_equal(file(&set, "/l/quiet.log")->stream, LOG_SET_STREAM_ALL);
	log_set_done(&set);
	log_set_add(&set, reply, LOG_SET_ERR);
	assert_int_equal(set.count, 1);
	log_set_done(&set);
	json_decref(reply);
}

static void the_daemons_log_stands_in_front_and_missing_files_too(void **state)
{
	json_t *reply = answer();
	struct log_set set = {};

	log_set_add(&set, reply, LOG_SET_OUT);
	log_set_add_daemon(&set, "/h/pmc.log");
	log_set_sort(&set);
	assert_int_equal(set.count, 2);
	assert_string_equal(file(&set, "/h/pmc.log")->label, "pmc");
	assert_int_equal(file(&set, "/h/pmc.log")->stream, LOG_SET_STREAM_DAEMON);
	log_set_done(&set);
	json_decref(reply);
}

static void a_second_answer_adds_what_is_new(void **state)
{
	json_t *reply = answer(),
	       *more = json_pack("{s:[o,o]}", "streams", row(0, "web", "out", "/l/web-out.log"),
				 row(5, "api", "out", "/l/api-out.log"));
	struct log_set set = {};
	const struct log_set_file *known;

	log_set_add(&set, reply, LOG_SET_BOTH);
	known = set.files[0];
	set.files[0]->shown.offset = 4711;
	log_set_add(&set, more, LOG_SET_BOTH);
	assert_int_equal(set.count, 4);
	assert_ptr_equal(set.files[0], known);
	assert_int_equal(known->shown.offset, 4711);
	assert_string_equal(set.files[3]->label, "5|api");
	log_set_done(&set);
	json_decref(reply);
	json_decref(more);
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
		cmocka_unit_test(the_daemons_log_stands_in_front_and_missing_files_too),
		cmocka_unit_test(a_second_answer_adds_what_is_new),
		cmocka_unit_test(labels_are_as_wide_as_the_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
