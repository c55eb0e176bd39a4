#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/daemon/keeper/keeper_world.h"

static const char *keeper_program, *engine_program;

static int make_world(void **state)
{
	static struct world w;

	keeper_world_make(&w, NULL);
	*state = &w;
	return 0;
}

static int start_world(void **state)
{
	make_world(state);
	keeper_world_start(*state);
	keeper_world_ready(*state, 0);
	return 0;
}

static int end_world(void **state)
{
	keeper_world_end(*state);
	return 0;
}

/* An app that ends with `code` once somebody says so, and how to say it. */
static pid_t app_that_waits(struct world *w, int slot, int code)
{
	return (pid_t)keeper_world_ask(w, "spawn %d read x <%s/go; exit %d", slot, w->home, code);
}

static void say_go(const struct world *w)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/go", w->home);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "go\n", 3), 3);
	close(fd);
}

static void wait_ended(const struct world *w, int slot)
{
	WAIT_UNTIL(w->slots[slot].state == SLOT_EXITED);
}

static int pidfd_open_of(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	assert_true(fd >= 0);
	return fd;
}

/* ---- ends ---- */

static void an_end_is_recorded_with_its_status(void **state)
{
	struct world *w = *state;
	pid_t pid = (pid_t)keeper_world_ask(w, "spawn 3 exit 42");

	wait_ended(w, 3);
	assert_int_equal(w->slots[3].pid, pid);
	assert_int_equal(w->slots[3].code, CLD_EXITED);
	assert_int_equal(w->slots[3].status, 42);
	assert_true(w->slots[3].exit_ns > w->header->engine_fork_ns);
	assert_true(w->slots[3].maxrss_kb > 0);
	WAIT_UNTIL(!keeper_world_alive(pid));
}

static void a_signal_is_told_from_an_exit_code(void **state)
{
	struct world *w = *state;

	keeper_world_ask(w, "spawn 0 ulimit -c 0; kill -SEGV $$");
	keeper_world_ask(w, "spawn 1 exit 139");
	wait_ended(w, 0);
	wait_ended(w, 1);
	assert_true(w->slots[0].code == CLD_KILLED || w->slots[0].code == CLD_DUMPED);
	assert_int_equal(w->slots[0].status, SIGSEGV);
	assert_int_equal(w->slots[1].code, CLD_EXITED);
	assert_int_equal(w->slots[1].status, 139);
}

static void an_end_while_no_engine_runs_is_recorded(void **state)
{
	struct world *w = *state;
	pid_t app = app_that_waits(w, 0, 42);
	uint32_t gen = w->header->engine_gen;

	assert_int_equal(kill(w->keeper, SIGSTOP), 0);
	assert_int_equal(kill(w->header->engine_pid, SIGKILL), 0);
	WAIT_UNTIL(!keeper_world_alive(w->header->engine_pid));
	say_go(w);
	WAIT_UNTIL(!keeper_world_alive(app));
	assert_int_equal(w->slots[0].state, SLOT_RUN); /* nobody was there to see it */
	assert_int_equal(kill(w->keeper, SIGCONT), 0);
	keeper_world_ready(w, gen);
	wait_ended(w, 0);
	assert_int_equal(w->slots[0].status, 42);
	assert_true(w->slots[0].exit_ns <= w->header->engine_fork_ns);
}

static void a_child_that_no_slot_knows_is_counted_and_reaped(void **state)
{
	struct world *w = *state;
	uint32_t before = w->header->orphans_reaped;

	keeper_world_ask(w, "spawn 0 for i in 1 2 3 4 5; do sleep 0.2 & done; exit 0");
	wait_ended(w, 0);
	WAIT_UNTIL(w->header->orphans_reaped == before + 5);
	keeper_world_ask(w, "spawn 1 (read x <%s/go; exit 9) & exit 0", w->home);
	wait_ended(w, 1);
	before = w->header->orphans_reaped;
	say_go(w);
	WAIT_UNTIL(w->header->orphans_reaped > before);
	assert_int_equal(w->slots[1].status, 0);
}

static void a_slot_can_be_used_again(void **state)
{
	struct world *w = *state;

	for (int life = 1; life <= 20; life++) {
		keeper_world_ask(w, "spawn 0 exit %d", life);
		wait_ended(w, 0);
		assert_int_equal(w->slots[0].status, life);
		assert_int_equal(w->slots[0].seq, life);
		keeper_world_ask(w, "free 0");
	}
}

