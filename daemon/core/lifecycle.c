#include "daemon/core/lifecycle.h"

#include <signal.h>

#include "shared/base/mem.h"
#include "shared/spec/app_spec.h"

/* How long to wait before trying again when the kernel had no room for a process. */
#define NO_SPAWN_RETRY_MS 1000

struct context {
	struct lifecycle *life;
	const struct lifecycle_event *event;
	const struct app_spec *spec;
	int64_t now_ms;
	struct lifecycle_step step;
};

static void enter(struct context *c, enum instance_state state)
{
	c->life->state = state;
	c->life->leader_gone = 0;
	c->life->step = 0;
}

static void act(struct context *c, unsigned actions)
{
	c->step.actions |= actions;
}

static void impossible(struct context *c)
{
	act(c, ACT_IMPOSSIBLE);
}

static void spawn(struct context *c)
{
	enter(c, STATE_STARTING);
	act(c, c->life->again ? ACT_SPAWN | ACT_COUNT_RESTART : ACT_SPAWN);
	c->life->again = 0;
}

static void wait_then_start(struct context *c, int64_t delay_ms)
{
	enter(c, STATE_WAITING);
	act(c, ACT_TIMER);
	c->step.timer_ms = delay_ms;
}

/* The next signal of the stop sequence; SIGKILL when it has run through or says so. */
static void next_signal(struct context *c)
{
	const struct spec_signals *seq = &c->spec->stop_signal;
	unsigned at = c->life->step;

	if (at >= seq->count || seq->step[at].signal == SIGKILL) {
		c->life->step = STEP_KILLED;
		c->step.timer_ms = LIFECYCLE_PATIENCE_MS;
		act(c, ACT_KILL | ACT_TIMER);
		return;
	}
	c->life->step = at + 1;
	c->step.signal = seq->step[at].signal;
	c->step.timer_ms =
		seq->step[at].wait_ms >= 0 ? seq->step[at].wait_ms : c->spec->kill_timeout_ms;
	act(c, ACT_SIGNAL | ACT_TIMER);
}

/* Bring the tree down; `after` follows. STOPPING rests afterwards, RESTARTING goes on. */
static void bring_down(struct context *c, enum instance_state after, bool leader_gone)
{
	bool again = after == STATE_STARTING || after == STATE_WAITING;

	enter(c, again ? STATE_RESTARTING : STATE_STOPPING);
	c->life->after = after;
	c->life->leader_gone = leader_gone;
	next_signal(c);
}

static void go_after(struct context *c)
{
	switch ((enum instance_state)c->life->after) {
	case STATE_STARTING:
		spawn(c);
		break;
	case STATE_WAITING:
		wait_then_start(c, c->life->delay_ms);
		break;
	case STATE_ERRORED:
		enter(c, STATE_ERRORED);
		break;
	case STATE_STOPPED:
	case STATE_ONLINE:
	case STATE_UNHEALTHY:
	case STATE_DRAINING:
	case STATE_STOPPING:
	case STATE_RESTARTING:
		enter(c, STATE_STOPPED);
		break;
	}
}

bool lifecycle_stays_stopped(const struct app_spec *spec, int code)
{
	for (size_t i = 0; code >= 0 && i < spec->stop_exit_codes.count; i++)
		if (spec->stop_exit_codes.items[i] == code)
			return true;
	return false;
}

/* It ended by itself: what follows, by policy? Sets after, reason, delay. */
static void judge_exit(struct context *c)
{
	struct lifecycle *life = c->life;

	life->after = STATE_STOPPED;
	if (c->event->exec_failed) {
		life->after = STATE_ERRORED;
		life->reason = REASON_EXEC;
	} else if (lifecycle_stays_stopped(c->spec, c->event->code)) {
		life->reason = REASON_STOP_EXIT_CODE;
	} else if (!c->spec->autorestart) {
		life->reason = REASON_NO_AUTORESTART;
	} else {
		if (c->event->uptime_ms < c->spec->min_uptime_ms)
			act(c, ACT_COUNT_UNSTABLE);
		life->reason = REASON_CRASH;
		switch (restart_policy_exit(&life->history, c->spec, c->now_ms, c->event->uptime_ms,
					    c->event->dice, &life->delay_ms)) {
		case RESTART_NEVER:
			life->after = STATE_ERRORED;
			life->reason = REASON_CRASH_LOOP;
			break;
		case RESTART_LATER:
			life->after = STATE_WAITING;
			break;
		case RESTART_NOW:
			life->after = STATE_STARTING;
			break;
		}
	}
	life->again = life->after == STATE_STARTING || life->after == STATE_WAITING;
}

