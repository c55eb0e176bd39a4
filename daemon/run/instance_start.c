#include "daemon/run/instance_start.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keeper/keeper_link.h"
#include "daemon/run/cgroup.h"
#include "daemon/run/context.h"
#include "daemon/run/instance.h"
#include "daemon/run/instance_exit.h"
#include "daemon/run/instance_logs.h"
#include "daemon/run/procfs.h"
#include "daemon/run/program.h"
#include "daemon/run/program_size.h"
#include "daemon/run/signals.h"
#include "daemon/run/spawn.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/log.h"
#include "shared/base/path.h"

/* How often to look whether an adopted child has reached its program. */
#define EXEC_LOOK_MS 10

void instance_start_marker(const struct instance *inst, char *buf, unsigned cap)
{
	snprintf(buf, cap, "%.8s.%d.%" PRIu64, inst->context->home_id, inst->slot,
		 inst->entry->seq);
}

static void feed_ready(struct instance *inst)
{
	instance_feed(inst, &(struct lifecycle_event){.type = LIFE_READY});
}

/* The report pipe is at its end: the program runs, or the child is gone (then its end follows from
 * the keeper). */
static void on_report(uv_poll_t *poll, int status, int events)
{
	struct instance *inst = poll->data;

	instance_start_unwatch(inst);
	if (atomic_load(&instance_slot(inst)->exec_errno) == 0 &&
	    atomic_load(&instance_slot(inst)->state) == SLOT_RUN)
		feed_ready(inst);
}

void instance_start_unwatch(struct instance *inst)
{
	if (inst->report_fd < 0)
		return;
	handles_drop(&inst->handles, (uv_handle_t *)inst->exec_poll, free, inst->exec_poll);
	inst->exec_poll = NULL;
	fdio_closep(&inst->report_fd);
}

static void watch_report(struct instance *inst, int fd)
{
	inst->report_fd = fd;
	inst->exec_poll = mem_zalloc(sizeof(*inst->exec_poll));
	handles_poll(&inst->handles, inst->exec_poll, fd, inst);
	uv_poll_start(inst->exec_poll, UV_READABLE, on_report);
}

static bool runs_its_program(int pid)
{
	char path[32], theirs[256], ours[256];
	ssize_t a, b;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	a = readlink(path, theirs, sizeof(theirs));
	b = readlink("/proc/self/exe", ours, sizeof(ours));
	return a > 0 && (a != b || memcmp(theirs, ours, (size_t)a) != 0);
}

static void on_exec_look(uv_timer_t *timer)
{
	struct instance *inst = container_of(timer, struct instance, timer);

	instance_start_watch_again(inst);
}

void instance_start_watch_again(struct instance *inst)
{
	if (runs_its_program(instance_pid(inst)))
		feed_ready(inst);
	else
		uv_timer_start(&inst->timer, on_exec_look, EXEC_LOOK_MS, 0);
}

static void on_leader_ended(uv_poll_t *poll, int status, int events)
{
	struct instance *inst = container_of(poll, struct instance, pid_poll);

	instance_exit_orphan(inst);
}

int instance_start_open_pidfd(struct instance *inst, int watch)
{
	inst->pidfd = signals_open_pid(atomic_load(&instance_slot(inst)->pid));
	if (inst->pidfd < 0) {
		int r = inst->pidfd;

		inst->pidfd = -1;
		return r;
	}
	if (!watch)
		return 0;
	inst->watches_pid = true;
	handles_poll(&inst->handles, &inst->pid_poll, inst->pidfd, inst);
	uv_poll_start(&inst->pid_poll, UV_READABLE, on_leader_ended);
	return 0;
}

void instance_start_close_pidfd(struct instance *inst)
{
	if (inst->watches_pid)
		handles_drop(&inst->handles, (uv_handle_t *)&inst->pid_poll, NULL, NULL);
	inst->watches_pid = false;
	fdio_closep(&inst->pidfd);
}

/* From here on the slot says that a process may exist; the pid is written by the kernel. */
static void declare_intent(struct instance *inst)
{
	struct keeper_slot *slot = instance_slot(inst);
	struct keeper_beat *beat = keeper_link_beat(inst->context->link);

	inst->entry->seq = slots_next_seq(inst->context->slots);
	inst->entry->started_us = clock_wall_us();
	inst->entry->started_ms = clock_now_ms();
	inst->entry->signalled_step = 0;
	if (atomic_load(&beat->slots_used) < (uint32_t)slots_used(inst->context->slots))
		atomic_store(&beat->slots_used, (uint32_t)slots_used(inst->context->slots));
	atomic_store(&slot->state, SLOT_FREE); /* the end of the life before is recorded: what is
						  half filled in is nobody */
	atomic_store(&slot->pid, 0);
	slot->seq = inst->entry->seq;
	slot->start_ticks = 0;
	atomic_store(&slot->exec_errno, 0);
	atomic_store(&slot->exec_step, SPAWN_BEGIN);
	slot->code = slot->status = 0;
	slot->exit_us = slot->exit_ns = slot->cpu_us = slot->maxrss_kb = 0;
	slot->flags = 0;
	atomic_store(&slot->state, SLOT_INTENT);
}

