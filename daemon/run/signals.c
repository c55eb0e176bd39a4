#include "daemon/run/signals.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/run/procfs.h"
#include "shared/base/fdio.h"

int signals_open_pid(int pid)
{
	int fd;

	if (pid < 2)
		return -ESRCH;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return fd >= 0 ? fd : -errno;
}

int signals_send(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int signals_send_pid(int pid, uint64_t start_ticks, int signal)
{
	_cleanup_(fdio_closep) int fd = signals_open_pid(pid);
	struct procfs_stat stat;
	int r;

	if (fd < 0)
		return fd;
	r = procfs_read_stat(pid, &stat);
	if (r < 0)
		return r;
	if (start_ticks && stat.start_ticks != start_ticks)
		return -ESRCH;
	return signals_send(fd, signal);
}
