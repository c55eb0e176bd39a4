#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log/recover.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"

/* What is found of `text` behind "old\n" in a file that goes on with `there`. */
static size_t found(const char *there, const char *text)
{
	_cleanup_(fdio_closep) int fd = memfd_create("log", MFD_CLOEXEC);

	assert_int_equal(fdio_write_all(fd, "old\n", 4), 0);
	assert_int_equal(fdio_write_all(fd, there, strlen(there)), 0);
	return recover_written(fd, 4, text, strlen(text));
}

static void a_write_that_the_kill_cut_goes_on_where_the_file_ends(void **state)
{
	assert_int_equal(found("", "a line\n"), 0);
	assert_int_equal(found("a li", "a line\n"), 4);
	assert_int_equal(found("a line\n", "a line\n"), 7);
}

static void what_others_appended_afterwards_does_not_matter(void **state)
{
	assert_int_equal(found("a line\nforeign\n", "a line\n"), 7);
}

static void what_others_put_in_between_does_not_hide_it(void **state)
{
	assert_int_equal(found("foreign\na line\n", "a line\n"), 7);
	assert_int_equal(found("a foreign line\n", "a line\n"), 0);
}

static void a_write_cut_at_a_page_is_found_in_front_of_foreign_text(void **state)
{
	_cleanup_(str_done) struct str text = {}, there = {};

	str_append_repeat(&text, 'x', 9000);
	str_append_bytes(&there, text.data, 4092); /* to the end of the file's first page */
	str_append(&there, "xx is how a foreign line may begin\n");
	assert_int_equal(found(there.data, text.data), 4092);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_that_the_kill_cut_goes_on_where_the_file_ends),
		cmocka_unit_test(what_others_appended_afterwards_does_not_matter),
		cmocka_unit_test(what_others_put_in_between_does_not_hide_it),
		cmocka_unit_test(a_write_cut_at_a_page_is_found_in_front_of_foreign_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