/* ---- the engine's life ---- */

static void a_hundred_kills_of_the_engine_change_nothing(void **state)
{
	struct world *w = *state;
	pid_t app = (pid_t)keeper_world_ask(w, "spawn 0 exec sleep 1000");
	long inode[5];

	for (int i = 0; i < 5; i++)
		inode[i] = keeper_world_ask(w, "put %d", 20 + i);
	for (int i = 0; i < 100; i++)
		keeper_world_kill_engine(w);
	for (int i = 0; i < 5; i++)
		assert_int_equal(keeper_world_ask(w, "shelf %d", 20 + i), inode[i]);
	assert_int_equal(w->slots[0].state, SLOT_RUN);
	assert_int_equal(w->slots[0].pid, app);
	assert_true(keeper_world_alive(app));
	assert_int_equal(w->header->engine_gen, 101);
	assert_int_equal(w->header->failed_starts, 0);
	assert_int_equal(w->header->flags & KEEPER_SAFE, 0);
	assert_int_equal(w->header->engine_status, SIGKILL);
}

static void an_engine_that_never_comes_up_is_tried_more_and_more_slowly(void **state)
{
	struct world *w = *state;
	uint64_t ended[7] = {}, forked[7] = {};

	keeper_world_mode(w, "exit 9");
	keeper_world_start(w);
	for (uint32_t gen = 1; gen <= 6; gen++) {
		WAIT_UNTIL(w->header->engine_gen >= gen && w->header->failed_starts >= gen);
		forked[gen] = w->header->engine_fork_ns;
		ended[gen] = w->header->engine_end_ns;
	}
	for (uint32_t gen = 2; gen <= 6; gen++)
		assert_true(forked[gen] - ended[gen - 1] >= UINT64_C(20000000) << (gen - 2));
	assert_true(w->header->flags & KEEPER_SAFE);
	assert_true(w->header->safe_since_us > 0);
	assert_non_null(strstr(keeper_world_read(w, "shm/status"), "last with exit code 9"));
}

static void safe_mode_ends_when_the_user_says_so(void **state)
{
	struct world *w = *state;

	keeper_world_mode(w, "exit 9");
	keeper_world_start(w);
	WAIT_UNTIL(w->header->flags & KEEPER_SAFE);
	keeper_world_mode(w, "");
	keeper_world_ready(w, 0);
	WAIT_UNTIL(!strcmp(keeper_world_read(w, "shm/status"), ""));
	assert_true(w->header->flags & KEEPER_SAFE);
	keeper_world_ask(w, "op %d 0 0", KEEPER_CALM);
	WAIT_UNTIL(!(w->header->flags & KEEPER_SAFE));
	assert_int_equal(w->header->failed_starts, 0);
	assert_int_equal(w->header->safe_since_us, 0);
}

static void an_engine_that_crashes_when_ready_ends_in_safe_mode(void **state)
{
	struct world *w = *state;
	pid_t app = (pid_t)keeper_world_ask(w, "spawn 0 exec sleep 1000");

	keeper_world_mode(w, "segv");
	assert_int_equal(kill(w->header->engine_pid, SIGKILL), 0);
	WAIT_UNTIL(w->header->flags & KEEPER_SAFE);
	assert_int_equal(w->header->failed_starts, 5);
	assert_int_equal(w->header->engine_status, SIGSEGV);
	assert_true(keeper_world_alive(app));
	assert_int_equal(w->slots[0].pid, app);
}

static void an_engine_killed_before_it_is_ready_counts_as_failed(void **state)
{
	struct world *w = *state;
	uint32_t gen = w->header->engine_gen;

	keeper_world_mode(w, "mute");
	assert_int_equal(kill(w->header->engine_pid, SIGKILL), 0);
	WAIT_UNTIL(w->header->engine_gen > gen && w->header->engine_pid);
	assert_int_equal(kill(w->header->engine_pid, SIGKILL), 0);
	WAIT_UNTIL(w->header->failed_starts == 1);
}

