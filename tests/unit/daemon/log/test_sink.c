/* A batch and an engine that dies between any two of its steps: what it left is made up here by
 * hand. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log/format.h"
#include "daemon/log/log_record.h"
#include "daemon/log/sink.h"
#include "daemon/log/sink_file.h"
#include "daemon/log/spool.h"
#include "rig.h"
#include "shared/base/fdio.h"

struct fixture {
	struct rig rig;
	struct sink_file *files;
	struct spool spool;
	struct sink sink;
	struct log_config config;
	struct sink_turn turn;
	struct str text;
	char window[FORMAT_WINDOW];
};

static int setup(void **state)
{
	static struct fixture fixture;
	uint64_t size;

	rig_setup(&fixture.rig);
	fixture.files = NULL;
	fixture.config = (struct log_config){.date_format = "[T]"};
	assert_int_equal(spool_open(&fixture.spool, fixture.rig.shm_fd, 0, 0, true), 0);
	fixture.sink = (struct sink){
		.file = sink_file_get(&fixture.files, rig_path(&fixture.rig, "log"), (uid_t)-1,
				      (gid_t)-1),
		.state = &fixture.rig.state[0].sink[0],
	};
	assert_int_equal(sink_file_ready(fixture.files, fixture.sink.file, 1, &size), 0);
	fixture.turn = (struct sink_turn){
		.config = &fixture.config,
		.spool = &fixture.spool,
		.files = fixture.files,
		.window = fixture.window,
		.text = &fixture.text,
		.now_ns = 1,
	};
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	sink_file_put(&fixture->files, fixture->sink.file);
	spool_close(&fixture->spool);
	str_done(&fixture->text);
	rig_teardown(&fixture->rig);
	return 0;
}

static void spool_text(struct fixture *fixture, const char *text)
{
	assert_int_equal(spool_append(&fixture->spool, text, strlen(text)), 0);
}

static void append_to_log(struct fixture *fixture, const char *text)
{
	_cleanup_(fdio_closep) int fd = open(fixture->sink.file->path, O_WRONLY | O_APPEND);

	assert_int_equal(fdio_write_all(fd, text, strlen(text)), 0);
}

/* The record as it is after step 2: a batch of all that is in the spool, at the end of the log. */
static void leave_batch(struct fixture *fixture, uint32_t in_line)
{
	struct log_record record = log_record_get(fixture->sink.state);
	uint64_t size;

	assert_int_equal(sink_file_ready(fixture->files, fixture->sink.file, 1, &size), 0);
	record.batch_len = (uint32_t)(fixture->spool.size - record.spool_done);
	record.log_off = size;
	record.ino = fixture->sink.file->ino;
	record.btime_ns = fixture->sink.file->btime_ns;
	record.in_line = in_line;
	log_record_put(fixture->sink.state, &record);
	fixture->sink.recovering = true;
	fixture->sink.file->busy = &fixture->sink;
}

static void run_until_done(struct fixture *fixture)
{
	enum sink_result result;
	int error = 0;

	do
		result = sink_run(&fixture->sink, &fixture->turn, &error);
	while (result == SINK_MORE);
	assert_int_equal(result, SINK_DONE);
	assert_int_equal(log_record_get(fixture->sink.state).batch_len, 0);
	assert_int_equal(log_record_get(fixture->sink.state).spool_done, fixture->spool.size);
	assert_null(fixture->sink.file->busy);
}

static void assert_log(struct fixture *fixture, const char *expected)
{
	_cleanup_(str_done) struct str content = {};

	rig_read(fixture->sink.file->path, &content);
	assert_string_equal(str_cstr(&content), expected);
}

static void without_a_kill_a_batch_is_written_and_recorded(void **state)
{
	struct fixture *fixture = *state;

	spool_text(fixture, "one\ntw");
	run_until_done(fixture);
	assert_int_equal(log_record_get(fixture->sink.state).in_line, LOG_RECORD_IN_LINE);
	spool_text(fixture, "o\n");
	run_until_done(fixture);
	assert_int_equal(log_record_get(fixture->sink.state).in_line, 0);
	assert_log(fixture, "T: one\nT: two\n");
}

static void killed_before_writing(void **state)
{
	struct fixture *fixture = *state;

	spool_text(fixture, "one\ntwo\n");
	leave_batch(fixture, 0);
	run_until_done(fixture);
	assert_log(fixture, "T: one\nT: two\n");
}

