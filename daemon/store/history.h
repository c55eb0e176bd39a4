/* history: what happened, in history.db: batched, synchronous=NORMAL, may be thrown away.
 *
 * Subscribes to the bus itself. Opened after the engine is ready, on the pool: until then events
 * wait in memory, bounded. A corrupt file is set aside (history.db.corrupt-TIME) and made new, at
 * open or any time; a locked one makes events wait, at most HISTORY_QUEUE_MAX, then the oldest are
 * dropped and counted. Supervision never waits for it. */
#pragma once
#include <stdint.h>
#include <uv.h>

#include "daemon/bus/event.h"
#include "shared/base/error.h"

#define HISTORY_QUEUE_MAX 20000
#define HISTORY_LIMIT_MAX 1000 /* events of one query */

struct bus;
struct handles;
struct history;

struct history_query {
	int64_t since_us, until_us; /* 0: no bound */
	int64_t before_id; /* of those at `until_us` exactly only lower ids; 0: all of them */
	char app[EVENT_NAME_MAX]; /* "": all */
	unsigned limit;		  /* the newest so many, at most HISTORY_LIMIT_MAX; 0: that many */
};

/* `events` are oldest first and valid during the call only. */
typedef void (*history_fn)(int result, const struct event *events, size_t count,
			   const struct pmc_error *err, void *owner);

/* Begin to listen, publish what an earlier engine did not store (journal), and open the file on the
 * pool; returns at once. Never NULL. `boot_id`: lives are numbered within a boot; the keeper's
 * table has it. `shm_dir_fd`: where the journal is; -1: none. */
struct history *history_create(struct handles *handles, struct bus *bus, const char *home,
			       int shm_dir_fd, const char *boot_id, int keep_days);
/* Write what waits, then look up. `fn` comes in a later turn: -EBUSY while another program has the
 * file locked. */
void history_query(struct history *history, const struct history_query *query, history_fn fn,
		   void *owner);

/* Write what waits, at most `timeout_ms`, and close. Blocks; at the end only. Accepts NULL. */
void history_close(struct history *history, int timeout_ms);
