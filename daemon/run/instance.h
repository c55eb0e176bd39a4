/* instance: one running copy of an app: carries out what the lifecycle decides.
 *
 * It owns the pipes, the timers and the watch of one process, turns what happens into lifecycle
 * events and the answers into effects. It does not know who asked (orders do), nor what the user
 * wants stored (control does). */
#pragma once
#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "daemon/core/lifecycle.h"
#include "daemon/loop/handles.h"
#include "daemon/run/app.h"
#include "daemon/run/slots.h"
#include "shared/base/error.h"

struct instance;
struct keeper_slot;
struct log_stream;
struct order_wait;
struct run_context;

struct instance_observer {
	/* The state changed, or an order on it was overridden. */
	void (*on_step)(struct instance *inst, unsigned actions, void *owner);
	/* Deleted: its process tree is gone, its logs are closed; the memory goes after this call.
	 */
	void (*on_gone)(struct instance *inst, void *owner);
	void *owner;
};

struct instance {
	struct run_context *context;
	const struct instance_observer *observer;
	struct app *app;
	struct instance *next_in_app; /* by number */
	int pm_id, number, slot;
	bool deleting;	  /* forgotten as soon as it rests */
	bool ending;	  /* its process ended; logs are being drained */
	uint64_t killing; /* the life that a sweep is ending; 0: none */
	bool closed;	  /* handles are being closed */
	unsigned drains;  /* log streams not yet drained */
	struct slot_entry *entry;
	struct handles handles;
	uv_timer_t timer;
	uv_poll_t pid_poll;
	uv_poll_t *exec_poll; /* of `report_fd`; one a start, as the next may come before this one's
				 handle is closed */
	int report_fd;	      /* reads end-of-file when the program runs; -1 */
	int pidfd;	      /* of the leader; -1 */
	bool watches_pid;     /* an orphan: nobody else tells us its end */
	int pipe[2];	      /* out, err: our ends; -1 before the first start */
	struct log_stream *stream[2];
	struct order_wait *waits; /* whom to tell; NULL: nobody */
	bool held; /* no process could be made, and that was told: not again each time it is tried
		    */
	struct pmc_error trouble; /* why the last start failed; code 0: it did not */
	char *log_trouble;	  /* its log is stalled: why; NULL */
	char *stderr_tail;	  /* last lines, kept when it became errored; NULL */
	uint64_t cpu_ns;	  /* sample of the last look at CPU use */
	int64_t cpu_ms;
};

/* A new instance in `slot` (claimed; its entry may hold a life that an earlier engine left). */
struct instance *instance_create(struct run_context *context,
				 const struct instance_observer *observer, struct app *app,
				 int pm_id, int number, int slot);

/* Close everything without touching the process: the engine ends. on_gone is not called. */
void instance_abandon(struct instance *inst);

/* Its slot in the keeper's table. */
struct keeper_slot *instance_slot(const struct instance *inst);

enum instance_state instance_state(const struct instance *inst);
int instance_pid(const struct instance *inst); /* 0: none */

/* One event into the lifecycle, and carry out what follows. Never blocks longer than a spawn; does
 * not re-enter: it is called from loop callbacks only. */
void instance_feed(struct instance *inst, const struct lifecycle_event *event);

/* Somebody wants it to run (START), to rest (STOP), to have a new process (RESTART). `generation`
 * is that of the stored intent that this carries out; 0: nothing was stored. */
void instance_ask(struct instance *inst, enum lifecycle_event_type type,
		  enum lifecycle_reason reason, uint64_t generation);

/* Stop, then forget: on_gone follows. */
void instance_delete(struct instance *inst, enum lifecycle_reason reason);

/* Start the timer that the entry says (an earlier engine's, or the one just set). */
void instance_arm_timer(struct instance *inst);

/* What people are told (enum event_cause) of a reason (enum lifecycle_reason). */
int instance_cause(uint32_t reason);

/* Tell the bus about this instance; `detail` may be NULL. */
void instance_publish(struct instance *inst, int event_type, const char *detail);