static void an_engine_that_hangs_is_aborted_and_replaced(void **state)
{
	struct world *w = *state;
	uint32_t gen = w->header->engine_gen;
	struct pollfd answer = {.fd = w->socket, .events = POLLIN};

	keeper_world_ask(w, "op %d 0 200", KEEPER_WATCH);
	WAIT_UNTIL(w->header->watch_ms == 200);
	/* its heart beats: nothing happens for three times as long */
	assert_int_equal(poll(&answer, 1, 600), 0);
	assert_int_equal(w->header->engine_gen, gen);
	keeper_world_tell(w, "hang");
	keeper_world_ready(w, gen);
	assert_int_equal(w->header->engine_code == CLD_EXITED, 0);
	assert_int_equal(w->header->engine_status, SIGABRT);
	assert_int_equal(w->header->failed_starts, 1);
	assert_int_equal(w->header->watch_ms, 0); /* the new engine has not asked for it */
}

static void an_engine_that_somebody_stopped_is_left_alone(void **state)
{
	struct world *w = *state;
	uint32_t gen = w->header->engine_gen;
	struct pollfd end = {.fd = pidfd_open_of(w->header->engine_pid), .events = POLLIN};

	keeper_world_ask(w, "op %d 0 100", KEEPER_WATCH);
	assert_int_equal(kill(w->header->engine_pid, SIGSTOP), 0);
	assert_int_equal(poll(&end, 1, 700), 0);
	assert_int_equal(kill(w->header->engine_pid, SIGCONT), 0);
	assert_int_equal(poll(&end, 1, 300), 0);
	assert_int_equal(keeper_world_ask(w, "shelf 20"), 0);
	assert_int_equal(w->header->engine_gen, gen);
	close(end.fd);
}

/* ---- the shelf and the messages ---- */

static int open_descriptors(pid_t pid)
{
	int count = 0;

	for (int fd = 0; fd < 64; fd++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		count += faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	}
	return count;
}

static void the_shelf_takes_replaces_and_forgets(void **state)
{
	struct world *w = *state;
	int before = open_descriptors(w->keeper);
	long second;

	keeper_world_ask(w, "put 30");
	second = keeper_world_ask(w, "put 30");
	keeper_world_ask(w, "put 31");
	WAIT_UNTIL(open_descriptors(w->keeper) == before + 2);
	keeper_world_kill_engine(w);
	assert_int_equal(keeper_world_ask(w, "shelf 30"), second);
	assert_true(w->shelf[30] >= FD_FIRST);
	keeper_world_ask(w, "drop 30");
	keeper_world_ask(w, "drop 31");
	WAIT_UNTIL(w->shelf[30] == 0 && w->shelf[31] == 0);
	WAIT_UNTIL(open_descriptors(w->keeper) == before);
	keeper_world_kill_engine(w);
	assert_int_equal(keeper_world_ask(w, "shelf 30"), 0);
}

static void a_message_that_makes_no_sense_leaves_no_trace(void **state)
{
	struct world *w = *state;
	int before = open_descriptors(w->keeper);

	keeper_world_ask(w, "junk 0");
	keeper_world_ask(w, "junk 10");
	keeper_world_ask(w, "junk 4000");
	keeper_world_ask(w, "op 99 0 0");
	keeper_world_ask(w, "op %d %d 0", KEEPER_PUT, KEEPER_FDS);
	keeper_world_ask(w, "op %d %u 0", KEEPER_DROP, UINT32_MAX);
	keeper_world_ask(w, "op %d 0 0 not/absolute", KEEPER_UPGRADE);
	keeper_world_ask(w, "op %d 0 0", KEEPER_REEXEC);
	keeper_world_ask(w, "put 40"); /* behind them all in the queue */
	WAIT_UNTIL(w->shelf[40] > 0);
	assert_int_equal(open_descriptors(w->keeper), before + 1);
	assert_int_equal(w->header->engine_gen, 1);
	assert_string_equal(w->header->engine_path, engine_program);
}

static void deposits_survive_the_engine_that_sent_them(void **state)
{
	struct world *w = *state;
	uint32_t gen = w->header->engine_gen;
	long inode[100];

	assert_int_equal(kill(w->keeper, SIGSTOP), 0);
	for (int i = 0; i < 100; i++)
		inode[i] = keeper_world_ask(w, "put %d", 100 + i);
	assert_int_equal(kill(w->header->engine_pid, SIGKILL), 0);
	assert_int_equal(kill(w->keeper, SIGCONT), 0);
	keeper_world_ready(w, gen);
	for (int i = 0; i < 100; i++)
		assert_int_equal(keeper_world_ask(w, "shelf %d", 100 + i), inode[i]);
}

