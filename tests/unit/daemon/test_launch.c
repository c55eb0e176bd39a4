#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/keeper/keeper_table.h"
#include "daemon/launch.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/config/home.h"

/* The test program plays the keeper as well: with these words for the engine. */
#define PLAY_KEEPER "/play/keeper"
#define PLAY_BROKEN_KEEPER "/play/broken-keeper"

#define DEADLINE_MS 10000

static char self[PATH_MAX];

struct world {
	struct home home;
	char *shm_dir;
	int lock_fd;	  /* the lock, when the test itself holds it */
	pid_t foreground; /* who was started there */
};

/* ---- the keeper's part ---- */

/* What it was given, one line each, in HOME/facts; then it lives until nobody holds HOME/go open.
 */
static int play_keeper(char **argv)
{
	char path[PATH_MAX], target[PATH_MAX], cwd[PATH_MAX];
	FILE *facts;

	snprintf(path, sizeof(path), "%s/facts", argv[3]);
	facts = fopen(path, "we");
	if (!facts || !getcwd(cwd, sizeof(cwd)))
		return 1;
	fprintf(facts, "args %s %s %s\ncwd %s\n", argv[2], argv[3], argv[4] ? argv[4] : "-", cwd);
	for (int fd = 0; fd < 200; fd++) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (n > 0 && fd != fileno(facts))
			fprintf(facts, "fd %d %s\n", fd,
				strncmp(target, "pipe:", 5) ? target : "pipe");
	}
	fclose(facts);
	close(FD_KEEPER_CTL); /* where the real one puts its channel */
	snprintf(path, sizeof(path), "%s/go", argv[3]);
	close(open(path, O_RDONLY)); /* waits for the test */
	return 0;
}

/* ---- the test's part ---- */

static int make_world(void **state)
{
	static struct world w;
	char dir[] = "/tmp/pmc-launch-XXXXXX";
	char *go;

	assert_non_null(mkdtemp(dir));
	setenv("PMC_HOME", dir, 1);
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(home_find(&w.home, NULL), 0);
	assert_int_equal(home_make(&w.home, NULL), 0);
	w.shm_dir = mem_printf("/dev/shm/pmc-%u-%s", geteuid(), w.home.id);
	go = home_file(&w.home, "go");
	assert_int_equal(mkfifo(go, 0600), 0);
	free(go);
	w.lock_fd = -1;
	w.foreground = 0;
	*state = &w;
	return 0;
}

/* The daemon is a grandchild: as sub-reaper we see its end. */
static void end_children(void)
{
	int64_t deadline = clock_now_ms() + DEADLINE_MS;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
		assert_true(clock_now_ms() < deadline);
		poll(NULL, 0, 1);
	}
}

/* Let the keeper go; it waits in the open of the FIFO, or is about to. */
static void end_keeper(struct world *w)
{
	char *go = home_file(&w->home, "go");
	int fd = open(go, O_RDWR | O_CLOEXEC);

	end_children();
	close(fd);
	free(go);
}

static void release_lock(struct world *w)
{
	if (w->lock_fd >= 0)
		close(w->lock_fd);
	w->lock_fd = -1;
}

static int end_world(void **state)
{
	struct world *w = *state;
	char *command = mem_printf("rm -rf %s %s", w->home.path, w->shm_dir);

	release_lock(w);
	if (w->foreground)
		kill(w->foreground, SIGKILL); /* not reaped yet, so it is the one */
	end_keeper(w);
	assert_int_equal(system(command), 0);
	free(command);
	free(w->shm_dir);
	home_done(&w->home);
	return 0;
}

static int start(struct world *w, struct pmc_error *err)
{
	return launch_daemon(&w->home, false, self, PLAY_KEEPER, err);
}

