#include "daemon/run/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/run/spawn_area.h"
#include "daemon/run/spawn_child.h"
#include "shared/base/str.h"
#include "shared/option/option_limits.h"

#define CLONE_FLAGS (CLONE_PARENT | CLONE_PARENT_SETTID)

/* Not fork(): its handlers, and its idea of who the parent is, are not ours. Signals stay blocked
 * in the child until its handlers are reset, so that none of the engine's ever runs there. */
static pid_t clone_for_keeper(struct keeper_slot *slot)
{
	return (pid_t)syscall(SYS_clone, (unsigned long)CLONE_FLAGS, 0, &slot->pid, 0, 0);
}

/* The same, born in its cgroup. Negative where the kernel or a container's filter does not know it.
 */
static pid_t clone_into_cgroup(const struct spawn *spawn)
{
	struct clone_args args = {
		.flags = CLONE_FLAGS | CLONE_INTO_CGROUP,
		.parent_tid = (uintptr_t)&spawn->slot->pid,
		.cgroup = (uint64_t)spawn->cgroup_fd,
	};

	return spawn->cgroup_fd < 0 ? -1 : (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int spawn_process(const struct spawn *spawn, int *ret_report_fd, pid_t *ret_pid)
{
	sigset_t all, before;
	struct spawn seen = *spawn;
	int report[2], error;
	bool in_cgroup;
	pid_t pid;

	if (spawn->area && spawn_area_lay(spawn->area, spawn, &seen) < 0)
		return -E2BIG;
	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = clone_into_cgroup(spawn);
	in_cgroup = pid >= 0;
	if (!in_cgroup)
		pid = clone_for_keeper(spawn->slot);
	if (pid == 0)
		spawn_child_run(&seen, in_cgroup);
	error = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		return -error;
	}
	*ret_report_fd = report[0];
	*ret_pid = pid;
	return 0;
}

const char *spawn_step_word(uint32_t step)
{
	static const char *const words[SPAWN_STEPS] = {
		[SPAWN_BEGIN] = "fork",	   [SPAWN_SETSID] = "setsid",
		[SPAWN_CGROUP] = "cgroup", [SPAWN_LIMITS] = "setrlimit",
		[SPAWN_NICE] = "nice",	   [SPAWN_OOM] = "oom_score_adj",
		[SPAWN_STDIO] = "stdio",   [SPAWN_GROUPS] = "setgroups",
		[SPAWN_GID] = "setgid",	   [SPAWN_UID] = "setuid",
		[SPAWN_CHDIR] = "chdir",   [SPAWN_SCRIPT] = "looking at the script",
		[SPAWN_EXEC] = "exec",
	};

	return step < SPAWN_STEPS ? words[step] : "setrlimit";
}

static const char *program_name(const struct app_spec *spec)
{
	if (spec->interpreter && spec->interpreter[0] && !str_equal(spec->interpreter, "none"))
		return spec->interpreter;
	return spec->script;
}

static void explain_limit(int limit, int error, struct pmc_error *err)
{
	pmc_error_errno(err, -error, "set limit %s", option_limits_name((enum spec_limit)limit));
	pmc_error_hint(err, "only root may raise a limit above the hard one (ulimit -H)");
}

void spawn_explain(const struct app_spec *spec, enum spawn_step step, int error,
		   struct pmc_error *err)
{
	if (step >= SPAWN_LIMIT_FIRST && step < SPAWN_LIMIT_FIRST + SPEC_LIMIT_COUNT) {
		explain_limit((int)step - SPAWN_LIMIT_FIRST, error, err);
		return;
	}
	switch (step) {
	case SPAWN_CHDIR:
		pmc_error_errno(err, -error, "chdir %s", spec->cwd ? spec->cwd : "/");
		return;
	case SPAWN_SCRIPT:
		pmc_error_errno(err, -error, "script %s", spec->script);
		return;
	case SPAWN_EXEC:
		pmc_error_errno(err, -error, "exec %s", program_name(spec));
		if (error == ENOENT && spec->interpreter)
			pmc_error_hint(err, "is it installed, and in the PATH of the app?");
		else if (error == EACCES)
			pmc_error_hint(err,
				       "is it executable (chmod +x), and may the user reach it?");
		else if (error == ENOEXEC)
			pmc_error_hint(err, "it begins with no #! line: name an `interpreter`");
		return;
	case SPAWN_GROUPS:
	case SPAWN_GID:
	case SPAWN_UID:
		pmc_error_errno(err, -error, "become user %s%s%s", spec->uid ? spec->uid : "",
				spec->gid ? " group " : "", spec->gid ? spec->gid : "");
		pmc_error_hint(err, "only root may start apps as another user");
		return;
	case SPAWN_NICE:
		pmc_error_errno(err, -error, "set nice %d", (int)spec->nice);
		return;
	case SPAWN_OOM:
		pmc_error_errno(err, -error, "set oom_score_adj %d", (int)spec->oom_score_adj);
		pmc_error_hint(err, "only root may make an app less likely to be killed");
		return;
	case SPAWN_CGROUP:
		pmc_error_errno(err, -error, "enter the cgroup");
		return;
	case SPAWN_STDIO:
		pmc_error_errno(err, -error, "set up stdin, stdout, stderr");
		return;
	case SPAWN_BEGIN:
	case SPAWN_SETSID:
	case SPAWN_LIMITS:
	case SPAWN_STEPS:
	case SPAWN_LIMIT_FIRST:
		break;
	}
	pmc_error_errno(err, -error, "start the process");
}
