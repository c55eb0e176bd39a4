#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/log_source.h"
#include "shared/base/fdio.h"

static char folder[] = "/tmp/pmc-log-source-XXXXXX", path[64];
static struct str seen;

static int set_up(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/web-out.log", folder);
	return 0;
}

static int tear_down(void **state)
{
	str_done(&seen);
	unlink(path);
	return rmdir(folder);
}

static void append(const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(fdio_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static int note(void *user, const struct log_source *source, const char *line, size_t len)
{
	str_append_bytes(&seen, line, len);
	str_append_char(&seen, '|');
	return 0;
}

static void expect(struct log_source *source, const char *lines)
{
	str_clear(&seen);
	assert_int_equal(log_source_read(source, note, NULL), 0);
	assert_string_equal(str_cstr(&seen), lines);
}

static void expect_last(int64_t count, const char *lines)
{
	struct log_source source;

	log_source_init(&source, path, "0|web", LOG_STREAM_OUT);
	assert_true(log_source_open(&source));
	log_source_seek_last(&source, count);
	str_clear(&seen);
	assert_int_equal(log_source_read(&source, note, NULL), 0);
	assert_int_equal(log_source_flush(&source, note, NULL), 0);
	assert_string_equal(str_cstr(&seen), lines);
	log_source_done(&source);
}

static void expect_last_starts(int64_t count, const char *start)
{
	struct log_source source;

	log_source_init(&source, path, "0|web", LOG_STREAM_OUT);
	assert_true(log_source_open(&source));
	log_source_seek_last(&source, count);
	str_clear(&seen);
	assert_int_equal(log_source_read(&source, note, NULL), 0);
	assert_memory_equal(seen.data, start, strlen(start));
	log_source_done(&source);
}

static void the_last_lines_are_found_from_the_end(void **state)
{
	unlink(path);
	append("one\ntwo\n\nfour\n");
	expect_last(1, "four|");
	expect_last(2, "|four|");
	expect_last(3, "two||four|");
	expect_last(100, "one|two||four|");
	expect_last(0, "");
	append("half");
	expect_last(1, "half|");
	expect_last(2, "four|half|");
}

static void lines_longer_than_a_block_are_found_too(void **state)
{
	char *line = malloc(200001);

	memset(line, 'x', 200000);
	line[200000] = '\0';
	unlink(path);
	append("before\n");
	append(line);
	append("\nafter\n");
	expect_last(1, "after|");
	expect_last_starts(3, "before|xxx");
	free(line);
}

static void what_is_appended_is_read_line_by_line(void **state)
{
	struct log_source source;

	unlink(path);
	append("one\nha");
	log_source_init(&source, path, "0|web", LOG_STREAM_OUT);
	assert_true(log_source_open(&source));
	expect(&source, "one|");
	expect(&source, "");
	append("lf\nnext\n");
	expect(&source, "half|next|");
	log_source_done(&source);
}

static void a_renamed_file_is_read_to_its_end_then_the_new_one(void **state)
{
	char old[80];
	struct log_source source;

	snprintf(old, sizeof(old), "%s.1", path);
	unlink(path);
	append("one\n");
	log_source_init(&source, path, "0|web", LOG_STREAM_OUT);
	assert_true(log_source_open(&source));
	expect(&source, "one|");
	append("two\n");
	assert_int_equal(rename(path, old), 0);
	append("three\n");
	expect(&source, "two|three|");
	log_source_done(&source);
	unlink(old);
}

static void a_truncated_file_is_read_from_its_start(void **state)
{
	struct log_source source;

	unlink(path);
	append("one\ntwo\n");
	log_source_init(&source, path, "0|web", LOG_STREAM_OUT);
	assert_true(log_source_open(&source));
	expect(&source, "one|two|");
	assert_int_equal(truncate(path, 0), 0);
	append("new\n");
	expect(&source, "new|");
	log_source_done(&source);
}

static void a_file_that_is_not_there_yet_is_found_later(void **state)
{
	struct log_source source;

	unlink(path);
	log_source_init(&source, path, "0|web", LOG_STREAM_OUT);
	assert_false(log_source_open(&source));
	expect(&source, "");
	append("first\n");
	expect(&source, "first|");
	log_source_done(&source);
}

static void a_fifo_is_not_read(void **state)
{
	struct log_source source;

	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	log_source_init(&source, path, "0|web", LOG_STREAM_OUT);
	assert_false(log_source_open(&source));
	expect(&source, "");
	log_source_done(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_lines_are_found_from_the_end),
		cmocka_unit_test(lines_longer_than_a_block_are_found_too),
		cmocka_unit_test(what_is_appended_is_read_line_by_line),
		cmocka_unit_test(a_renamed_file_is_read_to_its_end_then_the_new_one),
		cmocka_unit_test(a_truncated_file_is_read_from_its_start),
		cmocka_unit_test(a_file_that_is_not_there_yet_is_found_later),
		cmocka_unit_test(a_fifo_is_not_read),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
