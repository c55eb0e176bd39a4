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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_stand_in_a_column),
		cmocka_unit_test(control_bytes_are_escaped),
		cmocka_unit_test(pieces_of_a_line_stay_on_one_line),
		cmocka_unit_test(another_file_between_them_gets_a_line_of_its_own),
		cmocka_unit_test(raw_lines_have_no_label_and_stderr_goes_to_stderr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
