#include "daemon/run/errand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log/log.h"
#include "daemon/run/instance_stop.h"
#include "daemon/run/supervisor_private.h"
#include "shared/base/fdio.h"

int errand_send_line(struct supervisor *sup, int pm_id, const char *line, struct pmc_error *err)
{
	struct instance *inst = roster_find(sup, pm_id);
	_cleanup_(mem_freep) char *text = mem_printf("%s\n", line);
	_cleanup_(fdio_closep) int fd = -1;
	char path[32];
	ssize_t n;

	if (!inst || instance_pid(inst) <= 0)
		return pmc_error_set(err, -ESRCH, "it does not run");
	snprintf(path, sizeof(path), "/proc/%d/fd/0", instance_pid(inst));
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return pmc_error_errno(err, -errno, "cannot open its stdin");
	n = write(fd, text, strlen(text));
	if (n < 0)
		return pmc_error_errno(err, -errno, "cannot write to its stdin");
	if ((size_t)n < strlen(text))
		return pmc_error_set(err, -EAGAIN,
				     "its stdin took only %zd of %zu bytes: it does not read", n,
				     strlen(text));
	return 0;
}

int errand_signal(struct supervisor *sup, int pm_id, int signal)
{
	struct instance *inst = roster_find(sup, pm_id);

	return inst ? instance_stop_send(inst, signal) : -ESRCH;
}

void errand_reset(struct supervisor *sup, int pm_id)
{
	struct instance *inst = roster_find(sup, pm_id);
	struct slot_now now;

	if (!inst)
		return;
	now = inst->entry->now;
	now.restarts = now.unstable = 0;
	restart_policy_reset(&now.life.history);
	slots_commit(inst->entry, &now);
	inst->entry->created_us = 0;
}

void errand_flush_log(struct supervisor *sup, const char *path, void (*fn)(void *owner),
		      void *owner)
{
	log_flush(sup->context.log, path, fn, owner);
}

void errand_reopen_logs(struct supervisor *sup)
{
	log_reopen(sup->context.log);
}
