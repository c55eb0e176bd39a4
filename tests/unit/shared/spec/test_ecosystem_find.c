#include "tests/unit/shared/spec/folder.h"

#include "shared/base/str.h"
#include "shared/spec/ecosystem_find.h"

/* What is found in the current directory, which is the test's folder. */
static void finds(const char *name, const char *next)
{
	struct ecosystem_find found = ecosystem_find_file();

	assert_true(str_equal(found.name, name));
	assert_true(str_equal(found.next, next));
}

static void put(void **state, const char *name, const char *text)
{
	folder_put(*state, name, text, strlen(text), 0600);
}

static void pm2s_names_come_first(void **state)
{
	assert_int_equal(chdir(*state), 0);
	finds(NULL, NULL);
	put(state, "package.json", "{\"name\": \"x\", \"pm2\": []}");
	finds("package.json", NULL);
	put(state, "pmc.yml", "");
	finds("pmc.yml", "package.json");
	put(state, "ecosystem.yml", "");
	finds("ecosystem.yml", "pmc.yml");
	put(state, "ecosystem.config.ts", "");
	finds("ecosystem.config.ts", "ecosystem.yml");
	put(state, "ecosystem.config.js", "");
	finds("ecosystem.config.js", "ecosystem.config.ts");
	assert_int_equal(chdir("/"), 0);
}

static void a_package_that_says_nothing_about_apps_does_not_count(void **state)
{
	assert_int_equal(chdir(*state), 0);
	put(state, "package.json", "{\"name\": \"x\"}");
	finds(NULL, NULL);
	put(state, "package.json", "{ pm2: broken");
	finds(NULL, NULL);
	put(state, "package.json", "{\"pmc\": {}}");
	finds("package.json", NULL);
	assert_int_equal(chdir("/"), 0);
}

static void a_folder_of_the_name_is_no_file(void **state)
{
	assert_int_equal(chdir(*state), 0);
	assert_int_equal(mkdir("ecosystem.config.js", 0700), 0);
	finds(NULL, NULL);
	assert_int_equal(chdir("/"), 0);
}

static void all_names_can_be_told(void **state)
{
	_cleanup_(mem_freep) char *names = ecosystem_find_names();

	assert_true(str_starts(names, "ecosystem.config.js, ecosystem.config.cjs, "));
	assert_true(str_ends(names, "ecosystem.yaml, pmc.yml, package.json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pm2s_names_come_first, folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(
			a_package_that_says_nothing_about_apps_does_not_count, folder_make,
			folder_remove),
		cmocka_unit_test_setup_teardown(a_folder_of_the_name_is_no_file, folder_make,
						folder_remove),
		cmocka_unit_test(all_names_can_be_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
