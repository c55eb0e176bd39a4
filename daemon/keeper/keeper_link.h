/* keeper_link: the engine's side of the keeper: the mapped table, the shelf, the event that
 * something ended.
 *
 * The header, the beat of others and fd[] are mapped read-only: a wild store kills the engine, not
 * the shelf. This module knows nothing of apps. Messages are queued in the socket, which outlives
 * both; only when it is full does a call wait for the keeper, 50 ms, and not again until there is
 * room. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "daemon/keeper/keeper_table.h"
#include "shared/base/error.h"

struct handles;
struct keeper_link;

struct keeper_link_callbacks {
	void (*on_event)(
		void *owner); /* look which slots are EXITED, and whether orphans were reaped */
	void (*on_death)(void *owner); /* the keeper is gone */
	void *owner;
};

/* Take over descriptors 3 to 9 (close-on-exec from here on, like the whole shelf) and map the
 * table. -EPROTO: an ABI this engine does not know, or no keeper at all. */
int keeper_link_create(struct handles *handles, const struct keeper_link_callbacks *callbacks,
		       struct keeper_link **ret_link, struct pmc_error *err);
void keeper_link_destroy(struct keeper_link *link); /* the handles are closed by their group */

const struct keeper_header *keeper_link_header(const struct keeper_link *link);
struct keeper_beat *keeper_link_beat(struct keeper_link *link);
struct keeper_slot *keeper_link_slot(struct keeper_link *link, int slot);

/* The fd on the shelf, as a number of this process: inherited from an earlier engine, or put by
 * this one. -1: none. */
int keeper_link_shelf(const struct keeper_link *link, int index);

/* Deposit a copy of `fd` (10 or more, as every fd made after keeper_link_create() is) / forget one
 * / send any other op. The engine keeps its own fd open as long as it is on the shelf: it stands
 * for the deposit should the engine become the keeper. 0, or -EPIPE when the keeper is gone,
 * -EAGAIN when its queue is full (wait for the next turn). */
int keeper_link_put(struct keeper_link *link, int index, int fd);
int keeper_link_drop(struct keeper_link *link, int index);
int keeper_link_send(struct keeper_link *link, enum keeper_op op, uint64_t number,
		     const char *path);

/* The keeper died: execute pmc-keeper in this very process, adopting table, shelf and lock (the
 * engine's own fd numbers are stored in fd[] first). The home is taken from PMC_HOME, which the
 * keeper has set. Returns only on failure: negative errno, and everything is close-on-exec again.
 */
int keeper_link_become(struct keeper_link *link, const char *keeper_path, struct pmc_error *err);
