#include "daemon/run/trouble.h"

#include <inttypes.h>

#include "daemon/keeper/keeper_link.h"
#include "daemon/run/cgroup.h"
#include "daemon/run/context.h"
#include "daemon/run/instance.h"
#include "daemon/run/instance_stop.h"
#include "daemon/run/procfs.h"
#include "daemon/run/spawn.h"
#include "daemon/run/user_tasks.h"
#include "shared/base/clock.h"
#include "shared/base/str.h"
#include "shared/base/units.h"

/* A start that takes less is nothing to talk about. */
#define START_TOLD_MS 1000

/* Has its process not reached the program yet? An adopted one is judged by the steps before it. */
static bool before_its_program(const struct instance *inst)
{
	struct keeper_slot *slot = instance_slot(inst);

	return instance_pid(inst) > 0 && atomic_load(&slot->exec_errno) == 0 &&
	       (atomic_load(&slot->exec_step) != SPAWN_EXEC || inst->report_fd >= 0);
}

static void append_step(struct str *text, const struct instance *inst)
{
	str_appendf(text, "%s since ",
		    spawn_step_word((uint32_t)atomic_load(&instance_slot(inst)->exec_step)));
	units_human_duration(text, clock_now_ms() - inst->entry->started_ms);
}

static char *slow_start(const struct instance *inst)
{
	struct str text = {0};

	if (!before_its_program(inst) || clock_now_ms() - inst->entry->started_ms < START_TOLD_MS)
		return NULL;
	str_append(&text, "waiting in ");
	append_step(&text, inst);
	return str_steal(&text);
}

/* SIGKILL was sent. A process in state D hears it only when the kernel lets go of it. */
static char *slow_end(struct instance *inst)
{
	bool stuck = lifecycle_is_stuck(&inst->entry->now.life);
	bool leader = !inst->entry->now.life.leader_gone;
	int pid = instance_stop_survivor(inst);
	struct procfs_stat stat = {0};
	struct str text = {0};
	bool in_kernel = pid > 0 && procfs_read_stat(pid, &stat) == 0 && stat.state == 'D';

	if (!stuck && !in_kernel)
		return NULL;
	str_append(&text, "cannot be killed: ");
	if (!leader && pid > 0)
		str_appendf(&text, "pid %d (%s) ", pid, stat.comm);
	str_append(&text, in_kernel ? "waits in kernel" : "has not ended since SIGKILL");
	if (leader && before_its_program(inst)) {
		str_append(&text, ", in ");
		append_step(&text, inst);
	}
	return str_steal(&text);
}

/* What the kernel counts is the user's, not the app's: all processes and threads of that uid. */
static char *pids_limit(struct instance *inst, bool thorough)
{
	const struct spec_limits *limits = &inst->app->spec.limits;
	struct user_tasks *tasks = &inst->context->tasks;
	int64_t refused = 0;
	int limit;

	if (thorough && inst->context->cgroup &&
	    cgroup_forks_refused(inst->context->cgroup, inst->slot, &refused) == 0 && refused > 0)
		return mem_printf("pids limit reached: the cgroup refused %" PRId64 " forks",
				  refused);
	if (!limits->of[SPEC_LIMIT_NPROC].given && !thorough)
		return NULL;
	limit = user_tasks_limit(instance_pid(inst));
	if (limit <= 0 || user_tasks_count(tasks, instance_pid(inst)) < limit)
		return NULL;
	return mem_printf("pids limit reached: its user has %d processes and threads (limit nproc)",
			  limit);
}

char *trouble_text(struct instance *inst, bool thorough)
{
	const struct lifecycle *life = &inst->entry->now.life;
	char *text = NULL;

	switch ((enum instance_state)life->state) {
	case STATE_STARTING:
		return slow_start(inst);
	case STATE_STOPPING:
	case STATE_RESTARTING:
		if (life->step >= STEP_KILLED)
			text = slow_end(inst);
		return text || life->leader_gone ? text : slow_start(inst);
	case STATE_ONLINE:
	case STATE_UNHEALTHY:
	case STATE_DRAINING:
		return pids_limit(inst, thorough);
	case STATE_STOPPED:
	case STATE_WAITING:
	case STATE_ERRORED:
		break;
	}
	return NULL;
}
