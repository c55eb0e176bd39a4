#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/log_print.h"
#include "cli/log_set.h"

static const struct say plain = {};
static struct log_set_file web = {.label = (char[]){"0|web"}, .stream = LOG_SET_STREAM_OUT};
static struct log_set_file api = {.label = (char[]){"12|api"}, .stream = LOG_SET_STREAM_ERR};

static void feed(struct log_print *print, struct log_set_file *file, const char *text,
		 bool continued, bool open)
{
	struct logfile_line line = {
		.text = text, .len = strlen(text), .continued = continued, .open = open};

	log_print_line(print, file, &line);
}

static void labels_stand_in_a_column(void **state)
{
	struct log_print print = {.say = &plain, .label = 6};

	feed(&print, &web, "one", false, false);
	feed(&print, &api, "two", false, false);
	assert_string_equal(print.out.data, "0|web  | one\n12|api | two\n");
	log_print_done(&print);
}

static void control_bytes_are_escaped(void **state)
{
	struct log_print print = {.say = &plain, .label = 5};

	feed(&print, &web, "\033[2Jgone\r", false, false);
	assert_string_equal(print.out.data, "0|web | \\x1b[2Jgone\\x0d\n");
	log_print_done(&print);
}

static void pieces_of_a_line_stay_on_one_line(void **state)
{
	struct log_print print = {.say = &plain, .label = 5};

	feed(&print, &web, "first, ", false, true);
	feed(&print, &web, "second, ", true, true);
	feed(&print, &web, "third", true, false);
	feed(&print, &web, "next", false, false);
	assert_string_equal(print.out.data, "0|web | first, second, third\n0|web | next\n");
	log_print_done(&print);
}

static void another_file_between_them_gets_a_line_of_its_own(void **state)
{
	struct log_print print = {.say = &plain, .label = 6};

	feed(&print, &web, "half", false, true);
	feed(&print, &api, "whole", false, false);
	feed(&print, &web, "rest", true, true);
	log_print_close(&print);
	assert_string_equal(print.out.data, "0|web  | half\n12|api | whole\n0|web  | rest\n");
	log_print_done(&print);
}

static void raw_lines_have_no_label_and_stderr_goes_to_stderr(void **state)
{
	struct log_print print = {.say = &plain, .label = 6, .form = LOG_PRINT_RAW};

	feed(&print, &web, "one", false, false);
	feed(&print, &api, "two", false, false);
	assert_string_equal(print.out.data, "one\n");
	assert_string_equal(print.err.data, "two\n");
	log_print_done(&print);
}

static void a_line_as_json_has_the_members_of_pm2(void **state)
{
	struct log_set_file file = {.label = (char[]){"3|a"}, .name = (char[]){"a"}, .pm_id = 3};
	struct log_print print = {.say = &plain, .form = LOG_PRINT_JSON};

	feed(&print, &file, "say \"x\"", false, false);
	assert_string_equal(print.out.data,
			    "{\"message\":\"say \\\"x\\\"\",\"timestamp\":null,\"type\":\"out\","
			    "\"process_id\":3,\"app_name\":\"a\"}\n");
	str_clear(&print.out);
	log_print_event(&print, "a", "exit");
	assert_string_equal(print.out.data, "{\"timestamp\":null,\"type\":\"process_event\","
					    "\"status\":\"exit\",\"app_name\":\"a\"}\n");
	log_print_done(&print);
}

static void a_line_as_fields(void **state)
{
	struct log_set_file file = {.label = (char[]){"3|a"},
				    .name = (char[]){"a"},
				    .pm_id = 3,
				    .stream = LOG_SET_STREAM_ERR};
	struct log_print print = {
		.say = &plain, .form = LOG_PRINT_FIELDS, .time_format = "[T]", .live = true};

	feed(&print, &file, "boom\033", false, false);
	assert_string_equal(print.out.data,
			    "timestamp=T app=a id=3 type=error message=boom\\x1b\n");
	log_print_done(&print);
}

static void a_new_line_has_its_time_and_what_is_looked_for_stands_out(void **state)
{
	static const struct say coloured = {.out = {.colors = 16}};
	struct log_print print = {.say = &plain, .label = 5, .time_format = "[at 5]", .live = true};

	feed(&print, &web, "one", false, false);
	assert_string_equal(print.out.data, "at 5 0|web | one\n");
	str_clear(&print.out);
	print = (struct log_print){.say = &coloured,
				   .form = LOG_PRINT_LABELLED,
				   .label = 5,
				   .highlight = "two",
				   .out = print.out};
	feed(&print, &web, "one two two", false, false);
	assert_non_null(strstr(print.out.data, "one \033[33mtwo\033[0m two\n"));
	log_print_done(&print);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_as_json_has_the_members_of_pm2),
		cmocka_unit_test(a_line_as_fields),
		cmocka_unit_test(a_new_line_has_its_time_and_what_is_looked_for_stands_out),
		cmocka_unit_test(labels_stand_in_a_column),
		cmocka_unit_test(control_bytes_are_escaped),
		cmocka_unit_test(pieces_of_a_line_stay_on_one_line),
		cmocka_unit_test(another_file_between_them_gets_a_line_of_its_own),
		cmocka_unit_test(raw_lines_have_no_label_and_stderr_goes_to_stderr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