static void killed_while_writing(void **state)
{
	struct fixture *fixture = *state;

	spool_text(fixture, "one\ntwo\n");
	leave_batch(fixture, 0);
	append_to_log(fixture, "T: one\nT:");
	run_until_done(fixture);
	assert_log(fixture, "T: one\nT: two\n");
}

static void killed_after_writing(void **state)
{
	struct fixture *fixture = *state;

	spool_text(fixture, "rest\ntwo\n");
	leave_batch(fixture, LOG_RECORD_IN_LINE);
	append_to_log(fixture, "rest\nT: two\n");
	run_until_done(fixture);
	assert_log(fixture, "rest\nT: two\n");
}

static void killed_after_writing_and_somebody_wrote_more(void **state)
{
	struct fixture *fixture = *state;

	spool_text(fixture, "one\n");
	leave_batch(fixture, 0);
	append_to_log(fixture, "T: one\nforeign\n");
	run_until_done(fixture);
	assert_log(fixture, "T: one\nforeign\n");
}

static void killed_with_a_line_of_another_to_end(void **state)
{
	struct fixture *fixture = *state;

	append_to_log(fixture, "foreign half");
	spool_text(fixture, "one\n");
	leave_batch(fixture, LOG_RECORD_NEWLINE);
	append_to_log(fixture, "\nT: o");
	run_until_done(fixture);
	assert_log(fixture, "foreign half\nT: one\n");
}

static void the_file_was_replaced_meanwhile(void **state)
{
	struct fixture *fixture = *state;
	int error;

	spool_text(fixture, "one\n");
	leave_batch(fixture, 0);
	assert_int_equal(unlink(fixture->sink.file->path), 0);
	close(open(rig_path(&fixture->rig, "so that the inode is another"), O_CREAT | O_WRONLY,
		   0600));
	assert_int_equal(sink_run(&fixture->sink, &fixture->turn, &error), SINK_FAILED);
	assert_int_equal(error, -EAGAIN); /* it was removed this moment */
	fixture->turn.now_ns += 1000000000;
	run_until_done(fixture);
	assert_log(fixture, "T: one\n");
}

static void the_file_was_emptied_in_the_middle_of_a_batch(void **state)
{
	struct fixture *fixture = *state;
	struct log_record record;

	append_to_log(fixture, "before\n");
	spool_text(fixture, "one\ntwo\n");
	leave_batch(fixture, 0);
	record = log_record_get(fixture->sink.state);
	record.batch_off =
		7; /* "T: one\n" is written, then the disk was full, then somebody flushed */
	log_record_put(fixture->sink.state, &record);
	fixture->sink.recovering = false;
	assert_int_equal(sink_file_empty(fixture->sink.file), 0);
	run_until_done(fixture);
	assert_log(fixture, "T: two\n");
}

static void another_streams_batch_goes_first(void **state)
{
	struct fixture *fixture = *state;
	struct sink other = {.file = fixture->sink.file};
	int error;

	spool_text(fixture, "one\n");
	fixture->sink.file->busy = &other;
	assert_int_equal(sink_run(&fixture->sink, &fixture->turn, &error), SINK_BUSY);
	assert_true(fixture->sink.file->waited);
	sink_give_up(&other);
	run_until_done(fixture);
	assert_log(fixture, "T: one\n");
}

static void in_a_shared_file_a_half_line_waits(void **state)
{
	struct fixture *fixture = *state;
	int error;

	fixture->config.shared = true;
	spool_text(fixture, "one\nha");
	assert_int_equal(sink_run(&fixture->sink, &fixture->turn, &error), SINK_MORE);
	assert_int_equal(sink_run(&fixture->sink, &fixture->turn, &error), SINK_WAITING);
	assert_log(fixture, "T: one\n");
	fixture->turn.now_ns += SINK_LINE_NS;
	run_until_done(fixture);
	assert_log(fixture, "T: one\nT: ha");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_a_kill_a_batch_is_written_and_recorded,
						setup, teardown),
		cmocka_unit_test_setup_teardown(killed_before_writing, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_while_writing, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_after_writing, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_after_writing_and_somebody_wrote_more, setup,
						teardown),
		cmocka_unit_test_setup_teardown(killed_with_a_line_of_another_to_end, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_file_was_replaced_meanwhile, setup, teardown),
		cmocka_unit_test_setup_teardown(the_file_was_emptied_in_the_middle_of_a_batch,
						setup, teardown),
		cmocka_unit_test_setup_teardown(another_streams_batch_goes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(in_a_shared_file_a_half_line_waits, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
