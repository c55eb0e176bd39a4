#include "shared/spec/ecosystem_program.h"

#include "tests/unit/shared/spec/folder.h"

static void programs_are_found_in_path(void **state)
{
	_cleanup_(mem_freep) char *good = folder_add(*state, "bin/tool", "#!/bin/sh\n", 10, 0755);
	folder_put(*state, "bin/notes", "text", 4, 0644);
	_cleanup_(mem_freep) char *path = mem_printf("/nonexistent:%s/bin", (char *)*state);

	assert_true(ecosystem_program_in_path("tool", path));
	assert_false(ecosystem_program_in_path("notes", path));
	assert_false(ecosystem_program_in_path("other", path));
	assert_false(ecosystem_program_in_path("", path));
	assert_false(ecosystem_program_in_path(good, path));
	assert_true(ecosystem_program_in_path("sh", NULL));
}

static void the_extension_names_the_interpreter(void **state)
{
	static const struct {
		const char *script, *interpreter;
	} rows[] = {
		{"/x/a.js", "node"}, {"/x/a.cjs", "node"},   {"/x/a.mjs", "node"},
		{"/x/a.rb", "ruby"}, {"/x/a.php", "php"},    {"/x/a.pl", "perl"},
		{"/x/a.sh", "bash"}, {"/x/a.py", "python3"}, {"/x/a.coffee", "coffee"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(ecosystem_program_interpreter(rows[i].script, "/nonexistent"),
				    rows[i].interpreter);
}

static void what_is_installed_is_preferred(void **state)
{
	folder_put(*state, "python", "#!", 2, 0755);
	folder_put(*state, "sh", "#!", 2, 0755);
	folder_put(*state, "node", "#!", 2, 0755);

	assert_string_equal(ecosystem_program_interpreter("/x/a.py", *state), "python");
	assert_string_equal(ecosystem_program_interpreter("/x/a.sh", *state), "sh");
	assert_string_equal(ecosystem_program_interpreter("/x/a.ts", *state), "node");
	assert_string_equal(ecosystem_program_shell(*state), "sh");
	assert_string_equal(ecosystem_program_shell("/nonexistent"), "bash");
}

static void other_files_are_judged_by_their_first_bytes(void **state)
{
	_cleanup_(mem_freep) char *elf = folder_add(*state, "server", "\177ELF\2\1\1\0", 8, 0755);
	_cleanup_(mem_freep) char *script = folder_add(*state, "tool", "#!/bin/sh\n", 10, 0755);
	_cleanup_(mem_freep) char *unset = folder_add(*state, "unset", "#!/bin/sh\n", 10, 0644);
	_cleanup_(mem_freep) char *text = folder_add(*state, "app", "console.log(1)\n", 15, 0644);
	_cleanup_(mem_freep) char *missing = mem_printf("%s/missing", (char *)*state);

	assert_string_equal(ecosystem_program_interpreter(elf, NULL), "none");
	assert_string_equal(ecosystem_program_interpreter(script, NULL), "none");
	assert_string_equal(ecosystem_program_interpreter(unset, NULL), "node");
	assert_string_equal(ecosystem_program_interpreter(text, NULL), "node");
	assert_string_equal(ecosystem_program_interpreter(missing, NULL), "none");
	assert_string_equal(ecosystem_program_interpreter(*state, NULL),
			    "node"); /* a folder: its package.json */
}

static void a_fifo_is_not_waited_for(void **state)
{
	_cleanup_(mem_freep) char *fifo = mem_printf("%s/fifo", (char *)*state);

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_string_equal(ecosystem_program_interpreter(fifo, NULL), "node");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(programs_are_found_in_path, folder_make,
						folder_remove),
		cmocka_unit_test(the_extension_names_the_interpreter),
		cmocka_unit_test_setup_teardown(what_is_installed_is_preferred, folder_make,
						folder_remove),
		cmocka_unit_test_setup_teardown(other_files_are_judged_by_their_first_bytes,
						folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(a_fifo_is_not_waited_for, folder_make,
						folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
