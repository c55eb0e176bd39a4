#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/mem.h"

static void fresh_memory_is_zero_and_never_null(void **state)
{
	static const char zeros[64];
	_cleanup_(mem_freep) char *some = mem_zalloc(sizeof(zeros));
	_cleanup_(mem_freep) char *none = mem_zalloc(0);

	assert_memory_equal(some, zeros, sizeof(zeros));
	assert_non_null(none);
}

static void resizing_keeps_the_content_and_nothing_is_null(void **state)
{
	int *numbers = mem_resize(NULL, 2, sizeof(*numbers));

	numbers[0] = 7;
	numbers[1] = 8;
	numbers = mem_resize(numbers, 1000, sizeof(*numbers));
	assert_int_equal(numbers[0], 7);
	assert_int_equal(numbers[1], 8);
	assert_null(mem_resize(numbers, 0, sizeof(*numbers)));
}

static void a_product_that_overflows_aborts_instead_of_being_small(void **state)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		mem_resize(NULL, SIZE_MAX / 2, 4);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void copies_are_copies(void **state)
{
	char name[] = "worker";
	_cleanup_(mem_freep) char *whole = mem_strdup(name);
	_cleanup_(mem_freep) char *part = mem_strndup(name, 4);
	_cleanup_(mem_freep) char *bytes = mem_dup("a\0b", 3);

	name[0] = 'W';
	assert_string_equal(whole, "worker");
	assert_string_equal(part, "work");
	assert_memory_equal(bytes, "a\0b", 3);
	assert_null(mem_strdup(NULL));
}

static void printing_makes_a_new_string(void **state)
{
	_cleanup_(mem_freep) char *text = mem_printf("%s-%d", "web", 3);

	assert_string_equal(text, "web-3");
}

static void a_stolen_pointer_is_forgotten(void **state)
{
	char *text = mem_strdup("x");
	_cleanup_(mem_freep) char *taken = steal_ptr(&text);

	assert_null(text);
	assert_string_equal(taken, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh_memory_is_zero_and_never_null),
		cmocka_unit_test(resizing_keeps_the_content_and_nothing_is_null),
		cmocka_unit_test(a_product_that_overflows_aborts_instead_of_being_small),
		cmocka_unit_test(copies_are_copies),
		cmocka_unit_test(printing_makes_a_new_string),
		cmocka_unit_test(a_stolen_pointer_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
