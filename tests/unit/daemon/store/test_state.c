#include "tests/unit/daemon/loop_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "daemon/store/state.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "tests/unit/skip.h"

struct answer {
	int result;
	bool came;
	char message[PMC_ERROR_MESSAGE_MAX];
};

static struct loop_fixture fx;
static struct state_store *store;
static struct state_rows rows;
static struct pmc_error err;

static int set_up(void **state)
{
	loop_fixture_set_up(&fx);
	store = NULL;
	rows = (struct state_rows){};
	return 0;
}

static int open_store(void)
{
	err = (struct pmc_error){};
	return state_open(&fx.handles, fx.home, &store, &rows, &err);
}

static void close_store(void)
{
	state_close(store);
	store = NULL;
	state_rows_done(&rows);
}

static int tear_down(void **state)
{
	close_store();
	loop_fixture_tear_down(&fx);
	return 0;
}

static void on_answer(int result, const struct pmc_error *error, void *owner)
{
	struct answer *answer = owner;

	answer->result = result;
	answer->came = true;
	snprintf(answer->message, sizeof(answer->message), "%s", error->message);
}

static void put_start(struct state_change *change, const char *name, int pm_id)
{
	char app[64], spec[64];

	snprintf(app, sizeof(app), "%s", name);
	snprintf(spec, sizeof(spec), "{\"script\":\"%s.js\"}", name);
	state_change_put_app(change, &(struct state_app){.name = app,
							 .spec_json = spec,
							 .env_json = (char[]){"{}"},
							 .unique_id = (char[]){"u1"},
							 .created_us = 5});
	state_change_put_instance(
		change,
		&(struct state_instance){
			.pm_id = pm_id, .app = app, .number = 0, .wanted = true, .generation = 7});
}

static struct state_change *start_of(const char *name, int pm_id)
{
	struct state_change *change = state_change_create();

	put_start(change, name, pm_id);
	return change;
}

static int commit(struct state_change *change)
{
	struct answer answer = {};

	state_commit(store, change, on_answer, &answer);
	assert_false(answer.came); /* never from inside the call */
	loop_fixture_wait(&fx, &answer.came);
	snprintf(err.message, sizeof(err.message), "%s", answer.message);
	return answer.result;
}

static void open_good(void)
{
	if (open_store() < 0)
		fail_msg("%s", err.message);
}

static void a_fresh_home_gets_an_empty_store(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "state.db");
	int64_t begin_ms = clock_now_ms();
	struct stat st;

	open_good();
	print_message("# a fresh state.db took %d ms\n", (int)(clock_now_ms() - begin_ms));
	assert_int_equal(rows.app_count, 0);
	assert_int_equal(rows.instance_count, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void what_was_committed_is_there_after_the_next_start(void **state)
{
	open_good();
	assert_int_equal(commit(start_of("web", 3)), 0);
	assert_int_equal(commit(start_of("api", 1)), 0);
	close_store();
	open_good();
	assert_int_equal(rows.app_count, 2);
	assert_string_equal(rows.apps[0].name, "api");
	assert_string_equal(rows.apps[1].spec_json, "{\"script\":\"web.js\"}");
	assert_string_equal(rows.apps[1].unique_id, "u1");
	assert_int_equal(rows.apps[1].created_us, 5);
	assert_int_equal(rows.instance_count, 2);
	assert_int_equal(rows.instances[0].pm_id, 1); /* by id */
	assert_string_equal(rows.instances[1].app, "web");
	assert_true(rows.instances[1].wanted);
	assert_int_equal(rows.instances[1].generation, 7);
}

static void deleted_and_replaced_rows_stay_so(void **state)
{
	struct state_change *change = state_change_create();

	open_good();
	assert_int_equal(commit(start_of("web", 0)), 0);
	assert_int_equal(commit(start_of("api", 1)), 0);
	state_change_delete_app(change, "web");
	state_change_delete_instance(change, 0);
	state_change_put_instance(
		change,
		&(struct state_instance){.pm_id = 1, .app = (char[]){"api"}, .wanted = false});
	assert_int_equal(commit(change), 0);
	close_store();
	open_good();
	assert_int_equal(rows.app_count, 1);
	assert_int_equal(rows.instance_count, 1);
	assert_false(rows.instances[0].wanted);
	change = state_change_create();
	state_change_forget_all(change);
	assert_int_equal(commit(change), 0);
	close_store();
	open_good();
	assert_int_equal(rows.app_count + rows.instance_count, 0);
}

static void a_repeated_request_changes_nothing(void **state)
{
	struct state_change *change;

	open_good();
	change = start_of("web", 0);
	state_change_request(change, "r-1");
	assert_int_equal(commit(change), 0);
	change = start_of("api", 1);
	state_change_request(change, "r-1");
	assert_int_equal(commit(change), -EALREADY);
	close_store();
	open_good(); /* the id is known to the next engine too */
	assert_int_equal(rows.app_count, 1);
	change = start_of("api", 1);
	state_change_request(change, "r-1");
	assert_int_equal(commit(change), -EALREADY);
	change = start_of("api", 1);
	state_change_request(change, "r-2");
	assert_int_equal(commit(change), 0);
}

static int ask(const char *request_id)
{
	struct state_change *change = start_of("web", 0);

	state_change_request(change, request_id);
	state_change_only_ask(change);
	return commit(change);
}

static void asking_for_a_request_stores_nothing(void **state)
{
	struct state_change *change;

	open_good();
	for (int i = 0; i < 2; i++)
		assert_int_equal(ask("r-1"), 0);
	change = start_of("api", 1);
	state_change_request(change, "r-1");
	assert_int_equal(commit(change), 0);
	assert_int_equal(ask("r-1"), -EALREADY);
	close_store();
	open_good();
	assert_int_equal(rows.app_count, 1);
	assert_string_equal(rows.apps[0].name, "api");
}

static void sql(const char *statement)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "state.db");
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_request_of_yesterday_is_forgotten(void **state)
{
	struct state_change *change = start_of("web", 0);

	open_good();
	state_change_request(change, "r-1");
	assert_int_equal(commit(change), 0);
	close_store();
	sql("UPDATE request SET time_us = time_us - 7200000000");
	open_good();
	change = start_of("web", 0);
	state_change_request(change, "r-1");
	assert_int_equal(commit(change), 0);
}

