/* spawn: make a process that is a child of the keeper, and say which step failed if it cannot
 * become the app.
 *
 * clone(CLONE_PARENT | CLONE_PARENT_SETTID): the kernel writes the pid into the keeper's table
 * before the child can run. With a cgroup it is clone3(CLONE_INTO_CGROUP) where that is allowed: a
 * process that enters later waits for an RCU grace period, some 10 ms. The child uses only
 * async-signal-safe calls between clone and exec and leaves its step and errno in the slot. */
#pragma once
#include <sys/types.h>

#include "daemon/keeper/keeper_table.h"
#include "shared/base/error.h"
#include "shared/spec/app_spec.h"

struct identity;
struct program;
struct spawn_area;

enum spawn_step {
	SPAWN_BEGIN,
	SPAWN_SETSID,
	SPAWN_CGROUP,
	SPAWN_LIMITS,
	SPAWN_NICE,
	SPAWN_OOM,
	SPAWN_STDIO,
	SPAWN_GROUPS,
	SPAWN_GID,
	SPAWN_UID,
	SPAWN_CHDIR,
	SPAWN_SCRIPT,
	SPAWN_EXEC,
	SPAWN_STEPS,
	SPAWN_LIMIT_FIRST = 100, /* and up: the limit of that number (enum spec_limit) */
};

struct spawn {
	const struct app_spec *spec;
	const struct program *program;
	const struct identity *identity;
	struct spawn_area
		*area; /* what the child is given of all this; NULL: it is given the heap */
	struct keeper_slot *slot; /* in state INTENT */
	const char *pid_path; /* the child writes its number there, while the engine goes on; NULL:
				 it does not */
	int out_fd, err_fd;   /* become 1 and 2 */
	int cgroup_fd;	      /* the directory of its cgroup, negative: none */
	uint32_t app_nofile;  /* what apps get back when the spec says nothing */
	int32_t app_oom_adj, our_oom_adj;
	mode_t app_umask;
};

/* Make the process. `*ret_report_fd` (non-blocking, close-on-exec, the caller's) reads end-of-file
 * when the program runs or the child is gone. Negative errno of clone or pipe: nothing was made.
 * Never waits for the child. */
int spawn_process(const struct spawn *spawn, int *ret_report_fd, pid_t *ret_pid);

/* What the step does, in a word: "chdir". */
const char *spawn_step_word(uint32_t step);

/* The sentence for a failed step: "chdir /srv/x: no such file or directory". */
void spawn_explain(const struct app_spec *spec, enum spawn_step step, int error,
		   struct pmc_error *err);
