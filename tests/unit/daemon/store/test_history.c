#include "tests/unit/daemon/loop_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "daemon/bus/bus.h"
#include "daemon/store/history.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"

struct answer {
	int result;
	bool came;
	size_t count;
	struct event *events;
	struct pmc_error err;
};

static struct loop_fixture fx;
static struct bus *bus;
static struct history *history;
static struct answer answer;
static struct event last_heard;
static bool repaired;

static void hear(const struct event *event, void *owner)
{
	last_heard = *event;
	repaired = repaired || event->type == EVENT_STORE_REPAIRED;
}

static int shm_fd = -1; /* where the journal is */

static void begin(void)
{
	bus = bus_create(&fx.handles);
	bus_subscribe(bus, hear, NULL);
	history = history_create(&fx.handles, bus, fx.home, shm_fd, "boot", 30);
}

static void end(void)
{
	if (bus)
		bus_drain(bus);
	history_close(history, DEADLINE_MS);
	bus_destroy(bus);
	history = NULL;
	bus = NULL;
}

static int set_up(void **state)
{
	loop_fixture_set_up(&fx);
	repaired = false;
	answer = (struct answer){};
	begin();
	return 0;
}

static int tear_down(void **state)
{
	end();
	free(answer.events);
	loop_fixture_tear_down(&fx);
	return 0;
}

static struct event exit_of(const char *app, uint64_t seq, int code)
{
	struct event event = {.type = EVENT_APP_EXIT,
			      .cause = CAUSE_CRASH,
			      .pm_id = 3,
			      .number = 1,
			      .pid = 812,
			      .seq = seq,
			      .code = code,
			      .signal = -1,
			      .core = true};

	snprintf(event.app, sizeof(event.app), "%s", app);
	snprintf(event.detail, sizeof(event.detail), "exit %d", code);
	return event;
}

static void publish(const char *app, uint64_t seq, int code)
{
	struct event event = exit_of(app, seq, code);

	bus_publish(bus, &event);
}

static void on_answer(int result, const struct event *events, size_t count,
		      const struct pmc_error *err, void *owner)
{
	free(answer.events);
	answer = (struct answer){.result = result, .came = true, .count = count, .err = *err};
	answer.events = mem_dup(events, count * sizeof(*events));
}

static void ask(const struct history_query *query)
{
	answer.came = false;
	bus_drain(bus);
	history_query(history, query, on_answer, NULL);
	assert_false(answer.came);
	loop_fixture_wait(&fx, &answer.came);
}

static void ask_all(void)
{
	ask(&(struct history_query){});
	if (answer.result < 0)
		fail_msg("%s", answer.err.message);
}

static void an_event_comes_back_as_it_was(void **state)
{
	publish("web", 77, 42);
	ask_all();
	assert_int_equal(answer.count, 1);

	const struct event *event = &answer.events[0];

	assert_int_equal(event->id, 1);
	assert_int_equal(event->type, EVENT_APP_EXIT);
	assert_int_equal(event->cause, CAUSE_CRASH);
	assert_string_equal(event->app, "web");
	assert_int_equal(event->pm_id, 3);
	assert_int_equal(event->number, 1);
	assert_int_equal(event->pid, 812);
	assert_int_equal(event->seq, 77);
	assert_int_equal(event->code, 42);
	assert_int_equal(event->signal, -1);
	assert_true(event->core);
	assert_string_equal(event->detail, "exit 42");
	assert_int_equal(event->time_us, last_heard.time_us);
}

static void ids_go_on_over_engines(void **state)
{
	publish("web", 1, 0);
	publish("web", 2, 0);
	ask_all();
	end();
	begin();
	publish("web", 3, 0); /* before the file could be opened */
	ask_all();
	assert_int_equal(answer.count, 3);
	assert_int_equal(answer.events[2].id, 3);
	publish("web", 4, 0);
	ask_all();
	assert_int_equal(answer.events[3].id, 4);
	assert_int_equal(last_heard.id, 4); /* what followers see is the same number */
}

static void a_fact_reported_by_two_engines_is_stored_once(void **state)
{
	publish("web", 5, 3);
	ask_all();
	end();
	begin();
	publish("web", 5, 3);
	publish("web", 6, 3);
	ask_all();
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.events[1].seq, 6);
}

