/* user_tasks: how near a user is to RLIMIT_NPROC: the kernel counts all processes and threads of a
 * uid, whoever started them. It reads /proc and knows no app. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

/* The last count, kept for a moment: many instances of one user are asked for at once. All zero:
 * none. */
struct user_tasks {
	int64_t until_ms;
	uid_t uid;
	int count;
};

/* The limit under which `pid` runs; 0: none, not known, or its user is root, who has none. */
int user_tasks_limit(int pid);

/* Processes and threads of the user of `pid` (by their effective uid); at most a quarter of a
 * second old. Blocks for a walk over /proc. 0: not known. */
int user_tasks_count(struct user_tasks *tasks, int pid);