static void what_finds_no_room_in_the_keeper_is_told_as_lost(void **state)
{
	struct world *w = *state;
	int lost;

	w->nofile = 40;
	keeper_world_start(w);
	for (lost = 20; w->header->fds_lost == 0; lost++) {
		assert_true(lost < 80);
		assert_int_equal(keeper_world_ask(w, "share %d", lost), 0);
		WAIT_UNTIL(w->shelf[lost] > 0 || w->header->fds_lost > 0);
	}
	assert_true(lost > 40); /* most of the room was used */
	assert_int_equal(w->shelf[lost - 1], 0);
	keeper_world_ask(w, "spawn 0 exit 5"); /* and the keeper goes on */
	wait_ended(w, 0);
	keeper_world_ask(w, "drop 20");
	keeper_world_ask(w, "share %d", lost - 1);
	WAIT_UNTIL(w->shelf[lost - 1] > 0);
}

/* ---- upgrades ---- */

static void an_upgrade_starts_the_new_engine(void **state)
{
	struct world *w = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/new-engine", w->home);
	assert_int_equal(symlink(engine_program, path), 0);
	keeper_world_tell(w, "op %d 0 0 %s", KEEPER_UPGRADE, path);
	keeper_world_ready(w, 1);
	assert_string_equal(w->header->engine_path, path);
	assert_string_equal(w->header->engine_prev, engine_program);
	assert_int_equal(w->header->failed_starts, 0);
}

static void an_upgrade_to_a_broken_engine_is_taken_back(void **state)
{
	struct world *w = *state;
	pid_t app = (pid_t)keeper_world_ask(w, "spawn 0 exec sleep 1000");

	keeper_world_tell(w, "op %d 0 0 /bin/false", KEEPER_UPGRADE);
	keeper_world_ready(w, 4); /* 1, three attempts, then the old one */
	assert_string_equal(w->header->engine_path, engine_program);
	assert_string_equal(w->header->engine_prev, "");
	assert_int_equal(w->header->failed_starts, 0);
	assert_int_equal(w->header->flags & KEEPER_SAFE, 0);
	assert_true(keeper_world_alive(app));
}

static void the_keeper_replaces_itself_in_place(void **state)
{
	struct world *w = *state;
	pid_t app = app_that_waits(w, 0, 17), engine = w->header->engine_pid;
	long inode = keeper_world_ask(w, "put 20");
	char exe[128], path[64];

	keeper_world_ask(w, "op %d 0 0 %s/keeper", KEEPER_REEXEC, w->home);
	keeper_world_ask(w, "put 21");
	WAIT_UNTIL(w->shelf[21] > 0);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", w->keeper);
	snprintf(exe, sizeof(exe), "%s/keeper", w->home);
	WAIT_UNTIL(!strcmp(keeper_world_read(&(struct world){.home = ""}, path + 1), exe));
	say_go(w);
	wait_ended(w, 0);
	assert_int_equal(w->slots[0].pid, app);
	assert_int_equal(w->slots[0].status, 17);
	assert_int_equal(w->slots[0].flags & SLOT_ORPHAN, 0);
	assert_int_equal(w->header->engine_pid, engine);
	assert_int_equal(w->header->keeper_gen, 1);
	keeper_world_kill_engine(w);
	assert_int_equal(keeper_world_ask(w, "shelf 20"), inode);
}

static void a_keeper_that_cannot_be_replaced_goes_on(void **state)
{
	struct world *w = *state;

	keeper_world_ask(w, "op %d 0 0 /does/not/exist", KEEPER_REEXEC);
	keeper_world_ask(w, "spawn 0 exit 5");
	wait_ended(w, 0);
	assert_int_equal(w->slots[0].status, 5);
	keeper_world_kill_engine(w);
}

/* ---- death of the keeper ---- */

static bool lock_is_free(const struct world *w)
{
	char path[128];
	int fd;
	bool is_free;

	snprintf(path, sizeof(path), "%s/run/lock", w->home);
	fd = open(path, O_RDWR | O_CLOEXEC);
	is_free = flock(fd, LOCK_EX | LOCK_NB) == 0;
	close(fd);
	return is_free;
}

