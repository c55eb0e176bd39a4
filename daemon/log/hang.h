/* hang: notices on the main loop that a thread of the pump does not come back from a file system.
 *
 * A disk that answers with an error is the stream's own business; one that does not answer at all
 * leaves nobody there to say so. Looks only while there are turns, so that nothing wakes up when
 * nothing is written. It ends nothing: the thread goes on when the disk does. */
#pragma once
#include <uv.h>

#include "daemon/log/pump.h"

struct handles;

#define HANG_PUMPS_MAX 16
/* A turn that takes longer is told; the look comes as often, so it is told within twice that. */
#define HANG_MS 3000

struct hang_callbacks {
	void (*on_hang)(struct pump *pump, struct stream *stream, void *owner);
	void (*on_end)(struct pump *pump, struct stream *stream, void *owner);
	void *owner;
};

struct hang {
	struct pump_shared *shared;
	struct hang_callbacks callbacks;
	uv_timer_t timer;
	struct hang_pump {
		struct pump *pump;
		struct stream *told; /* may be gone by now: a name, not to be looked into */
		uint64_t told_ns;    /* that turn; 0: none */
	} pumps[HANG_PUMPS_MAX];
	size_t count;
};

void hang_init(struct hang *hang, struct handles *handles, struct pump_shared *shared,
	       const struct hang_callbacks *callbacks);
void hang_add(struct hang *hang, struct pump *pump);

/* A thread asked to be watched (pump_shared.watch): begin to look, if nobody does. */
void hang_watch(struct hang *hang);
