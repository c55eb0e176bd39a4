/* lifecycle: what an instance does next. The one state machine of the house, pure.
 *
 * lifecycle_step(memory, event) changes the memory and says which actions follow; instance.c alone
 * carries them out. It knows no process, no clock, no loop: the caller brings the facts and the
 * time. What may exist in a state is lifecycle_resources(): the applier drops whatever the new
 * state does not list. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/restart_policy.h"
#include "shared/model/state.h"

struct app_spec;

/* Why it is not running, or why it ended last: a fact for people. */
enum lifecycle_reason {
	REASON_NONE,
	REASON_OPERATOR,       /* somebody asked for it */
	REASON_CRASH,	       /* it ended by itself and autorestart follows */
	REASON_STOP_EXIT_CODE, /* it ended with a code after which it stays stopped */
	REASON_NO_AUTORESTART, /* it ended and shall not be restarted */
	REASON_CRASH_LOOP,     /* max_restarts short lives in the window */
	REASON_EXEC,	       /* the program could not be executed */
	REASON_DAEMON,	       /* the daemon ends */
};

/* What survives the engine, in memory shared with later ones: fixed size, only appended to. All
 * zero: STOPPED, fresh. */
struct lifecycle {
	uint32_t state;	 /* enum instance_state */
	uint32_t after;	 /* in STOPPING, RESTARTING: the state that follows when the tree is gone */
	uint32_t reason; /* enum lifecycle_reason */
	uint32_t step; /* in STOPPING, RESTARTING: how many signals of the stop sequence were due so
			  far; see STEP_KILLED */
	uint32_t leader_gone; /* in STOPPING, RESTARTING: only descendants are left */
	uint32_t again;	      /* the next process is a restart and counts as one */
	int64_t delay_ms;     /* with after == WAITING: how long */
	struct restart_history history;
};

#define STEP_KILLED 1000u /* SIGKILL was due */
#define STEP_STUCK 1001u  /* SIGKILL did not end it within LIFECYCLE_PATIENCE_MS */

/* What even SIGKILL does not end waits in the kernel: who asked for the end is told so after this
 * time; the wait itself goes on. */
#define LIFECYCLE_PATIENCE_MS 5000

enum lifecycle_event_type {
	LIFE_START,	/* somebody wants it to run */
	LIFE_STOP,	/* somebody wants it to rest */
	LIFE_RESTART,	/* somebody wants a new process */
	LIFE_EXECUTED,	/* the program runs (exec succeeded) */
	LIFE_READY,	/* it says it can work; without `ready:` the same moment as EXECUTED */
	LIFE_EXIT,	/* the leader ended */
	LIFE_TREE_GONE, /* the last descendant of an ended leader is gone */
	LIFE_TIMER,	/* the timer of this state ran out */
	LIFE_NO_SPAWN,	/* no process could be made (a passing lack: clone, descriptors) */
	LIFE_EVENT_COUNT,
};

struct lifecycle_event {
	enum lifecycle_event_type type;
	enum lifecycle_reason reason; /* START, STOP, RESTART: OPERATOR or DAEMON */
	/* EXIT */
	int code;	  /* exit code, -1: ended by a signal or not known */
	bool exec_failed; /* the program never ran */
	bool tree_left;	  /* descendants are alive and shall not be */
	int64_t uptime_ms;
	uint32_t dice; /* 32 random bits for the jitter */
};

enum lifecycle_action {
	ACT_SPAWN = 1 << 0,	     /* make the process */
	ACT_SIGNAL = 1 << 1,	     /* send `signal` to the tree (to what is left of it) */
	ACT_KILL = 1 << 2,	     /* SIGKILL to the whole tree */
	ACT_TIMER = 1 << 3,	     /* arm the timer of the state: `timer_ms` from now */
	ACT_COUNT_RESTART = 1 << 4,  /* restart_time += 1 */
	ACT_COUNT_UNSTABLE = 1 << 5, /* unstable_restarts += 1 */
	ACT_OVERRIDDEN =
		1 << 6, /* an earlier command on this instance will not reach what it wanted */
	ACT_IMPOSSIBLE = 1 << 7, /* this event cannot happen in this state: log, count, go on */
	ACT_STUCK = 1 << 8,	 /* SIGKILL did not end it: tell who waits */
};

struct lifecycle_step {
	unsigned actions; /* enum lifecycle_action */
	int signal;	  /* ACT_SIGNAL */
	int64_t timer_ms; /* ACT_TIMER */
};

enum lifecycle_resource {
	HAS_PROCESS = 1 << 0,
	HAS_EXEC_WATCH = 1 << 1,
	HAS_TIMER = 1 << 2,
};

/* One step. `life` is changed; the result says what to do, in the order of the enum. Never fails:
 * an impossible event leaves the state alone. */
struct lifecycle_step lifecycle_step(struct lifecycle *life, const struct lifecycle_event *event,
				     const struct app_spec *spec, int64_t now_ms);

/* Is this one of the exit codes after which the app stays stopped? -1 (no code) never is. */
bool lifecycle_stays_stopped(const struct app_spec *spec, int code);

/* What may exist in a state (enum lifecycle_resource). */
unsigned lifecycle_resources(enum instance_state state);

/* Its end was asked for and does not come: SIGKILL was sent, and the patience is over. */
bool lifecycle_is_stuck(const struct lifecycle *life);

const char *
lifecycle_reason_word(enum lifecycle_reason reason); /* "operator", "crash", …; "" for NONE */
