#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lines.h"
#include "shared/base/clock.h"
#include "shared/logfile/logfile_follower.h"

#define DEADLINE_MS 10000

struct fixture {
	struct lines lines;
	struct logfile_follower *follower;
};

static char tag_a[] = "a", tag_b[] = "b";

static int setup(void **state)
{
	static struct fixture fixture;

	lines_setup(&fixture.lines);
	fixture.follower = logfile_follower_create(lines_collect, &fixture.lines);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	logfile_follower_destroy(fixture->follower);
	lines_teardown(&fixture->lines);
	return 0;
}

/* Wait, as the CLI does, until these lines have come, and no others. */
static void expect(struct fixture *fixture, const char *expected)
{
	int64_t deadline_ms = clock_now_ms() + DEADLINE_MS;

	while (fixture->lines.seen.len < strlen(expected)) {
		struct pollfd events = {.fd = logfile_follower_fd(fixture->follower),
					.events = POLLIN};
		int timeout_ms = logfile_follower_timeout_ms(fixture->follower);
		int64_t left_ms = deadline_ms - clock_now_ms();

		if (left_ms <= 0)
			fail_msg("waited for '%s', have '%s'", expected,
				 str_cstr(&fixture->lines.seen));
		poll(&events, 1,
		     timeout_ms < 0 || timeout_ms > left_ms ? (int)left_ms : timeout_ms);
		logfile_follower_read(fixture->follower);
	}
	assert_string_equal(str_cstr(&fixture->lines.seen), expected);
	str_clear(&fixture->lines.seen);
}

static void follow(struct fixture *fixture, const char *name, void *tag)
{
	logfile_follower_add(fixture->follower, lines_path(&fixture->lines, name), tag, NULL);
}

static void new_lines_of_two_files_come_in_order(void **state)
{
	struct fixture *fixture = *state;

	lines_write(&fixture->lines, "one.log", "old\n");
	follow(fixture, "one.log", tag_a);
	follow(fixture, "two.log", tag_b); /* does not exist yet */
	lines_write(&fixture->lines, "one.log", "1\n");
	expect(fixture, "a:1\n");
	lines_write(&fixture->lines, "two.log", "2\n");
	lines_write(&fixture->lines, "one.log", "3\n");
	expect(fixture, "b:2\na:3\n");
}

static void it_goes_on_where_the_tail_ended(void **state)
{
	struct fixture *fixture = *state;
	struct logfile_position position;
	const char *path = lines_path(&fixture->lines, "log");

	lines_write(&fixture->lines, "log", "1\n2\nha");
	assert_int_equal(
		logfile_tail(path, 2, lines_collect, &fixture->lines, tag_a, &position, NULL), 0);
	lines_write(&fixture->lines, "log", "lf\n3\n");
	logfile_follower_add(fixture->follower, path, tag_a, &position);
	expect(fixture, "a:2\na:ha~\n+a:lf\na:3\n");
}

static void a_renamed_file_is_read_to_its_end(void **state)
{
	struct fixture *fixture = *state;
	char old[256];

	snprintf(old, sizeof(old), "%s", lines_path(&fixture->lines, "log"));
	lines_write(&fixture->lines, "log", "");
	follow(fixture, "log", tag_a);
	assert_int_equal(rename(old, lines_path(&fixture->lines, "log.1")), 0);
	lines_write(&fixture->lines, "log.1", "last\n");
	lines_write(&fixture->lines, "log", "first\n");
	expect(fixture, "a:last\na:first\n");
}

static void a_removed_file_may_come_again(void **state)
{
	struct fixture *fixture = *state;

	lines_write(&fixture->lines, "log", "x\n");
	follow(fixture, "log", tag_a);
	lines_write(&fixture->lines, "log", "1\n");
	assert_int_equal(unlink(lines_path(&fixture->lines, "log")), 0);
	lines_write(&fixture->lines, "log", "2\n");
	expect(fixture, "a:1\na:2\n");
}

static void a_truncated_file_is_read_from_its_begin(void **state)
{
	struct fixture *fixture = *state;

	lines_write(&fixture->lines, "log", "a long line from before\n");
	follow(fixture, "log", tag_a);
	lines_write(&fixture->lines, "log", "1\n");
	expect(fixture, "a:1\n");
	assert_int_equal(truncate(lines_path(&fixture->lines, "log"), 0), 0);
	lines_write(&fixture->lines, "log", "2\n");
	expect(fixture, "a:2\n");
}

static void the_folder_may_go_and_come(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(mkdir(lines_path(&fixture->lines, "logs"), 0700), 0);
	lines_write(&fixture->lines, "logs/log", "old\n");
	follow(fixture, "logs/log", tag_a);
	assert_int_equal(unlink(lines_path(&fixture->lines, "logs/log")), 0);
	assert_int_equal(rmdir(lines_path(&fixture->lines, "logs")), 0);
	assert_int_equal(mkdir(lines_path(&fixture->lines, "logs"), 0700), 0);
	lines_write(&fixture->lines, "logs/log", "new\n");
	expect(fixture, "a:new\n");
}

static void a_question_is_seen_before_its_line_ends(void **state)
{
	struct fixture *fixture = *state;

	lines_write(&fixture->lines, "log", "");
	follow(fixture, "log", tag_a);
	lines_write(&fixture->lines, "log", "name? ");
	expect(fixture, "a:name? ~\n");
	lines_write(&fixture->lines, "log", "joe\n");
	expect(fixture, "+a:joe\n");
}

static void a_fifo_does_not_hold_it_up(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(mkfifo(lines_path(&fixture->lines, "fifo"), 0600), 0);
	follow(fixture, "fifo", tag_b);
	lines_write(&fixture->lines, "log", "");
	follow(fixture, "log", tag_a);
	lines_write(&fixture->lines, "log", "1\n");
	expect(fixture, "a:1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(new_lines_of_two_files_come_in_order, setup,
						teardown),
		cmocka_unit_test_setup_teardown(it_goes_on_where_the_tail_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(a_renamed_file_is_read_to_its_end, setup, teardown),
		cmocka_unit_test_setup_teardown(a_removed_file_may_come_again, setup, teardown),
		cmocka_unit_test_setup_teardown(a_truncated_file_is_read_from_its_begin, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_folder_may_go_and_come, setup, teardown),
		cmocka_unit_test_setup_teardown(a_question_is_seen_before_its_line_ends, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_fifo_does_not_hold_it_up, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
