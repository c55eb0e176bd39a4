#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/base/error.h"

static void it_returns_the_code_so_that_return_reads_well(void **state)
{
	struct pmc_error err = {};

	assert_int_equal(pmc_error_set(&err, -EINVAL, "bad %s", "thing"), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.message, "bad thing");
	assert_string_equal(err.hint, "");
}

static void a_new_error_forgets_hint_and_place_of_the_old(void **state)
{
	struct pmc_error err = {};

	pmc_error_set(&err, -EINVAL, "first");
	assert_int_equal(pmc_error_hint(&err, "try %d", 2), -EINVAL);
	pmc_error_at(&err, "eco.yml", 3, 4);
	assert_string_equal(err.hint, "try 2");
	assert_string_equal(err.file, "eco.yml");
	pmc_error_set(&err, -ENOENT, "second");
	assert_string_equal(err.hint, "");
	assert_string_equal(err.file, "");
	assert_int_equal(err.line, 0);
	assert_int_equal(err.column, 0);
}

static void the_reason_follows_in_lower_case(void **state)
{
	struct pmc_error err = {};

	assert_int_equal(pmc_error_errno(&err, -ENOENT, "cannot open %s", "x"), -ENOENT);
	assert_string_equal(err.message, "cannot open x: no such file or directory");
}

static void a_long_text_is_cut_but_the_reason_stays(void **state)
{
	char name[4000];
	struct pmc_error err = {};

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	pmc_error_errno(&err, -EACCES, "cannot open %s", name);
	assert_int_equal(strlen(err.message), PMC_ERROR_MESSAGE_MAX - 1);
	assert_non_null(strstr(err.message, "nnn: permission denied"));
	pmc_error_hint(&err, "%s", name);
	assert_int_equal(strlen(err.hint), PMC_ERROR_HINT_MAX - 1);
	pmc_error_at(&err, name, 1, 1);
	assert_int_equal(strlen(err.file), sizeof(err.file) - 1);
}

static void without_a_struct_only_the_number_comes_back(void **state)
{
	assert_int_equal(pmc_error_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(pmc_error_errno(NULL, -EIO, "x"), -EIO);
	assert_int_equal(pmc_error_hint(NULL, "x"), 0);
	pmc_error_at(NULL, "f", 1, 1);
}

static void texts_of_numbers_either_sign(void **state)
{
	assert_string_equal(pmc_error_text(-EIO), "input/output error");
	assert_string_equal(pmc_error_text(EPERM), "operation not permitted");
	assert_string_equal(pmc_error_text(-99999), "error 99999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_returns_the_code_so_that_return_reads_well),
		cmocka_unit_test(a_new_error_forgets_hint_and_place_of_the_old),
		cmocka_unit_test(the_reason_follows_in_lower_case),
		cmocka_unit_test(a_long_text_is_cut_but_the_reason_stays),
		cmocka_unit_test(without_a_struct_only_the_number_comes_back),
		cmocka_unit_test(texts_of_numbers_either_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
