/* handles: groups of libuv handles that are embedded in one owner and end together.
 *
 * Nobody else calls uv_close(). The owner's memory may be freed only in the callback of
 * handles_close(). loop->data belongs to this module (it holds what is being closed) and must be
 * NULL at first. */
#pragma once
#include <stdbool.h>
#include <uv.h>

struct handles {
	uv_loop_t *loop;
	unsigned open; /* handles not yet closed */
	bool closing;
	void (*on_closed)(void *owner);
	void *owner;
	struct handles_entry *first;
};

void handles_init(struct handles *group, uv_loop_t *loop);

/* Initialise a handle as a member of the group, which must not be closing. `owner` becomes
 * handle->data. Where the result is negative the handle is no member, but for a pipe: that is one,
 * and only its fd was refused (and is still the caller's). */
void handles_timer(struct handles *group, uv_timer_t *timer, void *owner);
int handles_poll(struct handles *group, uv_poll_t *poll, int fd, void *owner);
int handles_async(struct handles *group, uv_async_t *async, uv_async_cb cb, void *owner);
int handles_signal(struct handles *group, uv_signal_t *signal, void *owner);
int handles_pipe(struct handles *group, uv_pipe_t *pipe, int fd,
		 void *owner); /* takes over the stream fd; -1: none yet */
void handles_check(struct handles *group, uv_check_t *check, void *owner);
void handles_prepare(struct handles *group, uv_prepare_t *prepare, void *owner);
void handles_idle(struct handles *group, uv_idle_t *idle, void *owner);

/* Close one open member early; `cb` (may be NULL) runs when its memory may go. */
void handles_drop(struct handles *group, uv_handle_t *handle, void (*cb)(void *owner), void *owner);

/* Close all that are open; then, never at once but in a later turn, call `on_closed(owner)`. A
 * second call is ignored. */
void handles_close(struct handles *group, void (*on_closed)(void *owner), void *owner);
