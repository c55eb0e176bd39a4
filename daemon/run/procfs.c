#include "daemon/run/procfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/fdio.h"

#define ENVIRON_MAX (1 << 20)

/* Fields behind the name, counted from 3 as proc(5) does. */
enum {
	FIELD_STATE = 3,
	FIELD_PPID = 4,
	FIELD_PGRP = 5,
	FIELD_SESSION = 6,
	FIELD_UTIME = 14,
	FIELD_STIME = 15,
	FIELD_START = 22,
	FIELD_VSIZE = 23,
	FIELD_EXIT = 52
};

static void take_field(struct procfs_stat *stat, int field, const char *text)
{
	switch (field) {
	case FIELD_STATE:
		stat->state = text[0];
		break;
	case FIELD_PPID:
		stat->ppid = (int)strtol(text, NULL, 10);
		break;
	case FIELD_PGRP:
		stat->pgrp = (int)strtol(text, NULL, 10);
		break;
	case FIELD_SESSION:
		stat->session = (int)strtol(text, NULL, 10);
		break;
	case FIELD_UTIME:
		stat->utime = strtoull(text, NULL, 10);
		break;
	case FIELD_STIME:
		stat->stime = strtoull(text, NULL, 10);
		break;
	case FIELD_START:
		stat->start_ticks = strtoull(text, NULL, 10);
		break;
	case FIELD_VSIZE:
		stat->vsize_bytes = strtoull(text, NULL, 10);
		break;
	case FIELD_EXIT:
		stat->exit_code = (int)strtol(text, NULL, 10);
		break;
	default:
		break;
	}
}

int procfs_parse_stat(const char *text, size_t len, struct procfs_stat *ret_stat)
{
	struct procfs_stat stat = {0};
	char copy[1024];
	char *open, *close, *p;
	int field = FIELD_STATE;

	if (len >= sizeof(copy))
		len = sizeof(copy) - 1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	open = strchr(copy, '(');
	close = strrchr(copy, ')');
	if (!open || !close || close < open || close[1] != ' ' || !isdigit((unsigned char)copy[0]))
		return -EBADMSG;
	stat.pid = (int)strtol(copy, NULL, 10);
	*close = '\0';
	snprintf(stat.comm, sizeof(stat.comm), "%s", open + 1);
	for (p = close + 2; *p && *p != '\n'; field++) {
		take_field(&stat, field, p);
		p += strcspn(p, " \n");
		p += *p == ' ';
	}
	if (field <= FIELD_VSIZE)
		return -EBADMSG;
	*ret_stat = stat;
	return 0;
}

int procfs_read_stat(int pid, struct procfs_stat *ret_stat)
{
	char path[32], buf[1024];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, buf, sizeof(buf) - 1); /* the kernel gives the line whole, at once */
	if (n <= 0)
		n = n < 0 ? -errno : -ESRCH;
	close(fd);
	if (n < 0)
		return (int)n;
	return procfs_parse_stat(buf, (size_t)n, ret_stat);
}

int procfs_usage(int pid, uint64_t *ret_cpu_ns, uint64_t *ret_rss_pages)
{
	_cleanup_(fdio_closep) int fd = -1;
	char path[32], buf[128], *resident;
	struct timespec cpu;
	clockid_t clock;
	ssize_t n;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &cpu) < 0)
		return -ESRCH;
	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, buf, sizeof(buf) - 1);
	if (n <= 0)
		return n < 0 ? -errno : -ESRCH;
	buf[n] = '\0';
	resident = strchr(buf, ' '); /* behind the size, see proc(5) */
	if (!resident)
		return -EBADMSG;
	*ret_cpu_ns = (uint64_t)cpu.tv_sec * 1000000000 + (uint64_t)cpu.tv_nsec;
	*ret_rss_pages = strtoull(resident, NULL, 10);
	return 0;
}

int procfs_environ_find(int pid, const char *prefix, char *buf, size_t cap)
{
	_cleanup_(mem_freep) char *block = malloc(ENVIRON_MAX + 1);
	size_t prefix_len = strlen(prefix);
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	n = block ? fdio_read_small(AT_FDCWD, path, block, ENVIRON_MAX) : -ENOMEM;
	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	block[n] = '\0';
	for (char *p = block; p < block + n; p += strlen(p) + 1) {
		if (strncmp(p, prefix, prefix_len) != 0)
			continue;
		snprintf(buf, cap, "%s", p + prefix_len);
		return 1;
	}
	return 0;
}

static int parse_pids(char *text, int *pids, int max)
{
	int count = 0;

	for (char *p = text, *end; count < max; p = end) {
		long pid = strtol(p, &end, 10);

		if (end == p)
			break;
		pids[count++] = (int)pid;
	}
	return count;
}

int procfs_children_fd(int fd, int *pids, int max)
{
	char buf[8192], *rest = buf;
	off_t at = 0;
	int count = 0;
	ssize_t n;
	size_t keep = 0;

	/* a number may be cut by the end of the buffer: what follows the last blank is kept for the
	 * next read */
	while (count < max && (n = pread(fd, buf + keep, sizeof(buf) - 1 - keep, at)) != 0) {
		if (n < 0)
			return errno == EINTR			   ? 0
			       : errno == ENOENT || errno == ESRCH ? -ESRCH
								   : -errno;
		at += n;
		buf[keep + (size_t)n] = '\0';
		rest = strrchr(buf, ' ');
		rest = rest ? rest + 1 : buf;
		keep = strlen(rest);
		if (rest > buf) {
			rest[-1] = '\0';
			count += parse_pids(buf, pids + count, max - count);
		}
		memmove(buf, rest, keep + 1);
	}
	if (keep && count < max)
		count += parse_pids(buf, pids + count, max - count);
	return count;
}

static int children_of_thread(int pid, const char *tid, int *pids, int max)
{
	_cleanup_(fdio_closep) int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/children", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return procfs_children_fd(fd, pids, max);
}

int procfs_children(int pid, int *pids, int max)
{
	char path[32];
	struct dirent *entry;
	DIR *dir;
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	while ((entry = readdir(dir))) {
		int n;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		n = children_of_thread(pid, entry->d_name, pids + count, max - count);
		count += n > 0 ? n : 0; /* negative: the thread is gone */
	}
	closedir(dir);
	return count;
}

int procfs_last_pid(int loadavg_fd)
{
	char buf[128], *last;
	ssize_t n = pread(loadavg_fd, buf, sizeof(buf) - 1, 0);

	if (n <= 0)
		return 0;
	buf[n] = '\0';
	last = strrchr(buf, ' ');
	return last ? (int)strtol(last + 1, NULL, 10) : 0;
}

int procfs_each(int (*fn)(int pid, void *arg), void *arg)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			r = fn((int)strtol(entry->d_name, NULL, 10), arg);
	closedir(dir);
	return r;
}

int procfs_own_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	if (!dir)
		return INT_MAX; /* not even for this there is one */
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 3; /* "." and "..", and this very look */
}
