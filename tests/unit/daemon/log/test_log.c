#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/bus/event.h"
#include "daemon/log/log.h"
#include "rig.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"

static int setup(void **state)
{
	static struct rig rig;

	rig_setup(&rig);
	rig_engine_start(&rig);
	*state = &rig;
	return 0;
}

static int teardown(void **state)
{
	rig_engine_stop(*state);
	rig_teardown(*state);
	return 0;
}

static void assert_file(const char *path, const char *expected)
{
	_cleanup_(str_done) struct str content = {};

	rig_read(path, &content);
	assert_string_equal(str_cstr(&content), expected);
}

/* The file has only lines equal to `rest`, but for its first and last line (NULL: these too). */
static void assert_lines(const char *path, const char *first, const char *rest, const char *last)
{
	_cleanup_(str_done) struct str content = {}, expected = {};
	size_t edges = (first ? strlen(first) : 0) + (last ? strlen(last) : 0);

	rig_read(path, &content);
	str_append(&expected, first ? first : "");
	for (size_t left = content.len - edges; left >= strlen(rest); left -= strlen(rest))
		str_append(&expected, rest);
	str_append(&expected, last ? last : "");
	assert_string_equal(str_cstr(&content), str_cstr(&expected));
}

static void what_an_app_says_is_in_its_file(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\ntwo\n");
	rig_drain(rig, 0);
	assert_file(rig_path(rig, "out.log"), "one\ntwo\n");
}

static void a_half_line_gets_its_end_when_the_process_is_gone(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\nhalf");
	rig_drain(rig, 0);
	rig_say(rig, 0, "next life\n");
	rig_drain(rig, 0);
	assert_file(rig_path(rig, "out.log"), "one\nhalf\nnext life\n");
}

static void wait_quiet(struct rig *rig, int n)
{
	while (!log_stream_is_quiet(rig->stream[n]))
		rig_turn(rig);
}

/* What is said makes it loud at once, before its thread has seen it. */
static void a_stream_is_quiet_when_all_that_was_said_is_in_its_file(void **state)
{
	struct rig *rig = *state;
	struct log_config raw = rig_config(rig, "raw.log"), dated = rig_config(rig, "dated.log");

	dated.date_format = "[T]";
	rig_open(rig, 0, &raw);
	rig_open(rig, 1, &dated);
	for (int i = 0; i < 10; i++) {
		for (int n = 0; n < 2; n++) {
			rig_say(rig, n, "one\ntwo\n");
			wait_quiet(rig, n);
		}
	}
	rig_wait_size(rig, rig_path(rig, "raw.log"), 10 * 8);
	rig_say(rig, 0, "three\n");
	rig_say(rig, 1, "three\n");
	wait_quiet(rig, 0);
	wait_quiet(rig, 1);
	assert_lines(rig_path(rig, "raw.log"), NULL, "one\ntwo\n", "three\n");
	assert_lines(rig_path(rig, "dated.log"), NULL, "T: one\nT: two\n", "T: three\n");
}

static void a_stream_in_the_middle_of_a_line_is_not_quiet(void **state)
{
	struct rig *rig = *state;
	struct log_config raw = rig_config(rig, "raw.log"), dated = rig_config(rig, "dated.log");

	dated.date_format = "[T]";
	rig_open(rig, 0, &raw);
	rig_open(rig, 1, &dated);
	for (int n = 0; n < 2; n++) {
		rig_say(rig, n, "one\nhalf");
		rig_wait_size(rig, n ? dated.path[0] : raw.path[0], n ? 14 : 8);
		for (int i = 0; i < 20; i++) {
			rig_turn(rig);
			assert_false(log_stream_is_quiet(rig->stream[n]));
		}
		rig_drain(rig, n);
		wait_quiet(rig, n);
	}
	assert_file(raw.path[0], "one\nhalf\n");
}

/* Many files are made one after the other: nobody waits for that who has nothing to say. */
static void a_new_stream_is_quiet_before_its_thread_has_seen_it(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	rig_open(rig, 0, &config); /* the threads begin with the first turn of the loop */
	assert_true(log_stream_is_quiet(rig->stream[0]));
	rig_say(rig, 0, "one\nhalf");
	assert_false(log_stream_is_quiet(rig->stream[0]));
	rig_wait_size(rig, config.path[0], 8);

	rig_engine_stop(rig);
	rig_engine_start(rig);
	rig_open(rig, 0, &config);
	assert_false(log_stream_is_quiet(rig->stream[0]));
	rig_drain(rig, 0);
	wait_quiet(rig, 0);
	assert_file(config.path[0], "one\nhalf\n");
}

