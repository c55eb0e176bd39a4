#include "tests/unit/daemon/loop_fixture.h"

#include <stdatomic.h>

#include "daemon/store/db_worker.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"

struct step {
	struct db_job job;
	int number;
	bool last;
};

static struct loop_fixture fx;
static struct db_worker *worker;
static _Atomic bool begun;
static _Atomic int at_once, most_at_once, ran;
static int done_order[128];
static int done_count;
static bool finished;
static uv_sem_t gate;

static int set_up(void **state)
{
	loop_fixture_set_up(&fx);
	at_once = most_at_once = ran = 0;
	done_count = 0;
	finished = false;
	assert_int_equal(uv_sem_init(&gate, 0), 0);
	worker = db_worker_create(&fx.loop);
	return 0;
}

static int tear_down(void **state)
{
	db_worker_destroy(worker);
	loop_fixture_tear_down(&fx);
	uv_sem_destroy(&gate);
	return 0;
}

static void run(struct db_job *job)
{
	int now = ++at_once;

	if (now > most_at_once)
		most_at_once = now;
	ran++;
	at_once--;
}

static void run_behind_the_gate(struct db_job *job)
{
	begun = true;
	uv_sem_wait(&gate);
	run(job);
}

static void done(struct db_job *job)
{
	struct step *step = container_of(job, struct step, job);

	done_order[done_count++] = step->number;
	finished = finished || step->last;
}

static void submit(struct step *step, int number, void (*how)(struct db_job *))
{
	*step = (struct step){.job = {.run = how, .done = done}, .number = number};
	db_worker_submit(worker, &step->job);
}

static void jobs_run_one_at_a_time_in_order(void **state)
{
	struct step steps[100];

	for (int i = 0; i < 100; i++)
		submit(&steps[i], i, run);
	steps[99].last = true;
	loop_fixture_wait(&fx, &finished);
	assert_int_equal(done_count, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(done_order[i], i);
	assert_int_equal(most_at_once, 1);
}

static struct step follow_up;

static void done_and_submit(struct db_job *job)
{
	submit(&follow_up, 2, run);
	follow_up.last = true;
	done(job);
}

static void a_job_may_be_followed_by_another(void **state)
{
	struct step first = {.job = {.run = run, .done = done_and_submit}, .number = 1};

	db_worker_submit(worker, &first.job);
	loop_fixture_wait(&fx, &finished);
	assert_int_equal(done_order[0], 1);
	assert_int_equal(done_order[1], 2);
}

static void finishing_runs_what_waits(void **state)
{
	struct step steps[10];

	for (int i = 0; i < 10; i++)
		submit(&steps[i], i, run);
	assert_true(db_worker_finish(worker, DEADLINE_MS));
	assert_int_equal(done_count, 10); /* without a turn of the loop */
	for (int i = 0; i < 10; i++)
		assert_int_equal(done_order[i], i);
}

static void finishing_an_idle_worker_is_nothing(void **state)
{
	assert_true(db_worker_finish(worker, 0));
}

static void a_job_that_does_not_end_is_given_up(void **state)
{
	struct step stuck, behind;
	int64_t begin_ms = clock_now_ms();

	submit(&stuck, 1, run_behind_the_gate);
	while (!begun)
		; /* only what runs cannot be taken back */
	submit(&behind, 2, run);
	assert_false(db_worker_finish(worker, 50));
	assert_true(clock_now_ms() - begin_ms >= 50);
	assert_int_equal(done_count, 0);
	behind.last = true;
	uv_sem_post(&gate);
	loop_fixture_wait(&fx, &finished); /* the loop was turned after all */
	assert_int_equal(done_count, 2);
}

static void it_may_be_destroyed_right_after_finishing(void **state)
{
	struct step step;

	submit(&step, 1, run);
	assert_true(db_worker_finish(worker, DEADLINE_MS));
	db_worker_destroy(worker); /* the loop has not yet heard of the job's end */
	worker = NULL;
	assert_int_equal(done_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jobs_run_one_at_a_time_in_order),
		TEST(a_job_may_be_followed_by_another),
		TEST(finishing_runs_what_waits),
		TEST(finishing_an_idle_worker_is_nothing),
		TEST(a_job_that_does_not_end_is_given_up),
		TEST(it_may_be_destroyed_right_after_finishing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