static void what_may_happen_again_in_a_life_is_stored_again(void **state)
{
	struct event event = exit_of("web", 5, -1);

	event.type = EVENT_LOG_STALLED;
	bus_publish(bus, &event);
	bus_publish(bus, &event);
	event = exit_of("web", 0, 3); /* of no known life */
	bus_publish(bus, &event);
	bus_publish(bus, &event);
	ask_all();
	assert_int_equal(answer.count, 4);
}

static void a_query_has_bounds(void **state)
{
	int64_t now = clock_wall_us();

	for (int i = 0; i < 10; i++) {
		struct event event = exit_of(i % 2 ? "odd" : "even", 0, i);

		event.time_us = now + i;
		bus_publish(bus, &event);
	}
	ask(&(struct history_query){.since_us = now + 2, .until_us = now + 4});
	assert_int_equal(answer.count, 3);
	assert_int_equal(answer.events[0].time_us, now + 2);
	ask(&(struct history_query){.limit = 2});
	assert_int_equal(answer.count, 2); /* the newest, oldest first */
	assert_int_equal(answer.events[0].code, 8);
	assert_int_equal(answer.events[1].code, 9);
	ask(&(struct history_query){.app = "odd", .since_us = now + 4});
	assert_int_equal(answer.count, 3);
	assert_int_equal(answer.events[0].code, 5);
	ask(&(struct history_query){.app = "nobody"});
	assert_int_equal(answer.count, 0);
}

static void events_are_in_the_order_of_the_facts(void **state)
{
	struct event late = exit_of("web", 1, 1), early = exit_of("web", 2, 2);

	late.time_us = clock_wall_us();
	early.time_us = late.time_us - 1000; /* found out later: it ended while no engine ran */
	bus_publish(bus, &late);
	bus_publish(bus, &early);
	ask_all();
	assert_int_equal(answer.events[0].code, 2);
	assert_int_equal(answer.events[1].code, 1);
}

static int64_t count_in_file(void)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "history.db");
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t count = -1;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "SELECT count(*) FROM event", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		count = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return count;
}

/* Turn the loop until the file has so many events, without asking the history for anything. */
static void wait_for_file(int64_t count)
{
	int64_t deadline_ms = clock_now_ms() + DEADLINE_MS;

	while (count_in_file() != count) {
		if (clock_now_ms() > deadline_ms)
			fail_msg("the file has %lld events, not %lld", (long long)count_in_file(),
				 (long long)count);
		uv_run(&fx.loop, UV_RUN_NOWAIT);
	}
}

static void events_are_written_by_themselves(void **state)
{
	publish("web", 1, 1);
	wait_for_file(1);
	publish("web", 2, 1);
	publish("web", 3, 1);
	wait_for_file(3);
}

static void a_quiet_history_wakes_nobody(void **state)
{
	publish("web", 1, 1);
	wait_for_file(1);
	uv_run(&fx.loop, UV_RUN_DEFAULT); /* ends by itself: no timer is left */
	assert_false(uv_loop_alive(&fx.loop));
}

/* Many facts have the same time: the id tells where the page before ended. */
static void pages_meet_without_a_gap_or_a_double(void **state)
{
	struct history_query query = {.limit = 7};
	int64_t begin_us = clock_wall_us();
	uint64_t next = 30;

	for (int i = 1; i <= 30; i++) {
		struct event event = exit_of("web", (uint64_t)i, 1);

		event.time_us = begin_us + i / 10;
		bus_publish(bus, &event);
	}
	while (next > 0) {
		ask(&query);
		assert_true(answer.count > 0);
		for (size_t i = answer.count; i-- > 0;)
			assert_int_equal(answer.events[i].seq, next--);
		query.until_us = answer.events[0].time_us;
		query.before_id = (int64_t)answer.events[0].id;
	}
	ask(&query);
	assert_int_equal(answer.count, 0);
}