static void an_empty_change_answers_too(void **state)
{
	open_good();
	assert_int_equal(commit(state_change_create()), 0);
}

static void answers_come_in_the_order_of_the_calls(void **state)
{
	struct answer answers[20] = {};

	open_good();
	for (int i = 0; i < 20; i++)
		state_commit(store, start_of("web", i), on_answer, &answers[i]);
	loop_fixture_wait(&fx, &answers[10].came);
	for (int i = 0; i < 10; i++)
		assert_true(answers[i].came);
	close_store(); /* waits for the rest, and answers it */
	assert_true(answers[19].came);
	open_good();
	assert_int_equal(rows.instance_count, 20);
}

/* --- death --- */

static void acknowledge(int result, const struct pmc_error *error, void *owner)
{
	if (write(*(int *)owner, result == 0 ? "+" : "-", 1) != 1)
		abort();
}

/* In the child: commits without end, each answer one byte into the pipe. */
static void commit_until_killed(int answers)
{
	struct handles handles;
	uv_loop_t loop;

	alarm(DEADLINE_MS / 1000);
	uv_loop_init(&loop);
	handles_init(&handles, &loop);
	if (state_open(&handles, fx.home, &store, &rows, NULL) < 0)
		_exit(1);
	for (int i = 0;; i++) {
		state_commit(store, start_of("web", i), acknowledge, &answers);
		uv_run(&loop, UV_RUN_ONCE);
	}
}

static int read_answers(int fd, int count)
{
	char answer;
	int got = 0;

	while (got < count && read(fd, &answer, 1) == 1)
		got += answer == '+';
	return got;
}

static void what_was_answered_survives_sigkill(void **state)
{
	for (int round = 1; round <= 5; round++) {
		int ends[2], acknowledged;
		pid_t child;

		assert_int_equal(pipe(ends), 0);
		child = fork();
		if (child == 0)
			commit_until_killed(ends[1]);
		close(ends[1]);
		acknowledged = read_answers(ends[0], round * 7);
		kill(child, SIGKILL);
		acknowledged += read_answers(ends[0], INT32_MAX);
		close(ends[0]);
		assert_int_equal(waitpid(child, NULL, 0), child);
		open_good();
		assert_in_range(rows.instance_count, acknowledged, acknowledged + 1);
		assert_true(rows.app_count == 1 || acknowledged == 0);
		close_store();
		sql("DELETE FROM instance");
	}
}

/* --- files that are not as they should be --- */

static void make_good_store(void)
{
	struct state_change *change = state_change_create();

	open_good();
	for (int i = 0; i < 200; i++)
		put_start(change, "web", i);
	state_commit(store, change, NULL, NULL);
	close_store();
}

