#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/command.h"
#include "cli/complete.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/spec/app_spec.h"

static unsigned asked;

static void two_apps(void *user, const char *word, struct str *out)
{
	asked++;
	complete_add(out, "web", "app");
	complete_add(out, "worker", "app");
}

/* The candidates for the last word of `line` (a blank at its end: an empty one). */
static char *candidates(const char *line)
{
	static const struct complete_source source = {.apps = two_apps};
	_cleanup_(strlist_done) struct strlist words = {};
	struct str out = {};

	asked = 0;
	strlist_split(&words, line, " ");
	if (!*line || line[strlen(line) - 1] == ' ')
		strlist_add(&words, "");
	complete_words(words.items, words.count, &source, &out);
	return str_steal(&out);
}

static void expect(const char *line, const char *word)
{
	_cleanup_(mem_freep) char *found = candidates(line), *in_line = mem_printf("\n%s\t", word),
				  *all = mem_printf("\n%s", found);

	if (!strstr(all, in_line))
		fail_msg("'%s' is no candidate of '%s': %s", word, line, found);
}

static void expect_none(const char *line)
{
	_cleanup_(mem_freep) char *found = candidates(line);

	assert_string_equal(found, "");
}

static void every_command_is_offered_and_aliases_of_a_begun_word(void **state)
{
	_cleanup_(mem_freep) char *all = candidates("");

	for (size_t i = 0; commands[i]; i++)
		expect("", commands[i]->name);
	assert_null(strstr(all, "\nls\t"));
	expect("l", "ls");
	expect("--silent ", "list"); /* options may stand before the command */
}

static void every_flag_of_a_command_is_offered(void **state)
{
	expect("list -", "--json");
	expect("list -", "--help");
	expect("list -", "--no-color");
	for (size_t i = 0; i < app_spec_table.count; i++) {
		const struct option *option = &app_spec_table.rows[i];
		bool no = option->type == OPTION_BOOL && option->def && option->def[0] == 't';
		_cleanup_(mem_freep) char *flag =
			mem_printf("--%s%s", no ? "no-" : "", option->flag ? option->flag : "help");

		if (option->flag)
			expect("start -", flag);
	}
}

static void values_of_enums_signals_and_files(void **state)
{
	_cleanup_(mem_freep) char *choices = candidates("start --log-type "),
				  *files = candidates("start --output "),
				  *folders = candidates("start x --cwd ");

	assert_string_equal(choices, "raw\tlines as they are\njson\tone object a line, with time, "
				     "app and stream.\n");
	assert_string_equal(files, "\tfiles\n");
	assert_string_equal(folders, "\tfolders\n");
	expect("start --log-type=", "--log-type=json");
	expect("start --autorestart=", "--autorestart=true");
	expect("start -i ", "max");
	expect("start --stop-signal ", "SIGTERM");
	expect("events --app ", "web");
	expect_none("start --name ");
}

static void words_follow_the_usage_line(void **state)
{
	expect("stop ", "all");
	expect("stop web ", "worker");
	expect("sendSignal ", "SIGUSR2");
	assert_int_equal(asked, 0);
	expect("sendSignal USR2 ", "web");
	expect("scale web ", "max");
	expect("daemon ", "resume");
	expect("import ", "pm2");
	expect("help ", "restart");
	expect("completion ", "fish");
	expect_none("kill ");
	expect_none("scale web 3 ");
	expect_none("nonsense ");
}

static void behind_dashes_the_words_are_the_apps(void **state)
{
	_cleanup_(mem_freep) char *found = candidates("start x -- --na");

	assert_string_equal(found, "\tfiles\n");
}

static void what_would_break_a_line_is_left_out(void **state)
{
	_cleanup_(str_done) struct str out = {};

	complete_add(&out, "a\nb", "app");
	complete_add(&out, "a\x1b[0m", "app");
	complete_add(&out, "größe", "One. Two.");
	assert_string_equal(out.data, "größe\tOne\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_is_offered_and_aliases_of_a_begun_word),
		cmocka_unit_test(every_flag_of_a_command_is_offered),
		cmocka_unit_test(values_of_enums_signals_and_files),
		cmocka_unit_test(words_follow_the_usage_line),
		cmocka_unit_test(behind_dashes_the_words_are_the_apps),
		cmocka_unit_test(what_would_break_a_line_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