static void the_engine_becomes_the_keeper_when_it_dies(void **state)
{
	struct world *w = *state;
	pid_t app = app_that_waits(w, 0, 1), engine = w->header->engine_pid;
	long inode = keeper_world_ask(w, "put 20");

	assert_int_equal(kill(w->keeper, SIGKILL), 0);
	keeper_world_ready(w, 1);
	assert_int_equal(w->header->keeper_pid, engine);
	assert_int_equal(w->header->keeper_gen, 2);
	assert_false(lock_is_free(w));
	assert_int_equal(w->slots[0].pid, app);
	assert_int_equal(w->slots[0].state, SLOT_RUN);
	assert_int_equal(w->slots[0].flags, SLOT_ORPHAN);
	assert_int_equal(keeper_world_ask(w, "shelf 20"), inode);

	keeper_world_ask(w, "spawn 1 exit 33"); /* a child of the new keeper: true again */
	wait_ended(w, 1);
	assert_int_equal(w->slots[1].status, 33);
	assert_int_equal(w->slots[1].flags, 0);
	say_go(w);
	keeper_world_wait(app); /* an orphan's status is not the keeper's to know */
	assert_int_equal(w->slots[0].state, SLOT_RUN);
}

static void keepers_may_die_again_and_again(void **state)
{
	struct world *w = *state;
	long inode = keeper_world_ask(w, "put 20");

	for (uint32_t gen = 1; gen <= 10; gen++) {
		assert_int_equal(kill(w->header->keeper_pid, SIGKILL), 0);
		keeper_world_ready(w, gen);
		assert_int_equal(w->header->keeper_gen, gen + 1);
	}
	assert_int_equal(keeper_world_ask(w, "shelf 20"), inode);
	assert_int_equal(w->header->failed_starts, 0);
}

static void when_both_died_the_next_start_adopts(void **state)
{
	struct world *w = *state;
	pid_t app = (pid_t)keeper_world_ask(w, "spawn 0 exec sleep 1000");

	keeper_world_ask(w, "put 20");
	keeper_world_kill_both(w);
	WAIT_UNTIL(lock_is_free(w)); /* the app may be on its way to exec */
	keeper_world_start(w);
	keeper_world_ready(w, 1);
	assert_int_equal(w->header->keeper_gen, 2);
	assert_int_equal(w->slots[0].state, SLOT_RUN);
	assert_int_equal(w->slots[0].pid, app);
	assert_int_equal(w->slots[0].flags, SLOT_ORPHAN);
	assert_true(keeper_world_alive(app));
	assert_int_equal(keeper_world_ask(w, "shelf 20"),
			 0); /* those numbers died with the process */
}

static void patch_table(const struct world *w, size_t offset, const void *data, size_t len)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/" KEEPER_TABLE_NAME, w->shm_dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, data, len, (off_t)offset), (ssize_t)len);
	close(fd);
}

static void a_table_of_another_world_is_not_adopted(void **state)
{
	static const uint32_t abi = KEEPER_ABI + 1;
	static const uint64_t pidns = 1;
	static const struct {
		size_t offset, len;
		const void *data;
	} patches[] = {
		{offsetof(struct keeper_header, abi), sizeof(abi), &abi},
		{offsetof(struct keeper_header, boot_id), 4, "none"},
		{offsetof(struct keeper_header, pidns_ino), sizeof(pidns), &pidns},
	};
	struct world *w = *state;
	pid_t app;

	for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
		app = (pid_t)keeper_world_ask(w, "spawn 0 exec sleep 1000");
		keeper_world_kill_both(w);
		patch_table(w, patches[i].offset, patches[i].data, patches[i].len);
		keeper_world_start(w);
		keeper_world_ready(w, 0);
		assert_int_equal(w->header->keeper_gen, 1);
		assert_int_equal(w->header->engine_gen, 1);
		assert_int_equal(w->slots[0].state, SLOT_FREE);
		assert_true(keeper_world_alive(app)); /* nobody was signalled */
	}
}

/* ---- the end ---- */

static void an_orderly_stop_leaves_nothing(void **state)
{
	struct world *w = *state;
	int status;

	assert_int_equal(kill(w->keeper, SIGTERM), 0);
	status = keeper_world_wait(w->keeper);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7); /* as the engine said */
	assert_string_equal(keeper_world_read(w, "terms"), "t");
	assert_int_equal(access(w->shm_dir, F_OK), -1);
	assert_true(w->header->flags & KEEPER_STOPPING);
	assert_true(lock_is_free(w));
}

