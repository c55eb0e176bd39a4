#include "daemon/log/hang.h"

#include <assert.h>

#include "daemon/loop/handles.h"
#include "shared/base/clock.h"

#define HANG_NS (HANG_MS * 1000000ull)

static void on_look(uv_timer_t *timer);

void hang_init(struct hang *hang, struct handles *handles, struct pump_shared *shared,
	       const struct hang_callbacks *callbacks)
{
	hang->shared = shared;
	hang->callbacks = *callbacks;
	handles_timer(handles, &hang->timer, hang);
}

void hang_add(struct hang *hang, struct pump *pump)
{
	assert(hang->count < HANG_PUMPS_MAX);
	hang->pumps[hang->count++].pump = pump;
}

void hang_watch(struct hang *hang)
{
	if (!uv_is_active((uv_handle_t *)&hang->timer))
		uv_timer_start(&hang->timer, on_look, HANG_MS, 0);
}

static void look_at(struct hang *hang, struct hang_pump *at)
{
	uint64_t turn_ns = atomic_load(&at->pump->turn_ns), now_ns = clock_now_ns();

	if (at->told_ns && at->told_ns != turn_ns) {
		at->told_ns = 0;
		hang->callbacks.on_end(at->pump, at->told, hang->callbacks.owner);
	}
	if (at->told_ns || turn_ns == 0 || now_ns < turn_ns + HANG_NS)
		return;
	at->told_ns = turn_ns;
	at->told = atomic_load(&at->pump->turn);
	hang->callbacks.on_hang(at->pump, at->told, hang->callbacks.owner);
}

static bool any_turn(const struct hang *hang)
{
	for (size_t i = 0; i < hang->count; i++)
		if (hang->pumps[i].told_ns || atomic_load(&hang->pumps[i].pump->turn_ns))
			return true;
	return false;
}

static void on_look(uv_timer_t *timer)
{
	struct hang *hang = timer->data;

	for (size_t i = 0; i < hang->count; i++)
		look_at(hang, &hang->pumps[i]);
	/* given up before the look: a turn that begins in between is seen, or asks again */
	atomic_store(&hang->shared->watched, false);
	if (any_turn(hang) && !atomic_exchange(&hang->shared->watched, true))
		hang_watch(hang);
}
