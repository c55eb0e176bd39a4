#include "daemon/run/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/keeper/keeper_link.h"
#include "daemon/run/context.h"
#include "daemon/run/ending.h"
#include "daemon/run/instance.h"
#include "daemon/run/instance_start.h"
#include "daemon/run/procfs.h"
#include "daemon/run/program.h"
#include "daemon/run/spawn.h"
#include "daemon/run/trouble.h"
#include "shared/base/clock.h"
#include "shared/base/str.h"
#include "shared/base/units.h"

static bool has_ended(const struct slot_entry *entry)
{
	return entry->now.ended_seq != 0;
}

static void append_end(struct str *text, const struct slot_entry *entry)
{
	ending_append(text, entry->exit_code, entry->exit_signal, entry->exit_core, entry->life_ms);
}

/* What is kept of a failed start survives the engine as step and errno only. */
static void append_trouble(struct str *text, const struct instance *inst)
{
	struct pmc_error err = inst->trouble;

	if (!err.code && inst->entry->exec_errno)
		spawn_explain(&inst->app->spec, (enum spawn_step)inst->entry->exec_step,
			      inst->entry->exec_errno, &err);
	str_append(text, err.code ? err.message : "it could not be started");
}

char *facts_reason(const struct instance *inst)
{
	const struct slot_entry *entry = inst->entry;
	const struct app_spec *spec = &inst->app->spec;
	_cleanup_(str_done) struct str text = {0};

	switch ((enum lifecycle_reason)entry->now.life.reason) {
	case REASON_EXEC:
		append_trouble(&text, inst);
		return str_steal(&text);
	case REASON_CRASH_LOOP:
		str_appendf(&text, "%lld %s shorter than ", /* with 0 the first is one too many */
			    (long long)(spec->max_restarts ? spec->max_restarts : 1),
			    spec->max_restarts > 1 ? "lives" : "life");
		units_human_duration(&text, spec->min_uptime_ms);
		str_append(&text, " within ");
		units_human_duration(&text, spec->restart_window_ms);
		str_append(&text, "; the last: ");
		append_end(&text, entry);
		return str_steal(&text);
	case REASON_CRASH:
	case REASON_STOP_EXIT_CODE:
	case REASON_NO_AUTORESTART:
		if (inst->trouble.code)
			append_trouble(&text, inst);
		else if (has_ended(entry))
			append_end(&text, entry);
		else
			return NULL;
		return str_steal(&text);
	case REASON_NONE:
	case REASON_OPERATOR:
	case REASON_DAEMON:
		break;
	}
	if (!inst->trouble.code)
		return NULL;
	append_trouble(&text, inst);
	return str_steal(&text);
}

static void fill_whole(const struct instance *inst, struct facts *facts)
{
	facts->out_path = app_path(inst->app, APP_OUT, inst->pm_id);
	facts->err_path = app_path(inst->app, APP_ERR, inst->pm_id);
	facts->log_path = app_path(inst->app, APP_LOG, inst->pm_id);
	facts->pid_path = app_path(inst->app, APP_PID, inst->pm_id);
	if (has_ended(inst->entry)) {
		facts->last_cause =
			lifecycle_reason_word((enum lifecycle_reason)inst->entry->exit_reason);
		facts->last_code = inst->entry->exit_code;
		facts->last_signal = inst->entry->exit_signal;
		facts->last_core = inst->entry->exit_core;
		facts->last_exit_us = inst->entry->exit_us;
		facts->last_life_ms = inst->entry->life_ms;
	}
}

void facts_fill(struct instance *inst, bool whole, struct facts *ret_facts)
{
	const struct slot_entry *entry = inst->entry;
	const struct keeper_slot *slot = keeper_link_slot(inst->context->link, inst->slot);
	int64_t now_ms = clock_now_ms();
	struct facts facts = {
		.pm_id = inst->pm_id,
		.number = inst->number,
		.pid = instance_pid(inst),
		.state = instance_state(inst),
		.restarts = entry->now.restarts,
		.unstable_restarts = entry->now.unstable,
		.started_us = entry->started_us,
		.created_us = entry->created_us,
		.next_start_ms = -1,
		.spec = &inst->app->spec,
		.unique_id = inst->app->unique_id,
		.version = inst->app->spec.version,
		.stderr_tail = inst->stderr_tail,
		.log_trouble = inst->log_trouble,
		.last_code = -1,
		.last_signal = -1,
		.reason = facts_reason(inst),
		.process_trouble = trouble_text(inst, whole),
	};

	if (facts.pid > 0) {
		facts.uptime_ms = now_ms - entry->started_ms;
		facts.orphan = slot->flags & SLOT_ORPHAN;
	}
	if (facts.state == STATE_WAITING)
		facts.next_start_ms =
			entry->now.timer_ms > now_ms ? entry->now.timer_ms - now_ms : 0;
	facts.user = mem_strdup(facts.spec->uid ? facts.spec->uid : inst->context->user);
	if (whole)
		fill_whole(inst, &facts);
	*ret_facts = facts;
}

void facts_done(struct facts *facts)
{
	free(facts->reason);
	free(facts->user);
	free(facts->process_trouble);
	free(facts->out_path);
	free(facts->err_path);
	free(facts->log_path);
	free(facts->pid_path);
}

void facts_environment(struct instance *inst, struct keyval *ret_env)
{
	_cleanup_(mem_freep) char *out = app_path(inst->app, APP_OUT, inst->pm_id);
	_cleanup_(mem_freep) char *err = app_path(inst->app, APP_ERR, inst->pm_id);
	struct identity identity = {0};
	char marker[64];
	struct program_facts facts;

	identity_resolve(inst->app->spec.uid, inst->app->spec.gid, &identity, NULL);
	instance_start_marker(inst, marker, sizeof(marker));
	facts = instance_start_facts(inst, &identity, marker, out, err);
	program_environment(&facts, ret_env);
}

void facts_usage(struct instance *inst, double *ret_cpu_percent, int64_t *ret_memory_bytes)
{
	int64_t now_ms, since_ms;
	int pid = instance_pid(inst);
	uint64_t cpu_ns, pages;

	*ret_cpu_percent = 0;
	*ret_memory_bytes = 0;
	if (pid <= 0 || procfs_usage(pid, &cpu_ns, &pages) < 0)
		return;
	/* The time after the CPU's, and rounded up: in a life of some ms one thread would else
	 * seem to use more than one CPU. */
	now_ms = clock_now_ms() + 1;
	since_ms = inst->cpu_ms ? inst->cpu_ms : inst->entry->started_ms;
	if (now_ms > since_ms && cpu_ns >= inst->cpu_ns)
		*ret_cpu_percent =
			(double)(cpu_ns - inst->cpu_ns) / 10000.0 / (double)(now_ms - since_ms);
	*ret_memory_bytes = (int64_t)pages * sysconf(_SC_PAGESIZE);
	inst->cpu_ns = cpu_ns;
	inst->cpu_ms = now_ms - 1;
}
