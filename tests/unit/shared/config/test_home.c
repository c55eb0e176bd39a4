#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/str.h"
#include "shared/config/home.h"
#include "tests/unit/skip.h"

struct place {
	char dir[64]; /* ours alone */
	struct home home;
	struct pmc_error err;
};

static int forget(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	return remove(path);
}

static int set_up(void **state)
{
	struct place *place = mem_zalloc(sizeof(*place));

	snprintf(place->dir, sizeof(place->dir), "/tmp/pmc-home-XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	nftw(place->dir, forget, 8, FTW_DEPTH | FTW_PHYS);
	home_done(&place->home);
	free(place);
	return 0;
}

static char *inside(const struct place *place, const char *name)
{
	return mem_printf("%s/%s", place->dir, name);
}

/* Find and make the home at `path`. */
static int make(struct place *place, const char *path)
{
	home_done(&place->home);
	place->err = (struct pmc_error){};
	setenv("PMC_HOME", path, 1);
	assert_int_equal(home_find(&place->home, &place->err), 0);
	return home_make(&place->home, &place->err);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void the_home_is_where_the_environment_says(void **state)
{
	struct place *place = *state;
	char *old = mem_strdup(getenv("HOME"));

	setenv("PMC_HOME", "/srv//x/../pmc/", 1);
	assert_int_equal(home_find(&place->home, NULL), 0);
	assert_string_equal(place->home.path, "/srv/pmc");
	assert_string_equal(place->home.socket_path, "/srv/pmc/run/pmc.sock");
	home_done(&place->home);
	setenv("PMC_HOME", "", 1);
	setenv("HOME", "/home/me", 1);
	assert_int_equal(home_find(&place->home, NULL), 0);
	assert_string_equal(place->home.path, "/home/me/.pmc");
	home_done(&place->home);
	unsetenv("HOME");
	unsetenv("PMC_HOME");
	assert_int_equal(home_find(&place->home, NULL), 0); /* from the passwd entry */
	assert_true(str_ends(place->home.path, "/.pmc"));
	if (old)
		setenv("HOME", old, 1);
	free(old);
}

static void what_is_missing_is_made_for_us_alone(void **state)
{
	struct place *place = *state;
	_cleanup_(mem_freep) char *path = inside(place, "a/b/home"),
				  *run = inside(place, "a/b/home/run");
	_cleanup_(mem_freep) char *id = inside(place, "a/b/home/id"), *file = NULL;

	umask(0);
	assert_int_equal(make(place, path), 0);
	umask(022);
	assert_int_equal(mode_of(path), 0700);
	assert_int_equal(mode_of(run), 0700);
	assert_int_equal(mode_of(id), 0600);
	assert_int_equal(strlen(place->home.id), 8);
	file = home_file(&place->home, "pmc.log");
	assert_true(str_ends(file, "/a/b/home/pmc.log"));
}

static void the_id_stays(void **state)
{
	struct place *place = *state;
	_cleanup_(mem_freep) char *path = inside(place, "home"), *first = NULL;

	assert_int_equal(make(place, path), 0);
	first = mem_strdup(place->home.id);
	assert_int_equal(make(place, path), 0);
	assert_string_equal(place->home.id, first);
}

static void of_many_first_commands_all_see_one_id(void **state)
{
	struct place *place = *state;
	_cleanup_(mem_freep) char *path = inside(place, "home");
	char first[16] = "", text[16];
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	for (int i = 0; i < 16; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			bool good =
				make(place, path) == 0 && write(pipes[1], place->home.id, 8) == 8;

			_exit(good ? 0 : 1);
		}
	}
	close(pipes[1]);
	for (int i = 0; i < 16; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
		memset(text, 0, sizeof(text));
		assert_int_equal(read(pipes[0], text, 8), 8);
		if (i == 0)
			memcpy(first, text, sizeof(first));
		assert_string_equal(text, first);
	}
	close(pipes[0]);
}

static void C07_a_home_others_may_write_is_refused(void **state)
{
	struct place *place = *state;
	_cleanup_(mem_freep) char *path = inside(place, "home"), *run = inside(place, "home/run"),
				  *hint = NULL;

	assert_int_equal(make(place, path), 0);
	assert_int_equal(chmod(path, 0770), 0);
	assert_int_equal(make(place, path), -EPERM);
	assert_non_null(strstr(place->err.message, "may be written by others (mode 0770)"));
	hint = mem_printf("chmod 700 %s", path);
	assert_string_equal(place->err.hint, hint);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(make(place, path), 0);
	assert_int_equal(chmod(run, 0777), 0);
	assert_int_equal(make(place, path), -EPERM);
	assert_non_null(strstr(place->err.hint, run));
}

static void C07_links_are_not_followed(void **state)
{
	struct place *place = *state;
	_cleanup_(mem_freep) char *path = inside(place, "home"), *other = inside(place, "other"),
				  *run = inside(place, "home/run"), *id = inside(place, "home/id"),
				  *victim = inside(place, "other/run");

	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(make(place, path), -EPERM);
	assert_non_null(strstr(place->err.message, "is a symbolic link"));
	assert_int_equal(access(victim, F_OK), -1); /* nothing was written behind it */

	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(symlink(other, run), 0);
	assert_int_equal(make(place, path), -EPERM);
	assert_non_null(strstr(place->err.message, "is a symbolic link"));

	assert_int_equal(unlink(run), 0);
	assert_int_equal(symlink("/etc/passwd", id), 0);
	assert_true(make(place, path) < 0);
	assert_null(place->home.id);
}

static void C07_what_is_no_directory_is_refused(void **state)
{
	struct place *place = *state;
	_cleanup_(mem_freep) char *path = inside(place, "home"), *id = inside(place, "home/id");
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(make(place, path), -EPERM);
	assert_non_null(strstr(place->err.message, "is not a directory"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(mkfifo(id, 0600), 0);
	assert_int_equal(make(place, path), -EPERM); /* and does not wait for a writer */
	assert_non_null(strstr(place->err.message, "not ours or damaged"));
}

static void C09_root_leaves_the_home_of_a_user_alone(void **state)
{
	struct place *place = *state;
	_cleanup_(mem_freep) char *path = inside(place, "home"), *run = inside(place, "home/run"),
				  *hint = NULL;

	if (geteuid() != 0)
		SKIP_BECAUSE("only root can give files away");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(make(place, path), -EPERM);
	assert_non_null(
		strstr(place->err.message, "belongs to nobody (uid 65534), not to us (uid 0)"));
	hint = mem_printf(
		"work as its owner: sudo -u nobody pmc …, or set PMC_HOME, or: chown -R root: %s",
		path);
	assert_string_equal(place->err.hint, hint);
	assert_int_equal(access(run, F_OK), -1);
}

static void S05_a_place_that_cannot_be_written_is_named(void **state)
{
	struct place *place = *state;

	assert_true(make(place, "/proc/self/pmc") < 0);
	assert_non_null(strstr(place->err.message, "/proc/self/pmc"));
}

static void a_long_path_is_fine(void **state)
{
	struct place *place = *state;
	_cleanup_(str_done) struct str path = {};

	str_append(&path, place->dir);
	for (int i = 0; i < 12; i++) {
		str_append_char(&path, '/');
		str_append_repeat(&path, 'x', 60);
	}
	assert_int_equal(make(place, path.data), 0);
	assert_true(strlen(place->home.socket_path) > 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_home_is_where_the_environment_says, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_missing_is_made_for_us_alone, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_id_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(of_many_first_commands_all_see_one_id, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(C07_a_home_others_may_write_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(C07_links_are_not_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(C07_what_is_no_directory_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(C09_root_leaves_the_home_of_a_user_alone, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(S05_a_place_that_cannot_be_written_is_named, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_long_path_is_fine, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
