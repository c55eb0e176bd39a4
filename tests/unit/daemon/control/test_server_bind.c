#include "tests/unit/daemon/loop_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/control/server_bind.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

static struct loop_fixture fx;
static char *run, *path;
static struct pmc_error err;

static int set_up(void **state)
{
	loop_fixture_set_up(&fx);
	run = loop_fixture_path(&fx, "run");
	path = loop_fixture_path(&fx, "run/pmc.sock");
	err = (struct pmc_error){};
	return mkdir(run, 0700);
}

static int tear_down(void **state)
{
	free(run);
	free(path);
	loop_fixture_tear_down(&fx);
	return 0;
}

/* A client gets through to `listener` by the name `path_of_socket`, relative to its folder. */
static void assert_reachable(int listener, const char *folder)
{
	_cleanup_(fdio_closep) int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_(fdio_closep) int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC), taken = -1;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	assert_true(dir >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/pmc.sock", dir);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	taken = accept(listener, NULL, NULL);
	assert_true(taken >= 0);
}

static void a_try_leaves_what_was_there_and_nothing_else(void **state)
{
	_cleanup_(mem_freep) char *trial = loop_fixture_path(&fx, "run/pmc.try");
	_cleanup_(fdio_closep) int fd = server_bind(fx.home, &err);
	struct stat st;

	for (int i = 0; i < 2; i++)
		assert_int_equal(server_bind_try(fx.home, &err), 0);
	assert_int_equal(lstat(trial, &st), -1);
	assert_reachable(fd, run);
}

static void the_socket_is_ours_alone(void **state)
{
	_cleanup_(fdio_closep) int fd = server_bind(fx.home, &err);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_reachable(fd, run);
}

static void a_left_over_socket_is_replaced(void **state)
{
	_cleanup_(fdio_closep) int first = server_bind(fx.home, &err), second = -1;

	second = server_bind(fx.home, &err);
	assert_true(first >= 0 && second >= 0);
	assert_reachable(second, run);
}

static void assert_refused(mode_t type)
{
	struct stat st;

	assert_int_equal(server_bind(fx.home, &err), -EEXIST);
	assert_non_null(strstr(err.message, "run/pmc.sock"));
	assert_non_null(strstr(err.hint, "mv "));
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & S_IFMT, type);
}

static void what_is_no_socket_is_refused_and_left(void **state)
{
	_cleanup_(fdio_closep) int fd = -1;

	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_refused(S_IFLNK);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(S_IFIFO);
	assert_int_equal(unlink(path), 0);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_refused(S_IFREG);
}

static void a_link_in_place_of_the_folder_is_not_followed(void **state)
{
	assert_int_equal(rmdir(run), 0);
	assert_int_equal(symlink("/tmp", run), 0);
	assert_int_equal(server_bind(fx.home, &err), -ENOTDIR);
}

static void a_home_without_folder_is_an_error(void **state)
{
	assert_int_equal(rmdir(run), 0);
	assert_int_equal(server_bind(fx.home, &err), -ENOENT);
	assert_non_null(strstr(err.message, run));
}

static void a_long_path_is_fine(void **state)
{
	_cleanup_(str_done) struct str home = {};
	_cleanup_(mem_freep) char *long_run = NULL;
	_cleanup_(fdio_closep) int fd = -1;

	str_append(&home, fx.home);
	for (int i = 0; i < 3; i++) {
		str_append_char(&home, '/');
		str_append_repeat(&home, 'x', 100);
		assert_int_equal(mkdir(home.data, 0700), 0);
	}
	long_run = mem_printf("%s/run", str_cstr(&home));
	assert_int_equal(mkdir(long_run, 0700), 0);
	fd = server_bind(str_cstr(&home), &err);
	if (fd < 0)
		fail_msg("%s", err.message);
	assert_reachable(fd, long_run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_socket_is_ours_alone),
		TEST(a_try_leaves_what_was_there_and_nothing_else),
		TEST(a_left_over_socket_is_replaced),
		TEST(what_is_no_socket_is_refused_and_left),
		TEST(a_link_in_place_of_the_folder_is_not_followed),
		TEST(a_home_without_folder_is_an_error),
		TEST(a_long_path_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
