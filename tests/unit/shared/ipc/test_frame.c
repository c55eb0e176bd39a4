#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/ipc/frame.h"

static void feed(struct frame *frame, const char *text)
{
	assert_int_equal(frame_feed(frame, text, strlen(text)), 0);
}

static void assert_line(struct frame *frame, const char *expected)
{
	size_t len = 0;
	const char *line = frame_next(frame, &len);

	assert_non_null(line);
	assert_string_equal(line, expected);
	assert_int_equal(len, strlen(expected));
}

static void assert_none(struct frame *frame)
{
	size_t len;

	assert_null(frame_next(frame, &len));
}

static void lines_come_out_one_by_one(void **state)
{
	_cleanup_(frame_done) struct frame frame;

	frame_init(&frame, 100);
	assert_none(&frame);
	feed(&frame, "one\ntwo\n\nthr");
	assert_line(&frame, "one");
	assert_line(&frame, "two");
	assert_line(&frame, "");
	assert_none(&frame);
	assert_true(frame_partial(&frame));
	feed(&frame, "ee\n");
	assert_false(frame_partial(&frame));
	assert_line(&frame, "three");
	assert_none(&frame);
}

static void however_the_bytes_are_cut_the_lines_are_the_same(void **state)
{
	static const char text[] = "{\"id\":1}\n\n{\"id\":22}\nlast one\n";

	for (size_t step = 1; step < sizeof(text); step++) {
		_cleanup_(frame_done) struct frame frame;
		size_t taken = 0, len;

		frame_init(&frame, 20);
		for (size_t at = 0; at < sizeof(text) - 1; at += step) {
			size_t part = sizeof(text) - 1 - at < step ? sizeof(text) - 1 - at : step;
			const char *line;

			assert_int_equal(frame_feed(&frame, text + at, part), 0);
			while ((line = frame_next(&frame, &len))) {
				assert_memory_equal(line, text + taken, len);
				assert_int_equal(text[taken + len], '\n');
				taken += len + 1;
			}
		}
		assert_int_equal(taken, sizeof(text) - 1);
		assert_false(frame_partial(&frame));
	}
}

static void the_limit_counts_the_newline(void **state)
{
	_cleanup_(frame_done) struct frame frame;

	frame_init(&frame, 5);
	feed(&frame, "1234\n");
	assert_line(&frame, "1234");
	assert_int_equal(frame_feed(&frame, "12345\n", 6), -EMSGSIZE);
	feed(&frame, "1234");
	assert_int_equal(frame_feed(&frame, "5", 1), -EMSGSIZE);
	feed(&frame, "\nab\ncd\n");
	assert_line(&frame, "1234");
	assert_line(&frame, "ab");
	assert_line(&frame, "cd");
}

static void a_long_line_behind_short_ones_is_seen(void **state)
{
	_cleanup_(frame_done) struct frame frame;

	frame_init(&frame, 5);
	assert_int_equal(frame_feed(&frame, "a\nb\n123456789\nc\n", 16), -EMSGSIZE);
	assert_none(&frame);
}

static void many_lines_may_wait_beyond_the_limit_of_one(void **state)
{
	_cleanup_(frame_done) struct frame frame;

	frame_init(&frame, 4);
	for (int i = 0; i < 1000; i++)
		feed(&frame, "ab\n");
	for (int i = 0; i < 1000; i++)
		assert_line(&frame, "ab");
	assert_none(&frame);
}

static void a_nul_byte_is_no_text(void **state)
{
	_cleanup_(frame_done) struct frame frame;

	frame_init(&frame, 100);
	assert_int_equal(frame_feed(&frame, "a\0b\n", 4), -EBADMSG);
	assert_none(&frame);
}

static void feeding_nothing_changes_nothing(void **state)
{
	_cleanup_(frame_done) struct frame frame;

	frame_init(&frame, 100);
	assert_int_equal(frame_feed(&frame, NULL, 0), 0);
	assert_false(frame_partial(&frame));
	assert_none(&frame);
}

static void memory_does_not_grow_with_the_lines_that_passed(void **state)
{
	_cleanup_(frame_done) struct frame frame;
	char half[1001];

	memset(half, 'x', 1000);
	half[1000] = '\0';
	frame_init(&frame, 10000);
	feed(&frame, half);
	for (int i = 0; i < 1000; i++) {
		size_t len;

		feed(&frame, "end\n");
		feed(&frame, half);
		assert_non_null(frame_next(&frame, &len));
		assert_int_equal(len, 1003);
	}
	assert_true(frame.buf.cap < 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_out_one_by_one),
		cmocka_unit_test(however_the_bytes_are_cut_the_lines_are_the_same),
		cmocka_unit_test(the_limit_counts_the_newline),
		cmocka_unit_test(a_long_line_behind_short_ones_is_seen),
		cmocka_unit_test(many_lines_may_wait_beyond_the_limit_of_one),
		cmocka_unit_test(a_nul_byte_is_no_text),
		cmocka_unit_test(feeding_nothing_changes_nothing),
		cmocka_unit_test(memory_does_not_grow_with_the_lines_that_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