/* A running process ended without being asked to. */
static void unplanned_exit(struct context *c)
{
	enum instance_state after;

	judge_exit(c);
	after = (enum instance_state)c->life->after;
	if (c->event->tree_left)
		bring_down(c, after, true);
	else
		go_after(c);
}

static void in_rest(struct context *c)
{
	switch (c->event->type) {
	case LIFE_START:
	case LIFE_RESTART:
		restart_policy_reset(&c->life->history);
		c->life->reason = REASON_NONE;
		spawn(c);
		break;
	case LIFE_STOP:
		if (c->life->state == STATE_ERRORED) {
			c->life->reason = c->event->reason;
			enter(c, STATE_STOPPED);
		}
		break;
	case LIFE_EXECUTED:
	case LIFE_READY:
	case LIFE_EXIT:
	case LIFE_TREE_GONE:
	case LIFE_TIMER:
	case LIFE_NO_SPAWN:
	case LIFE_EVENT_COUNT:
		impossible(c);
		break;
	}
}

static void in_waiting(struct context *c)
{
	switch (c->event->type) {
	case LIFE_START:
	case LIFE_RESTART:
		restart_policy_reset(&c->life->history);
		c->life->reason = REASON_NONE;
		spawn(c);
		break;
	case LIFE_TIMER:
		spawn(c);
		break;
	case LIFE_STOP:
		c->life->reason = c->event->reason;
		c->life->again = 0;
		act(c, ACT_OVERRIDDEN);
		enter(c, STATE_STOPPED);
		break;
	case LIFE_EXECUTED:
	case LIFE_READY:
	case LIFE_EXIT:
	case LIFE_TREE_GONE:
	case LIFE_NO_SPAWN:
	case LIFE_EVENT_COUNT:
		impossible(c);
		break;
	}
}

/* STARTING, ONLINE, UNHEALTHY, DRAINING: there is a process and it was not asked to go. */
static void in_service(struct context *c)
{
	switch (c->event->type) {
	case LIFE_STOP:
		if (c->life->state == STATE_STARTING)
			act(c, ACT_OVERRIDDEN);
		c->life->reason = c->event->reason;
		c->life->again = 0;
		bring_down(c, STATE_STOPPED, false);
		break;
	case LIFE_RESTART:
		restart_policy_reset(&c->life->history);
		c->life->reason = c->event->reason;
		c->life->again = 1;
		bring_down(c, STATE_STARTING, false);
		break;
	case LIFE_READY:
		if (c->life->state == STATE_STARTING || c->life->state == STATE_UNHEALTHY) {
			c->life->reason = REASON_NONE;
			enter(c, STATE_ONLINE);
		}
		break;
	case LIFE_EXIT:
		unplanned_exit(c);
		break;
	case LIFE_NO_SPAWN:
		if (c->life->state == STATE_STARTING)
			wait_then_start(c, NO_SPAWN_RETRY_MS);
		else
			impossible(c);
		break;
	case LIFE_START:
	case LIFE_EXECUTED:
		break;
	case LIFE_TREE_GONE:
	case LIFE_TIMER:
	case LIFE_EVENT_COUNT:
		impossible(c);
		break;
	}
}

static void leader_ended(struct context *c)
{
	if (c->life->leader_gone) {
		impossible(c);
		return;
	}
	if (c->event->tree_left) {
		c->life->leader_gone = 1;
		return;
	}
	go_after(c);
}

