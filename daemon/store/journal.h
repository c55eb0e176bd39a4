/* journal: events that are not yet in history.db, in a file on tmpfs that outlives the engine
 * (SHM_DIR/engine.events).
 *
 * Written when an event is published, by one write and without a sync: the next engine finds what
 * the one before had no time to store. It does not know SQLite; whether an event is in the store
 * already is asked there. A file that cannot be written, or is full, costs no more than the journal
 * itself. */
#pragma once
#include <stdint.h>

#include "daemon/bus/event.h"

/* What waits in it at most; beyond that events are not written. */
#define JOURNAL_MAX_BYTES (1 << 20)

struct journal {
	int fd;	       /* -1: there is none */
	uint64_t done; /* in the file: up to here all is stored */
	uint64_t end;  /* in the file: where the next record begins */
	uint64_t base; /* marks never grow smaller, the file does: mark - base is the place in it */
};

/* `dir_fd` negative: without a journal. */
void journal_open(struct journal *journal, int dir_fd);
void journal_close(struct journal *journal); /* the file stays */

/* Call `fn` for every event that an earlier engine did not mark as stored, oldest first. */
void journal_read(struct journal *journal, void (*fn)(const struct event *event, void *owner),
		  void *owner);

/* Write one down; returns a mark, the end of its record. */
uint64_t journal_put(struct journal *journal, const struct event *event);

/* All up to `mark` (of journal_put) is stored. */
void journal_stored(struct journal *journal, uint64_t mark);
