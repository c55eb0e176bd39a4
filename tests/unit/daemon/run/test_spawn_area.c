#include "daemon/run/spawn_area.h"

#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/run/identity.h"
#include "daemon/run/program.h"
#include "shared/base/mem.h"

static struct app_spec spec;
static struct program program;
static struct identity identity;
static struct spawn spawn;
static struct spawn_area *area;

static int set_up(void **state)
{
	app_spec_init(&spec);
	app_spec_set_text(&spec, SPEC_cwd, "/srv/web", NULL);
	app_spec_set_text(&spec, SPEC_nice, "7", NULL);
	program = (struct program){0};
	strlist_add(&program.argv, "node");
	strlist_add(&program.argv, "web.js");
	strlist_add(&program.candidates, "/usr/bin/node");
	program.must_read = program.argv.items[1];
	program.environ = mem_zalloc(2 * sizeof(char *));
	program.environ[0] = mem_strdup("A=1");
	identity = (struct identity){.uid = 12};
	spawn = (struct spawn){.spec = &spec,
			       .program = &program,
			       .identity = &identity,
			       .pid_path = "/p/web-0.pid",
			       .out_fd = 5};
	area = spawn_area_create();
	assert_non_null(area);
	return 0;
}

static int tear_down(void **state)
{
	spawn_area_destroy(area);
	free(program.environ[0]);
	program_done(&program);
	app_spec_done(&spec);
	return 0;
}

static bool is_whole(const struct spawn *seen)
{
	return strcmp(seen->spec->cwd, "/srv/web") == 0 &&
	       app_spec_is_given(seen->spec, SPEC_nice) && seen->spec->nice == 7 &&
	       strcmp(seen->program->argv.items[0], "node") == 0 &&
	       strcmp(seen->program->argv.items[1], "web.js") == 0 &&
	       !seen->program->argv.items[2] &&
	       strcmp(seen->program->candidates.items[0], "/usr/bin/node") == 0 &&
	       strcmp(seen->program->must_read, "web.js") == 0 &&
	       strcmp(seen->program->environ[0], "A=1") == 0 && !seen->program->environ[1] &&
	       seen->identity->uid == 12 && strcmp(seen->pid_path, "/p/web-0.pid") == 0 &&
	       seen->out_fd == 5;
}

static void a_child_is_given_all_that_it_reads(void **state)
{
	struct spawn seen;

	assert_int_equal(spawn_area_lay(area, &spawn, &seen), 0);
	assert_true(is_whole(&seen));
	assert_ptr_not_equal(seen.spec->cwd, spec.cwd);
	assert_ptr_not_equal(seen.program->argv.items[0], program.argv.items[0]);
	assert_ptr_not_equal(seen.program->environ[0], program.environ[0]);
}

static void what_is_not_given_stays_so(void **state)
{
	struct spawn seen;

	spawn.pid_path = NULL;
	program.must_read = NULL;
	app_spec_unset(&spec, SPEC_cwd);
	assert_int_equal(spawn_area_lay(area, &spawn, &seen), 0);
	assert_null(seen.pid_path);
	assert_null(seen.program->must_read);
	assert_null(seen.spec->cwd);
}

static int status_of(void (*look)(const struct spawn *seen), const struct spawn *seen)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		signal(SIGSEGV, SIG_DFL);
		look(seen);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void look_at_area(const struct spawn *seen)
{
	_exit(is_whole(seen) ? 42 : 1);
}

static void a_clone_sees_the_area(void **state)
{
	struct spawn seen;

	spawn_area_lay(area, &spawn, &seen);
	assert_int_equal(WEXITSTATUS(status_of(look_at_area, &seen)), 42);
}

static const volatile char *secret;

static void look_at_heap(const struct spawn *seen)
{
	_exit(*secret == 's' ? 42 : 1);
}

static void a_clone_does_not_see_the_heap(void **state)
{
	char *before = sbrk(0), *after;
	char *own = mem_strdup("secret of another app");
	struct spawn seen;

	after = sbrk(0);
	if (own >= after || own < before - (64 << 20)) {
		free(own); /* a sanitizer's allocator does not use the heap of the kernel */
		return;
	}
	spawn_area_lay(area, &spawn, &seen);
	secret = own;
	assert_true(WIFSIGNALED(status_of(look_at_heap, &seen)));
	free(own);
}

static void look_at_library(const struct spawn *seen)
{
	_exit(*secret ? 42 : 1);
}

static void a_clone_does_not_see_a_library_that_no_child_calls(void **state)
{
	void *library = dlopen("libz.so.1", RTLD_NOW);
	struct spawn seen;

	assert_non_null(library);
	secret = dlsym(library, "zlibVersion");
	spawn_area_lay(area, &spawn, &seen);
	assert_true(WIFSIGNALED(status_of(look_at_library, &seen)));
	dlclose(library);
}

static void what_no_exec_would_take_is_refused(void **state)
{
	_cleanup_(mem_freep) char *word = mem_zalloc((9 << 20) + 1);
	struct spawn seen;

	memset(word, 'x', 9 << 20);
	strlist_add(&program.argv, word);
	assert_int_equal(spawn_area_lay(area, &spawn, &seen), -E2BIG);
}

static void the_next_start_finds_the_area_empty(void **state)
{
	_cleanup_(mem_freep) char *word = mem_zalloc((5 << 20) + 1);
	struct spawn seen;

	memset(word, 'x', 5 << 20);
	strlist_add(&program.argv, word);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(spawn_area_lay(area, &spawn, &seen), 0);
		assert_string_equal(seen.program->argv.items[2], word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_child_is_given_all_that_it_reads, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_given_stays_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_clone_sees_the_area, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_clone_does_not_see_the_heap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_clone_does_not_see_a_library_that_no_child_calls,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_no_exec_would_take_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_next_start_finds_the_area_empty, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