/* HOME/facts, complete: the keeper writes it before it lets go of the report pipe. */
static const char *facts(const struct world *w)
{
	static char text[8192];
	char *path = home_file(&w->home, "facts");
	FILE *file = fopen(path, "re");
	size_t n = 0;

	free(path);
	if (file) {
		n = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[n] = '\0';
	return text;
}

__attribute__((format(printf, 2, 3))) static void assert_fact(const struct world *w,
							      const char *fmt, ...)
{
	char line[PATH_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (!strstr(facts(w), line))
		fail_msg("not among the facts: %s\n%s", line, facts(w));
}

/* A table as the keeper would have made it, in the run-time directory that run/where names. */
static void write_table(const struct world *w, pid_t keeper_pid, uint32_t flags)
{
	struct keeper_header header = {
		.magic = KEEPER_MAGIC, .keeper_pid = keeper_pid, .flags = flags};
	char *path = mem_printf("%s/" KEEPER_TABLE_NAME, w->shm_dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, &header, sizeof(header)), sizeof(header));
	close(fd);
	free(path);
}

static void the_keeper_gets_lock_and_directory_and_nothing_of_the_caller(void **state)
{
	struct world *w = *state;
	struct pmc_error err = {};
	int pipe_fds[2], high;
	char byte;

	assert_int_equal(pipe(pipe_fds),
			 0); /* as `pmc ping | cat`: whoever keeps it delays the end */
	high = fcntl(pipe_fds[1], F_DUPFD, 100);
	assert_int_equal(start(w, &err), 0);
	assert_fact(w, "args %s %s -\n", w->shm_dir, w->home.path);
	assert_fact(w, "cwd /\n");
	assert_fact(w,
		    "fd 0 /dev/null\nfd 1 %s/pmc.log\nfd 2 %s/pmc.log\nfd 6 %s/run/lock\nfd 7 "
		    "pipe\nfd 9 "
		    "%s\n",
		    w->home.path, w->home.path, w->home.path, w->shm_dir);
	assert_null(strstr(facts(w), "fd 1 pipe"));
	close(high);
	close(pipe_fds[1]);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 0); /* nobody else has it */
	close(pipe_fds[0]);
}

