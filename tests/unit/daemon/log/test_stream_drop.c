#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/log/stream_drop.h"
#include "shared/base/str.h"

static void assert_marker(unsigned lines, unsigned long long bytes, int error, const char *expected)
{
	_cleanup_(str_done) struct str out = {};

	stream_drop_marker(&out, lines, bytes, error);
	assert_string_equal(str_cstr(&out), expected);
}

static void a_gap_is_told_in_one_line(void **state)
{
	assert_marker(1, 12, ENOSPC, "[pmc: 1 line (12 B) dropped: no space]\n");
	assert_marker(1234, 98 << 10, EDQUOT, "[pmc: 1,234 lines (98.0 KiB) dropped: no space]\n");
	assert_marker(7000001, 5, EIO,
		      "[pmc: 7,000,001 lines (5 B) dropped: input/output error]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gap_is_told_in_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
