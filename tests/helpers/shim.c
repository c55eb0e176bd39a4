/* shim: loaded into the daemon by LD_PRELOAD, it spoils what the daemon asks of its file system, or
 * takes notes. What no variable asks for goes through unchanged.
 *
 *   PMC_SHIM_FLOCK=ERRNO    flock() fails, as on a network file system without locks
 *   PMC_SHIM_BIND=ERRNO     bind() of a Unix socket fails, as on a file system without sockets
 *   PMC_SHIM_CLOCK=FILE     the wall clock is off by the seconds that stand in FILE
 *   PMC_SHIM_SYNCED=FOLDER  when a file state.db* is made durable, FOLDER/NNNN appears: state.db
 * and state.db-wal as they are in memory just before, `durable` with what is made durable, and
 * `name` with its name */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int spoilt(const char *variable)
{
	const char *value = getenv(variable);

	if (value)
		errno = atoi(value);
	return value != NULL;
}

int flock(int fd, int operation)
{
	static int (*real)(int, int);

	if (spoilt("PMC_SHIM_FLOCK"))
		return -1;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "flock");
	return real(fd, operation);
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	static int (*real)(int, const struct sockaddr *, socklen_t);

	if (address->sa_family == AF_UNIX && spoilt("PMC_SHIM_BIND"))
		return -1;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "bind");
	return real(fd, address, length);
}

static long clock_offset(void)
{
	const char *path = getenv("PMC_SHIM_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char text[32] = "";

	if (fd < 0)
		return 0;
	(void)!read(fd, text, sizeof(text) - 1);
	close(fd);
	return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	static int (*real)(clockid_t, struct timespec *);
	int r;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	r = real(clock, ret);
	if (r == 0 && clock == CLOCK_REALTIME)
		ret->tv_sec += clock_offset();
	return r;
}

static void fail(const char *what)
{
	perror(what);
	abort();
}

static void write_file(const char *path, const char *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
		fail(path);
}

/* A file that is not there is not there in the copy. */
static void copy(const char *from, const char *to)
{
	static char block[65536];
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	while (fd >= 0 && (n = read(fd, block, sizeof(block))) > 0)
		write_file(to, block, (size_t)n);
	if (fd >= 0)
		close(fd);
}

/* Is this one of the files of a state.db? `path` is then its own. */
static int is_state_file(int fd, char path[PATH_MAX])
{
	char link[64];
	const char *slash;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	path[n < 0 ? 0 : n] = '\0';
	slash = strrchr(path, '/');
	return slash && strncmp(slash, "/state.db", strlen("/state.db")) == 0;
}

static void copy_all(const char *folder, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char from[PATH_MAX + 16], to[PATH_MAX];

	if (mkdir(folder, 0700) < 0)
		fail(folder);
	snprintf(from, sizeof(from), "%.*sstate.db", (int)(name - path), path);
	snprintf(to, sizeof(to), "%s/state.db", folder);
	copy(from, to);
	strcat(from, "-wal");
	strcat(to, "-wal");
	copy(from, to);
	snprintf(to, sizeof(to), "%s/durable", folder);
	copy(path, to);
	snprintf(to, sizeof(to), "%s/name", folder);
	write_file(to, name, strlen(name));
}

struct task {
	const char *folder, *path;
};

static int on_copy(void *arg)
{
	const struct task *task = arg;

	copy_all(task->folder, task->path);
	return 0;
}

/* In a process that has descriptors of its own: here the first close() of a file would drop all
 * locks that the engine has on it. It shares our memory, which a fork() does not get whole. */
static void copy_into(const char *folder, const char *path)
{
	static char stack[256 << 10] __attribute__((aligned(16)));
	struct task task = {.folder = folder, .path = path};
	pid_t pid = clone(on_copy, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &task);
	int status = -1;

	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (status != 0)
		fail("shim: no copy");
}

/* The note appears when the kernel has said yes. */
static int sync_noted(int fd, int (*real)(int))
{
	const char *notes = getenv("PMC_SHIM_SYNCED");
	char path[PATH_MAX], folder[PATH_MAX / 2], part[PATH_MAX / 2 + 8];
	struct stat st;
	int number = 0, noted, rc;

	pthread_mutex_lock(&lock);
	noted = notes && is_state_file(fd, path);
	if (noted) {
		do
			snprintf(folder, sizeof(folder), "%s/%04d", notes, number++);
		while (stat(folder, &st) == 0);
		snprintf(part, sizeof(part), "%s.part", folder);
		copy_into(part, path);
	}
	rc = real(fd);
	if (noted && rename(part, folder) < 0)
		fail(part);
	pthread_mutex_unlock(&lock);
	return rc;
}

int fsync(int fd)
{
	static int (*real)(int);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "fsync");
	return sync_noted(fd, real);
}

int fdatasync(int fd)
{
	static int (*real)(int);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
	return sync_noted(fd, real);
}
