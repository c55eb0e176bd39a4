/* strays: what ended leaders left behind, at no cost when nobody is left.
 *
 * The keeper is sub-reaper, so a process whose parent died is a child of the keeper at once. Its
 * list of children holds nothing but the engine, leaders and strays that were judged before: then
 * the trees are complete or gone, without a scan of /proc. A new child is judged once, by its
 * environment and its session, and remembered by pid and start time. It sends no signals. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keeper_link;
struct strays;

struct stray {
	int pid;
	uint64_t start_ticks;
	int slot;     /* -1: nobody's: it wiped its environment and left the session */
	uint64_t seq; /* of the life; 0: known by session only */
	char comm[64];
};

/* `home_id` is the first part of the marker in the environment (PMC_INSTANCE=ID.SLOT.SEQ). */
struct strays *strays_create(struct keeper_link *link, const char *home_id);
void strays_destroy(struct strays *strays); /* accepts NULL */

/* Something ended or was re-parented: the next question reads the list again. */
void strays_changed(struct strays *strays);

/* How many strays of this slot's life are alive; copied to `ret` (at most `max`). Blocks for a read
 * of /proc (some 10 µs). */
size_t strays_of(struct strays *strays, int slot, struct stray *ret, size_t max);

/* The next stray that nobody owns and that was not told before; false: none. */
bool strays_next_unknown(struct strays *strays, struct stray *ret);
