/* steering: which instance gets the next connection. The description of an app's lanes, pure.
 *
 * A lane is one listening socket of a reuseport group; its index in the group is its index here,
 * and the order in which the lanes began to listen (UDP: were bound). The owner of the sockets
 * (run/lanes) keeps one struct steering for each group, says what became of a lane, and after every
 * change has steering_program build the kernel's program and attaches it. Lanes are only ever
 * added, at the end: closing one would lose its queue and give its index to another. Nothing here
 * opens, reads or closes a socket. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* More instances than this share one socket. With so many lanes and probes the longest program
 * still has fewer than STEERING_PROGRAM_MAX instructions. */
#define STEERING_LANES_MAX 256
#define STEERING_PROBES_MAX 64

enum steering_balance {
	BALANCE_EVEN,	/* a lane for each instance, by source port or by weight */
	BALANCE_STICKY, /* a lane for each instance, by source address */
	BALANCE_SHARED, /* one socket for all; no program */
	BALANCE_RR,	/* one socket, and the daemon accepts; no program */
};

enum steering_transport { TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_UNIX };

enum steering_lane_state {
	LANE_FREE,     /* a spare: nobody has it */
	LANE_ORPHANED, /* its instance died; what waits in it is for the slot's next one */
	LANE_GATED,    /* has an instance that no client shall reach yet */
	LANE_ADMITTED, /* in the rotation */
	LANE_CANARY,   /* gets the canary's share */
	LANE_DRAINING, /* its instance gets nothing new */
};

struct steering_lane {
	enum steering_lane_state state;
	uint32_t slot;	 /* number of its instance; ORPHANED: of the dead one */
	uint16_t weight; /* ADMITTED: its part with BALANCE_EVEN; 0: nothing at all */
	uint64_t turn;	 /* counts takes: of two instances of one slot the younger has the higher */
};

/* A probe's connection: whatever comes from this address and port goes to `lane`. */
struct steering_probe {
	uint32_t lane;
	uint16_t port;
	bool ipv6;
	uint8_t address[16]; /* as in the packet; IPv4: the first 4 */
};

/* All zero: an even TCP group without lanes. */
struct steering {
	enum steering_balance balance; /* what is done: see steering_possible() */
	enum steering_transport transport;
	bool hand_over;	     /* what waits in a lane can be given to another instance (Node, TCP) */
	bool by_network;     /* STICKY: IPv6 clients by their /64, not by their whole address */
	uint32_t salt;	     /* STICKY: random, one for the life of the app */
	uint32_t canary_ppm; /* the canary's share of new connections, of a million */
	uint32_t lane_count, probe_count;
	uint64_t turns;
	struct steering_lane lane[STEERING_LANES_MAX];
	struct steering_probe probe[STEERING_PROBES_MAX];
};

/* What can be done of what the user wants: Unix sockets have no groups, datagrams are not accepted,
 * and above STEERING_LANES_MAX lanes or without programs (`can_attach`, tried at start on a
 * throw-away port) one socket serves all. */
enum steering_balance steering_possible(enum steering_balance wanted,
					enum steering_transport transport, uint32_t lanes,
					bool can_attach);

/* Sockets to make at the first listen(): one for each instance, a spare, and one for each reload
 * step that runs beside another and for each canary. 1 with SHARED and RR. */
uint32_t steering_pool(enum steering_balance balance, uint32_t instances, uint32_t parallel,
		       uint32_t canaries);

/* `count` more lanes began to listen, after all others: they are FREE, with weight 1.
 * -E2BIG: more than STEERING_LANES_MAX; none was added. */
int steering_add(struct steering *st, uint32_t count);

/* A lane for a new instance of `slot`; it is GATED then. `queued[i]`: connections that wait in lane
 * i. With hand_over it is an empty one; without, if possible the one that the slot's dead instance
 * left, with all that waits in it, else the one with most waiting.
 * -ENOBUFS: none; add one, or wait until the queue of a free one was handed over. */
int steering_take(struct steering *st, uint32_t slot, const uint32_t *queued, uint32_t *ret_lane);

/* Does anybody get new connections? */
bool steering_serves(const struct steering *st);

/* Where new connections wait while steering_serves() is false: a lane nobody has; without hand_over
 * the one whose next owner will serve them. The group has a lane. */
uint32_t steering_parking(const struct steering *st);

/* Send what comes from the probe's address and port to its lane, until steering_unprobe().
 * -ENOBUFS: STEERING_PROBES_MAX run. -EBUSY: that address and port is a probe's already. */
int steering_probe(struct steering *st, const struct steering_probe *probe);
void steering_unprobe(struct steering *st, const struct steering_probe *probe);

/* The lane of the probe from there, or -ENOENT: it is a client. `source.lane` is not looked at. */
int steering_probe_lane(const struct steering *st, const struct steering_probe *source);
