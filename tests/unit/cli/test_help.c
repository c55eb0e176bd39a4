#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/command.h"
#include "cli/help.h"
#include "shared/base/str.h"
#include "tests/unit/cli/golden.h"

static const struct style plain = {.colors = 0};

static void the_overview_names_every_command(void **state)
{
	struct str text = {};

	help_overview(80, &plain, &text);
	for (size_t i = 0; commands[i]; i++)
		assert_non_null(strstr(text.data, commands[i]->name));
	golden_fits(&text, 80);
	str_clear(&text);
	help_overview(40, &plain, &text);
	golden_fits(&text, 40);
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
		golden_fits(&text, 40);
		str_done(&text);
	}
}

static void help_at(const char *name, unsigned width)
{
	_cleanup_(mem_freep) char *golden = mem_printf("help-%s", name);
	_cleanup_(str_done) struct str text = {};

	help_command(command_find(name), width, &plain, &text);
	golden_compare_width(golden, width, &text);
}

static void the_help_at_every_width(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(golden_widths); i++) {
		_cleanup_(str_done) struct str text = {};

		help_overview(golden_widths[i], &plain, &text);
		golden_compare_width("help", golden_widths[i], &text);
		help_at("logs", golden_widths[i]);
		help_at("start", golden_widths[i]);
	}
}

static void the_overview_in_colours(void **state)
{
	_cleanup_(str_done) struct str text = {};

	help_overview(80, &(struct style){.colors = 16}, &text);
	golden_compare_colored("help-colors-16.txt", &text);
}

/* A person finds them without reading the rest. */
static void the_commands_of_every_day_come_first(void **state)
{
	size_t daily = 0;

	while (commands[daily]->group == GROUP_DAILY)
		daily++;
	assert_in_range(daily, 8, 12);
	for (size_t i = daily; commands[i]; i++) {
		assert_int_not_equal(commands[i]->group, GROUP_DAILY);
		assert_true(commands[i]->group >= commands[i - 1]->group);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_overview_names_every_command),
		cmocka_unit_test(a_command_tells_its_options_and_those_of_apps),
		cmocka_unit_test(the_help_at_every_width),
		cmocka_unit_test(the_overview_in_colours),
		cmocka_unit_test(the_commands_of_every_day_come_first),
		cmocka_unit_test(every_help_fits_a_narrow_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
