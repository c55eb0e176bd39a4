#include "daemon/run/instance_exit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/bus/bus.h"
#include "daemon/keeper/keeper_link.h"
#include "daemon/run/context.h"
#include "daemon/run/ending.h"
#include "daemon/run/instance.h"
#include "daemon/run/instance_logs.h"
#include "daemon/run/instance_start.h"
#include "daemon/run/instance_stop.h"
#include "daemon/run/procfs.h"
#include "daemon/run/spawn.h"
#include "shared/base/clock.h"
#include "shared/base/str.h"
#include "shared/base/units.h"

static void take_facts(struct instance *inst)
{
	struct keeper_slot *slot = instance_slot(inst);
	struct slot_entry *entry = inst->entry;

	entry->exit_us = (int64_t)slot->exit_us;
	entry->life_ms = (int64_t)(slot->exit_ns / 1000000) - entry->started_ms;
	if (entry->life_ms < 0)
		entry->life_ms = 0;
	entry->exit_code = slot->code == CLD_EXITED ? slot->status : -1;
	entry->exit_signal =
		slot->code == CLD_KILLED || slot->code == CLD_DUMPED ? slot->status : -1;
	entry->exit_core = slot->code == CLD_DUMPED;
	entry->exec_errno = atomic_load(&slot->exec_errno);
	entry->exec_step = atomic_load(&slot->exec_step);
	if (entry->exec_errno)
		spawn_explain(&inst->app->spec, (enum spawn_step)entry->exec_step,
			      entry->exec_errno, &inst->trouble);
}

static bool is_in_descent(const struct instance *inst)
{
	return instance_state(inst) == STATE_STOPPING || instance_state(inst) == STATE_RESTARTING;
}

/* Why it ended, as far as that is known before the policy speaks. */
static enum lifecycle_reason reason_of_end(const struct instance *inst)
{
	if (is_in_descent(inst))
		return (enum lifecycle_reason)inst->entry->now.life.reason;
	if (inst->entry->exec_errno)
		return REASON_EXEC;
	return lifecycle_stays_stopped(&inst->app->spec, inst->entry->exit_code)
		       ? REASON_STOP_EXIT_CODE
		       : REASON_CRASH;
}

/* `trouble`: why it could not be executed; NULL: it was. */
static void describe_end(const struct slot_end *end, const char *trouble, struct str *text)
{
	if (!trouble) {
		ending_append(text, end->code, end->signal, end->core, end->life_ms);
		return;
	}
	str_append(text, trouble);
	str_append(text, " after ");
	units_human_duration(text, end->life_ms);
}

static struct slot_end end_of(const struct instance *inst, enum lifecycle_reason reason)
{
	const struct slot_entry *entry = inst->entry;
	struct slot_end end = {
		.seq = entry->seq,
		.exit_us = entry->exit_us,
		.life_ms = entry->life_ms,
		.pm_id = inst->pm_id,
		.number = inst->number,
		.pid = atomic_load(&instance_slot(inst)->pid),
		.code = entry->exit_code,
		.signal = entry->exit_signal,
		.core = entry->exit_core,
		.reason = reason,
	};

	snprintf(end.name, sizeof(end.name), "%.*s", SLOTS_NAME_MAX - 1, inst->app->spec.name);
	return end;
}

void instance_exit_tell_again(struct bus *bus, const struct slot_end *end)
{
	_cleanup_(str_done) struct str text = {0};
	struct event event = {
		.type = EVENT_APP_EXIT,
		.cause = (enum event_cause)instance_cause(end->reason),
		.time_us = end->exit_us,
		.pm_id = end->pm_id,
		.number = end->number,
		.pid = end->pid,
		.seq = end->seq,
		.code = end->code,
		.signal = end->signal,
		.core = end->core,
	};

	describe_end(end, end->reason == REASON_EXEC ? "it could not be executed" : NULL, &text);
	snprintf(event.app, sizeof(event.app), "%.*s", SLOTS_NAME_MAX - 1, end->name);
	snprintf(event.detail, sizeof(event.detail), "%s", str_cstr(&text));
	bus_publish(bus, &event);
}

/* Unless the next life has begun in it, and written its own number over ours. That one may have
 * ended already, too: its end is still to be looked at. */
