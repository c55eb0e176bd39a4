#include "tests/unit/daemon/keeper/keeper_world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "shared/base/clock.h"

#define DEADLINE_NS UINT64_C(10000000000)

static const char *keeper_program, *engine_program;

void keeper_world_programs(const char *keeper, const char *fake_engine)
{
	keeper_program = keeper;
	engine_program = fake_engine;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void keeper_world_tick(uint64_t *since_ns, const char *what)
{
	uint64_t now = clock_now_ns();

	if (!*since_ns)
		*since_ns = now;
	if (now - *since_ns > DEADLINE_NS)
		fail_msg("still waiting for: %s", what);
	poll(NULL, 0, 1);
}

static void path_of(const struct world *w, const char *name, char *buf, size_t cap)
{
	snprintf(buf, cap, "%s/%s", w->home, name);
}

void keeper_world_mode(struct world *w, const char *mode)
{
	char path[128];
	FILE *file;

	path_of(w, "mode", path, sizeof(path));
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(mode, file);
	assert_int_equal(fclose(file), 0);
}

void keeper_world_make(struct world *w, const char *mode)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char path[128];

	*w = (struct world){.home = "/tmp/pmc-keeper-XXXXXX"};
	assert_non_null(mkdtemp(w->home));
	snprintf(w->shm_dir, sizeof(w->shm_dir), "%s/shm", w->home);
	path_of(w, "run", path, sizeof(path));
	assert_int_equal(mkdir(path, 0700), 0);
	path_of(w, "keeper", path, sizeof(path));
	assert_int_equal(symlink(keeper_program, path), 0);
	path_of(w, "go", path, sizeof(path));
	assert_int_equal(mkfifo(path, 0600), 0);
	w->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	path_of(w, "answers", addr.sun_path, sizeof(addr.sun_path));
	assert_int_equal(bind(w->socket, (struct sockaddr *)&addr, sizeof(addr)), 0);
	if (mode)
		keeper_world_mode(w, mode);
}

static void exec_keeper(const struct world *w, int lock_fd, int shm_fd)
{
	struct rlimit files = {w->nofile, w->nofile};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(027);
	if (w->nofile)
		setrlimit(RLIMIT_NOFILE, &files);
	/* an app that has not come to its exec yet may still hold the lock */
	if (flock(lock_fd, LOCK_EX) == 0 && dup2(lock_fd, FD_LOCK) >= 0 &&
	    dup2(shm_fd, FD_SHM_DIR) >= 0)
		execl(keeper_program, keeper_program, engine_program, w->shm_dir, w->home,
		      (char *)NULL);
	_exit(99);
}

