/* sweep: end whole process trees without a cgroup, even if they breed while we look.
 *
 * On the pool: scan /proc, SIGSTOP every member, and between a few entries chase the newest pids
 * the kernel gave out, until two scans in a row find nothing new; then SIGKILL all that is stopped
 * and scan once more. One sweep runs at a time and serves all who asked while another ran. Design
 * and figures: reliability, "Stopping a tree". */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct sweep;

struct sweep_target {
	int slot;
	uint64_t seq;	       /* slot and seq: the marker in the environment */
	int leader_pid;	       /* its session has the same number */
	uint64_t leader_start; /* start ticks of the leader: its number may belong to a stranger by
				  now */
};

#define SWEEP_LEFT_MAX 8

struct sweep_result {
	uint64_t seq; /* of the target */
	unsigned killed;
	unsigned left_count; /* could not be signalled (another uid) */
	struct {
		int pid;
		char comm[64];
	} left[SWEEP_LEFT_MAX];
};

typedef void (*sweep_fn)(const struct sweep_result *result, void *owner);

struct sweep *sweep_create(uv_loop_t *loop, const char *home_id);

/* End everything of this life; `fn` runs on the loop when it is done. */
void sweep_kill(struct sweep *sweep, const struct sweep_target *target, sweep_fn fn, void *owner);

/* The owner goes away: its `fn` will not be called. */
void sweep_forget(struct sweep *sweep, void *owner);

void sweep_destroy(struct sweep *sweep); /* no job may be under way. Accepts NULL */