static void dated_lines_have_their_time_once(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	config.date_format = "[T]";
	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\nha");
	rig_wait_size(rig, config.path[0], 11);
	rig_say(rig, 0, "lf");
	rig_drain(rig, 0);
	rig_say(rig, 0, "two\n");
	rig_drain(rig, 0);
	assert_file(config.path[0], "T: one\nT: half\nT: two\n");
}

static void both_streams_in_one_file_stay_whole(void **state)
{
	struct rig *rig = *state;
	struct log_config out = rig_config(rig, "out.log"), err = rig_config(rig, "err.log");

	out.path[1] = err.path[1] = rig_path(rig, "all.log");
	rig_open(rig, 0, &out);
	rig_open(rig, 1, &err);
	rig_say(rig, 0, "out");
	rig_say(rig, 1, "err\n");
	rig_drain(rig, 1);
	rig_say(rig, 0, "put\n");
	rig_drain(rig, 0);
	assert_file(out.path[0], "output\n");
	assert_file(err.path[0], "err\n");
	assert_file(out.path[1], "err\noutput\n");
}

static void json_is_one_valid_object_a_line(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	config.json = true;
	config.app = "web";
	config.pm_id = 7;
	config.date_format = "[now]";
	rig_open(rig, 0, &config);
	rig_say_bytes(rig, 0, "a\0\"b\xff\n", 6);
	rig_drain(rig, 0);
	assert_file(
		config.path[0],
		"{\"message\":\"a\\u0000\\\"b\xef\xbf\xbd\",\"timestamp\":\"now\",\"type\":\"out\","
		"\"process_id\":7,\"app_name\":\"web\"}\n");
}

static void a_log_that_was_renamed_is_made_again(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");
	struct stat st;

	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\n");
	rig_drain(rig, 0);
	assert_int_equal(rename(config.path[0], rig_path(rig, "out.log.1")), 0);
	while (stat(config.path[0], &st) < 0) { /* noticed within a second, by who writes */
		rig_say(rig, 0, "more\n");
		rig_turn(rig);
	}
	rig_say(rig, 0, "last\n");
	rig_drain(rig, 0);
	assert_lines(rig_path(rig, "out.log.1"), "one\n", "more\n", NULL);
	assert_lines(config.path[0], NULL, "more\n", "last\n");
}

static void a_log_whose_folder_was_removed_is_made_again(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "logs/out.log");

	for (int round = 0; round < 2; round++) {
		rig_open(rig, 0, &config);
		rig_say(rig, 0, "one\n");
		rig_drain(rig, 0);
		assert_int_equal(unlink(config.path[0]), 0);
		assert_int_equal(rmdir(rig_path(rig, "logs")), 0);
		rig_say(rig, 0, "two\n");
		rig_drain(rig, 0);
		assert_file(config.path[0], round == 0 ? "two\n" : "T: two\n");
		rig_close(rig, 0);
		unlink(config.path[0]);
		config.date_format = "[T]";
	}
}

static void after_an_external_rotation_all_files_are_opened_again(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	rig_open(rig, 0, &config);
	rig_drain(rig, 0);
	assert_int_equal(rename(config.path[0], rig_path(rig, "out.log.1")), 0);
	log_reopen(rig->log);
	rig_say(rig, 0, "new\n");
	rig_drain(rig, 0);
	assert_file(config.path[0], "new\n");
	assert_file(rig_path(rig, "out.log.1"), "");
}

static void flushing_empties_a_file_in_order(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	for (int round = 0; round < 2; round++) {
		rig_open(rig, 0, &config);
		rig_say(rig, 0, "old\n");
		rig_drain(rig, 0);
		rig_flush(rig, config.path[0]);
		rig_say(rig, 0, "new\n");
		rig_drain(rig, 0);
		assert_file(config.path[0], round == 0 ? "new\n" : "T: new\n");
		rig_close(rig, 0);
		config.date_format = "[T]";
	}
	rig_flush(rig, config.path[0]); /* nobody has it open */
	assert_file(config.path[0], "");
	rig_flush(rig, rig_path(rig, "never.was"));
	assert_int_equal(access(rig_path(rig, "never.was"), F_OK), -1);
}