static void map_table(struct world *w)
{
	int dir = open(w->shm_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	char *mem;

	fd = openat(dir, KEEPER_TABLE_NAME, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	mem = mmap(NULL, KEEPER_TABLE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(mem != MAP_FAILED);
	close(fd);
	close(dir);
	w->header = (void *)mem;
	w->beat = (void *)(mem + KEEPER_PAGE);
	w->slots = (void *)(mem + KEEPER_SLOTS_OFFSET);
	w->shelf = (void *)(mem + KEEPER_FDS_OFFSET);
}

/* Ready means: this keeper has taken the table over. Before, an old one may lie there. */
static bool table_is_of(const struct world *w, pid_t keeper)
{
	struct keeper_header header = {};
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/" KEEPER_TABLE_NAME, w->shm_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (pread(fd, &header, sizeof(header), 0) != sizeof(header))
		header.keeper_pid = 0;
	close(fd);
	return header.keeper_pid == keeper && header.engine_gen > 0;
}

void keeper_world_start(struct world *w)
{
	char path[128];
	int lock_fd, shm_fd;

	mkdir(w->shm_dir, 0700);
	shm_fd = open(w->shm_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	path_of(w, "run/lock", path, sizeof(path));
	lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(shm_fd >= 0 && lock_fd >= 0);
	w->keeper = fork();
	if (w->keeper == 0)
		exec_keeper(w, fcntl(lock_fd, F_DUPFD, 20), fcntl(shm_fd, F_DUPFD, 20));
	close(lock_fd);
	close(shm_fd);
	if (w->header)
		munmap((void *)(uintptr_t)w->header, KEEPER_TABLE_BYTES);
	WAIT_UNTIL(table_is_of(w, w->keeper) || waitpid(w->keeper, NULL, WNOHANG) != 0);
	assert_true(table_is_of(w, w->keeper));
	map_table(w);
}

bool keeper_world_alive(pid_t pid)
{
	char path[32], text[128], *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	state = fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
	fclose(file);
	return state && state[2] != 'Z' && state[2] != 'X';
}

pid_t keeper_world_ready(struct world *w, uint32_t after)
{
	WAIT_UNTIL(w->header->engine_gen > after && w->header->engine_pid &&
		   w->beat->ready_ns >= w->header->engine_fork_ns);
	return w->header->engine_pid;
}

__attribute__((format(printf, 2, 0))) static void send_order(struct world *w, const char *fmt,
							     va_list args)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char order[512];

	vsnprintf(order, sizeof(order), fmt, args);
	keeper_world_ready(w, 0);
	path_of(w, "cmd", addr.sun_path, sizeof(addr.sun_path));
	if (sendto(w->socket, order, strlen(order), 0, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		fail_msg("cannot order '%s': %s", order, strerror(errno));
}

void keeper_world_tell(struct world *w, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_order(w, fmt, args);
	va_end(args);
}

long keeper_world_ask(struct world *w, const char *fmt, ...)
{
	struct pollfd answer = {.fd = w->socket, .events = POLLIN};
	char text[32];
	va_list args;
	ssize_t n;

	va_start(args, fmt);
	send_order(w, fmt, args);
	va_end(args);
	if (poll(&answer, 1, (int)(DEADLINE_NS / 1000000)) != 1)
		fail_msg("no answer to '%s'", fmt);
	n = recv(w->socket, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

void keeper_world_kill_engine(struct world *w)
{
	uint32_t gen = w->header->engine_gen;

	assert_int_equal(kill(keeper_world_ready(w, 0), SIGKILL), 0);
	keeper_world_ready(w, gen);
}

void keeper_world_kill_both(struct world *w)
{
	pid_t engine = keeper_world_ready(w, 0), keeper = w->header->keeper_pid;

	assert_int_equal(kill(keeper, SIGSTOP), 0);
	assert_int_equal(kill(engine, SIGSTOP), 0);
	assert_int_equal(kill(engine, SIGKILL), 0);
	assert_int_equal(kill(keeper, SIGKILL), 0);
	keeper_world_wait(keeper);
	keeper_world_wait(engine); /* re-parented to us */
}

int keeper_world_wait(pid_t pid)
{
	uint64_t since = 0;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid)
		keeper_world_tick(&since, "the end of a process");
	return status;
}

const char *keeper_world_read(const struct world *w, const char *name)
{
	static char text[256];
	char path[128];
	size_t n = 0;
	FILE *file;

	path_of(w, name, path, sizeof(path));
	file = fopen(path, "r");
	if (file) {
		n = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[n] = '\0';
	return text;
}

/* Killing a keeper makes keepers and orphans, all of them ours: until nobody is left. */
static void end_children(void)
{
	uint64_t since = 0;
	char path[64];
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	for (;;) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0)
			return;
		file = fopen(path, "r");
		while (file && fscanf(file, "%d", &pid) == 1)
			kill(pid, SIGKILL);
		if (file)
			fclose(file);
		keeper_world_tick(&since, "the end of all processes of the test");
	}
}

void keeper_world_end(struct world *w)
{
	char command[160];

	end_children();
	if (w->header)
		munmap((void *)(uintptr_t)w->header, KEEPER_TABLE_BYTES);
	close(w->socket);
	snprintf(command, sizeof(command), "rm -rf %s", w->home);
	assert_int_equal(system(command), 0);
}
