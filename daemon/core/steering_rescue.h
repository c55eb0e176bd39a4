/* steering_rescue: which waiting connections go to another instance. Pure.
 *
 * A lane's queue belongs to one instance: when it dies, or its event loop is blocked, others are
 *idle and its clients wait. With hand_over the daemon accepts for it and gives the connection to
 * another. The caller reads the queues (TCP_INFO's tcpi_unacked), accepts and hands over:
 *
 *	every STEERING_RESCUE_TICK_MS, while steering_rescue_ticks():
 *		read load[] · steering_rescue_tick() · while steering_rescue_next():
 *			accept one of `from` (EAGAIN: queued = 0; else queued - 1), give it to `to`,
 *			handed + 1 there, until it says it has it
 *	else poll the lanes for reading and begin with steering_rescue_wake().
 *
 * A connection whose source is a probe's (steering_probe_lane()) goes to that lane's instance,
 * whatever `to` says. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/steering.h"

#define STEERING_RESCUE_TICK_MS 5
#define STEERING_RESCUE_WATCH_MS                                                                   \
	1000			   /* ticks go on so long after the last one that found a queue */
#define STEERING_RESCUE_PATIENCE 2 /* ticks in a row that found a queue: its owner is stuck */

struct steering_load {
	uint32_t queued; /* wait in the lane */
	uint32_t handed; /* were given to its instance, which has not said yet that it has them */
};

struct steering_rescue {
	int64_t until_ms;
	uint8_t waited[STEERING_LANES_MAX]; /* ticks in a row */
};

struct steering_move {
	uint32_t from, to;
};

/* A lane became readable: begin to tick. */
void steering_rescue_wake(struct steering_rescue *rescue, int64_t now_ms);

/* Tick again, or may the caller wait for a lane to become readable? */
bool steering_rescue_ticks(const struct steering_rescue *rescue, int64_t now_ms);

/* Note which lanes have a queue now; load[] is by lane. */
void steering_rescue_tick(struct steering_rescue *rescue, const struct steering *st,
			  const struct steering_load *load, int64_t now_ms);

/* The next connection to hand over, if there is one. From a lane without an owner: at once, to the
 * least loaded in the rotation. From a stuck owner: to one that has nothing else to do; not with
 * STICKY, whose clients would find a stranger there. From a GATED one never: those are probes. */
bool steering_rescue_next(const struct steering_rescue *rescue, const struct steering *st,
			  const struct steering_load *load, struct steering_move *ret_move);
