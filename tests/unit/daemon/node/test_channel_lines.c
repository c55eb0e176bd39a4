#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/node/channel_lines.h"

#define LINE_MAX_BYTES 100

/* Give `text` in pieces of `piece` bytes; what comes out is written behind each other, a | behind
 * each line, <n> for one of n bytes that was too long, <> for a tail. */
static char *in_pieces(struct channel_lines *lines, const char *text, size_t len, size_t piece)
{
	struct str out = {};

	for (size_t at = 0; at < len; at += piece) {
		const char *data = text + at;
		size_t left = len - at < piece ? len - at : piece;
		struct channel_line line;

		while (channel_lines_next(lines, &data, &left, &line)) {
			if (line.torn)
				str_append(&out, "<>");
			else if (line.too_long)
				str_appendf(&out, "<%d>", (int)line.too_long);
			else
				str_append_bytes(&out, line.text, line.len);
			str_append_char(&out, '|');
		}
		channel_lines_keep(lines, data, left);
	}
	return str_steal(&out);
}

static void check(const char *text, bool torn, const char *expected, bool half)
{
	for (size_t piece = 1; piece <= strlen(text); piece++) {
		struct channel_lines lines;
		_cleanup_(mem_freep) char *out = NULL;

		channel_lines_init(&lines, LINE_MAX_BYTES, torn);
		out = in_pieces(&lines, text, strlen(text), piece);
		assert_string_equal(out, expected);
		assert_int_equal(channel_lines_half(&lines), half);
		channel_lines_done(&lines);
	}
}

static void lines_come_whole_however_they_are_cut(void **state)
{
	check("\"ready\"\n{\"a\":1}\n\n3\n", false, "\"ready\"|{\"a\":1}||3|", false);
	check("1\n2\nhal", false, "1|2|", true);
}

static void the_longest_line_passes_and_one_byte_more_is_skipped(void **state)
{
	char text[4 * LINE_MAX_BYTES] = "a\n";

	memset(text + 2, 'x', LINE_MAX_BYTES + 1);
	strcat(text, "\nb\n");
	check(text, false, "a|<101>|b|", false);

	text[LINE_MAX_BYTES + 2] = '\n'; /* now 100, and an empty line */
	for (size_t piece = 1; piece < 150; piece++) {
		struct channel_lines lines;
		_cleanup_(mem_freep) char *out = NULL;

		channel_lines_init(&lines, LINE_MAX_BYTES, false);
		out = in_pieces(&lines, text, strlen(text), piece);
		assert_int_equal(strlen(out), 2 + LINE_MAX_BYTES + 1 + 1 + 2);
		channel_lines_done(&lines);
	}
}

static void of_a_line_that_is_too_long_the_head_is_known(void **state)
{
	static const char head[] = "{\"cmd\":\"NODE_HANDLE\",";

	for (size_t piece = 1; piece < 500; piece += 7) {
		char text[400];
		struct channel_lines lines;
		struct channel_line line = {};

		memset(text, 'y', sizeof(text));
		memcpy(text, head, strlen(head));
		text[sizeof(text) - 1] = '\n';
		channel_lines_init(&lines, LINE_MAX_BYTES, false);
		for (size_t at = 0; at < sizeof(text); at += piece) {
			const char *data = text + at;
			size_t left = sizeof(text) - at < piece ? sizeof(text) - at : piece;

			if (channel_lines_next(&lines, &data, &left, &line))
				break;
			channel_lines_keep(&lines, data, left);
		}
		assert_int_equal(line.too_long, sizeof(text) - 1);
		assert_int_equal(line.len, CHANNEL_LINES_HEAD);
		assert_memory_equal(line.text, text, CHANNEL_LINES_HEAD);
		channel_lines_done(&lines);
	}
}

static void the_tail_of_a_line_begun_before_us_is_no_line(void **state)
{
	check("345\n\"ready\"\n", true, "<>|\"ready\"|", false);
	check("\n1\n", true, "<>|1|", false);
	check("345", true, "", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_whole_however_they_are_cut),
		cmocka_unit_test(the_longest_line_passes_and_one_byte_more_is_skipped),
		cmocka_unit_test(of_a_line_that_is_too_long_the_head_is_known),
		cmocka_unit_test(the_tail_of_a_line_begun_before_us_is_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