static void after_clone(struct instance *inst, pid_t pid, int report_fd)
{
	struct keeper_slot *slot = instance_slot(inst);
	uint32_t expected = SLOT_INTENT;
	struct procfs_stat stat;

	/* fails if the keeper wrote EXITED already: keep that */
	atomic_compare_exchange_strong(&slot->state, &expected, SLOT_RUN);
	if (procfs_read_stat(pid, &stat) == 0)
		slot->start_ticks = stat.start_ticks;
	instance_start_open_pidfd(inst, 0);
	watch_report(inst, report_fd);
	inst->cpu_ns = 0;
	inst->cpu_ms = 0;
}

struct program_facts instance_start_facts(const struct instance *inst,
					  const struct identity *identity, const char *marker,
					  const char *out, const char *err_path)
{
	return (struct program_facts){
		.spec = &inst->app->spec,
		.caller_env = &inst->app->caller_env,
		.identity = identity,
		.home = inst->context->home,
		.marker = marker,
		.unique_id = inst->app->unique_id,
		.out_path = out,
		.err_path = err_path,
		.pm_id = inst->pm_id,
		.number = inst->number,
		.instances = (int)inst->app->instance_count,
		.restarts = inst->entry->now.restarts,
		.started_us = inst->entry->started_us,
	};
}

static int clone_into(struct instance *inst, const struct identity *identity, const int ends[2])
{
	const struct keeper_header *header = keeper_link_header(inst->context->link);
	_cleanup_(mem_freep) char *out = app_path(inst->app, APP_OUT, inst->pm_id);
	_cleanup_(mem_freep) char *err_path = app_path(inst->app, APP_ERR, inst->pm_id);
	_cleanup_(mem_freep) char *pid_path = app_path(inst->app, APP_PID, inst->pm_id);
	_cleanup_(fdio_closep) int cgroup_fd = -1;
	_cleanup_(program_done) struct program program = {0};
	struct program_facts facts;
	char marker[64];
	int report_fd, r;
	pid_t pid;

	if (inst->context->cgroup)
		cgroup_fd = cgroup_slot_fd(inst->context->cgroup, inst->slot);
	declare_intent(inst);
	instance_start_marker(inst, marker, sizeof(marker));
	facts = instance_start_facts(inst, identity, marker, out, err_path);
	program_init(&program, &facts);
	r = program_size_check(&program, &inst->app->spec, &inst->trouble);
	if (r < 0) {
		atomic_store(&instance_slot(inst)->state, SLOT_FREE);
		return r;
	}
	r = spawn_process(&(struct spawn){.spec = &inst->app->spec,
					  .program = &program,
					  .identity = identity,
					  .area = inst->context->area,
					  .slot = instance_slot(inst),
					  .pid_path = pid_path,
					  .out_fd = ends[0],
					  .err_fd = ends[1],
					  .cgroup_fd = cgroup_fd,
					  .app_nofile = header->app_nofile,
					  .app_oom_adj = header->app_oom_adj,
					  .our_oom_adj = inst->context->oom_score_adj,
					  .app_umask = (mode_t)header->app_umask},
			  &report_fd, &pid);
	if (r < 0)
		atomic_store(&instance_slot(inst)->state, SLOT_FREE);
	else
		after_clone(inst, pid, report_fd);
	return r;
}

/* Who is nobody else is not looked for in the system's user database. */
static int find_identity(struct instance *inst, struct identity *ret_identity)
{
	const struct app_spec *spec = &inst->app->spec;

	*ret_identity = (struct identity){0};
	return spec->uid || spec->gid
		       ? identity_resolve(spec->uid, spec->gid, ret_identity, &inst->trouble)
		       : 0;
}

static const char *why_not_now(const struct run_context *context)
{
	if (context->keeper_gone)
		return "there is no keeper: nothing can be started";
	if (context->clearing)
		return "processes of a lost daemon are being ended first";
	return context->safe ? "safe mode: `pmc daemon resume` leaves it" : NULL;
}

enum instance_start_result instance_start_process(struct instance *inst)
{
	struct identity identity;
	int ends[2], r;

	inst->trouble = (struct pmc_error){0};
	free(inst->stderr_tail);
	inst->stderr_tail = NULL;
	if (why_not_now(inst->context)) {
		pmc_error_set(&inst->trouble, -EAGAIN, "%s", why_not_now(inst->context));
		return INSTANCE_START_LATER;
	}
	if (find_identity(inst, &identity) < 0)
		return INSTANCE_START_NEVER;
	if (instance_logs_open(inst, ends, &inst->trouble) < 0)
		return INSTANCE_START_LATER;
	r = clone_into(inst, &identity, ends);
	close(ends[0]);
	close(ends[1]);
	if (r == -E2BIG)
		return INSTANCE_START_NEVER;
	if (r < 0) {
		pmc_error_errno(&inst->trouble, r, "cannot fork");
		return INSTANCE_START_LATER;
	}
	return INSTANCE_STARTED;
}
