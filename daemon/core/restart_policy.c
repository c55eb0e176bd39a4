#include "daemon/core/restart_policy.h"

#include <string.h>

#include "shared/spec/app_spec.h"

static int64_t part_ms(const struct app_spec *spec)
{
	int64_t ms = spec->restart_window_ms / RESTART_PARTS;

	return ms > 0 ? ms : 1;
}

static void forget_before_window(struct restart_history *hist, int64_t part)
{
	if (part - hist->part > RESTART_PARTS || part < hist->part) {
		memset(hist->short_lives, 0, sizeof(hist->short_lives));
		hist->part = part;
		return;
	}
	/* one part more than the window holds would be too many: the slot that is reused now is the
	 * one that left */
	while (hist->part < part) {
		hist->part++;
		hist->short_lives[hist->part % RESTART_PARTS] = 0;
	}
}

static uint64_t count_all(const struct restart_history *hist)
{
	uint64_t count = 0;

	for (int i = 0; i < RESTART_PARTS; i++)
		count += hist->short_lives[i];
	return count;
}

uint64_t restart_policy_short_lives(const struct restart_history *hist, const struct app_spec *spec,
				    int64_t now_ms)
{
	struct restart_history copy = *hist;

	forget_before_window(&copy, now_ms / part_ms(spec));
	return count_all(&copy);
}

/* The first wait is the option's value, each later one half as much again, at most 15 s (PM2's
 * numbers), and up to a fifth more by chance so that instances that fell together do not rise
 * together. */
static int64_t next_backoff(struct restart_history *hist, const struct app_spec *spec,
			    uint32_t dice)
{
	int64_t first = spec->exp_backoff_restart_delay_ms;

	if (first == 0)
		return 0;
	if (hist->backoff_ms < first)
		hist->backoff_ms = first;
	else if (hist->backoff_ms < RESTART_BACKOFF_MAX_MS)
		hist->backoff_ms += hist->backoff_ms / 2;
	if (hist->backoff_ms > RESTART_BACKOFF_MAX_MS && first <= RESTART_BACKOFF_MAX_MS)
		hist->backoff_ms = RESTART_BACKOFF_MAX_MS;
	return hist->backoff_ms + hist->backoff_ms * (dice % 1000) / 5000;
}

enum restart_verdict restart_policy_exit(struct restart_history *hist, const struct app_spec *spec,
					 int64_t now_ms, int64_t uptime_ms, uint32_t dice,
					 int64_t *ret_delay_ms)
{
	int64_t delay = 0;

	if (uptime_ms >= spec->min_uptime_ms) {
		hist->backoff_ms =
			0; /* it worked for a while: not part of a loop, be quick again */
	} else {
		forget_before_window(hist, now_ms / part_ms(spec));
		hist->short_lives[hist->part % RESTART_PARTS]++;
		if (count_all(hist) >= (uint64_t)spec->max_restarts)
			return RESTART_NEVER;
		delay = next_backoff(hist, spec, dice);
	}
	if (delay < spec->restart_delay_ms)
		delay = spec->restart_delay_ms;
	*ret_delay_ms = delay;
	return delay > 0 ? RESTART_LATER : RESTART_NOW;
}

void restart_policy_reset(struct restart_history *hist)
{
	memset(hist, 0, sizeof(*hist));
}
