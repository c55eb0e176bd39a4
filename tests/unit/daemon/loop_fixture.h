/* loop_fixture: a loop, a group of handles and a home of its own, for tests of rooms that live on
 * the loop. */
#pragma once
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "daemon/loop/handles.h"

#define DEADLINE_MS 10000

struct loop_fixture {
	uv_loop_t loop;
	struct handles handles;
	char home[64];
	bool late, closed;
};

static inline void loop_fixture_on_late(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

/* Turn the loop until `*flag` is set, at most DEADLINE_MS. */
static inline void loop_fixture_wait(struct loop_fixture *fx, const bool *flag)
{
	uv_timer_t timer;

	fx->late = false;
	uv_timer_init(&fx->loop, &timer);
	timer.data = &fx->late;
	uv_timer_start(&timer, loop_fixture_on_late, DEADLINE_MS, 0);
	while (!*flag && !fx->late)
		uv_run(&fx->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(&fx->loop, UV_RUN_NOWAIT);
	if (!*flag)
		fail_msg("what was waited for did not come");
}

static inline int loop_fixture_remove(const char *path, const struct stat *st, int type,
				      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void loop_fixture_set_up(struct loop_fixture *fx)
{
	signal(SIGPIPE, SIG_IGN);
	*fx = (struct loop_fixture){};
	snprintf(fx->home, sizeof(fx->home), "/tmp/pmc-unit-XXXXXX");
	assert_non_null(mkdtemp(fx->home));
	assert_int_equal(uv_loop_init(&fx->loop), 0);
	handles_init(&fx->handles, &fx->loop);
}

static inline void loop_fixture_on_closed(void *owner)
{
	((struct loop_fixture *)owner)->closed = true;
}

/* Everything must be let go of by now: a loop that still has handles or requests fails. */
static inline void loop_fixture_tear_down(struct loop_fixture *fx)
{
	handles_close(&fx->handles, loop_fixture_on_closed, fx);
	loop_fixture_wait(fx, &fx->closed);
	uv_run(&fx->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&fx->loop), 0);
	nftw(fx->home, loop_fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* New string: a file in the home. */
static inline char *loop_fixture_path(const struct loop_fixture *fx, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", fx->home, name) < 0)
		abort();
	return path;
}
