#include "daemon/run/leftovers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/run/procfs.h"
#include "daemon/run/signals.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"

struct search {
	char marker[32];
	struct leftover *list;
	size_t count, max;
};

static int look_at(int pid, void *arg)
{
	struct search *search = arg;
	struct leftover *found = &search->list[search->count];
	struct procfs_stat stat;
	char value[64];

	if (pid == getpid() ||
	    procfs_environ_find(pid, search->marker, value, sizeof(value)) != 1 ||
	    procfs_read_stat(pid, &stat) < 0 || stat.state == 'Z')
		return 0;
	*found = (struct leftover){.pid = pid, .start_ticks = stat.start_ticks};
	memcpy(found->comm, stat.comm, sizeof(found->comm));
	return ++search->count == search->max;
}

size_t leftovers_find(const char *home_id, struct leftover *ret, size_t max)
{
	struct search search = {.list = ret, .max = max};

	snprintf(search.marker, sizeof(search.marker), "PMC_INSTANCE=%.8s.", home_id);
	procfs_each(look_at, &search);
	return search.count;
}

struct job {
	uv_work_t work;
	struct leftover *list;
	size_t count;
	void (*fn)(void *owner);
	void *owner;
};

static void wait_for(const struct leftover *leftover, int64_t deadline_ms)
{
	_cleanup_(fdio_closep) int fd = signals_open_pid(leftover->pid);
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int64_t left = deadline_ms - clock_now_ms();
	struct procfs_stat stat;

	if (fd < 0 || procfs_read_stat(leftover->pid, &stat) < 0 ||
	    stat.start_ticks != leftover->start_ticks)
		return;
	if (poll(&poll_fd, 1, left > 0 ? (int)left : 0) == 0)
		signals_send(fd, SIGKILL);
}

static void on_pool(uv_work_t *work)
{
	struct job *job = container_of(work, struct job, work);
	int64_t deadline_ms = clock_now_ms() + LEFTOVERS_GRACE_MS;

	for (size_t i = 0; i < job->count; i++)
		signals_send_pid(job->list[i].pid, job->list[i].start_ticks, SIGTERM);
	for (size_t i = 0; i < job->count; i++)
		wait_for(&job->list[i], deadline_ms);
}

static void on_done(uv_work_t *work, int status)
{
	struct job *job = container_of(work, struct job, work);

	job->fn(job->owner);
	free(job->list);
	free(job);
}

void leftovers_end(uv_loop_t *loop, const struct leftover *list, size_t count,
		   void (*fn)(void *owner), void *owner)
{
	struct job *job = mem_zalloc(sizeof(*job));

	job->list = mem_dup(list, count * sizeof(*list));
	job->count = count;
	job->fn = fn;
	job->owner = owner;
	uv_queue_work(loop, &job->work, on_pool, on_done);
}
