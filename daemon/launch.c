#include "daemon/launch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/control/server_bind.h"
#include "daemon/keeper/keeper_table.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/config/home.h"

/* Where the background process says what went wrong. The keeper puts its own end of the channel in
 * this place when its table is made: end of file without a word means that it runs, or is dead. */
#define FD_REPORT FD_KEEPER_CTL
#define REPORT_WAIT_MS 5000

/* What is made on the way, for the exec at its end. */
struct launch {
	const struct home *home;
	bool foreground;
	const char *keeper_path, *engine_path;
	int run_fd, lock_fd, shm_fd;
	char *shm_dir;
};

/* ---- the run-time directory ---- */

/* Opens `path` if it is a directory of ours that nobody else may enter; makes it if it is missing.
 */
static int open_private_dir(const char *path)
{
	_cleanup_(fdio_closep) int fd = -1;
	bool made = mkdir(path, 0700) == 0;
	struct stat st;
	int rc;

	if (!made && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (made && fchmod(fd, 0700) < 0) || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return -EPERM;
	rc = fd;
	fd = -1;
	return rc;
}

static int open_shm_dir(struct launch *l, struct pmc_error *err)
{
	char *names[] = {mem_printf("/dev/shm/pmc-%u-%s", geteuid(), l->home->id),
			 home_file(l->home, "run/shm")};

	for (size_t i = 0; i < ARRAY_SIZE(names) && l->shm_fd < 0; i++) {
		l->shm_fd = open_private_dir(names[i]);
		if (l->shm_fd >= 0)
			l->shm_dir = steal_ptr(&names[i]);
	}
	if (l->shm_fd < 0)
		pmc_error_errno(err, l->shm_fd, "cannot make the run-time directory %s", names[1]);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		free(names[i]);
	return l->shm_fd < 0 ? l->shm_fd : 0;
}

/* For whoever looks from outside: `pmc` reads the status line through it. */
static int write_where(const struct launch *l, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *line = mem_printf("%s\n", l->shm_dir);
	int rc = fdio_replace_file(l->run_fd, "where", line, strlen(line));

	return rc < 0 ? pmc_error_errno(err, rc, "cannot write %s/run/where", l->home->path) : 0;
}

/* The table of the daemon that holds the lock; -1 if it cannot be found. */
static int open_table_of_holder(const struct launch *l)
{
	char where[PATH_MAX];
	_cleanup_(fdio_closep) int dir_fd = -1;

	if (fdio_read_small(l->run_fd, "where", where, sizeof(where)) <= 0)
		return -1;
	where[strcspn(where, "\n")] = '\0';
	dir_fd = open(where, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return dir_fd < 0 ? -1
			  : openat(dir_fd, KEEPER_TABLE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

/* ---- the lock ---- */

static int open_lock(struct launch *l, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *run = home_file(l->home, "run");

	l->run_fd = open(run, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (l->run_fd < 0)
		return pmc_error_errno(err, -errno, "cannot open %s", run);
	l->lock_fd = openat(l->run_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (l->lock_fd < 0)
		return pmc_error_errno(err, -errno, "cannot open %s/lock", run);
	return 0;
}

/* Who has started the daemon of this home last: for the message of somebody on another machine. */
static void sign_lock(const struct launch *l)
{
	char host[64] = "", boot[64] = "", line[sizeof(host) + sizeof(boot) + 2];
	int n;

	gethostname(host, sizeof(host) - 1);
	fdio_read_small(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
	boot[strcspn(boot, "\n")] = '\0';
	n = snprintf(line, sizeof(line), "%s %s\n", host, boot);
	if (ftruncate(l->lock_fd, 0) == 0)
		fdio_write_all(l->lock_fd, line, (size_t)n);
}

static int cannot_lock(const struct launch *l, int code, struct pmc_error *err)
{
	char holder[160] = "";

	fdio_read_small(l->run_fd, "lock", holder, sizeof(holder));
	holder[strcspn(holder, " \n")] = '\0';
	pmc_error_errno(err, code, "cannot lock %s/run/lock%s%s", l->home->path,
			holder[0] ? ", last held on " : "", holder);
	pmc_error_hint(err, "put PMC_HOME on a local disk");
	return code;
}

static int already_running(const struct launch *l, struct pmc_error *err)
{
	_cleanup_(fdio_closep) int fd = open_table_of_holder(l);
	struct keeper_header header;

	if (fd >= 0 && pread(fd, &header, sizeof(header), 0) == sizeof(header) &&
	    header.keeper_pid > 0)
		return pmc_error_set(err, -EALREADY, "already running, pid %d", header.keeper_pid);
	return pmc_error_set(err, -EALREADY, "already running: another pmcd is just starting");
}

/* Under systemd: a second keeper beside an adopted one waits. 1 when the holder had been told to
 * stop: then so are we. */
static int stand_by(const struct launch *l, struct pmc_error *err)
{
	_cleanup_(fdio_closep) int fd = open_table_of_holder(l);
	struct keeper_header header;

	while (flock(l->lock_fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return cannot_lock(l, -errno, err);
	return fd >= 0 && pread(fd, &header, sizeof(header), 0) == sizeof(header) &&
	       (header.flags & KEEPER_STOPPING);
}

/* 0: the lock is ours. 1: there is nothing to do. */
static int take_lock(struct launch *l, struct pmc_error *err)
{
	int rc = open_lock(l, err);

	if (rc < 0)
		return rc;
	if (flock(l->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return cannot_lock(l, -errno, err);
	if (l->foreground && getenv("NOTIFY_SOCKET"))
		return stand_by(l, err);
	return already_running(l, err);
}

/* ---- the process ---- */

static void close_from(int first)
{
	struct dirent *entry;
	DIR *dir;

	if (close_range((unsigned)first, ~0U, 0) == 0)
		return;
	dir = opendir("/proc/self/fd");
	while (dir && (entry = readdir(dir)))
		if (atoi(entry->d_name) >= first && atoi(entry->d_name) != dirfd(dir))
			close(atoi(entry->d_name));
	if (dir)
		closedir(dir);
}

/* The background daemon holds on to nothing of its caller. */
static int leave_caller(const struct launch *l, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *log = home_file(l->home, "pmc.log");
	_cleanup_(fdio_closep) int log_fd =
		open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
	_cleanup_(fdio_closep) int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (log_fd < 0)
		return pmc_error_errno(err, -errno, "cannot open %s", log);
	if (null_fd < 0 || dup2(null_fd, 0) < 0 || dup2(log_fd, 1) < 0 || dup2(log_fd, 2) < 0)
		return pmc_error_errno(err, -errno, "cannot redirect the daemon's output");
	return 0;
}

/* Descriptors to their numbers (by way of high ones, as they may stand in each other's place), the
 * rest closed, exec. Returns only on failure. */
static int exec_keeper(const struct launch *l, int *report_fd, struct pmc_error *err)
{
	const char *args[] = {l->keeper_path,
			      l->engine_path,
			      l->shm_dir,
			      l->home->path,
			      l->foreground ? "--foreground" : NULL,
			      NULL};
	int lock = fcntl(l->lock_fd, F_DUPFD_CLOEXEC, FD_FIRST);
	int shm = fcntl(l->shm_fd, F_DUPFD_CLOEXEC, FD_FIRST);
	int report = *report_fd < 0 ? -1 : fcntl(*report_fd, F_DUPFD_CLOEXEC, FD_FIRST);

	if (lock < 0 || shm < 0 || dup2(lock, FD_LOCK) < 0 || dup2(shm, FD_SHM_DIR) < 0 ||
	    (report >= 0 && dup2(report, FD_REPORT) < 0))
		return pmc_error_errno(err, -errno, "cannot arrange descriptors");
	*report_fd = report < 0 ? -1 : FD_REPORT;
	for (int fd = 3; fd < FD_FIRST; fd++)
		if (fd != FD_LOCK && fd != FD_SHM_DIR && (fd != FD_REPORT || report < 0))
			close(fd);
	close_from(FD_FIRST);
	if (chdir("/") < 0)
		return pmc_error_errno(err, -errno, "cannot change to /");
	unsetenv("PMC_INSTANCE"); /* started from inside an app: no part of it all the same */
	execv(l->keeper_path, (char **)(uintptr_t)args);
	return pmc_error_errno(err, -errno, "cannot execute %s", l->keeper_path);
}

/* The grandchild. Whatever goes wrong is told through the pipe. */
static void run_background(const struct launch *l, int report_fd)
{
	struct pmc_error err = {};
	int rc = leave_caller(l, &err);

	if (rc == 0)
		exec_keeper(l, &report_fd, &err);
	fdio_write_all(report_fd, &err, sizeof(err));
	_exit(1);
}

/* Two forks and a new session: no child for the caller to reap, no terminal to be had again. */
static void fork_twice(const struct launch *l, int report_fd)
{
	pid_t pid;

	setsid();
	pid = fork();
	if (pid == 0)
		run_background(l, report_fd);
	_exit(pid < 0 ? 1 : 0);
}

/* The keeper has said nothing: it runs, unless the lock is free again. */
static int check_keeper(struct launch *l, struct pmc_error *err)
{
	int rc;

	fdio_closep(&l->lock_fd); /* the daemon shares it: only another open file can ask */
	fdio_closep(&l->run_fd);
	rc = open_lock(l, err);
	if (rc < 0 || flock(l->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return rc;
	pmc_error_set(err, -ECHILD, "pmc-keeper ended at its start");
	pmc_error_hint(err, "see %s/pmc.log", l->home->path);
	return -ECHILD;
}

static int read_report(struct launch *l, int report_fd, struct pmc_error *err)
{
	struct pollfd report = {.fd = report_fd, .events = POLLIN};
	struct pmc_error said;
	int code;

	if (poll(&report, 1, REPORT_WAIT_MS) != 1)
		return pmc_error_set(err, -ETIMEDOUT, "pmc-keeper does not get ready");
	if (read(report_fd, &said, sizeof(said)) != sizeof(said))
		return check_keeper(l, err);
	code = said.code;
	if (err)
		*err = said;
	while (read(report_fd, &said, sizeof(said)) > 0)
		; /* when it is gone, the lock is free again */
	return code;
}

static int in_background(struct launch *l, struct pmc_error *err)
{
	int fds[2], status = 0, rc;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return pmc_error_errno(err, -errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		fork_twice(l, fds[1]);
	close(fds[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0 || status != 0)
		rc = pmc_error_set(err, -EAGAIN, "cannot fork: too many processes, or no memory");
	else
		rc = read_report(l, fds[0], err);
	close(fds[0]);
	return rc;
}

int launch_daemon(struct home *home, bool foreground, const char *keeper_path,
		  const char *engine_path, struct pmc_error *err)
{
	struct launch l = {.home = home,
			   .foreground = foreground,
			   .keeper_path = keeper_path,
			   .engine_path = engine_path,
			   .run_fd = -1,
			   .lock_fd = -1,
			   .shm_fd = -1};
	int no_report = -1, rc = home_make(home, err);

	if (rc == 0)
		rc = take_lock(&l, err);
	if (rc != 0)
		goto out;
	sign_lock(&l);
	rc = server_bind_try(home->path, err);
	if (rc == 0)
		rc = open_shm_dir(&l, err);
	if (rc == 0)
		rc = write_where(&l, err);
	if (rc == 0)
		rc = foreground ? exec_keeper(&l, &no_report, err) : in_background(&l, err);
out:
	fdio_closep(&l.run_fd);
	fdio_closep(&l.lock_fd);
	fdio_closep(&l.shm_fd);
	free(l.shm_dir);
	return rc < 0 ? rc : 0;
}
