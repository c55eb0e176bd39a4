#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/mem.h"
#include "shared/base/path.h"

static void assert_new(char *made, const char *expected)
{
	assert_string_equal(made, expected);
	free(made);
}

static void joining_folds_what_needs_no_look_at_the_disk(void **state)
{
	assert_new(path_join("/srv/app", "logs/out.log"), "/srv/app/logs/out.log");
	assert_new(path_join("/srv/app", "/etc/x"), "/etc/x");
	assert_new(path_join("/srv/app/", "./a//b/."), "/srv/app/a/b");
	assert_new(path_join("/srv/app", "../other"), "/srv/other");
	assert_new(path_join("/srv", "../../../etc"), "/etc");
	assert_new(path_join("/", "a"), "/a");
	assert_new(path_join("/", ".."), "/");
	assert_new(path_join("", "a"), "a");
	assert_new(path_join("", ""), ".");
	assert_new(path_join("a", ".."), ".");
	assert_new(path_join("a", "../../b"), "../b");
	assert_new(path_join("..", ".."), "../..");
	assert_new(path_join("..", "../a/.."), "../..");
	assert_new(path_join("a/b", "..."), "a/b/...");
	assert_new(path_join("/a", ""), "/a");
}

static void absolute_is_seen_from_here(void **state)
{
	_cleanup_(mem_freep) char *here = getcwd(NULL, 0), *expected = path_join(here, "x");

	assert_new(path_absolute("x"), expected);
	assert_new(path_absolute("."), here);
	assert_new(path_absolute("/a/../b"), "/b");
}

static void without_a_current_folder_there_is_no_absolute_path(void **state)
{
	char folder[] = "/tmp/pmc-test-path-XXXXXX";
	int status;
	pid_t child;

	assert_non_null(mkdtemp(folder));
	child = fork();
	if (child == 0) {
		if (chdir(folder) < 0 || rmdir(folder) < 0)
			_exit(2);
		_exit(path_absolute("x") ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void the_tilde_is_a_home(void **state)
{
	struct passwd *root = getpwnam("root");
	_cleanup_(mem_freep) char *expected = mem_printf("%s/x", root->pw_dir);

	setenv("HOME", "/home/me", 1);
	assert_new(path_expand_home("~"), "/home/me");
	assert_new(path_expand_home("~/a"), "/home/me/a");
	assert_new(path_expand_home("~root/x"), expected);
	assert_new(path_expand_home("~no-such-user/x"), "~no-such-user/x");
	assert_new(path_expand_home("a/~"), "a/~");
	assert_new(path_expand_home(""), "");
	unsetenv("HOME");
	assert_new(path_expand_home("~"), getpwuid(getuid())->pw_dir);
}

static void parts_of_a_path(void **state)
{
	assert_string_equal(path_base("/a/b.js"), "b.js");
	assert_string_equal(path_base("b"), "b");
	assert_string_equal(path_base("a/"), "");
	assert_new(path_dir("/a/b.js"), "/a");
	assert_new(path_dir("/a"), "/");
	assert_new(path_dir("a//b"), "a");
	assert_new(path_dir("b"), ".");
	assert_string_equal(path_extension("/a.b/app.test.js"), ".js");
	assert_string_equal(path_extension("/a.b/app"), "");
	assert_string_equal(path_extension(".bashrc"), "");
	assert_string_equal(path_extension("x."), ".");
}

static void a_name_becomes_fit_for_a_file(void **state)
{
	char long_name[300], *clean;

	assert_new(path_clean_name("web_1.api-x"), "web_1.api-x");
	assert_new(path_clean_name("my app/../../etc"), "my-app-..-..-etc");
	assert_new(path_clean_name("..hidden"), "-.hidden");
	assert_new(path_clean_name("a\\b"), "a\\b");
	assert_new(path_clean_name("日本 café"), "日本-café");
	assert_new(path_clean_name(""), "-");
	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	clean = path_clean_name(long_name);
	assert_int_equal(strlen(clean), 200);
	free(clean);
	memcpy(long_name + 199, "é", 2);
	clean = path_clean_name(long_name);
	assert_int_equal(strlen(clean), 199);
	free(clean);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joining_folds_what_needs_no_look_at_the_disk),
		cmocka_unit_test(absolute_is_seen_from_here),
		cmocka_unit_test(without_a_current_folder_there_is_no_absolute_path),
		cmocka_unit_test(the_tilde_is_a_home),
		cmocka_unit_test(parts_of_a_path),
		cmocka_unit_test(a_name_becomes_fit_for_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