static void release_slot(struct keeper_slot *slot, uint64_t ended_seq, const char *pid_path)
{
	if (slot->seq != ended_seq)
		return;
	if (pid_path)
		unlink(pid_path);
	atomic_store(&slot->state, SLOT_FREE);
}

/* A short life may be over before the end of its report is looked at: it was online all the same,
 * or what `pmc start` says of it would be a matter of luck. */
static void was_online(struct instance *inst)
{
	if (instance_state(inst) == STATE_STARTING && !inst->entry->exec_errno &&
	    inst->entry->exec_step == SPAWN_EXEC)
		instance_feed(inst, &(struct lifecycle_event){.type = LIFE_READY});
}

static void on_drained(void *arg)
{
	struct instance *inst = arg;
	struct keeper_slot *slot = instance_slot(inst);
	_cleanup_(mem_freep) char *pid_path = NULL;
	_cleanup_(str_done) struct str text = {0};
	struct lifecycle_event event = {.type = LIFE_EXIT};
	enum lifecycle_reason reason;
	struct slot_end end;

	if (inst->drains > 0 && --inst->drains > 0)
		return;
	pid_path = app_path(inst->app, APP_PID,
			    inst->pm_id); /* the instance may be gone when it is needed */
	take_facts(inst);
	was_online(inst);
	reason = reason_of_end(inst);
	inst->entry->exit_reason = reason;
	end = end_of(inst, reason);
	slots_record_end(inst->context->slots, &end);
	describe_end(&end, inst->entry->exec_errno ? inst->trouble.message : NULL, &text);
	instance_publish(inst, EVENT_APP_EXIT, str_cstr(&text));
	instance_start_unwatch(inst);
	instance_start_close_pidfd(inst);

	event.code = inst->entry->exit_code;
	event.exec_failed = inst->entry->exec_errno != 0;
	event.uptime_ms = inst->entry->life_ms;
	event.tree_left =
		inst->app->spec.treekill && !event.exec_failed && instance_stop_tree_left(inst);
	uv_random(NULL, NULL, &event.dice, sizeof(event.dice), 0, NULL);
	inst->ending = false;
	instance_feed(inst, &event);
	release_slot(slot, end.seq, pid_path);
}

bool instance_exit_is_new(const struct instance *inst)
{
	const struct keeper_slot *slot = instance_slot(inst);

	return atomic_load(&slot->state) == SLOT_EXITED && inst->entry->now.ended_seq != slot->seq;
}

void instance_exit_begin(struct instance *inst)
{
	if (inst->ending || inst->closed)
		return;
	inst->ending = true;
	instance_logs_drain(inst, on_drained);
}

/* linux/pidfd.h of Debian 12 does not know it: PIDFD_GET_INFO with PIDFD_INFO_EXIT, Linux 6.15. It
 * answers only after the process was reaped by its parent. */
struct info {
	uint64_t mask, cgroupid;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
	uint32_t coredump_mask, spare;
};
#define INFO_EXIT (1u << 3)
#define GET_INFO _IOWR(0xFF, 11, struct info)

static bool wait_status_of(int pidfd, int pid, uint64_t start_ticks, int *ret_status)
{
	struct info info = {.mask = INFO_EXIT};
	struct procfs_stat stat;

	if (procfs_read_stat(pid, &stat) == 0 && stat.start_ticks == start_ticks &&
	    stat.state == 'Z') {
		*ret_status = stat.exit_code;
		return true;
	}
	if (ioctl(pidfd, GET_INFO, &info) < 0 || !(info.mask & INFO_EXIT))
		return false;
	*ret_status = info.exit_code;
	return true;
}

void instance_exit_orphan(struct instance *inst)
{
	struct keeper_slot *slot = instance_slot(inst);
	int status;

	if (atomic_load(&slot->state) != SLOT_EXITED) {
		slot->exit_us = (uint64_t)clock_wall_us();
		slot->exit_ns = clock_now_ns();
		slot->code = 0; /* not known */
		if (wait_status_of(inst->pidfd, atomic_load(&slot->pid), slot->start_ticks,
				   &status)) {
			slot->code = WIFEXITED(status)	 ? CLD_EXITED
				     : WCOREDUMP(status) ? CLD_DUMPED
							 : CLD_KILLED;
			slot->status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
		}
		atomic_store(&slot->state, SLOT_EXITED);
	}
	instance_start_close_pidfd(inst);
	instance_exit_begin(inst);
}
