#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/command.h"
#include "cli/help.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"
#include "tests/unit/cli/golden.h"

static const struct style plain = {.colors = 0};

static void expect_fits(const struct str *text, unsigned width)
{
	for (const char *line = text->data; *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n");

		/* one word alone may be longer than the terminal */
		if (utf8_width(line, len) > width &&
		    memchr(line + strspn(line, " "), ' ', len - strspn(line, " ")))
			fail_msg("wider than %u: %.*s", width, (int)len, line);
	}
}

static void the_overview_names_every_command(void **state)
{
	struct str text = {};

	help_overview(80, &plain, &text);
	for (size_t i = 0; commands[i]; i++)
		assert_non_null(strstr(text.data, commands[i]->name));
	expect_fits(&text, 80);
	str_clear(&text);
	help_overview(40, &plain, &text);
	expect_fits(&text, 40);
	str_done(&text);
}

static void a_command_tells_its_options_and_those_of_apps(void **state)
{
	struct str text = {};

	help_command(command_find("start"), 80, &plain, &text);
	assert_non_null(strstr(text.data, "Usage: pmc start"));
	assert_non_null(strstr(text.data, "-n, --name <"));
	assert_non_null(strstr(text.data, "--[no-]autorestart"));
	assert_non_null(strstr(text.data, "-k, --kill-timeout <duration>"));
	str_clear(&text);
	help_command(command_find("logs"), 80, &plain, &text);
	assert_non_null(strstr(text.data, "--nostream"));
	assert_null(strstr(text.data, "--kill-timeout"));
	assert_non_null(strstr(text.data, "--help"));
	str_done(&text);
}

static void every_help_fits_a_narrow_terminal(void **state)
{
	for (size_t i = 0; commands[i]; i++) {
		struct str text = {};

		help_command(commands[i], 40, &plain, &text);
		expect_fits(&text, 44);
		str_done(&text);
	}
}

/* Not of commands that take options of apps: those tables have tests of their own. */
static void the_help_at_every_width(void **state)
{
	static const unsigned widths[] = {40, 80, 120, 200};

	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		_cleanup_(mem_freep) char *golden = mem_printf("help-logs-%u.txt", widths[i]);
		struct str text = {};

		help_command(command_find("logs"), widths[i], &plain, &text);
		expect_fits(&text, widths[i]);
		golden_compare(golden, &text);
		str_done(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_overview_names_every_command),
		cmocka_unit_test(a_command_tells_its_options_and_those_of_apps),
		cmocka_unit_test(the_help_at_every_width),
		cmocka_unit_test(every_help_fits_a_narrow_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
