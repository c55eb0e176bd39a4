#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/log/log.h"
#include "shared/base/fdio.h"

#define WIDE_BYTES (256 * 1024)
#define WIDE_STREAMS 200 /* an ordinary user has 16,384 pages of pipe in all */

/* A new open file description of the same pipe. */
static int open_again(int fd, int flags)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fd = open(path, O_RDWR | O_CLOEXEC | flags);
	return fd < 0 ? -errno : fd;
}

int log_pipe(unsigned streams_now, int *ret_ours, int *ret_apps, struct pmc_error *err)
{
	_cleanup_(fdio_closep) int read_end = -1;
	_cleanup_(fdio_closep) int write_end = -1;
	_cleanup_(fdio_closep) int ours = -1;
	int apps, fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return pmc_error_errno(err, -errno, "cannot make a log pipe");
	read_end = fds[0];
	write_end = fds[1];
	ours = open_again(read_end, O_NONBLOCK);
	if (ours < 0)
		return pmc_error_errno(err, ours, "cannot open a log pipe for reading and writing");
	apps = open_again(read_end, 0);
	if (apps < 0)
		return pmc_error_errno(err, apps, "cannot open a log pipe for reading and writing");
	if (streams_now < WIDE_STREAMS)
		(void)fcntl(ours, F_SETPIPE_SZ, WIDE_BYTES); /* refused: the default will do */
	*ret_ours = ours;
	*ret_apps = apps;
	ours = -1;
	return 0;
}

int log_pipe_reopen(int ours, int *ret_apps)
{
	int fd = open_again(ours, 0);

	if (fd < 0)
		return fd;
	*ret_apps = fd;
	return 0;
}