/* In the child: publish, and die before anything could be stored. */
static void an_engine_that_is_killed(int first, int count)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		uv_loop_t loop;
		struct handles handles;

		alarm(DEADLINE_MS / 1000);
		uv_loop_init(&loop);
		handles_init(&handles, &loop);
		bus = bus_create(&handles);
		history_create(&handles, bus, fx.home, shm_fd, "boot", 30);
		for (int i = first; i < first + count; i++)
			publish("web", (uint64_t)i, i);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void what_killed_engines_could_not_store_is_stored_once(void **state)
{
	end();
	shm_fd = open(fx.home, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	an_engine_that_is_killed(1, 3);
	an_engine_that_is_killed(4, 2);
	begin();
	ask(&(struct history_query){});
	assert_int_equal(answer.count, 5);
	for (size_t i = 0; i < answer.count; i++)
		assert_int_equal(answer.events[i].seq, i + 1);
	publish("web", 6, 6);
	ask(&(struct history_query){});
	assert_int_equal(answer.count, 6);
	end();
	begin();
	ask(&(struct history_query){});
	assert_int_equal(answer.count, 6); /* nothing is told again */
	end();
	close(shm_fd);
	shm_fd = -1;
	begin();
}

static void a_storm_is_cheap(void **state)
{
	int64_t begin_ms = clock_now_ms(), published_ms;

	for (int i = 1; i <= 10000; i++)
		publish("web", (uint64_t)i, 1);
	bus_drain(bus);
	published_ms = clock_now_ms();
	ask(&(struct history_query){.limit = 10000});
	assert_int_equal(answer.count, HISTORY_LIMIT_MAX); /* one page, the newest */
	assert_int_equal(answer.events[answer.count - 1].seq, 10000);
	print_message("# 10000 events: %d ms on the loop, %d ms until all were stored and read\n",
		      (int)(published_ms - begin_ms), (int)(clock_now_ms() - begin_ms));
}

static void old_events_are_forgotten(void **state)
{
	struct event event = exit_of("web", 0, 1);

	event.time_us = clock_wall_us() - INT64_C(31) * 86400 * 1000000;
	bus_publish(bus, &event);
	publish("web", 0, 2);
	ask_all();
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.events[0].code, 2);
}

static void the_end_writes_what_waits(void **state)
{
	publish("web", 1, 1);
	bus_drain(bus);
	end();
	assert_int_equal(count_in_file(), 1);
}

static void write_until_killed(int ready)
{
	for (uint64_t i = 1;; i++) {
		publish("web", i, 1);
		ask_all();
		if (answer.count == 0 || write(ready, "+", 1) != 1)
			abort();
	}
}

static void what_was_written_survives_sigkill(void **state)
{
	int ends[2];
	char bytes[20];
	pid_t child;

	end();
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		alarm(DEADLINE_MS / 1000);
		uv_loop_init(&fx.loop); /* in place of the parent's */
		handles_init(&fx.handles, &fx.loop);
		begin();
		write_until_killed(ends[1]);
	}
	for (int got = 0; got < 20;)
		got += (int)read(ends[0], bytes, sizeof(bytes) - (size_t)got);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	begin();
	ask_all();
	assert_true(answer.count >= 20);
	assert_false(repaired);
}

/* --- trouble --- */

static char *find_set_aside(void)
{
	char *found = NULL;
	uv_fs_t scan;
	uv_dirent_t entry;

	assert_true(uv_fs_scandir(NULL, &scan, fx.home, 0, NULL) >= 0);
	while (uv_fs_scandir_next(&scan, &entry) == 0) {
		if (strncmp(entry.name, "history.db.corrupt-", 19) != 0 ||
		    strchr(entry.name + 19, '-'))
			continue; /* not it, or its log or index */
		free(found);
		found = loop_fixture_path(&fx, entry.name);
	}
	uv_fs_req_cleanup(&scan);
	return found;
}

static void damage(off_t offset, const void *data, size_t len)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "history.db");
	int fd = open(path, O_WRONLY);

	assert_int_equal(pwrite(fd, data, len, offset), (ssize_t)len);
	close(fd);
}

static void fill_and_end(void)
{
	for (uint64_t i = 1; i <= 2000; i++)
		publish("web", i, 1);
	ask_all();
	end();
}

static void a_corrupt_file_is_set_aside_at_start(void **state)
{
	static const char zeros[4096];

	fill_and_end();
	damage(8192, zeros, sizeof(zeros));
	begin();
	publish("web", 5000, 9);
	ask_all();
	assert_int_equal(answer.count, 1);
	_cleanup_(mem_freep) char *aside = find_set_aside();
	assert_non_null(aside);
	loop_fixture_wait(&fx, &repaired);
	assert_non_null(strstr(last_heard.detail, "history.db.corrupt-"));
}

static void rubbish_is_set_aside_too(void **state)
{
	fill_and_end();
	damage(0, "this is not a database at all", 29);
	begin();
	ask_all();
	loop_fixture_wait(&fx, &repaired);
	_cleanup_(mem_freep) char *aside = find_set_aside();
	assert_non_null(aside);
}

