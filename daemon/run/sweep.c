#include "daemon/run/sweep.h"

#include <string.h>

#include "daemon/run/sweep_walk.h"
#include "shared/base/mem.h"

struct request {
	struct request *next;
	struct sweep_target target;
	struct sweep_result result;
	sweep_fn fn; /* NULL: the owner went away */
	void *owner;
};

struct sweep {
	uv_loop_t *loop;
	uv_work_t work;
	char home_id[16];
	struct request *waiting, *running;
	bool busy;
};

static void begin(struct sweep *sweep);

static void on_pool(uv_work_t *work)
{
	struct sweep *sweep = container_of(work, struct sweep, work);

	struct sweep_walk_item *items;
	size_t count = 0, i = 0;

	for (struct request *r = sweep->running; r; r = r->next)
		count++;
	items = mem_zalloc(count * sizeof(*items));
	for (struct request *r = sweep->running; r; r = r->next, i++)
		items[i] = (struct sweep_walk_item){&r->target, &r->result};
	sweep_walk(sweep->home_id, items, count);
	free(items);
}

static void on_done(uv_work_t *work, int status)
{
	struct sweep *sweep = container_of(work, struct sweep, work);
	struct request *done = sweep->running, *next;

	sweep->running = NULL;
	sweep->busy = false;
	for (; done; done = next) {
		next = done->next;
		if (done->fn)
			done->fn(&done->result, done->owner);
		free(done);
	}
	begin(sweep);
}

static void begin(struct sweep *sweep)
{
	if (sweep->busy || !sweep->waiting)
		return;
	sweep->running = sweep->waiting;
	sweep->waiting = NULL;
	sweep->busy = true;
	uv_queue_work(sweep->loop, &sweep->work, on_pool, on_done);
}

struct sweep *sweep_create(uv_loop_t *loop, const char *home_id)
{
	struct sweep *sweep = mem_zalloc(sizeof(*sweep));

	sweep->loop = loop;
	strncpy(sweep->home_id, home_id, sizeof(sweep->home_id) - 1);
	return sweep;
}

void sweep_kill(struct sweep *sweep, const struct sweep_target *target, sweep_fn fn, void *owner)
{
	struct request *request = mem_zalloc(sizeof(*request));

	request->target = *target;
	request->result.seq = target->seq;
	request->fn = fn;
	request->owner = owner;
	request->next = sweep->waiting;
	sweep->waiting = request;
	begin(sweep);
}

void sweep_forget(struct sweep *sweep, void *owner)
{
	struct request *lists[] = {sweep->waiting, sweep->running};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (struct request *r = lists[i]; r; r = r->next)
			if (r->owner == owner)
				r->fn = NULL;
}

void sweep_destroy(struct sweep *sweep)
{
	free(sweep);
}
