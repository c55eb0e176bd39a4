#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "daemon/log/spool.h"
#include "rig.h"

static int setup(void **state)
{
	static struct rig rig;

	rig_setup(&rig);
	*state = &rig;
	return 0;
}

static int teardown(void **state)
{
	rig_teardown(*state);
	return 0;
}

static void its_size_counts_what_was_taken(void **state)
{
	struct rig *rig = *state;
	struct spool spool, again;
	char buf[8];

	assert_int_equal(spool_open(&spool, rig->shm_fd, 0, 0, false), -ENOENT);
	assert_int_equal(spool_open(&spool, rig->shm_fd, 0, 0, true), 0);
	assert_int_equal(spool_fill(&spool, rig->ours[0], 100), -EAGAIN);
	rig_say(rig, 0, "hello");
	assert_int_equal(spool_fill(&spool, rig->ours[0], 100), 5);
	assert_int_equal(spool_open(&again, rig->shm_fd, 0, 0, false),
			 0); /* the engine died and came again */
	assert_int_equal(again.size, 5);
	assert_int_equal(spool_read(&again, 1, buf, sizeof(buf)), 4);
	assert_memory_equal(buf, "ello", 4);
	spool_close(&again);
	spool_remove(&spool, rig->shm_fd, 0, 0);
	assert_int_equal(spool_open(&spool, rig->shm_fd, 0, 0, false), -ENOENT);
}

static void it_knows_whether_it_ends_a_line(void **state)
{
	struct rig *rig = *state;
	struct spool spool;

	assert_int_equal(spool_open(&spool, rig->shm_fd, 0, 1, true), 0);
	assert_true(spool_ends_line(&spool, true));
	assert_false(spool_ends_line(&spool, false));
	assert_int_equal(spool_append(&spool, "half", 4), 0);
	assert_false(spool_ends_line(&spool, true));
	assert_int_equal(spool_append(&spool, "\n", 1), 0);
	assert_true(spool_ends_line(&spool, false));
	assert_int_equal(spool_empty(&spool), 0);
	assert_int_equal(spool.size, 0);
	spool_close(&spool);
}

static void what_was_written_gives_its_memory_back(void **state)
{
	struct rig *rig = *state;
	struct spool spool;
	struct stat st;
	static char block[1 << 20];

	memset(block, 'x', sizeof(block));
	assert_int_equal(spool_open(&spool, rig->shm_fd, 0, 1, true), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(spool_append(&spool, block, sizeof(block)), 0);
	spool_forget(&spool, 3 << 20);
	assert_int_equal(fstat(spool.fd, &st), 0);
	assert_int_equal(st.st_size, 4 << 20);
	assert_true(st.st_blocks * 512 <= 1 << 20);
	spool_close(&spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(its_size_counts_what_was_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(it_knows_whether_it_ends_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_written_gives_its_memory_back, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
