/* keeper_link: the engine's side of the keeper: the mapped table, the shelf, the event that something ended.
 *
 * The header, the beat of others and fd[] are mapped read-only: a wild store kills the engine, not the shelf. This module
 * knows nothing of apps. It never waits for the keeper: messages are queued in the socket, which outlives both. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "daemon/keeper/keeper_table.h"
#include "shared/base/error.h"

struct handles;
struct keeper_link;

struct keeper_link_callbacks {
	void (*on_event)(void *owner); /* look which slots are EXITED, and whether orphans were reaped */
	void (*on_death)(void *owner); /* the keeper is gone */
	void *owner;
};

/* Take over descriptors 3 to 9 (close-on-exec from here on, like the whole shelf) and map the table. -EPROTO: an ABI this
 * engine does not know, or no keeper at all. */
int keeper_link_create(struct handles *handles, const struct keeper_link_callbacks *callbacks, struct keeper_link **ret_link,
		       struct pmc_error *err);
void keeper_link_destroy(struct keeper_link *link); /* the handles are closed by their group */

const struct keeper_header *keeper_link_header(const struct keeper_link *link);
struct keeper_beat *keeper_link_beat(struct keeper_link *link);
struct keeper_slot *keeper_link_slot(struct keeper_link *link, int slot);

/* The fd that an earlier engine put on the shelf, -1 if there is none. It is the engine's own number too. */
int keeper_link_shelf(const struct keeper_link *link, int index);

/* Deposit a copy of `fd` / forget one / send any other op. 0, or -EPIPE when the keeper is gone, -EAGAIN when its queue is
 * full (wait for the next turn). */
int keeper_link_put(struct keeper_link *link, int index, int fd);
int keeper_link_drop(struct keeper_link *link, int index);
int keeper_link_send(struct keeper_link *link, enum keeper_op op, uint64_t number, const char *path);

/* The keeper died: execute pmc-keeper in this very process, adopting table, shelf and lock (reliability: the engine's own fd
 * numbers are stored in fd[] first). Returns only on failure: negative errno. */
int keeper_link_become(struct keeper_link *link, const char *keeper_path, struct pmc_error *err);