static void a_wish_to_stop_outlives_the_engine(void **state)
{
	struct world *w = *state;

	keeper_world_mode(w, "stubborn");
	keeper_world_kill_engine(w);
	assert_int_equal(kill(w->keeper, SIGINT), 0);
	WAIT_UNTIL(!strcmp(keeper_world_read(w, "terms"), "t"));
	keeper_world_kill_engine(w);
	WAIT_UNTIL(!strcmp(keeper_world_read(w, "terms"), "tt"));
	keeper_world_mode(w, "");
	keeper_world_kill_engine(w); /* ready, then told a third time: it ends */
	assert_int_equal(WEXITSTATUS(keeper_world_wait(w->keeper)), 7);
}

static void a_wish_told_to_the_engine_outlives_it_too(void **state)
{
	struct world *w = *state;

	keeper_world_mode(w, "stubborn");
	keeper_world_kill_engine(w);
	assert_int_equal(kill(w->header->engine_pid, SIGTERM), 0);
	WAIT_UNTIL(!strcmp(keeper_world_read(w, "terms"), "t"));
	keeper_world_mode(w, "");
	assert_int_equal(kill(w->header->engine_pid, SIGKILL), 0);
	assert_int_equal(WEXITSTATUS(keeper_world_wait(w->keeper)), 7);
}

static void an_engine_that_dies_of_the_wish_passes_it_on(void **state)
{
	struct world *w = *state;

	keeper_world_mode(w, "mute");
	keeper_world_start(w);
	WAIT_UNTIL(w->header->engine_pid != 0);
	keeper_world_mode(w, "");
	assert_int_equal(kill(w->header->engine_pid, SIGTERM), 0);
	assert_int_equal(WEXITSTATUS(keeper_world_wait(w->keeper)), 7);
	assert_string_equal(keeper_world_read(w, "terms"), "t");
}

static void a_wish_to_stop_outlives_the_keeper(void **state)
{
	struct world *w = *state;
	pid_t heir;

	keeper_world_mode(w, "stubborn");
	keeper_world_kill_engine(w);
	assert_int_equal(kill(w->keeper, SIGTERM), 0);
	WAIT_UNTIL(!strcmp(keeper_world_read(w, "terms"), "t"));
	heir = w->header->engine_pid;
	keeper_world_mode(w, "");
	assert_int_equal(kill(w->keeper, SIGKILL), 0);
	keeper_world_wait(w->keeper);
	assert_int_equal(WEXITSTATUS(keeper_world_wait(heir)), 7);
}

/* ---- the process ---- */

static void apps_can_be_given_back_what_pmc_was_started_with(void **state)
{
	struct world *w = *state;
	char oom[32];

	assert_int_equal(w->header->app_umask, 027);
	assert_true(w->header->app_nofile > 0);
	snprintf(oom, sizeof(oom), "%d\n", w->header->app_oom_adj);
	assert_string_equal(
		keeper_world_read(&(struct world){.home = ""}, "proc/self/oom_score_adj"), oom);
}

static void low_numbers_are_never_free(void **state)
{
	struct world *w = *state;
	pid_t both[] = {w->keeper, w->header->engine_pid};
	char path[64];

	for (int i = 0; i < 2; i++)
		for (int fd = 0; fd < FD_FIRST; fd++) {
			snprintf(path, sizeof(path), "/proc/%d/fd/%d", both[i], fd);
			assert_int_equal(faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW), 0);
		}
}

