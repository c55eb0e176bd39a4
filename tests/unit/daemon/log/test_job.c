#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/log/job.h"
#include "shared/base/mem.h"

static void jobs_come_out_in_the_order_in_which_they_went_in(void **state)
{
	struct job_queue queue;
	struct job *jobs;

	job_queue_init(&queue);
	assert_null(job_queue_take(&queue));
	job_queue_push(&queue, job_create(JOB_REOPEN, NULL, NULL, NULL));
	job_queue_push(&queue, job_create(JOB_QUIT, NULL, NULL, NULL));
	jobs = job_queue_take(&queue);
	assert_int_equal(jobs->kind, JOB_REOPEN);
	assert_int_equal(jobs->next->kind, JOB_QUIT);
	assert_null(jobs->next->next);
	assert_null(job_queue_take(&queue));
	job_destroy(jobs->next);
	job_destroy(jobs);
	job_queue_push(&queue, job_create(JOB_QUIT, NULL, NULL, NULL));
	job_queue_done(&queue); /* what is left goes with it */
}

static void a_configuration_is_copied_whole(void **state)
{
	char path[] = "/log", format[] = "YYYY";
	struct log_config config = {.path = {path, "/both"}, .date_format = format, .pm_id = 4};
	struct log_config *copy = job_config_copy(&config);

	memset(path, 'x', strlen(path));
	memset(format, 'x', strlen(format));
	assert_string_equal(copy->path[0], "/log");
	assert_string_equal(copy->path[1], "/both");
	assert_string_equal(copy->date_format, "YYYY");
	assert_null(copy->app);
	assert_int_equal(copy->pm_id, 4);
	job_config_free(copy);
}

static void one_file_named_twice_gets_every_line_once(void **state)
{
	struct log_config config = {.path = {"/log", "/log"}};
	struct log_config *copy = job_config_copy(&config);

	assert_string_equal(copy->path[0], "/log");
	assert_null(copy->path[1]);
	job_config_free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_come_out_in_the_order_in_which_they_went_in),
		cmocka_unit_test(a_configuration_is_copied_whole),
		cmocka_unit_test(one_file_named_twice_gets_every_line_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
