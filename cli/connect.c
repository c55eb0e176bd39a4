#include "cli/connect.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/launch.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/ipc/client.h"

#define HELLO_MS 5000
#define START_MS 5000
#define AGAIN_MS 10000
#define AGAIN_EVERY_MS 100

void connect_done(struct connect *connect)
{
	client_destroy(connect->client);
	home_done(&connect->home);
	*connect = (struct connect){};
}

static bool nobody_there(int r)
{
	return r == -ENOENT || r == -ECONNREFUSED;
}

/* The daemon closed before it said hello: it was just dying, or is one client short of its limit.
 */
static bool worth_another_try(int r)
{
	return nobody_there(r) || r == -ECONNRESET || r == -EPIPE || r == -EAGAIN;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static int try_once(struct connect *connect, struct pmc_error *err)
{
	int r;

	if (connect->client)
		return 0;
	if (!connect->home.path) {
		r = home_find(&connect->home, err);
		if (r < 0)
			return r;
	}
	return client_connect(connect->home.socket_path, HELLO_MS, &connect->client, err);
}

/* A listener that somebody still holds, but whose engine just died: the next one answers, or there
 * is soon nobody. */
int connect_existing(struct connect *connect, struct pmc_error *err)
{
	int64_t deadline_ms = clock_now_ms() + AGAIN_MS;
	int r = try_once(connect, err);

	while (worth_another_try(r) && !nobody_there(r) && clock_now_ms() < deadline_ms) {
		pause_ms(2);
		r = try_once(connect, err);
	}
	return r;
}

/* Wait for the daemon that was launched. One that was just ending when it was asked for is launched
 * once more. */
static int wait_for_daemon(struct connect *connect, struct launch *launch, struct pmc_error *err)
{
	int64_t start_ms = clock_now_ms(), launched_ms = start_ms;
	int r;

	do {
		pause_ms(1);
		r = try_once(connect, err);
		if (!worth_another_try(r))
			return r;
		if (launch_look(launch) == LAUNCH_FAILED)
			break;
		if (launch->state == LAUNCH_ALREADY &&
		    clock_now_ms() - launched_ms > AGAIN_EVERY_MS) {
			r = launch_daemon(launch, err);
			if (r < 0)
				return r;
			launched_ms = clock_now_ms();
		}
	} while (clock_now_ms() - start_ms < START_MS);
	return launch_explain(launch, &connect->home, err);
}

int connect_or_start(struct connect *connect, struct pmc_error *err)
{
	_cleanup_(launch_done) struct launch launch = LAUNCH_NONE;
	int r = connect_existing(connect, err);

	if (!nobody_there(r) || !connect->home.path)
		return r;
	connect->first = access(connect->home.path, F_OK) < 0;
	r = launch_daemon(&launch, err);
	if (r < 0)
		return r;
	r = wait_for_daemon(connect, &launch, err);
	connect->started = r == 0 && launch_look(&launch) != LAUNCH_ALREADY;
	return r;
}

void connect_drop(struct connect *connect)
{
	client_destroy(connect->client);
	connect->client = NULL;
}

int connect_again(struct connect *connect, struct pmc_error *err)
{
	int64_t deadline_ms = clock_now_ms() + AGAIN_MS;
	int r;

	connect_drop(connect);
	do {
		r = try_once(connect, err);
		if (!worth_another_try(r))
			return r;
		pause_ms(2);
	} while (clock_now_ms() < deadline_ms);
	return r;
}