static void lines_of_another_program_stay(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");
	int fd;

	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\n");
	rig_drain(rig, 0);
	fd = open(config.path[0], O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "foreign\n", 8), 8);
	rig_say(rig, 0, "two\n");
	rig_drain(rig, 0);
	assert_int_equal(write(fd, "again\n", 6), 6);
	rig_say(rig, 0, "three\n");
	rig_drain(rig, 0);
	close(fd);
	assert_file(config.path[0], "one\nforeign\ntwo\nagain\nthree\n");
}

static void a_truncated_log_goes_on_at_its_begin(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\n");
	rig_drain(rig, 0);
	assert_int_equal(truncate(config.path[0], 0), 0);
	rig_say(rig, 0, "two\n");
	rig_drain(rig, 0);
	assert_file(config.path[0], "two\n");
}

static void an_unfinished_line_in_a_shared_file_is_broken_with_a_mark(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "all.log");

	config.shared = true;
	rig_open(rig, 0, &config);
	rig_open(rig, 1, &config);
	rig_say(rig, 0, "name? ");
	rig_wait_size(rig, config.path[0], 6); /* after a second it is shown as it is */
	rig_say(rig, 1, "other\n");
	rig_drain(rig, 1);
	rig_say(rig, 0, "joe\n");
	rig_drain(rig, 0);
	assert_file(config.path[0], "name?  [pmc: this line goes on below]\nother\njoe\n");
}

static void the_format_may_change_while_it_runs(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	rig_open(rig, 0, &config);
	rig_say(rig, 0, "raw\n");
	rig_drain(rig, 0);
	config.date_format = "[T]";
	log_stream_configure(rig->stream[0], &config);
	rig_say(rig, 0, "dated\n");
	rig_drain(rig, 0);
	config.path[0] = rig_path(rig, "other.log");
	log_stream_configure(rig->stream[0], &config);
	rig_say(rig, 0, "elsewhere\n");
	rig_drain(rig, 0);
	config.date_format = NULL;
	config.path[1] = rig_path(rig, "both.log");
	log_stream_configure(rig->stream[0], &config);
	rig_say(rig, 0, "twice\n");
	rig_drain(rig, 0);
	assert_file(rig_path(rig, "out.log"), "raw\nT: dated\n");
	assert_file(rig_path(rig, "other.log"), "T: elsewhere\ntwice\n");
	assert_file(rig_path(rig, "both.log"), "twice\n");
}

static void a_long_json_line_is_cut_to_one_object(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");
	_cleanup_(str_done) struct str line = {}, content = {};

	config.json = true;
	config.date_format = "[T]";
	str_append_repeat(&line, 'x', 200000);
	str_append(&line, "\nnext\n");
	rig_open(rig, 0, &config);
	rig_say(rig, 0, line.data);
	rig_drain(rig, 0);
	rig_read(config.path[0], &content);
	assert_true(content.len > 65536 && content.len < 66000);
	assert_non_null(strstr(content.data, "xx\",\"timestamp\":\"T\""));
	assert_non_null(strstr(content.data, "\n{\"message\":\"next\""));
}

static void no_file_and_dev_null_take_everything(void **state)
{
	struct rig *rig = *state;
	struct log_config none = {.uid = (uid_t)-1, .gid = (gid_t)-1}, null = none;
	static char block[100000];

	null.path[0] = "/dev/null";
	null.date_format = "[T]";
	rig_open(rig, 0, &none);
	rig_open(rig, 1, &null);
	rig_turn(rig);
	for (int i = 0; i < 20; i++) {
		rig_say_bytes(rig, 0, block, sizeof(block));
		rig_say_bytes(rig, 1, block, sizeof(block));
	}
	rig_drain(rig, 0);
	rig_drain(rig, 1);
	assert_int_equal(faccessat(rig->shm_fd, "spool.0.1", F_OK, 0), -1); /* not even copied */
	assert_int_equal(rig->notices, 0);
}

