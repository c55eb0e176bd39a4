/* restart_policy: may this instance start again, and when?
 *
 * A sliding window of lives that were too short, and a back-off that grows while they keep coming.
 * Pure: the caller brings the time and keeps the state. It does not know why an exit counts as
 * unplanned (lifecycle does), nor start anything. */
#pragma once
#include <stdint.h>

struct app_spec;

/* The window is cut into so many equal parts; a short life is forgotten when its part has left the
 * window, so it counts for the window plus at most one part of it. That keeps any max_restarts
 * exact enough in a fixed size. */
#define RESTART_PARTS 30

/* Lives in memory that later engines read: fixed size, only appended to. All zero: no short life
 * yet. */
struct restart_history {
	int64_t part;			     /* number of the newest part: time / part length */
	uint32_t short_lives[RESTART_PARTS]; /* by part % RESTART_PARTS */
	int64_t backoff_ms;		     /* the last delay without jitter; 0: none */
};

enum restart_verdict { RESTART_NOW, RESTART_LATER, RESTART_NEVER };

#define RESTART_BACKOFF_MAX_MS 15000 /* PM2's */

/* Record an unplanned end at `now_ms` after `uptime_ms` of life and say what follows. On
 * RESTART_LATER `*ret_delay_ms` is the wait, jitter included (`dice` is 32 random bits).
 * RESTART_NEVER: there were max_restarts short lives in restart_window. */
enum restart_verdict restart_policy_exit(struct restart_history *hist, const struct app_spec *spec,
					 int64_t now_ms, int64_t uptime_ms, uint32_t dice,
					 int64_t *ret_delay_ms);

/* Short lives in the window that ends now. */
uint64_t restart_policy_short_lives(const struct restart_history *hist, const struct app_spec *spec,
				    int64_t now_ms);

/* A person acted: begin with a clean slate. */
void restart_policy_reset(struct restart_history *hist);
