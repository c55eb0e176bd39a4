#include "daemon/loop/handles.h"

#include <assert.h>

#include "shared/base/mem.h"

/* One member. While open it hangs on its group; while closing it hangs on the loop (loop->data is
 * ours), because the close callback knows only handle and loop, and handle->data stays the owner's
 * until the end. libuv calls back the handle closed last first, so the search there ends at the
 * first entry. */
struct handles_entry {
	struct handles_entry *next;
	struct handles *group;
	uv_handle_t *handle;
	void (*on_closed)(void *owner);
	void *owner;
};

/* Takes the entry of `handle` out of the list; NULL if it is not there. */
static struct handles_entry *unlink_entry(struct handles_entry **list, const uv_handle_t *handle)
{
	for (struct handles_entry **at = list; *at; at = &(*at)->next) {
		struct handles_entry *entry = *at;

		if (entry->handle != handle)
			continue;
		*at = entry->next;
		return entry;
	}
	return NULL;
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct handles_entry *closing = handle->loop->data;
	_cleanup_(mem_freep) struct handles_entry *entry = unlink_entry(&closing, handle);
	struct handles *group;

	assert(entry);
	handle->loop->data = closing;
	group = entry->group;
	group->open--;
	if (entry->on_closed)
		entry->on_closed(entry->owner);
	if (group->closing && group->open == 0 && group->on_closed)
		group->on_closed(group->owner); /* the group may be gone from here on */
}

static void begin_close(struct handles_entry *entry)
{
	uv_loop_t *loop = entry->handle->loop;

	entry->next = loop->data;
	loop->data = entry;
	uv_close(entry->handle, on_handle_closed);
}

static struct handles_entry *add(struct handles *group, uv_handle_t *handle, void *owner)
{
	struct handles_entry *entry = mem_zalloc(sizeof(*entry));

	assert(!group->closing);
	handle->data = owner;
	entry->handle = handle;
	entry->group = group;
	entry->next = group->first;
	group->first = entry;
	group->open++;
	return entry;
}

void handles_init(struct handles *group, uv_loop_t *loop)
{
	*group = (struct handles){.loop = loop};
}

void handles_timer(struct handles *group, uv_timer_t *timer, void *owner)
{
	uv_timer_init(group->loop, timer);
	add(group, (uv_handle_t *)timer, owner);
}

void handles_check(struct handles *group, uv_check_t *check, void *owner)
{
	uv_check_init(group->loop, check);
	add(group, (uv_handle_t *)check, owner);
}

void handles_prepare(struct handles *group, uv_prepare_t *prepare, void *owner)
{
	uv_prepare_init(group->loop, prepare);
	add(group, (uv_handle_t *)prepare, owner);
}

void handles_idle(struct handles *group, uv_idle_t *idle, void *owner)
{
	uv_idle_init(group->loop, idle);
	add(group, (uv_handle_t *)idle, owner);
}

int handles_poll(struct handles *group, uv_poll_t *poll, int fd, void *owner)
{
	int rc = uv_poll_init(group->loop, poll, fd);

	if (rc == 0)
		add(group, (uv_handle_t *)poll, owner);
	return rc;
}

int handles_async(struct handles *group, uv_async_t *async, uv_async_cb cb, void *owner)
{
	int rc = uv_async_init(group->loop, async, cb);

	if (rc == 0)
		add(group, (uv_handle_t *)async, owner);
	return rc;
}

int handles_signal(struct handles *group, uv_signal_t *signal, void *owner)
{
	int rc = uv_signal_init(group->loop, signal);

	if (rc == 0)
		add(group, (uv_handle_t *)signal, owner);
	return rc;
}

int handles_pipe(struct handles *group, uv_pipe_t *pipe, int fd, void *owner)
{
	int rc = uv_pipe_init(group->loop, pipe, 0);

	if (rc < 0)
		return rc;
	add(group, (uv_handle_t *)pipe, owner);
	return fd >= 0 ? uv_pipe_open(pipe, fd) : 0;
}

void handles_drop(struct handles *group, uv_handle_t *handle, void (*cb)(void *owner), void *owner)
{
	struct handles_entry *entry = unlink_entry(&group->first, handle);

	assert(entry);
	entry->on_closed = cb;
	entry->owner = owner;
	begin_close(entry);
}

/* A handle of our own, closed with the others: so the end always comes in a later turn, also for an
 * empty group. */
static void add_last(struct handles *group)
{
	uv_timer_t *timer = mem_zalloc(sizeof(*timer));
	struct handles_entry *entry;

	uv_timer_init(group->loop, timer);
	entry = add(group, (uv_handle_t *)timer, NULL);
	entry->on_closed = free;
	entry->owner = timer;
}

void handles_close(struct handles *group, void (*on_closed)(void *owner), void *owner)
{
	if (group->closing)
		return;
	add_last(group);
	group->closing = true;
	group->on_closed = on_closed;
	group->owner = owner;
	while (group->first) {
		struct handles_entry *entry = group->first;

		group->first = entry->next;
		begin_close(entry);
	}
}
