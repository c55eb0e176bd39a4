#include "daemon/run/instance_stop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/bus/bus.h"
#include "daemon/keeper/keeper_link.h"
#include "daemon/run/cgroup.h"
#include "daemon/run/context.h"
#include "daemon/run/instance.h"
#include "daemon/run/procfs.h"
#include "daemon/run/signals.h"
#include "daemon/run/strays.h"
#include "daemon/run/sweep.h"
#include "shared/base/fdio.h"
#include "shared/base/log.h"

#define TREE_MAX 4096
#define STRAYS_MAX 256

struct pids {
	int items[TREE_MAX];
	int count;
};

static bool is_orphan(const struct instance *inst)
{
	return instance_slot(inst)->flags & SLOT_ORPHAN;
}

static bool leader_gone(const struct instance *inst)
{
	return inst->entry->now.life.leader_gone;
}

bool instance_stop_tree_left(struct instance *inst)
{
	struct stray stray;

	if (inst->context->cgroup) {
		int populated = cgroup_populated(inst->context->cgroup, inst->slot);

		if (populated >= 0)
			return populated;
	}
	/* what an orphan leaves behind goes to init, where we cannot see it: a sweep finds out */
	if (is_orphan(inst))
		return true;
	return strays_of(inst->context->strays, inst->slot, &stray, 1) > 0;
}

int instance_stop_survivor(struct instance *inst)
{
	struct stray stray;
	int pid;

	if (!leader_gone(inst))
		return instance_pid(inst);
	if (inst->context->cgroup && cgroup_pids(inst->context->cgroup, inst->slot, &pid, 1) == 1)
		return pid;
	return strays_of(inst->context->strays, inst->slot, &stray, 1) ? stray.pid : 0;
}

/* The children of items[from…] of the list, and theirs. A child counts if its parent is still the
 * one we asked, or the keeper (the parent ended meanwhile). */
static void add_descendants(const struct instance *inst, struct pids *pids, int from)
{
	int keeper = keeper_link_header(inst->context->link)->keeper_pid;

	for (int i = from; i < pids->count; i++) {
		int first = pids->count;
		int n = procfs_children(pids->items[i], pids->items + first, TREE_MAX - first);

		for (int k = 0; k < n; k++) {
			struct procfs_stat stat;
			int child = pids->items[first + k];

			if (procfs_read_stat(child, &stat) == 0 &&
			    (stat.ppid == pids->items[i] || stat.ppid == keeper))
				pids->items[pids->count++] = child;
		}
	}
}

static void collect_by_proc(struct instance *inst, struct pids *pids)
{
	struct stray strays[STRAYS_MAX];
	size_t count = strays_of(inst->context->strays, inst->slot, strays, STRAYS_MAX);

	if (inst->pidfd >= 0)
		pids->items[pids->count++] = instance_pid(inst);
	for (size_t i = 0; i < count && pids->count < TREE_MAX; i++)
		pids->items[pids->count++] = strays[i].pid;
	add_descendants(inst, pids, 0);
}

static void send_to(int pid, int signal)
{
	int r = signals_send_pid(pid, 0, signal);

	if (r == 0)
		signals_send_pid(pid, 0, SIGCONT);
	else if (r != -ESRCH)
		log_warning("cannot signal pid %d: %s", pid, pmc_error_text(r));
}

void instance_stop_signal(struct instance *inst, int signal)
{
	_cleanup_(mem_freep) struct pids *pids = mem_resize(NULL, 1, sizeof(*pids));
	int leader = inst->pidfd >= 0 ? instance_pid(inst) : 0;

	pids->count = 0;
	if (leader_gone(inst) && is_orphan(inst)) {
		instance_stop_kill(inst);
		return;
	}
	if (inst->app->spec.treekill) {
		int n = -1;

		if (inst->context->cgroup)
			n = cgroup_pids(inst->context->cgroup, inst->slot, pids->items, TREE_MAX);
		if (n >= 0)
			pids->count = n;
		else
			collect_by_proc(inst, pids);
	}
	for (int i = pids->count - 1; i >= 0; i--)
		if (pids->items[i] != leader)
			send_to(pids->items[i], signal);
	if (leader) {
		signals_send(inst->pidfd, signal);
		signals_send(inst->pidfd, SIGCONT);
	}
}

static void report_left(struct instance *inst, const struct sweep_result *result)
{
	for (unsigned i = 0; i < result->left_count; i++) {
		_cleanup_(mem_freep) char *text =
			mem_printf("left: pid %d (%s): not permitted to end it",
				   result->left[i].pid, result->left[i].comm);

		instance_publish(inst, EVENT_APP_STRAY, text);
	}
}

static void on_swept(const struct sweep_result *result, void *owner)
{
	struct instance *inst = owner;

	if (inst->killing == result->seq)
		inst->killing = 0;
	report_left(inst, result);
	strays_changed(inst->context->strays);
	if (!leader_gone(inst) || result->seq != inst->entry->seq)
		return; /* the keeper told us of its end meanwhile, or it lives again already */
	if (is_orphan(inst) || result->left_count > 0 || !instance_stop_tree_left(inst))
		instance_feed(inst, &(struct lifecycle_event){.type = LIFE_TREE_GONE});
	else if (!lifecycle_is_stuck(&inst->entry->now.life))
		instance_stop_kill(inst);
}

static void begin_sweep(struct instance *inst)
{
	struct keeper_slot *slot = instance_slot(inst);

	if (inst->killing == inst->entry->seq)
		return;
	inst->killing = inst->entry->seq;
	sweep_kill(inst->context->sweep,
		   &(struct sweep_target){.slot = inst->slot,
					  .seq = inst->entry->seq,
					  .leader_pid = atomic_load(&slot->pid),
					  .leader_start = slot->start_ticks},
		   on_swept, inst);
}

void instance_stop_kill(struct instance *inst)
{
	if (!inst->app->spec.treekill) {
		if (inst->pidfd >= 0)
			signals_send(inst->pidfd, SIGKILL);
		return;
	}
	if (inst->context->cgroup && cgroup_kill(inst->context->cgroup, inst->slot) == 0)
		return;
	begin_sweep(inst);
}

void instance_stop_check(struct instance *inst)
{
	if (!leader_gone(inst) || inst->killing == inst->entry->seq ||
	    instance_stop_tree_left(inst))
		return;
	instance_feed(inst, &(struct lifecycle_event){.type = LIFE_TREE_GONE});
}

int instance_stop_send(struct instance *inst, int signal)
{
	return inst->pidfd >= 0 ? signals_send(inst->pidfd, signal) : -ESRCH;
}