static void a_fifo_gets_bytes_and_stays_what_it_is(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "fifo");
	struct stat before, after;
	char buf[64] = "";
	int reader;

	assert_int_equal(mkfifo(config.path[0], 0640), 0);
	assert_int_equal(stat(config.path[0], &before), 0);
	reader = open(config.path[0], O_RDONLY | O_NONBLOCK);
	config.date_format = "[T]";
	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\n");
	rig_drain(rig, 0);
	rig_flush(rig, config.path[0]);
	log_reopen(rig->log);
	rig_say(rig, 0, "two\n");
	rig_drain(rig, 0);
	rig_close(rig, 0);
	assert_int_equal(read(reader, buf, sizeof(buf)), 14);
	assert_string_equal(buf, "T: one\nT: two\n");
	close(reader);
	assert_int_equal(stat(config.path[0], &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_mode, after.st_mode);
}

static void a_fifo_nobody_reads_is_a_stall(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "fifo");
	char buf[8] = "";
	int reader;

	assert_int_equal(mkfifo(config.path[0], 0600), 0);
	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\n");
	rig_wait_notice(rig, EVENT_LOG_STALLED, 1);
	reader = open(config.path[0], O_RDONLY | O_NONBLOCK);
	rig_wait_notice(rig, EVENT_LOG_RESUMED, 1);
	assert_int_equal(read(reader, buf, sizeof(buf)), 4);
	close(reader);
}

static void a_log_that_cannot_be_opened_is_told_and_tried_again(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "in.the.way/out.log");
	int fd = open(rig_path(rig, "in.the.way"), O_WRONLY | O_CREAT, 0600);

	close(fd);
	rig_open(rig, 0, &config);
	rig_wait_notice(rig, EVENT_LOG_STALLED, 1);
	assert_non_null(strstr(rig_last_notice(rig, EVENT_LOG_STALLED), "not a directory"));
	rig_say(rig, 0, "half");
	rig_drain(rig, 0); /* is not held up by it */
	rig_say(rig, 0, "next\n");
	assert_int_equal(unlink(rig_path(rig, "in.the.way")), 0);
	rig_wait_notice(rig, EVENT_LOG_RESUMED, 1);
	rig_drain(rig, 0);
	assert_file(config.path[0], "half\nnext\n");
	assert_int_equal(rig_count_notices(rig, EVENT_LOG_STALLED), 1);
}

static void a_closed_stream_leaves_nothing_but_its_log(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");
	static const struct log_stream_state fresh;

	config.date_format = "[T]";
	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one");
	rig_close(rig, 0);
	assert_file(config.path[0], "T: one\n");
	assert_int_equal(faccessat(rig->shm_fd, "spool.0.0", F_OK, 0), -1);
	assert_memory_equal(&rig->state[0], &fresh, sizeof(fresh));
}

static void a_spool_of_somebody_else_is_not_taken_over(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");
	int fd = openat(rig->shm_fd, "spool.0.0", O_WRONLY | O_CREAT, 0600);

	assert_int_equal(write(fd, "stale\n", 6), 6);
	close(fd);
	rig_open(rig, 0, &config);
	rig_say(rig, 0, "mine\n");
	rig_drain(rig, 0);
	assert_file(config.path[0], "mine\n");
}

static size_t memory_kib(void)
{
	char text[128] = "";
	size_t pages = 0;

	assert_true(fdio_read_small(AT_FDCWD, "/proc/self/statm", text, sizeof(text)) > 0);
	assert_int_equal(sscanf(text, "%*u %zu", &pages), 1);
	return pages * 4;
}

