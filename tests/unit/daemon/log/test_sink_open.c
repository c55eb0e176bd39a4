#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log/sink_open.h"
#include "rig.h"
#include "tests/unit/skip.h"

static int setup(void **state)
{
	static struct rig rig;

	rig_setup(&rig);
	*state = &rig;
	return 0;
}

static int teardown(void **state)
{
	rig_teardown(*state);
	return 0;
}

static int open_log(const char *path, struct stat *st)
{
	return sink_open(path, (uid_t)-1, (gid_t)-1, st);
}

static void a_missing_file_is_made_with_its_folders(void **state)
{
	struct rig *rig = *state;
	struct stat st;
	int fd = open_log(rig_path(rig, "a/b/log"), &st);

	assert_true(fd >= 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(stat(rig_path(rig, "a"), &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	close(fd);
}

static void an_owner_is_given_to_what_is_made_and_to_nothing_else(void **state)
{
	struct rig *rig = *state;
	struct stat st;
	int fd;

	if (geteuid() != 0)
		SKIP_BECAUSE("only root can give files away");
	fd = sink_open(rig_path(rig, "a/log"), 65534, 65534, &st);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(stat(rig_path(rig, "a/log"), &st), 0);
	assert_int_equal(st.st_uid, 65534);
	assert_int_equal(stat(rig_path(rig, "a"), &st), 0);
	assert_int_equal(st.st_gid, 65534);
	assert_int_equal(stat(rig->dir, &st), 0);
	assert_int_equal(st.st_uid, 0);
}

static void a_file_that_exists_keeps_its_mode(void **state)
{
	struct rig *rig = *state;
	struct stat st;
	int fd = open(rig_path(rig, "log"), O_WRONLY | O_CREAT, 0644);

	assert_int_equal(fchmod(fd, 0644), 0);
	close(fd);
	fd = open_log(rig_path(rig, "log"), &st);
	assert_true(fd >= 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	close(fd);
}

static void what_cannot_be_a_log_says_why(void **state)
{
	struct rig *rig = *state;
	struct stat st;

	assert_int_equal(open_log(rig->dir, &st), -EISDIR);
	close(open(rig_path(rig, "file"), O_WRONLY | O_CREAT, 0600));
	assert_int_equal(open_log(rig_path(rig, "file/log"), &st), -ENOTDIR);
}

static void a_fifo_without_a_reader_does_not_block(void **state)
{
	struct rig *rig = *state;
	struct stat st;
	int reader, fd;

	assert_int_equal(mkfifo(rig_path(rig, "fifo"), 0640), 0);
	assert_int_equal(open_log(rig_path(rig, "fifo"), &st), -ENXIO);
	reader = open(rig_path(rig, "fifo"), O_RDONLY | O_NONBLOCK);
	fd = open_log(rig_path(rig, "fifo"), &st);
	assert_true(fd >= 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	close(reader);
}

static void a_socket_is_connected_to(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM};

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", rig_path(rig, "socket"));
	for (int i = 0; i < 2; i++) {
		int server = socket(AF_UNIX, types[i], 0), fd;
		struct stat st;

		assert_int_equal(bind(server, (struct sockaddr *)&addr, sizeof(addr)), 0);
		if (types[i] == SOCK_STREAM)
			listen(server, 1);
		fd = open_log(addr.sun_path, &st);
		assert_true(fd >= 0);
		assert_true(S_ISSOCK(st.st_mode));
		assert_int_equal(write(fd, "x", 1), 1);
		close(fd);
		close(server);
		unlink(addr.sun_path);
	}
}

static void root_follows_no_link_that_others_could_have_made(void **state)
{
	struct rig *rig = *state;
	struct stat st;
	int fd;

	if (geteuid() != 0)
		SKIP_BECAUSE("who is not root can be led only where he may go himself");
	assert_int_equal(symlink("/dev/null", rig_path(rig, "link")), 0);
	fd = open_log(rig_path(rig, "link"), &st);
	assert_true(fd >= 0); /* the folder is root's alone */
	close(fd);
	assert_int_equal(chmod(rig->dir, 0777), 0);
	assert_int_equal(open_log(rig_path(rig, "link"), &st), -ELOOP);
	assert_int_equal(chmod(rig->dir, 0700), 0);
	assert_int_equal(chown(rig->dir, 65534, 65534), 0);
	assert_int_equal(open_log(rig_path(rig, "link"), &st), -ELOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_missing_file_is_made_with_its_folders, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			an_owner_is_given_to_what_is_made_and_to_nothing_else, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_exists_keeps_its_mode, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_a_log_says_why, setup, teardown),
		cmocka_unit_test_setup_teardown(a_fifo_without_a_reader_does_not_block, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_socket_is_connected_to, setup, teardown),
		cmocka_unit_test_setup_teardown(root_follows_no_link_that_others_could_have_made,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