static void read_file(const char *name, struct str *content)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, name);

	assert_int_equal(fdio_read_file(AT_FDCWD, path, 1 << 24, content, NULL), 0);
}

static void damage(off_t offset, size_t bytes, int value)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "state.db");
	int fd = open(path, O_WRONLY);

	for (size_t i = 0; i < bytes; i++) {
		char byte = (char)(value < 0 ? random() : value);

		assert_int_equal(pwrite(fd, &byte, 1, offset + (off_t)i), 1);
	}
	close(fd);
}

static void assert_refused_and_untouched(const char *hint)
{
	_cleanup_(str_done) struct str before = {}, after = {};

	read_file("state.db", &before);
	assert_int_equal(open_store(), -EUCLEAN);
	assert_null(store);
	assert_non_null(strstr(err.message, "state.db"));
	if (!strstr(err.hint, hint))
		fail_msg("'%s' is not in '%s'", hint, err.hint);
	read_file("state.db", &after);
	assert_int_equal(before.len, after.len);
	if (before.len > 0)
		assert_memory_equal(before.data, after.data, before.len);
}

static void a_zeroed_page_is_found(void **state)
{
	_cleanup_(str_done) struct str content = {};

	make_good_store();
	read_file("state.db", &content);
	for (off_t page = 1; page < (off_t)(content.len / 4096); page++) {
		damage(page * 4096, 4096, 0);
		assert_refused_and_untouched("state.db.1");
		_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "state.db");
		assert_int_equal(fdio_replace_file(AT_FDCWD, path, content.data, content.len), 0);
	}
	open_good();
}

static void a_random_header_is_found(void **state)
{
	make_good_store();
	damage(0, 100, -1);
	assert_refused_and_untouched("state.db.1");
}

static void a_cut_file_is_found(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "state.db");
	struct stat st;

	make_good_store();
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 4096), 0);
	assert_refused_and_untouched("state.db.1");
	assert_int_equal(truncate(path, 50), 0);
	assert_refused_and_untouched("state.db.1");
	assert_int_equal(truncate(path, 0), 0);
	assert_refused_and_untouched("state.db.1");
}

static void a_foreign_file_is_left_alone(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "state.db");
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE song (title)", NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	assert_refused_and_untouched("there is no copy");
	assert_non_null(strstr(err.message, "another program"));
	assert_int_equal(fdio_replace_file(AT_FDCWD, path, "{\"apps\":[]}\n", 12), 0);
	assert_refused_and_untouched("there is no copy");
}

static void a_link_a_folder_or_a_fifo_is_refused(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "state.db");

	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(open_store(), -EUCLEAN);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(open_store(), -EUCLEAN);
	rmdir(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(open_store(), -EUCLEAN); /* and does not hang */
}

static void the_log_of_a_dead_engine_is_not_folded_into_a_corrupt_file(void **state)
{
	_cleanup_(str_done) struct str log_before = {}, log_after = {};
	int ends[2];
	pid_t child;

	make_good_store();
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0)
		commit_until_killed(ends[1]);
	assert_int_equal(read_answers(ends[0], 5), 5);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	damage(4 * 4096, 4096, -1); /* requests: the log has nothing of them */
	read_file("state.db-wal", &log_before);
	assert_refused_and_untouched("state.db.1");
	read_file("state.db-wal", &log_after);
	assert_int_equal(log_before.len, log_after.len);
}

static void a_store_of_a_newer_version_is_refused(void **state)
{
	make_good_store();
	sql("PRAGMA user_version = 1000");
	assert_int_equal(open_store(), -ENOTSUP);
	assert_non_null(strstr(err.message, "newer"));
}

static void a_left_over_log_is_not_applied_to_a_new_file(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "state.db");
	_cleanup_(mem_freep) char *log = loop_fixture_path(&fx, "state.db-wal");

	assert_int_equal(fdio_replace_file(AT_FDCWD, log, "rubbish", 7), 0);
	open_good();
	close_store();
	assert_int_equal(access(path, F_OK), 0);
}

/* --- copies --- */