/* A line of 64 MiB and its end, by a process that is waited for. */
static void say_huge_line(struct rig *rig, int n)
{
	static char block[1 << 20];
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		memset(block, 'x', sizeof(block));
		for (int i = 0; i < 64; i++)
			rig_say_bytes(rig, n, block, sizeof(block));
		rig_say(rig, n, "\n");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_huge_line_takes_no_memory(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");
	size_t before = memory_kib();
	struct stat st;

	for (int round = 0; round < 2; round++) {
		rig_open(rig, 0, &config);
		rig_turn(rig);
		say_huge_line(rig, 0);
		rig_drain(rig, 0);
		assert_int_equal(stat(config.path[0], &st), 0);
		assert_int_equal(st.st_size, (64 << 20) + 1 + (round == 1 ? 3 : 0));
		rig_close(rig, 0);
		unlink(config.path[0]);
		config.date_format = "[T]";
	}
	assert_in_range(memory_kib(), 0, before + 4096);
}

static void what_a_full_device_does_not_take_is_counted(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "full");
	_cleanup_(str_done) struct str block = {}, content = {};
	const char *marker;

	config.full = LOG_FULL_DROP;
	config.path[0] = "/dev/full"; /* opened for writing, which does it no harm */
	for (int i = 0; i < 10000; i++)
		str_append(&block, "a line of twenty-six bytes\n");
	rig_open(rig, 0, &config);
	rig_say(rig, 0, "first\n");
	rig_wait_notice(rig, EVENT_LOG_STALLED, 1);
	assert_non_null(strstr(rig_last_notice(rig, EVENT_LOG_STALLED), "no space left"));
	for (int i = 0; i < 80; i++) /* 21 MB: more than a spool holds; the writer does not wait */
		rig_say_bytes(rig, 0, block.data, block.len);
	rig_drain(rig, 0);
	config.path[0] = rig_path(rig, "out.log"); /* there is room elsewhere */
	log_stream_configure(rig->stream[0], &config);
	rig_wait_notice(rig, EVENT_LOG_DROPPED, 1);
	rig_say(rig, 0, "last\n");
	rig_drain(rig, 0);
	rig_read(config.path[0], &content);
	assert_true(str_starts(content.data, "first\na line"));
	marker = strstr(content.data, "\n[pmc: ");
	assert_non_null(marker);
	assert_non_null(strstr(marker, "dropped: no space]\n"));
	assert_true(str_ends(content.data, "\nlast\n"));
	assert_null(strstr(marker + strlen("\n[pmc: "), "[pmc: ")); /* one gap */
	assert_true(content.len >= 16 << 20);
}

static void what_is_lost_with_a_stream_is_told(void **state)
{
	struct rig *rig = *state;
	struct log_config config = rig_config(rig, "out.log");

	config.path[0] = "/dev/full";
	rig_open(rig, 0, &config);
	rig_say(rig, 0, "one\n");
	rig_wait_notice(rig, EVENT_LOG_STALLED, 1);
	rig_close(rig, 0); /* does not wait for room */
	assert_string_equal(rig_last_notice(rig, EVENT_LOG_DROPPED),
			    "4 B could not be written before the end: no space left on device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_an_app_says_is_in_its_file, setup, teardown),
		cmocka_unit_test_setup_teardown(a_half_line_gets_its_end_when_the_process_is_gone,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_stream_is_quiet_when_all_that_was_said_is_in_its_file, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stream_in_the_middle_of_a_line_is_not_quiet,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_stream_is_quiet_before_its_thread_has_seen_it,
						setup, teardown),
		cmocka_unit_test_setup_teardown(dated_lines_have_their_time_once, setup, teardown),
		cmocka_unit_test_setup_teardown(both_streams_in_one_file_stay_whole, setup,
						teardown),
		cmocka_unit_test_setup_teardown(json_is_one_valid_object_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(a_log_that_was_renamed_is_made_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_log_whose_folder_was_removed_is_made_again, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			after_an_external_rotation_all_files_are_opened_again, setup, teardown),
		cmocka_unit_test_setup_teardown(flushing_empties_a_file_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_of_another_program_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(a_truncated_log_goes_on_at_its_begin, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			an_unfinished_line_in_a_shared_file_is_broken_with_a_mark, setup, teardown),
		cmocka_unit_test_setup_teardown(the_format_may_change_while_it_runs, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_long_json_line_is_cut_to_one_object, setup,
						teardown),
		cmocka_unit_test_setup_teardown(no_file_and_dev_null_take_everything, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_fifo_gets_bytes_and_stays_what_it_is, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_fifo_nobody_reads_is_a_stall, setup, teardown),
		cmocka_unit_test_setup_teardown(a_log_that_cannot_be_opened_is_told_and_tried_again,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_closed_stream_leaves_nothing_but_its_log, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_spool_of_somebody_else_is_not_taken_over, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_huge_line_takes_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_lost_with_a_stream_is_told, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_a_full_device_does_not_take_is_counted, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
