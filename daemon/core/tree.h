/* tree: which processes belong to a life? Pure: over a snapshot of processes.
 *
 * Three marks say so: an ancestor that does, its session, or the life's marker in its environment
 * (found out by the caller, who reads it only where the others say nothing). It reads no /proc and
 * sends no signal. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree_process {
	int pid, ppid, session;
	uint64_t start_ticks;
	int root; /* index into the roots it belongs to; -1: none, or not known yet */
};

struct tree_root {
	int leader_pid; /* of a life; its session has the same number, for the leader calls setsid()
			 */
};

/* Mark `processes` (sorted by pid or not) whose session or an ancestor is that of a root; marks
 * already set count as roots of their descendants. Returns how many are marked in all. Processes
 * with pid < 2 are never marked. */
size_t tree_mark(struct tree_process *processes, size_t count, const struct tree_root *roots,
		 size_t root_count);
