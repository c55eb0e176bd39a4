/* rollout: the order of a reload. Pure.
 *
 * Each slot has an old instance that serves and shall have a new one. rollout_step() is told what
 * happened and moves the slots from phase to phase; what the caller must do follows from the phase
 *a slot entered, and rollout_next_action() hands it out. Slots go in batches: nobody of a batch
 * leaves before every new one of it is proved, so a batch ends all new or all old.
 *
 *	start_first: OLD → STARTING → [CANARY] → BAKING → PROVED → LEAVING → ENDING → NEW
 *	stop_first:  OLD → LEAVING → ENDING → STARTING → [CANARY] → BAKING → PROVED → NEW
 *	one failed:  … → [WITHDRAWN] → UNDOING → OLD, or, where the old one is gone: → RESTORING →
 *OLD
 *
 * The first failure ends the reload: its batch is undone, earlier ones stay new. Once a batch is
 * LEAVING with start_first it is too late for it: it becomes new, and the reload fails after it.
 *
 * While rollout_owns_old() or rollout_owns_new(), the restart policy leaves that instance alone and
 * the rollout is told of its end. All others are the restart policy's, also those without a
 *process; an order to drain or stop such a one is answered with its GONE at once. It knows no
 *process, probe or lane. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum rollout_phase {
	ROLLOUT_OLD,	   /* the old one has it: before, or again */
	ROLLOUT_LEAVING,   /* the old one drains */
	ROLLOUT_ENDING,	   /* the old one's stop sequence */
	ROLLOUT_STARTING,  /* the new one starts, gated */
	ROLLOUT_CANARY,	   /* the new one gets the canary's share */
	ROLLOUT_BAKING,	   /* the new one is in the rotation and must stay well */
	ROLLOUT_PROVED,	   /* it did; others of the batch are not so far */
	ROLLOUT_NEW,	   /* the new one has it */
	ROLLOUT_WITHDRAWN, /* the new one failed, or another of the batch: it drains */
	ROLLOUT_UNDOING,   /* the new one's stop sequence */
	ROLLOUT_RESTORING, /* the old definition starts again */
	ROLLOUT_LOST,	   /* and did not become ready either */
	ROLLOUT_PHASE_COUNT,
};

enum rollout_action {
	ROLLOUT_DO_NOTHING,
	ROLLOUT_DO_START_NEW,	 /* of the new definition, its lane GATED */
	ROLLOUT_DO_ADMIT_CANARY, /* its lane CANARY */
	ROLLOUT_DO_ADMIT,	 /* its lane ADMITTED */
	ROLLOUT_DO_DRAIN_OLD,	 /* program first, then tell it; OLD_DRAINED answers */
	ROLLOUT_DO_STOP_OLD,	 /* stop sequence; OLD_GONE answers */
	ROLLOUT_DO_WITHDRAW_NEW, /* program first, then tell it; NEW_DRAINED answers */
	ROLLOUT_DO_STOP_NEW,  /* stop what is left of it; NEW_GONE answers, at once if nothing is */
	ROLLOUT_DO_START_OLD, /* of the last good definition; OLD_READY or OLD_GONE answer */
};

enum rollout_event_type {
	ROLLOUT_BEGIN,
	ROLLOUT_RESUME,	   /* another engine goes on: every action under way is handed out again */
	ROLLOUT_CANCEL,	   /* somebody wants it undone */
	ROLLOUT_TIMER,	   /* rollout_deadline() is past */
	ROLLOUT_NEW_READY, /* it says so and its probes passed */
	ROLLOUT_NEW_SICK,  /* its health probe fails */
	ROLLOUT_NEW_DIED,  /* it could not start, or ended unasked; its tree may be there still */
	ROLLOUT_NEW_DRAINED,
	ROLLOUT_NEW_GONE, /* asked for, and its tree is gone */
	ROLLOUT_OLD_READY,
	ROLLOUT_OLD_DRAINED,
	ROLLOUT_OLD_GONE, /* asked for or not: no process of its tree is left */
	ROLLOUT_EVENT_COUNT,
};

enum rollout_cause {
	ROLLOUT_NO_CAUSE,
	ROLLOUT_NOT_READY, /* ready_limit_ms is over */
	ROLLOUT_EXITED,	   /* it ended before it was ready */
	ROLLOUT_CRASHED,   /* it ended after it was admitted */
	ROLLOUT_UNHEALTHY,
	ROLLOUT_CANCELLED,
};

enum rollout_result { ROLLOUT_RUNNING, ROLLOUT_DONE, ROLLOUT_FAILED };

struct rollout_policy {
	bool stop_first;
	uint32_t batch; /* slots at a time; 0 counts as 1 */
	int64_t ready_limit_ms;
	int64_t bake_ms;
	int64_t drain_ms;
	int64_t canary_ms; /* above 0: the first batch has only the canary's share for so long */
};

/* Kept by the caller where later engines find it: fixed size, only appended to. */
struct rollout_slot {
	uint8_t phase;	     /* enum rollout_phase */
	uint8_t old_lives;   /* set by the caller before BEGIN: it runs, or would by its restart
				policy */
	uint8_t had_old;     /* it did so at BEGIN: it is started again if need be */
	uint8_t told;	     /* the action of the phase was handed out */
	int64_t deadline_ms; /* 0: none */
};

struct rollout {
	uint32_t result;      /* enum rollout_result */
	uint32_t cause;	      /* enum rollout_cause; only the first counts */
	uint32_t failed_slot; /* whose it was; with CANCELLED no one's */
	uint32_t first, end;  /* the batch under way: slots first…end-1 */
	uint32_t count;
};

/* One step; `slots` are rollout->count. False: this cannot happen now (log, go on); nothing
 * changed. `slot` is not looked at for events of the whole reload. */
bool rollout_step(struct rollout *rollout, struct rollout_slot *slots,
		  const struct rollout_policy *policy, enum rollout_event_type event, uint32_t slot,
		  int64_t now_ms);

/* The next thing to do, each once; ROLLOUT_DO_NOTHING: no more for now. The caller may step between
 * two of them. */
enum rollout_action rollout_next_action(const struct rollout *rollout, struct rollout_slot *slots,
					uint32_t *ret_slot);

/* When to send ROLLOUT_TIMER; 0: never. */
int64_t rollout_deadline(const struct rollout *rollout, const struct rollout_slot *slots);

/* Is the slot's old or new instance in the rollout's hands, so that no restart policy may touch it?
 * (A new one is its only until the old one leaves: from then on it is an instance like others.) */
bool rollout_owns_old(const struct rollout_slot *slot);
bool rollout_owns_new(const struct rollout_slot *slot);
