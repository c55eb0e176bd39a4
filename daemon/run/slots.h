/* slots: what only the engine knows of its instances, in memory that outlives it
 * (SHM_DIR/engine.state).
 *
 * One entry an instance, from its birth to its deletion, under the same number as its slot in the
 * keeper's table; behind them a ring of the last ends. Fixed layout: fields are only appended, a
 * shorter entry reads as zero, an unknown layout or another boot means "not there". Intent is never
 * only here (store/state). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/lifecycle.h"
#include "daemon/log/log.h"
#include "shared/base/error.h"

#define SLOTS_LAYOUT 1
#define SLOTS_MAX 4096
#define SLOTS_RING 1024
#define SLOTS_NAME_MAX 80

/* What a step of the lifecycle changes: all of it or nothing, whenever the engine dies. */
struct slot_now {
	struct lifecycle life;
	int64_t timer_ms;    /* monotonic: when the state's timer runs out; 0: none */
	uint64_t ended_seq;  /* the newest life whose end was taken into account; 0: none */
	uint64_t generation; /* of the intent (store) that was carried out last */
	uint32_t restarts, unstable;
};

struct slot_entry {
	uint32_t used;
	int32_t pm_id, number;
	char name[SLOTS_NAME_MAX]; /* of the app, cut: what is known when the store cannot be read
				    */
	uint64_t app_key;	   /* slots_key() of the whole name */
	struct slot_now now;	   /* read freely; written by slots_commit() only */
	struct slot_now next;
	_Atomic uint32_t pending;	/* `next` is whole and not yet in `now` */
	uint32_t signalled_step;	/* stop sequence: the step whose signal was sent */
	uint64_t seq;			/* of the present or last life */
	int64_t started_us, started_ms; /* wall clock and monotonic, of the last start */
	int64_t created_us;
	/* the last end */
	int64_t exit_us, life_ms;
	int32_t exit_code, exit_signal; /* -1: not that way, or not known */
	uint32_t exit_core, exit_reason;
	int32_t exec_errno, exec_step;
	struct log_stream_state stream[2]; /* out, err */
};

struct slot_end {
	uint64_t seq; /* 0: empty */
	int64_t exit_us, life_ms;
	int32_t pm_id, number, pid, code, signal;
	uint32_t core, reason;
	char name[SLOTS_NAME_MAX];
};

struct slots;

/* Map SHM_DIR/engine.state, make it when it is not there or of no use: then processes that run are
 * adopted with counters at zero. `boot_id` as in the keeper's table. `anew`: the keeper's table is
 * new, so whatever is there is of no use. */
int slots_open(int shm_dir_fd, const char *boot_id, bool anew, struct slots **ret_slots,
	       struct pmc_error *err);
void slots_close(struct slots *slots); /* unmaps; the file stays. Accepts NULL */

struct slot_entry *slots_entry(struct slots *slots, int slot);

/* Claim the lowest free entry, zeroed; -ENOSPC: SLOTS_MAX instances there are;
 * -ENOMEM: no room in SHM_DIR. Release one for good. */
int slots_claim(struct slots *slots);
void slots_release(struct slots *slots, int slot);

/* Make `now` the state of this entry; a later engine sees it whole or not at all. */
void slots_commit(struct slot_entry *entry, const struct slot_now *now);

/* Claim this very entry (a process was found that belongs into it); -EBUSY: it is in use. */
int slots_claim_at(struct slots *slots, int slot);

/* One above the highest entry in use. */
int slots_used(const struct slots *slots);

/* A number for a new life, never given before. `slots_seq_above` moves the counter when the file
 * was lost. */
uint64_t slots_next_seq(struct slots *slots);
void slots_seq_above(struct slots *slots, uint64_t seq);

/* Ends, so that no restart waits for SQLite and no end is lost with the engine. */
void slots_record_end(struct slots *slots, const struct slot_end *end);
const struct slot_end *slots_end_at(const struct slots *slots, unsigned i); /* 0 … SLOTS_RING-1 */

uint64_t slots_key(const char *name); /* FNV-1a, never 0 */
