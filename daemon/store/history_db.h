/* history_db: history.db on its pool thread: open, set aside when corrupt, write, forget what is
 * old, look up.
 *
 * Knows no loop, no bus, no queue: all of it blocks, and is called from one thread at a time. */
#pragma once
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/history.h"
#include "daemon/store/history_row.h"

struct history_db {
	char *path;
	int64_t keep_us;
	sqlite3 *db; /* NULL: not open */
	sqlite3_stmt *insert;
	bool based;    /* `base` is known: it was open once */
	uint64_t base; /* the highest id it had then: early rows count on from it */
	char boot_id[40];
	int64_t prune_due_ms;
	int64_t repaired_ms; /* when it was last set aside; 0: never */
};

void history_db_init(struct history_db *hdb, const char *home, const char *boot_id, int keep_days);
void history_db_done(struct history_db *hdb); /* checkpoints */

/* What one turn on the pool shall do, and what came of it. */
struct history_work {
	struct history_list rows;	   /* written; still there if that failed */
	const struct history_query *query; /* NULL: none; carried out after writing */
	struct event *events;		   /* its result, oldest first; the caller frees it */
	size_t count;
	char *set_aside; /* the file was corrupt and is now called this; the caller frees it */
};

/* Open if need be, write, look up. A corrupt file is set aside and all is done again with a new
 * one, at most once a minute; `work->set_aside` then says so. -EBUSY: another program has it
 * locked. -EUCLEAN, -ENOSPC, … */
int history_db_work(struct history_db *hdb, struct history_work *work, struct pmc_error *err);
