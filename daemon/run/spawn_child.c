#include "daemon/run/spawn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/run/identity.h"
#include "daemon/run/program.h"
#include "shared/option/option_limits.h"

static void begin(const struct spawn *spawn, enum spawn_step step)
{
	atomic_store(&spawn->slot->exec_step, (int32_t)step);
}

_Noreturn static void fail(const struct spawn *spawn, int error)
{
	atomic_store(&spawn->slot->exec_errno, error);
	_exit(127);
}

static void reset_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Digits by hand: snprintf is not async-signal-safe. */
static int write_number(int fd, int number)
{
	char text[16];
	size_t at = sizeof(text);
	unsigned rest = number < 0 ? (unsigned)-number : (unsigned)number;

	do {
		text[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (number < 0)
		text[--at] = '-';
	return write(fd, text + at, sizeof(text) - at) < 0 ? -errno : 0;
}

/* The last folder is made when it is missing. For scripts only: if it cannot be written, the app
 * starts all the same. */
static void write_pid_file(const char *path)
{
	static const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	int fd = open(path, flags, 0600);

	if (fd < 0 && errno == ENOENT) {
		const char *slash = strrchr(path, '/');
		char dir[PATH_MAX];

		if (!slash || (size_t)(slash - path) >= sizeof(dir))
			return;
		memcpy(dir, path, (size_t)(slash - path));
		dir[slash - path] = '\0';
		mkdir(dir, 0700);
		fd = open(path, flags, 0600);
	}
	if (fd < 0)
		return;
	(void)write_number(fd, (int)getpid());
	close(fd);
}

static void set_limits(const struct spawn *spawn)
{
	const struct spec_limits *limits = &spawn->spec->limits;
	struct rlimit soft;

	if (!limits->of[SPEC_LIMIT_NOFILE].given && getrlimit(RLIMIT_NOFILE, &soft) == 0) {
		soft.rlim_cur = spawn->app_nofile;
		setrlimit(RLIMIT_NOFILE, &soft);
	}
	for (int i = 0; i < SPEC_LIMIT_COUNT; i++) {
		uint64_t value = limits->of[i].value;
		rlim_t number = value == SPEC_LIMIT_UNLIMITED ? RLIM_INFINITY : (rlim_t)value;
		struct rlimit both = {number, number};

		begin(spawn, (enum spawn_step)(SPAWN_LIMIT_FIRST + i));
		if (limits->of[i].given &&
		    setrlimit((__rlimit_resource_t)option_limits_resource((enum spec_limit)i),
			      &both) < 0)
			fail(spawn, errno);
	}
}

static void set_oom_score(const struct spawn *spawn)
{
	bool given = app_spec_is_given(spawn->spec, SPEC_oom_score_adj);
	int wanted = given ? (int)spawn->spec->oom_score_adj : spawn->app_oom_adj, fd, r;

	if (wanted == spawn->our_oom_adj)
		return;
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : write_number(fd, wanted);
	if (fd >= 0)
		close(fd);
	if (r < 0 &&
	    given) /* a plain user may not lower it; what nobody asked for is left as it is */
		fail(spawn, -r);
}

/* stdin is a pipe that nobody writes to and that never ends: the app itself holds both ends. */
static int make_stdin(void)
{
	char path[] = "/proc/self/fd/0000000000";
	int ends[2], both;
	size_t at = sizeof("/proc/self/fd/") - 1, len = 0;
	char digits[12];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	for (int n = ends[0]; n > 0 || len == 0; n /= 10)
		digits[len++] = (char)('0' + n % 10);
	while (len > 0)
		path[at++] = digits[--len];
	path[at] = '\0';
	both = open(path, O_RDWR | O_CLOEXEC);
	return both;
}

static void set_stdio(const struct spawn *spawn)
{
	int in = make_stdin();

	if (in < 0 || dup2(in, 0) < 0 || dup2(spawn->out_fd, 1) < 0 || dup2(spawn->err_fd, 2) < 0)
		fail(spawn, errno);
	syscall(SYS_close_range, 3u, ~0u,
		CLOSE_RANGE_CLOEXEC); /* all are close-on-exec already: a second lock */
}

/* The plain system calls: those of the C library would try to change threads that this process does
 * not have. */
static void become(const struct spawn *spawn)
{
	const struct identity *id = spawn->identity;

	if (!id->change)
		return;
	begin(spawn, SPAWN_GROUPS);
	if (syscall(SYS_setgroups, id->group_count, id->groups) < 0 &&
	    (geteuid() == 0 || id->uid != geteuid()))
		fail(spawn, errno);
	begin(spawn, SPAWN_GID);
	if (syscall(SYS_setresgid, id->gid, id->gid, id->gid) < 0)
		fail(spawn, errno);
	begin(spawn, SPAWN_UID);
	if (syscall(SYS_setresuid, id->uid, id->uid, id->uid) < 0)
		fail(spawn, errno);
}

/* As execvp() would, over the candidates: what exists but may not be executed is a better reason
 * than "not found". */
_Noreturn static void execute(const struct spawn *spawn)
{
	const struct program *program = spawn->program;
	int reason = ENOENT;

	for (size_t i = 0; i < program->candidates.count; i++) {
		execve(program->candidates.items[i], program->argv.items, program->environ);
		if (errno != ENOENT && errno != ENOTDIR)
			reason = errno;
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			break;
	}
	fail(spawn, reason);
}

static void enter_cgroup(const struct spawn *spawn)
{
	int fd = openat(spawn->cgroup_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) < 0)
		fail(spawn, errno);
	close(fd);
}

void spawn_child_run(const struct spawn *spawn, bool in_cgroup)
{
	const struct app_spec *spec = spawn->spec;

	close(FD_LOCK); /* a child that hangs in chdir must not hold the lock of a daemon that is
			   gone */
	begin(spawn, SPAWN_SETSID);
	setsid();
	begin(spawn, SPAWN_CGROUP);
	if (spawn->cgroup_fd >= 0 && !in_cgroup)
		enter_cgroup(spawn);
	if (spawn->pid_path)
		write_pid_file(spawn->pid_path);
	begin(spawn, SPAWN_LIMITS);
	set_limits(spawn);
	begin(spawn, SPAWN_NICE);
	if (app_spec_is_given(spec, SPEC_nice) && setpriority(PRIO_PROCESS, 0, (int)spec->nice) < 0)
		fail(spawn, errno);
	begin(spawn, SPAWN_OOM);
	set_oom_score(spawn);
	umask(app_spec_is_given(spec, SPEC_umask) ? (mode_t)spec->umask : spawn->app_umask);
	begin(spawn, SPAWN_STDIO);
	set_stdio(spawn);
	become(spawn);
	begin(spawn, SPAWN_CHDIR);
	if (chdir(spec->cwd ? spec->cwd : "/") < 0)
		fail(spawn, errno);
	begin(spawn, SPAWN_SCRIPT);
	if (spawn->program->must_read && access(spawn->program->must_read, R_OK) < 0)
		fail(spawn, errno);
	begin(spawn, SPAWN_EXEC);
	reset_signals();
	execute(spawn);
}
