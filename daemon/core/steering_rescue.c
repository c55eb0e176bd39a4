#include "daemon/core/steering_rescue.h"

void steering_rescue_wake(struct steering_rescue *rescue, int64_t now_ms)
{
	rescue->until_ms = now_ms + STEERING_RESCUE_WATCH_MS;
}

bool steering_rescue_ticks(const struct steering_rescue *rescue, int64_t now_ms)
{
	return now_ms < rescue->until_ms;
}

void steering_rescue_tick(struct steering_rescue *rescue, const struct steering *st,
			  const struct steering_load *load, int64_t now_ms)
{
	for (uint32_t i = 0; i < st->lane_count; i++) {
		if (load[i].queued == 0) {
			rescue->waited[i] = 0;
			continue;
		}
		if (rescue->waited[i] < STEERING_RESCUE_PATIENCE)
			rescue->waited[i]++;
		steering_rescue_wake(rescue, now_ms);
	}
}

static bool is_unowned(const struct steering_lane *lane)
{
	return lane->state == LANE_FREE || lane->state == LANE_ORPHANED;
}

static bool may_leave(const struct steering_rescue *rescue, const struct steering *st, uint32_t i)
{
	if (is_unowned(&st->lane[i]))
		return true;
	return st->lane[i].state != LANE_GATED && st->balance != BALANCE_STICKY &&
	       rescue->waited[i] >= STEERING_RESCUE_PATIENCE;
}

/* The least loaded lane of `state`; at most `most` may be waiting for it. */
static bool find_target(const struct steering *st, const struct steering_load *load,
			enum steering_lane_state state, uint64_t most, uint32_t *ret_to)
{
	bool found = false;

	for (uint32_t i = 0; i < st->lane_count; i++) {
		uint64_t waiting = (uint64_t)load[i].queued + load[i].handed;

		if (st->lane[i].state != state || waiting > most)
			continue;
		if (state == LANE_ADMITTED && st->lane[i].weight == 0)
			continue;
		if (found && waiting == most)
			continue; /* the first of equals */
		found = true;
		most = waiting;
		*ret_to = i;
	}
	return found;
}

static bool anybody_admitted(const struct steering *st, const struct steering_load *load)
{
	uint32_t lane;

	return find_target(st, load, LANE_ADMITTED, UINT64_MAX, &lane);
}

bool steering_rescue_next(const struct steering_rescue *rescue, const struct steering *st,
			  const struct steering_load *load, struct steering_move *ret_move)
{
	enum steering_lane_state state = anybody_admitted(st, load) ? LANE_ADMITTED : LANE_CANARY;

	if (!st->hand_over)
		return false;
	for (uint32_t from = 0; from < st->lane_count; from++) {
		uint64_t most = is_unowned(&st->lane[from]) ? UINT64_MAX : 0;
		uint32_t to = from;

		if (load[from].queued == 0 || !may_leave(rescue, st, from) ||
		    !find_target(st, load, state, most, &to))
			continue;
		*ret_move = (struct steering_move){.from = from, .to = to};
		return true;
	}
	return false;
}
