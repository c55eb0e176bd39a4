#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/command.h"

static void a_command_is_found_by_name_and_alias(void **state)
{
	assert_string_equal(command_find("list")->name, "list");
	assert_ptr_equal(command_find("ls"), command_find("status"));
	assert_ptr_equal(command_find("del"), command_find("delete"));
	assert_ptr_equal(command_find("log"), command_find("logs"));
	assert_null(command_find("List"));
	assert_null(command_find(""));
}

static void a_near_name_is_suggested_a_far_one_is_not(void **state)
{
	assert_string_equal(command_suggest("strat"), "start");
	assert_string_equal(command_suggest("restrat"), "restart");
	assert_string_equal(command_suggest("descibe"), "describe");
	assert_string_equal(command_suggest("lst"), "list");
	assert_null(command_suggest("monitoring"));
	assert_null(command_suggest("q"));
}

static void what_pm2_has_and_we_have_not_is_told(void **state)
{
	static const char *const names[] = {
#define PM2_COMMAND(name, text) name,
#include "cli/pm2_commands.def"
#undef PM2_COMMAND
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_null(command_find(names[i])); /* it came to exist: its row goes */
		assert_non_null(command_instead(names[i]));
	}
	assert_null(command_instead("start"));
	assert_null(command_instead("nosuchcommand"));
}

/* The table is what help, manuals and completion are made from. */
static void every_command_has_its_texts_and_a_name_of_its_own(void **state)
{
	for (size_t i = 0; commands[i]; i++) {
		const struct command *command = commands[i];
		size_t len = strlen(command->summary);

		assert_ptr_equal(command_find(command->name), command);
		for (size_t a = 0; command->aliases && command->aliases[a]; a++)
			assert_ptr_equal(command_find(command->aliases[a]), command);
		assert_in_range(len, 10, 90);
		assert_true(command->summary[len - 1] == '.' || command->summary[len - 1] == '?' ||
			    strchr(command->summary, '?'));
		assert_non_null(command->run);
		assert_true(command->min_words <= command->max_words);
		if (command->max_words > 0)
			assert_non_null(command->args);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_found_by_name_and_alias),
		cmocka_unit_test(what_pm2_has_and_we_have_not_is_told),
		cmocka_unit_test(a_near_name_is_suggested_a_far_one_is_not),
		cmocka_unit_test(every_command_has_its_texts_and_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