static void patience_or_next_signal(struct context *c)
{
	if (c->life->step < STEP_KILLED) {
		next_signal(c);
	} else if (c->life->step == STEP_KILLED) {
		c->life->step = STEP_STUCK;
		act(c, ACT_STUCK);
	} else {
		impossible(c);
	}
}

/* STOPPING, RESTARTING: the tree is coming down. */
static void in_descent(struct context *c)
{
	switch (c->event->type) {
	case LIFE_STOP:
		if (c->life->state == STATE_RESTARTING)
			act(c, ACT_OVERRIDDEN);
		c->life->reason = c->event->reason;
		c->life->state = STATE_STOPPING;
		c->life->after = STATE_STOPPED;
		c->life->again = 0;
		break;
	case LIFE_START:
	case LIFE_RESTART:
		if (c->life->state == STATE_STOPPING)
			act(c, ACT_OVERRIDDEN);
		restart_policy_reset(&c->life->history);
		c->life->reason = c->event->reason;
		c->life->state = STATE_RESTARTING;
		c->life->after = STATE_STARTING;
		c->life->again = 1;
		break;
	case LIFE_EXIT:
		leader_ended(c);
		break;
	case LIFE_TREE_GONE:
		if (!c->life->leader_gone) {
			impossible(c);
			break;
		}
		c->life->leader_gone = 0;
		leader_ended(c);
		break;
	case LIFE_TIMER:
		patience_or_next_signal(c);
		break;
	case LIFE_EXECUTED:
	case LIFE_READY:
		break; /* it was quick, but so were we */
	case LIFE_NO_SPAWN:
	case LIFE_EVENT_COUNT:
		impossible(c);
		break;
	}
}

struct lifecycle_step lifecycle_step(struct lifecycle *life, const struct lifecycle_event *event,
				     const struct app_spec *spec, int64_t now_ms)
{
	struct context c = {.life = life, .event = event, .spec = spec, .now_ms = now_ms};

	switch ((enum instance_state)life->state) {
	case STATE_STOPPED:
	case STATE_ERRORED:
		in_rest(&c);
		break;
	case STATE_WAITING:
		in_waiting(&c);
		break;
	case STATE_STARTING:
	case STATE_ONLINE:
	case STATE_UNHEALTHY:
	case STATE_DRAINING:
		in_service(&c);
		break;
	case STATE_STOPPING:
	case STATE_RESTARTING:
		in_descent(&c);
		break;
	}
	return c.step;
}

unsigned lifecycle_resources(enum instance_state state)
{
	static const unsigned resources[STATE_COUNT] = {
		[STATE_STOPPED] = 0,
		[STATE_WAITING] = HAS_TIMER,
		[STATE_STARTING] = HAS_PROCESS | HAS_EXEC_WATCH,
		[STATE_ONLINE] = HAS_PROCESS,
		[STATE_UNHEALTHY] = HAS_PROCESS,
		[STATE_DRAINING] = HAS_PROCESS | HAS_TIMER,
		[STATE_STOPPING] = HAS_PROCESS | HAS_TIMER,
		[STATE_RESTARTING] = HAS_PROCESS | HAS_TIMER,
		[STATE_ERRORED] = 0,
	};

	return resources[state];
}

bool lifecycle_is_stuck(const struct lifecycle *life)
{
	return (life->state == STATE_STOPPING || life->state == STATE_RESTARTING) &&
	       life->step == STEP_STUCK;
}

const char *lifecycle_reason_word(enum lifecycle_reason reason)
{
	static const char *const words[] = {
		[REASON_NONE] = "",
		[REASON_OPERATOR] = "operator",
		[REASON_CRASH] = "crash",
		[REASON_STOP_EXIT_CODE] = "stop_exit_code",
		[REASON_NO_AUTORESTART] = "no autorestart",
		[REASON_CRASH_LOOP] = "crash loop",
		[REASON_EXEC] = "exec",
		[REASON_DAEMON] = "daemon",
	};

	return words[reason];
}