static void copies_are_made_of_what_changed(void **state)
{
	_cleanup_(str_done) struct str first = {}, second = {}, again = {};
	_cleanup_(mem_freep) char *copy1 = loop_fixture_path(&fx, "state.db.1");
	_cleanup_(mem_freep) char *copy2 = loop_fixture_path(&fx, "state.db.2");
	struct stat st;

	open_good();
	close_store();
	assert_int_equal(access(copy1, F_OK), -1); /* nothing to keep yet */
	open_good();
	assert_int_equal(commit(start_of("web", 0)), 0);
	close_store();
	read_file("state.db.1", &first);
	open_good();
	close_store();
	read_file("state.db.1", &again);
	assert_int_equal(first.len, again.len);
	assert_memory_equal(first.data, again.data, first.len);
	assert_int_equal(access(copy2, F_OK), -1); /* the same: not kept twice */
	open_good();
	assert_int_equal(commit(start_of("api", 1)), 0);
	close_store();
	read_file("state.db.2", &second);
	assert_memory_equal(first.data, second.data, first.len);
	assert_int_equal(stat(copy1, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_copy_put_back_by_hand_works(void **state)
{
	_cleanup_(str_done) struct str command = {};
	const char *begin;

	make_good_store();
	damage(0, 4096, -1);
	assert_refused_and_untouched("to restore it: ");
	begin = strstr(err.hint, "to restore it: ") + strlen("to restore it: ");
	str_append(&command, begin);
	assert_int_equal(system(str_cstr(&command)), 0); /* as the hint says it */
	open_good();
	assert_int_equal(rows.instance_count, 200);
}

/* --- disks --- */

static bool mount_small(const char *options)
{
	return mount("pmc-unit", fx.home, "tmpfs", 0, options) == 0;
}

static void a_full_disk_refuses_the_whole_change(void **state)
{
	_cleanup_(mem_freep) char *filler = loop_fixture_path(&fx, "filler");
	struct state_change *change;
	struct str env = {};
	int fd, refused = 0;

	if (!mount_small("size=512k"))
		SKIP_BECAUSE("cannot mount here");
	open_good();
	assert_int_equal(commit(start_of("web", 0)), 0);
	fd = open(filler, O_WRONLY | O_CREAT, 0600);
	str_append_repeat(&env, 'x', 65536);
	while (write(fd, env.data, 4096) > 0)
		;
	close(fd);
	for (int i = 1; i < 8 && refused == 0; i++) {
		change = start_of("big", i);
		state_change_put_app(change, &(struct state_app){.name = (char[]){"big"},
								 .spec_json = env.data,
								 .env_json = env.data,
								 .unique_id = (char[]){"u"}});
		refused = commit(change);
	}
	str_done(&env);
	assert_int_equal(refused, -ENOSPC);
	assert_non_null(strstr(err.message, "no space left"));
	unlink(filler);
	assert_int_equal(commit(start_of("api", 20)), 0); /* and goes on when there is room */
	close_store();
	open_good();
	assert_int_equal(rows.instances[0].pm_id, 0);
	assert_int_equal(rows.instances[rows.instance_count - 1].pm_id, 20);
	assert_int_equal(rows.apps[0].name[0], 'a');
	close_store();
	umount(fx.home);
}

static void a_read_only_disk_is_said(void **state)
{
	if (!mount_small("size=512k,ro"))
		SKIP_BECAUSE("cannot mount here");
	assert_int_equal(open_store(), -EROFS);
	assert_non_null(strstr(err.message, "read-only"));
	umount(fx.home);
}

static void a_lock_of_another_program_refuses_and_passes(void **state)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fx, "state.db");
	sqlite3 *other = NULL;

	open_good();
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(commit(start_of("web", 0)), -EBUSY);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(commit(start_of("web", 0)), 0);
	sqlite3_close(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fresh_home_gets_an_empty_store),
		TEST(what_was_committed_is_there_after_the_next_start),
		TEST(deleted_and_replaced_rows_stay_so),
		TEST(a_repeated_request_changes_nothing),
		TEST(asking_for_a_request_stores_nothing),
		TEST(a_request_of_yesterday_is_forgotten),
		TEST(an_empty_change_answers_too),
		TEST(answers_come_in_the_order_of_the_calls),
		TEST(what_was_answered_survives_sigkill),
		TEST(a_zeroed_page_is_found),
		TEST(a_random_header_is_found),
		TEST(a_cut_file_is_found),
		TEST(a_foreign_file_is_left_alone),
		TEST(a_link_a_folder_or_a_fifo_is_refused),
		TEST(the_log_of_a_dead_engine_is_not_folded_into_a_corrupt_file),
		TEST(a_store_of_a_newer_version_is_refused),
		TEST(a_left_over_log_is_not_applied_to_a_new_file),
		TEST(copies_are_made_of_what_changed),
		TEST(a_copy_put_back_by_hand_works),
		TEST(a_full_disk_refuses_the_whole_change),
		TEST(a_read_only_disk_is_said),
		TEST(a_lock_of_another_program_refuses_and_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