static void a_file_that_goes_bad_while_open_is_set_aside(void **state)
{
	char noise[4096];

	fill_and_end();
	begin();
	ask(&(struct history_query){.limit = 1}); /* open, and nearly nothing of it in memory */
	memset(noise, 0xa5, sizeof(noise));
	for (off_t page = 1; page < 20; page++)
		damage(page * 4096, noise, sizeof(noise));
	for (uint64_t i = 3000; i < 3100; i++)
		publish("api", i, 9);
	ask(&(struct history_query){});
	loop_fixture_wait(&fx, &repaired);
	publish("api", 9999, 9);
	ask_all();
	assert_true(answer.count > 0);
	assert_int_equal(answer.events[answer.count - 1].type, EVENT_APP_EXIT);
}

static void a_removed_file_is_made_again(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "history.db");

	publish("web", 1, 1);
	ask_all();
	assert_int_equal(unlink(path), 0);
	publish("web", 2, 1);
	ask_all();
	assert_int_equal(answer.count, 1);
	assert_int_equal(count_in_file(), 1);
}

static void something_that_is_no_file_is_left_alone(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "history.db");
	struct stat st;

	end();
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	begin();
	ask(&(struct history_query){});
	assert_int_equal(answer.result, -EUCLEAN);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
}

static sqlite3 *lock_file(void)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "history.db");
	sqlite3 *other = NULL;

	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	return other;
}

static void while_it_is_locked_events_wait(void **state)
{
	sqlite3 *other;

	publish("web", 1, 1);
	ask_all();
	other = lock_file();
	publish("web", 2, 1);
	ask(&(struct history_query){});
	assert_int_equal(answer.result, -EBUSY);
	publish("web", 3, 1);
	bus_drain(bus);
	sqlite3_close(other);
	wait_for_file(3); /* tried again by itself */
}

static void what_waits_is_bounded(void **state)
{
	sqlite3 *other;

	ask_all();
	other = lock_file();
	for (uint64_t i = 1; i <= HISTORY_QUEUE_MAX + 500; i++)
		publish("web", i, 1);
	bus_drain(bus);
	sqlite3_close(other);
	wait_for_file(HISTORY_QUEUE_MAX);
	ask(&(struct history_query){.limit = 1});
	assert_int_equal(answer.events[0].seq, HISTORY_QUEUE_MAX + 500); /* the oldest went */
}

static void a_lock_at_start_passes(void **state)
{
	sqlite3 *other;

	publish("web", 1, 1);
	ask_all();
	end();
	other = lock_file();
	begin();
	publish("web", 2, 1);
	ask(&(struct history_query){});
	assert_int_equal(answer.result, -EBUSY);
	sqlite3_close(other);
	ask_all();
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.events[1].id, 2);
}

static void a_lock_does_not_hold_up_the_end(void **state)
{
	sqlite3 *other;
	int64_t begin_ms;

	ask_all();
	other = lock_file();
	publish("web", 1, 1);
	bus_drain(bus);
	begin_ms = clock_now_ms();
	end();
	assert_true(clock_now_ms() - begin_ms < DEADLINE_MS / 2);
	sqlite3_close(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_event_comes_back_as_it_was),
		TEST(ids_go_on_over_engines),
		TEST(a_fact_reported_by_two_engines_is_stored_once),
		TEST(what_may_happen_again_in_a_life_is_stored_again),
		TEST(a_query_has_bounds),
		TEST(events_are_in_the_order_of_the_facts),
		TEST(events_are_written_by_themselves),
		TEST(a_quiet_history_wakes_nobody),
		TEST(pages_meet_without_a_gap_or_a_double),
		TEST(what_killed_engines_could_not_store_is_stored_once),
		TEST(a_storm_is_cheap),
		TEST(old_events_are_forgotten),
		TEST(the_end_writes_what_waits),
		TEST(what_was_written_survives_sigkill),
		TEST(a_corrupt_file_is_set_aside_at_start),
		TEST(rubbish_is_set_aside_too),
		TEST(a_file_that_goes_bad_while_open_is_set_aside),
		TEST(a_removed_file_is_made_again),
		TEST(something_that_is_no_file_is_left_alone),
		TEST(while_it_is_locked_events_wait),
		TEST(what_waits_is_bounded),
		TEST(a_lock_at_start_passes),
		TEST(a_lock_does_not_hold_up_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