/* Runs pmc-keeper with the caller's arguments; its exit code, and what it said on stderr. */
static int run_by_hand(const struct world *w, int lock_fd, char *said, size_t cap)
{
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		int shm = open(w->shm_dir, O_RDONLY | O_DIRECTORY);

		dup2(fds[1], 2);
		if (lock_fd >= 0) {
			dup2(fcntl(lock_fd, F_DUPFD, 20), FD_LOCK);
			dup2(fcntl(shm, F_DUPFD, 20), FD_SHM_DIR);
		} else {
			close(FD_LOCK);
		}
		execl(keeper_program, keeper_program, engine_program, w->shm_dir, w->home,
		      (char *)NULL);
		_exit(99);
	}
	close(fds[1]);
	n = read(fds[0], said, cap - 1);
	close(fds[0]);
	said[n > 0 ? n : 0] = '\0';
	status = keeper_world_wait(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_second_keeper_refuses_and_names_the_first(void **state)
{
	struct world *w = *state;
	char path[128], said[256], expected[64];
	int lock_fd;

	assert_int_equal(run_by_hand(w, -1, said, sizeof(said)), 1);
	assert_non_null(strstr(said, "started by pmcd"));

	snprintf(path, sizeof(path), "%s/run/lock", w->home);
	lock_fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(run_by_hand(w, lock_fd, said, sizeof(said)), 1);
	close(lock_fd);
	snprintf(expected, sizeof(expected), "already running, pid %d\n", w->keeper);
	assert_non_null(strstr(said, expected));
	keeper_world_kill_engine(w); /* the first is untouched */
}

#define ON_A_RUNNING_WORLD(test) cmocka_unit_test_setup_teardown(test, start_world, end_world)
#define ON_A_NEW_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		ON_A_RUNNING_WORLD(an_end_is_recorded_with_its_status),
		ON_A_RUNNING_WORLD(a_signal_is_told_from_an_exit_code),
		ON_A_RUNNING_WORLD(an_end_while_no_engine_runs_is_recorded),
		ON_A_RUNNING_WORLD(a_child_that_no_slot_knows_is_counted_and_reaped),
		ON_A_RUNNING_WORLD(a_slot_can_be_used_again),
		ON_A_RUNNING_WORLD(a_hundred_kills_of_the_engine_change_nothing),
		ON_A_NEW_WORLD(an_engine_that_never_comes_up_is_tried_more_and_more_slowly),
		ON_A_NEW_WORLD(safe_mode_ends_when_the_user_says_so),
		ON_A_RUNNING_WORLD(an_engine_that_crashes_when_ready_ends_in_safe_mode),
		ON_A_RUNNING_WORLD(an_engine_killed_before_it_is_ready_counts_as_failed),
		ON_A_RUNNING_WORLD(an_engine_that_hangs_is_aborted_and_replaced),
		ON_A_RUNNING_WORLD(an_engine_that_somebody_stopped_is_left_alone),
		ON_A_RUNNING_WORLD(the_shelf_takes_replaces_and_forgets),
		ON_A_RUNNING_WORLD(a_message_that_makes_no_sense_leaves_no_trace),
		ON_A_RUNNING_WORLD(deposits_survive_the_engine_that_sent_them),
		ON_A_NEW_WORLD(what_finds_no_room_in_the_keeper_is_told_as_lost),
		ON_A_RUNNING_WORLD(an_upgrade_starts_the_new_engine),
		ON_A_RUNNING_WORLD(an_upgrade_to_a_broken_engine_is_taken_back),
		ON_A_RUNNING_WORLD(the_keeper_replaces_itself_in_place),
		ON_A_RUNNING_WORLD(a_keeper_that_cannot_be_replaced_goes_on),
		ON_A_RUNNING_WORLD(the_engine_becomes_the_keeper_when_it_dies),
		ON_A_RUNNING_WORLD(keepers_may_die_again_and_again),
		ON_A_RUNNING_WORLD(when_both_died_the_next_start_adopts),
		ON_A_RUNNING_WORLD(a_table_of_another_world_is_not_adopted),
		ON_A_RUNNING_WORLD(an_orderly_stop_leaves_nothing),
		ON_A_RUNNING_WORLD(a_wish_to_stop_outlives_the_engine),
		ON_A_RUNNING_WORLD(a_wish_told_to_the_engine_outlives_it_too),
		ON_A_NEW_WORLD(an_engine_that_dies_of_the_wish_passes_it_on),
		ON_A_RUNNING_WORLD(a_wish_to_stop_outlives_the_keeper),
		ON_A_RUNNING_WORLD(apps_can_be_given_back_what_pmc_was_started_with),
		ON_A_RUNNING_WORLD(low_numbers_are_never_free),
		ON_A_RUNNING_WORLD(a_second_keeper_refuses_and_names_the_first),
	};

	if (argc < 3)
		return 2;
	keeper_program = realpath(argv[1], NULL); /* pmc-keeper takes absolute paths only */
	engine_program = realpath(argv[2], NULL);
	if (!keeper_program || !engine_program)
		return 2;
	keeper_world_programs(keeper_program, engine_program);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
