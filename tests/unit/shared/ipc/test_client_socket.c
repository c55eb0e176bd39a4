#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/ipc/client_socket.h"
#include "tests/unit/skip.h"

static char folder[] = "/tmp/pmc-test-socket-XXXXXX";
static char socket_path[4096];

static int make_folder(void **state)
{
	return mkdtemp(folder) && chmod(folder, 0755) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	return rmdir(folder);
}

/* Listen under `name` of the folder the caller stands in. */
static int listen_here(const char *name, int backlog)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(chmod(name, 0666), 0);
	assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static void somebody_listens(void **state)
{
	_cleanup_(fdio_closep) int listener = -1, fd = -1;
	struct pmc_error err = {};

	assert_int_equal(chdir(folder), 0);
	listener = listen_here("sock", 5);
	snprintf(socket_path, sizeof(socket_path), "%s/sock", folder);
	fd = client_socket_open(socket_path, 1000, &err);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	unlink("sock");
}

static void a_path_longer_than_an_address_is_reached_all_the_same(void **state)
{
	_cleanup_(fdio_closep) int listener = -1, fd = -1;
	char part[61];

	memset(part, 'd', 60);
	part[60] = '\0';
	assert_int_equal(chdir(folder), 0);
	snprintf(socket_path, sizeof(socket_path), "%s", folder);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(mkdir(part, 0700), 0);
		assert_int_equal(chdir(part), 0);
		strcat(strcat(socket_path, "/"), part);
	}
	strcat(socket_path, "/sock");
	listener = listen_here("sock", 5);
	fd = client_socket_open(socket_path, 1000, NULL);
	assert_true(fd >= 0);
	unlink("sock");
	assert_int_equal(client_socket_open(socket_path, 1000, NULL), -ENOENT);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(chdir(".."), 0);
		assert_int_equal(rmdir(part), 0);
	}
}

static void every_length_around_the_limit_works(void **state)
{
	assert_int_equal(chdir(folder), 0);
	for (size_t len = 100; len < 115; len++) {
		_cleanup_(fdio_closep) int listener = -1, fd = -1;
		size_t folder_len = strlen(folder);
		char name[100] = "";

		memset(name, 'n', len - folder_len - 1);
		snprintf(socket_path, sizeof(socket_path), "%s/%s", folder, name);
		assert_int_equal(strlen(socket_path), len);
		listener = listen_here(name, 5);
		fd = client_socket_open(socket_path, 1000, NULL);
		assert_true(fd >= 0);
		unlink(name);
	}
}

static void nobody_listens(void **state)
{
	_cleanup_(fdio_closep) int listener = -1;
	struct pmc_error err = {};

	assert_int_equal(client_socket_open("/nowhere/at/all", 1000, &err), -ENOENT);
	assert_string_equal(err.message,
			    "cannot connect to /nowhere/at/all: no such file or directory");
	assert_int_equal(chdir(folder), 0);
	listener = listen_here("sock", 5);
	fdio_closep(&listener);
	snprintf(socket_path, sizeof(socket_path), "%s/sock", folder);
	assert_int_equal(client_socket_open(socket_path, 1000, NULL), -ECONNREFUSED);
	unlink("sock");
}

static void a_name_that_fits_nowhere_is_an_error(void **state)
{
	char name[400] = "/tmp/";

	memset(name + 5, 'n', sizeof(name) - 6);
	assert_int_equal(client_socket_open(name, 1000, NULL), -ENAMETOOLONG);
}

static void a_daemon_that_takes_nobody_is_waited_for_with_an_end(void **state)
{
	_cleanup_(fdio_closep) int listener = -1, first = -1;
	int r;

	assert_int_equal(chdir(folder), 0);
	listener = listen_here("sock", 0);
	snprintf(socket_path, sizeof(socket_path), "%s/sock", folder);
	first = client_socket_open(socket_path, 1000, NULL);
	assert_true(first >= 0);
	r = client_socket_open(socket_path, 50, NULL);
	assert_int_equal(r, -ETIMEDOUT);
	unlink("sock");
}

/* Needs two users: root lends itself another one. */
static void somebody_elses_daemon_gets_nothing(void **state)
{
	_cleanup_(fdio_closep) int listener = -1;
	int status;
	pid_t child;

	if (geteuid() != 0)
		SKIP_BECAUSE("only root can become somebody else");
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(seteuid(1234), 0); /* SO_PEERCRED tells who called listen() */
	listener = listen_here("sock", 5);
	assert_int_equal(seteuid(0), 0);
	snprintf(socket_path, sizeof(socket_path), "%s/sock", folder);
	child = fork();
	if (child == 0)
		_exit(setuid(4321) == 0 && client_socket_open(socket_path, 1000, NULL) == -EACCES
			      ? 0
			      : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	unlink("sock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(somebody_listens),
		cmocka_unit_test(a_path_longer_than_an_address_is_reached_all_the_same),
		cmocka_unit_test(every_length_around_the_limit_works),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(a_name_that_fits_nowhere_is_an_error),
		cmocka_unit_test(a_daemon_that_takes_nobody_is_waited_for_with_an_end),
		cmocka_unit_test(somebody_elses_daemon_gets_nothing),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
