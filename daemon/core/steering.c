#include "daemon/core/steering.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum steering_balance steering_possible(enum steering_balance wanted,
					enum steering_transport transport, uint32_t lanes,
					bool can_attach)
{
	switch (wanted) {
	case BALANCE_EVEN:
	case BALANCE_STICKY:
		if (transport == TRANSPORT_UNIX || lanes > STEERING_LANES_MAX || !can_attach)
			return BALANCE_SHARED;
		return wanted;
	case BALANCE_RR:
		return transport == TRANSPORT_UDP ? BALANCE_SHARED : BALANCE_RR;
	case BALANCE_SHARED:
		break;
	}
	return BALANCE_SHARED;
}

uint32_t steering_pool(enum steering_balance balance, uint32_t instances, uint32_t parallel,
		       uint32_t canaries)
{
	uint32_t spares = parallel > 1 ? parallel : 1;

	if (balance == BALANCE_SHARED || balance == BALANCE_RR)
		return 1;
	return instances + spares + canaries;
}

int steering_add(struct steering *st, uint32_t count)
{
	if (count > STEERING_LANES_MAX - st->lane_count)
		return -E2BIG;
	for (uint32_t i = 0; i < count; i++)
		st->lane[st->lane_count++] =
			(struct steering_lane){.state = LANE_FREE, .weight = 1};
	return 0;
}

bool steering_serves(const struct steering *st)
{
	for (uint32_t i = 0; i < st->lane_count; i++)
		if ((st->lane[i].state == LANE_ADMITTED && st->lane[i].weight > 0) ||
		    st->lane[i].state == LANE_CANARY)
			return true;
	return false;
}

/* How much a state is wanted for parking; the states of a group that serves have no say. */
static unsigned parking_rank(enum steering_lane_state state, bool hand_over)
{
	switch (state) {
	case LANE_FREE: /* without hand-over perhaps for ever without an owner */
		return hand_over ? 5 : 2;
	case LANE_ORPHANED:
		return 4;
	case LANE_GATED:
		return hand_over ? 2 : 5;
	case LANE_DRAINING:
		return 3;
	case LANE_ADMITTED: /* of weight 0 */
	case LANE_CANARY:
		return 1;
	}
	return 0;
}

uint32_t steering_parking(const struct steering *st)
{
	uint32_t best = 0;

	assert(st->lane_count > 0);
	for (uint32_t i = 1; i < st->lane_count; i++)
		if (parking_rank(st->lane[i].state, st->hand_over) >
		    parking_rank(st->lane[best].state, st->hand_over))
			best = i;
	return best;
}

/* How well lane `i` suits a new instance of `slot`; 0: not at all. */
static uint64_t suits(const struct steering *st, uint32_t i, uint32_t slot, uint32_t queued)
{
	const struct steering_lane *lane = &st->lane[i];
	bool parks = !steering_serves(st) && steering_parking(st) == i;

	if (lane->state != LANE_FREE && lane->state != LANE_ORPHANED)
		return 0;
	if (st->hand_over) /* its queue goes to others, so it has to be empty and to stay so */
		return queued > 0 || parks ? 0 : lane->state == LANE_FREE ? 2 : 1;
	if (lane->state == LANE_ORPHANED)
		return lane->slot == slot ? UINT64_MAX : 0;
	return 1 + (uint64_t)queued;
}

int steering_take(struct steering *st, uint32_t slot, const uint32_t *queued, uint32_t *ret_lane)
{
	uint64_t best = 0;
	uint32_t found = 0;

	for (uint32_t i = 0; i < st->lane_count; i++) {
		uint64_t rank = suits(st, i, slot, queued[i]);

		if (rank > best) {
			best = rank;
			found = i;
		}
	}
	if (best == 0)
		return -ENOBUFS;
	st->lane[found] = (struct steering_lane){
		.state = LANE_GATED, .slot = slot, .weight = 1, .turn = ++st->turns};
	*ret_lane = found;
	return 0;
}

/* The index of the probe from there; probe_count: none. */
static uint32_t find_probe(const struct steering *st, const struct steering_probe *probe)
{
	uint32_t i;

	for (i = 0; i < st->probe_count; i++) {
		const struct steering_probe *other = &st->probe[i];

		if (other->port == probe->port && other->ipv6 == probe->ipv6 &&
		    memcmp(other->address, probe->address, probe->ipv6 ? 16 : 4) == 0)
			break;
	}
	return i;
}

int steering_probe(struct steering *st, const struct steering_probe *probe)
{
	assert(probe->lane < st->lane_count);
	if (find_probe(st, probe) < st->probe_count)
		return -EBUSY;
	if (st->probe_count == STEERING_PROBES_MAX)
		return -ENOBUFS;
	st->probe[st->probe_count++] = *probe;
	return 0;
}

void steering_unprobe(struct steering *st, const struct steering_probe *probe)
{
	uint32_t found = find_probe(st, probe);

	if (found < st->probe_count)
		st->probe[found] = st->probe[--st->probe_count];
}

int steering_probe_lane(const struct steering *st, const struct steering_probe *source)
{
	uint32_t found = find_probe(st, source);

	return found < st->probe_count ? (int)st->probe[found].lane : -ENOENT;
}
