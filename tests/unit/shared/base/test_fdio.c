#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"

static int folder = -1;
static char folder_path[] = "/tmp/pmc-test-fdio-XXXXXX";

static int make_folder(void **state)
{
	if (!mkdtemp(folder_path))
		return -1;
	folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -1 : 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"file", "empty", "fifo", "socket", "real", "link"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlinkat(folder, names[i], 0);
	unlinkat(folder, "folder", AT_REMOVEDIR);
	fdio_closep(&folder);
	return rmdir(folder_path); /* fails when a temporary file was left behind */
}

static void a_file_is_replaced_whole_and_private(void **state)
{
	_cleanup_(str_done) struct str out = {};
	struct stat st;

	assert_int_equal(fdio_replace_file(folder, "file", "first version", 13), 0);
	assert_int_equal(fdio_replace_file(folder, "file", "second", 6), 0);
	assert_int_equal(fdio_read_file(folder, "file", 100, &out, NULL), 0);
	assert_string_equal(out.data, "second");
	assert_int_equal(fstatat(folder, "file", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void replacing_fails_without_leaving_anything(void **state)
{
	char long_name[5000];

	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(fdio_replace_file(folder, long_name, "x", 1), -ENAMETOOLONG);
	assert_int_equal(fdio_replace_file(folder, "no/such", "x", 1), -ENOENT);
	assert_int_equal(mkdirat(folder, "folder", 0700), 0);
	assert_int_equal(fdio_replace_file(folder, "folder", "x", 1), -EISDIR);
}

static void the_limit_is_exact(void **state)
{
	_cleanup_(str_done) struct str out = {};
	struct pmc_error err = {};

	str_append(&out, "before ");
	assert_int_equal(fdio_replace_file(folder, "file", "12345", 5), 0);
	assert_int_equal(fdio_read_file(folder, "file", 4, &out, &err), -EFBIG);
	assert_string_equal(err.message, "file is larger than 4 bytes");
	assert_string_equal(str_cstr(&out), "before ");
	assert_int_equal(fdio_read_file(folder, "file", 5, &out, NULL), 0);
	assert_string_equal(str_cstr(&out), "before 12345");
}

static void a_large_file_comes_whole(void **state)
{
	_cleanup_(mem_freep) char *data = mem_zalloc(300000);
	_cleanup_(str_done) struct str out = {};

	for (size_t i = 0; i < 300000; i++)
		data[i] = (char)(i * 7);
	assert_int_equal(fdio_replace_file(folder, "file", data, 300000), 0);
	assert_int_equal(fdio_read_file(folder, "file", 300000, &out, NULL), 0);
	assert_int_equal(out.len, 300000);
	assert_memory_equal(out.data, data, 300000);
}

static void an_empty_file_is_empty(void **state)
{
	_cleanup_(str_done) struct str out = {};

	assert_int_equal(fdio_replace_file(folder, "empty", NULL, 0), 0);
	assert_int_equal(fdio_read_file(folder, "empty", 0, &out, NULL), 0);
	assert_string_equal(str_cstr(&out), "");
}

static void what_is_no_file_is_refused_and_never_waited_for(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_(fdio_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_(str_done) struct str out = {};
	struct pmc_error err = {};

	assert_int_equal(mkfifoat(folder, "fifo", 0600), 0);
	assert_int_equal(fdio_read_file(folder, "fifo", 10, &out, &err), -EINVAL);
	assert_string_equal(err.message, "fifo is not a regular file");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(fdio_read_file(folder, "socket", 10, &out, NULL), -EINVAL);
	assert_int_equal(fdio_read_file(AT_FDCWD, "/dev/zero", 10, &out, NULL), -EINVAL);
	assert_int_equal(fdio_read_file(AT_FDCWD, folder_path, 10, &out, NULL), -EISDIR);
	assert_int_equal(fdio_read_file(folder, "missing", 10, &out, &err), -ENOENT);
	assert_string_equal(err.message, "cannot read missing: no such file or directory");
}

static void files_of_proc_say_size_0_and_have_content(void **state)
{
	_cleanup_(str_done) struct str out = {};
	char buf[64], tiny[4];
	ssize_t n = fdio_read_small(AT_FDCWD, "/proc/self/comm", buf, sizeof(buf));

	assert_string_equal(buf, "test_fdio\n");
	assert_int_equal(n, 10);
	assert_int_equal(fdio_read_small(AT_FDCWD, "/proc/self/comm", tiny, sizeof(tiny)), 3);
	assert_string_equal(tiny, "tes");
	assert_int_equal(fdio_read_small(AT_FDCWD, "/proc/no", tiny, sizeof(tiny)), -ENOENT);
	assert_string_equal(tiny, "");
	assert_int_equal(fdio_read_file(AT_FDCWD, "/proc/self/comm", 100, &out, NULL), 0);
	assert_string_equal(out.data, "test_fdio\n");
}

static void more_than_a_pipe_holds_is_written_to_the_end(void **state)
{
	static char data[1 << 20];
	size_t taken = 0;
	int fds[2], status;
	ssize_t n;
	pid_t child;

	memset(data, 'w', sizeof(data));
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	child = fork();
	if (child == 0)
		_exit(fdio_write_all(fds[1], data, sizeof(data)) == 0 ? 0 : 1);
	close(fds[1]);
	while ((n = read(fds[0], data, 5000)) > 0)
		taken += (size_t)n;
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(taken, sizeof(data));
}

static void a_write_that_fails_says_why(void **state)
{
	assert_int_equal(fdio_write_all(-1, "x", 1), -EBADF);
	assert_int_equal(fdio_write_all(-1, "", 0), 0);
}

static void a_descriptor_no_longer_blocks(void **state)
{
	int fds[2];
	char byte;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fdio_set_nonblock(fds[0]), 0);
	assert_int_equal(fdio_set_nonblock(fds[0]), 0);
	assert_int_equal(read(fds[0], &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(fdio_set_nonblock(-1), -EBADF);
}

static void closing_twice_is_harmless(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), same = fd;

	fdio_closep(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(same, F_GETFD), -1);
	fdio_closep(&fd);
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_replaced_whole_and_private),
		cmocka_unit_test(replacing_fails_without_leaving_anything),
		cmocka_unit_test(the_limit_is_exact),
		cmocka_unit_test(a_large_file_comes_whole),
		cmocka_unit_test(an_empty_file_is_empty),
		cmocka_unit_test(what_is_no_file_is_refused_and_never_waited_for),
		cmocka_unit_test(files_of_proc_say_size_0_and_have_content),
		cmocka_unit_test(more_than_a_pipe_holds_is_written_to_the_end),
		cmocka_unit_test(a_write_that_fails_says_why),
		cmocka_unit_test(a_descriptor_no_longer_blocks),
		cmocka_unit_test(closing_twice_is_harmless),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