static void the_run_time_directory_is_written_down(void **state)
{
	struct world *w = *state;
	char *where = home_file(&w->home, "run/where"), line[256] = "";
	struct stat st;
	FILE *file;

	assert_int_equal(start(w, NULL), 0);
	file = fopen(where, "re");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	free(where);
	line[strcspn(line, "\n")] = '\0';
	assert_string_equal(line, w->shm_dir);
	assert_int_equal(stat(w->shm_dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void a_squatted_directory_is_not_used(void **state)
{
	struct world *w = *state;
	char *fallback = home_file(&w->home, "run/shm");

	assert_int_equal(mkdir(w->shm_dir, 0700), 0);
	assert_int_equal(chmod(w->shm_dir, 0770), 0);
	assert_int_equal(start(w, NULL), 0);
	assert_fact(w, "args %s ", fallback);
	free(fallback);
}

static void a_link_in_its_place_is_not_followed(void **state)
{
	struct world *w = *state;
	char *fallback = home_file(&w->home, "run/shm");

	assert_int_equal(symlink(w->home.path, w->shm_dir), 0);
	assert_int_equal(start(w, NULL), 0);
	assert_fact(w, "args %s ", fallback);
	free(fallback);
}

static void a_second_daemon_is_refused_with_the_pid_of_the_first(void **state)
{
	struct world *w = *state;
	struct pmc_error err = {};

	assert_int_equal(start(w, NULL), 0);
	assert_int_equal(start(w, &err), -EALREADY);
	assert_string_equal(err.message, "already running: another pmcd is just starting");
	write_table(w, 4711, 0);
	assert_int_equal(start(w, &err), -EALREADY);
	assert_string_equal(err.message, "already running, pid 4711");
}

static void of_many_that_start_at_once_one_wins(void **state)
{
	struct world *w = *state;
	int won = 0, refused = 0, status;
	pid_t pids[50];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			int rc = start(w, NULL);

			_exit(rc == 0 ? 0 : rc == -EALREADY ? 1 : 2);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		won += status == 0;
		refused += WIFEXITED(status) && WEXITSTATUS(status) == 1;
	}
	assert_int_equal(won, 1);
	assert_int_equal(refused, 49);
}

static void a_keeper_that_cannot_be_executed_is_told_to_the_caller(void **state)
{
	struct world *w = *state;
	struct pmc_error err = {};

	assert_int_equal(launch_daemon(&w->home, false, "/does/not/exist", PLAY_KEEPER, &err),
			 -ENOENT);
	assert_non_null(strstr(err.message, "cannot execute /does/not/exist"));
	assert_int_equal(start(w, &err), 0); /* the lock is free again */
}

static void a_keeper_that_ends_at_its_start_is_told_too(void **state)
{
	struct world *w = *state;
	struct pmc_error err = {};

	assert_int_equal(launch_daemon(&w->home, false, self, PLAY_BROKEN_KEEPER, &err), -ECHILD);
	assert_non_null(strstr(err.hint, "pmc.log"));
}

static void the_log_is_never_a_link(void **state)
{
	struct world *w = *state;
	char *log = home_file(&w->home, "pmc.log");
	struct pmc_error err = {};

	assert_int_equal(symlink("/dev/null", log), 0);
	assert_int_equal(start(w, &err), -ELOOP);
	assert_non_null(strstr(err.message, log));
	free(log);
}

static void the_lock_says_where_it_is_held(void **state)
{
	struct world *w = *state;
	char *path = home_file(&w->home, "run/lock"), host[64], held_by[64], boot[64];
	FILE *file;

	assert_int_equal(start(w, NULL), 0);
	file = fopen(path, "re");
	assert_int_equal(fscanf(file, "%63s %63s", held_by, boot), 2);
	fclose(file);
	free(path);
	gethostname(host, sizeof(host));
	assert_string_equal(held_by, host);
	assert_int_equal(strlen(boot), 36);
}

/* ---- in the foreground ---- */

static void start_in_foreground(struct world *w)
{
	w->foreground = fork();
	if (w->foreground == 0) {
		close(w->lock_fd);
		_exit(launch_daemon(&w->home, true, self, PLAY_KEEPER, NULL) == 0 ? 33 : 34);
	}
}

static int wait_for_foreground(struct world *w)
{
	int status;

	assert_int_equal(waitpid(w->foreground, &status, 0), w->foreground);
	w->foreground = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void wait_for_facts(const struct world *w)
{
	int64_t deadline = clock_now_ms() + DEADLINE_MS;

	while (!strstr(facts(w), "fd 9")) {
		assert_true(clock_now_ms() < deadline);
		poll(NULL, 0, 1);
	}
}

static void in_the_foreground_the_process_itself_becomes_the_keeper(void **state)
{
	struct world *w = *state;
	char exe[64], target[PATH_MAX] = "";

	start_in_foreground(w);
	wait_for_facts(w);
	assert_fact(w, "args %s %s --foreground\n", w->shm_dir, w->home.path);
	snprintf(exe, sizeof(exe), "/proc/%d/exe", w->foreground);
	assert_true(readlink(exe, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, self);
}

/* Waits until process `pid` waits for a lock, as /proc/locks shows it. */
static void wait_until_it_waits(pid_t pid)
{
	int64_t deadline = clock_now_ms() + DEADLINE_MS;
	char line[256], waiter[64];
	bool waits = false;

	snprintf(waiter, sizeof(waiter), "-> FLOCK  ADVISORY  WRITE %d ", pid);
	while (!waits) {
		FILE *file = fopen("/proc/locks", "re");

		assert_true(file && clock_now_ms() < deadline);
		while (fgets(line, sizeof(line), file))
			waits |= strstr(line, waiter) != NULL;
		fclose(file);
		poll(NULL, 0, 1);
	}
}

static void hold_lock(struct world *w)
{
	char *path = home_file(&w->home, "run/lock");

	w->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(path);
	assert_int_equal(flock(w->lock_fd, LOCK_EX), 0);
}

static void by_hand_a_second_one_in_the_foreground_does_not_wait(void **state)
{
	struct world *w = *state;

	hold_lock(w);
	start_in_foreground(w);
	assert_int_equal(wait_for_foreground(w), 34);
}

static void under_systemd_a_second_one_stands_by(void **state)
{
	struct world *w = *state;

	hold_lock(w);
	setenv("NOTIFY_SOCKET", "/nowhere", 1);
	start_in_foreground(w);
	wait_until_it_waits(w->foreground);
	release_lock(w);
	wait_for_facts(w);
}

static void a_stand_by_ends_when_the_other_was_told_to_stop(void **state)
{
	struct world *w = *state;

	assert_int_equal(start(w, NULL), 0); /* makes the directory and run/where */
	end_keeper(w);
	write_table(w, 4711, KEEPER_STOPPING);
	hold_lock(w);
	setenv("NOTIFY_SOCKET", "/nowhere", 1);
	start_in_foreground(w);
	wait_until_it_waits(w->foreground);
	release_lock(w);
	assert_int_equal(wait_for_foreground(w), 33);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, end_world)
	static const struct CMUnitTest tests[] = {
		TEST(the_keeper_gets_lock_and_directory_and_nothing_of_the_caller),
		TEST(the_run_time_directory_is_written_down),
		TEST(a_squatted_directory_is_not_used),
		TEST(a_link_in_its_place_is_not_followed),
		TEST(a_second_daemon_is_refused_with_the_pid_of_the_first),
		TEST(of_many_that_start_at_once_one_wins),
		TEST(a_keeper_that_cannot_be_executed_is_told_to_the_caller),
		TEST(a_keeper_that_ends_at_its_start_is_told_too),
		TEST(the_log_is_never_a_link),
		TEST(the_lock_says_where_it_is_held),
		TEST(in_the_foreground_the_process_itself_becomes_the_keeper),
		TEST(by_hand_a_second_one_in_the_foreground_does_not_wait),
		TEST(under_systemd_a_second_one_stands_by),
		TEST(a_stand_by_ends_when_the_other_was_told_to_stop),
	};

	if (argc > 3 && !strcmp(argv[1], PLAY_KEEPER))
		return play_keeper(argv);
	if (argc > 3)
		return 1; /* PLAY_BROKEN_KEEPER */
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 2;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
