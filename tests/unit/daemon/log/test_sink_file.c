#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log/sink_file.h"
#include "rig.h"

#define SECOND 1000000000ull

struct fixture {
	struct rig rig;
	struct sink_file *files;
};

static int setup(void **state)
{
	static struct fixture fixture;

	rig_setup(&fixture.rig);
	fixture.files = NULL;
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	while (fixture->files)
		sink_file_put(&fixture->files, fixture->files);
	rig_teardown(&fixture->rig);
	return 0;
}

static struct sink_file *get(struct fixture *fixture, const char *name)
{
	return sink_file_get(&fixture->files, rig_path(&fixture->rig, name), (uid_t)-1, (gid_t)-1);
}

static uint64_t ready(struct fixture *fixture, struct sink_file *file, uint64_t now_ns)
{
	uint64_t size;

	assert_int_equal(sink_file_ready(fixture->files, file, now_ns, &size), 0);
	return size;
}

static void who_names_the_same_path_gets_the_same_file(void **state)
{
	struct fixture *fixture = *state;
	struct sink_file *a = get(fixture, "log"), *b = get(fixture, "log");

	assert_ptr_equal(a, b);
	assert_int_equal(a->users, 2);
	assert_false(sink_file_is_ours_alone(a, SECOND));
	sink_file_put(&fixture->files, b);
	assert_true(sink_file_is_ours_alone(a, SECOND));
	assert_int_equal(get(fixture, "other")->users, 1);
}

static void two_names_of_one_file_are_seen(void **state)
{
	struct fixture *fixture = *state;
	struct sink_file *a = get(fixture, "log"), *b = get(fixture, "link");

	ready(fixture, a, SECOND);
	assert_int_equal(link(a->path, b->path), 0);
	ready(fixture, b, SECOND);
	assert_false(sink_file_is_ours_alone(a, SECOND));
	assert_false(sink_file_is_ours_alone(b, SECOND));
}

static void a_foreign_write_is_seen_and_forgotten_after_a_minute(void **state)
{
	struct fixture *fixture = *state;
	struct sink_file *file = get(fixture, "log");
	int fd;

	assert_int_equal(sink_file_append(file, "x", 0, ready(fixture, file, SECOND)), 0);
	assert_int_equal(sink_file_append(file, "one\n", 4, ready(fixture, file, SECOND)), 4);
	fd = open(file->path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "foreign", 7), 7);
	close(fd);
	assert_int_equal(ready(fixture, file, 2 * SECOND), 11);
	assert_false(sink_file_is_ours_alone(file, 3 * SECOND));
	assert_true(sink_file_is_ours_alone(file, 63 * SECOND));
	assert_false(sink_file_at_line_start(file, 11));
}

static void the_end_of_a_line_is_known_after_every_kind_of_write(void **state)
{
	struct fixture *fixture = *state;
	struct rig *rig = &fixture->rig;
	struct sink_file *file = get(fixture, "log");
	uint64_t size = ready(fixture, file, SECOND);

	assert_true(sink_file_at_line_start(file, size));
	assert_int_equal(sink_file_splice(file, rig->ours[0], 100, size), -EAGAIN);
	rig_say(rig, 0, "half");
	assert_int_equal(sink_file_splice(file, rig->ours[0], 100, size), 4);
	size = ready(fixture, file, SECOND);
	assert_false(sink_file_at_line_start(file, size));
	assert_int_equal(sink_file_append(file, "\n", 1, size), 1);
	size = ready(fixture, file, SECOND);
	assert_true(sink_file_at_line_start(file, size));
	assert_int_equal(sink_file_empty(file), 0);
	size = ready(fixture, file, SECOND);
	assert_int_equal(size, 0);
	assert_true(sink_file_at_line_start(file, size));
}

static void the_path_is_looked_up_once_a_second(void **state)
{
	struct fixture *fixture = *state;
	struct sink_file *file = get(fixture, "log");

	ready(fixture, file, SECOND);
	assert_int_equal(sink_file_append(file, "one\n", 4, 0), 4);
	assert_int_equal(rename(file->path, rig_path(&fixture->rig, "log.1")), 0);
	assert_int_equal(ready(fixture, file, SECOND + SECOND / 2), 4); /* still the old one */
	assert_int_equal(ready(fixture, file, 2 * SECOND), 0);
	assert_int_equal(access(file->path, F_OK), 0);
}

static void a_removed_file_is_made_again_when_the_removal_is_over(void **state)
{
	struct fixture *fixture = *state;
	struct sink_file *file = get(fixture, "logs/log");
	uint64_t size;

	ready(fixture, file, SECOND);
	assert_int_equal(unlink(file->path), 0);
	assert_int_equal(sink_file_ready(fixture->files, file, SECOND + 1, &size), -EAGAIN);
	assert_int_equal(rmdir(rig_path(&fixture->rig, "logs")), 0); /* nobody is in the way */
	assert_int_equal(ready(fixture, file, SECOND + SECOND / 2), 0);
	assert_int_equal(access(file->path, F_OK), 0);
}

static void a_renamed_file_serves_while_its_path_cannot_be_opened(void **state)
{
	struct fixture *fixture = *state;
	struct sink_file *file = get(fixture, "log");
	uint64_t size;

	ready(fixture, file, SECOND);
	assert_int_equal(rename(file->path, rig_path(&fixture->rig, "log.1")), 0);
	assert_int_equal(mkdir(file->path, 0700), 0);
	assert_int_equal(ready(fixture, file, 3 * SECOND), 0);
	assert_int_equal(unlink(rig_path(&fixture->rig, "log.1")), 0);
	assert_int_equal(sink_file_ready(fixture->files, file, 5 * SECOND, &size), -EAGAIN);
	assert_int_equal(sink_file_ready(fixture->files, file, 6 * SECOND, &size), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_names_the_same_path_gets_the_same_file, setup,
						teardown),
		cmocka_unit_test_setup_teardown(two_names_of_one_file_are_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_foreign_write_is_seen_and_forgotten_after_a_minute, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_end_of_a_line_is_known_after_every_kind_of_write, setup, teardown),
		cmocka_unit_test_setup_teardown(the_path_is_looked_up_once_a_second, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			a_removed_file_is_made_again_when_the_removal_is_over, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_renamed_file_serves_while_its_path_cannot_be_opened, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
