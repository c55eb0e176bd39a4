#include "daemon/run/sweep_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/core/tree.h"
#include "daemon/run/procfs.h"
#include "daemon/run/signals.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"

/* Look for newborn processes after so many entries of a scan. */
#define CHASE_EVERY 8
#define MEMBERS_MAX 65536

struct walk {
	const struct sweep_walk_item *items;
	size_t count;
	struct tree_root *roots;
	char marker[32];
	struct tree_process *seen; /* of this scan */
	size_t seen_count, seen_cap;
	struct tree_process *members; /* stopped by us */
	size_t member_count, member_cap;
	int loadavg_fd, last_pid;
	unsigned since_chase;
	bool found_new;
};

static struct tree_process *append(struct tree_process **items, size_t *count, size_t *cap)
{
	if (*count == *cap) {
		*cap = *cap ? *cap * 2 : 256;
		*items = mem_resize(*items, *cap, sizeof(**items));
	}
	return &(*items)[(*count)++];
}

static bool is_member(const struct walk *walk, int pid, uint64_t start_ticks)
{
	for (size_t i = 0; i < walk->member_count; i++)
		if (walk->members[i].pid == pid && walk->members[i].start_ticks == start_ticks)
			return true;
	return false;
}

static void report_left(struct sweep_result *result, int pid, const char *comm)
{
	for (unsigned i = 0; i < result->left_count; i++)
		if (result->left[i].pid == pid)
			return;
	if (result->left_count == SWEEP_LEFT_MAX)
		return;
	result->left[result->left_count].pid = pid;
	snprintf(result->left[result->left_count].comm, sizeof(result->left[0].comm), "%s", comm);
	result->left_count++;
}

static void stop_member(struct walk *walk, const struct tree_process *process)
{
	struct tree_process *member;
	int r;

	if (is_member(walk, process->pid, process->start_ticks) ||
	    walk->member_count >= MEMBERS_MAX)
		return;
	r = signals_send_pid(process->pid, process->start_ticks, SIGSTOP);
	if (r == -EPERM) {
		struct procfs_stat stat = {0};

		procfs_read_stat(process->pid, &stat);
		report_left(walk->items[process->root].result, process->pid, stat.comm);
	}
	if (r < 0)
		return;
	member = append(&walk->members, &walk->member_count, &walk->member_cap);
	*member = *process;
	walk->found_new = true;
}

/* By the marker in its environment; which a process may have wiped. */
static int root_of_marker(const struct walk *walk, int pid)
{
	unsigned long long seq;
	char value[64];
	int slot;

	if (procfs_environ_find(pid, walk->marker, value, sizeof(value)) != 1 ||
	    sscanf(value, "%d.%llu", &slot, &seq) != 2)
		return -1;
	for (size_t i = 0; i < walk->count; i++)
		if (walk->items[i].target->slot == slot && walk->items[i].target->seq == seq)
			return (int)i;
	return -1;
}

static int root_of_newborn(const struct walk *walk, const struct procfs_stat *stat)
{
	for (size_t i = 0; i < walk->count; i++)
		if (walk->roots[i].leader_pid > 1 && (stat->pid == walk->roots[i].leader_pid ||
						      stat->session == walk->roots[i].leader_pid))
			return (int)i;
	for (size_t i = 0; i < walk->member_count; i++)
		if (walk->members[i].pid == stat->ppid)
			return walk->members[i].root;
	return root_of_marker(walk, stat->pid);
}

/* The number of a leader that is gone may be given to somebody else at any time, when nobody is
 * left in its session: from then on it says nothing any more. */
static void forget_given_away(struct walk *walk, const struct procfs_stat *stat)
{
	for (size_t i = 0; i < walk->count; i++)
		if (walk->roots[i].leader_pid == stat->pid &&
		    walk->items[i].target->leader_start != stat->start_ticks)
			walk->roots[i].leader_pid = 0;
}

/* Judge each pid given out since the last look, some ten microseconds after its birth. */
static void chase(struct walk *walk)
{
	int newest = procfs_last_pid(walk->loadavg_fd);

	if (newest < walk->last_pid)
		walk->last_pid =
			newest; /* the numbers began anew: the next scan finds what was missed */
	for (int pid = walk->last_pid + 1; pid <= newest; pid++) {
		struct tree_process process = {.root = -1};
		struct procfs_stat stat;

		if (procfs_read_stat(pid, &stat) < 0 || stat.state == 'Z')
			continue;
		forget_given_away(walk, &stat);
		process = (struct tree_process){pid, stat.ppid, stat.session, stat.start_ticks,
						root_of_newborn(walk, &stat)};
		if (process.root >= 0)
			stop_member(walk, &process);
	}
	walk->last_pid = newest;
}

static int see_process(int pid, void *arg)
{
	struct walk *walk = arg;
	struct procfs_stat stat;
	struct tree_process *process;

	if (walk->since_chase++ % CHASE_EVERY == 0)
		chase(walk);
	if (procfs_read_stat(pid, &stat) < 0 || stat.state == 'Z' || pid == getpid())
		return 0;
	forget_given_away(walk, &stat);
	process = append(&walk->seen, &walk->seen_count, &walk->seen_cap);
	*process = (struct tree_process){pid, stat.ppid, stat.session, stat.start_ticks, -1};
	process->root = root_of_newborn(walk, &stat);
	if (process->root >= 0)
		stop_member(walk, process);
	return 0;
}

/* True when the scan found somebody new. */
static bool scan(struct walk *walk)
{
	walk->found_new = false;
	walk->seen_count = 0;
	procfs_each(see_process, walk);
	tree_mark(walk->seen, walk->seen_count, walk->roots, walk->count);
	for (size_t i = 0; i < walk->seen_count; i++)
		if (walk->seen[i].root >= 0)
			stop_member(walk, &walk->seen[i]);
	chase(walk);
	return walk->found_new;
}

static void kill_members(struct walk *walk)
{
	for (size_t i = 0; i < walk->member_count; i++)
		if (signals_send_pid(walk->members[i].pid, walk->members[i].start_ticks, SIGKILL) ==
		    0)
			walk->items[walk->members[i].root].result->killed++;
	walk->member_count = 0;
}

/* 0 when the leader is gone and its number was given to somebody else, whose session would then
 * look like ours. */
static int leader_mark(const struct sweep_target *target)
{
	struct procfs_stat stat;

	if (procfs_read_stat(target->leader_pid, &stat) == 0 &&
	    stat.start_ticks != target->leader_start)
		return 0;
	return target->leader_pid;
}

void sweep_walk(const char *home_id, const struct sweep_walk_item *items, size_t count)
{
	struct walk walk = {.items = items, .count = count};
	int64_t deadline = clock_now_ms() + SWEEP_WALK_MAX_MS;

	walk.roots = mem_zalloc(count * sizeof(*walk.roots));
	for (size_t i = 0; i < count; i++)
		walk.roots[i].leader_pid = leader_mark(items[i].target);
	snprintf(walk.marker, sizeof(walk.marker), "PMC_INSTANCE=%.8s.", home_id);
	walk.loadavg_fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	walk.last_pid = procfs_last_pid(walk.loadavg_fd);
	do {
		for (int quiet = 0; quiet < 2 && clock_now_ms() < deadline;)
			quiet = scan(&walk) ? 0 : quiet + 1;
		kill_members(&walk);
	} while (scan(&walk) && clock_now_ms() < deadline);
	kill_members(&walk);
	fdio_closep(&walk.loadavg_fd);
	free(walk.roots);
	free(walk.seen);
	free(walk.members);
}
