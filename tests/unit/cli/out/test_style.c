#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pty.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/out/style.h"
#include "shared/base/str.h"

static int terminal = -1, other_end = -1;

static int open_terminal(void **state)
{
	unsetenv("NO_COLOR");
	unsetenv("COLORTERM");
	return openpty(&other_end, &terminal, NULL, NULL, NULL);
}

static int close_terminal(void **state)
{
	close(terminal);
	close(other_end);
	return 0;
}

static void colour_is_only_for_terminals_that_have_it(void **state)
{
	int fds[2];

	setenv("TERM", "xterm-256color", 1);
	assert_int_equal(style_detect(terminal, false).colors, 256);
	setenv("TERM", "linux", 1);
	assert_int_equal(style_detect(terminal, false).colors, 16);
	setenv("TERM", "dumb", 1);
	assert_int_equal(style_detect(terminal, false).colors, 0);
	setenv("TERM", "xterm-256color", 1);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(style_detect(fds[1], false).colors, 0);
	close(fds[0]);
	close(fds[1]);
}

static void no_color_is_obeyed(void **state)
{
	setenv("TERM", "xterm-256color", 1);
	assert_int_equal(style_detect(terminal, true).colors, 0);
	setenv("NO_COLOR", "1", 1);
	assert_int_equal(style_detect(terminal, false).colors, 0);
	setenv("NO_COLOR", "", 1); /* empty means not set */
	assert_int_equal(style_detect(terminal, false).colors, 256);
	unsetenv("NO_COLOR");
}

static void a_role_without_colours_is_the_text_alone(void **state)
{
	const struct style none = {.colors = 0}, few = {.colors = 16};
	struct str out = {};

	style_appendf(&none, &out, STYLE_BAD, "%s", "errored");
	assert_string_equal(out.data, "errored");
	str_clear(&out);
	style_appendf(&few, &out, STYLE_BAD, "%s", "errored");
	assert_string_equal(out.data, "\033[1;31merrored\033[0m");
	str_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colour_is_only_for_terminals_that_have_it),
		cmocka_unit_test(no_color_is_obeyed),
		cmocka_unit_test(a_role_without_colours_is_the_text_alone),
	};

	return cmocka_run_group_tests(tests, open_terminal, close_terminal);
}
