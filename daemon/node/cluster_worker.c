#include "daemon/node/cluster_worker.h"

#include <errno.h>

#include "shared/base/mem.h"

int cluster_worker_push(struct cluster_worker *worker, const struct cluster_worker_handle *handle)
{
	struct cluster_worker_handle *copy;

	if (worker->handles == CLUSTER_WORKER_HANDLES)
		return -ENOBUFS;
	copy = mem_dup(handle, sizeof(*handle));
	copy->next = NULL;
	*worker->last = copy;
	worker->last = &copy->next;
	worker->handles++;
	return 0;
}

void cluster_worker_pop(struct cluster_worker *worker)
{
	struct cluster_worker_handle *handle = worker->first;

	worker->first = handle->next;
	if (!worker->first)
		worker->last = &worker->first;
	worker->handles--;
	free(handle);
}

void cluster_worker_pop_all(struct cluster_worker *worker)
{
	while (worker->first)
		cluster_worker_pop(worker);
}
