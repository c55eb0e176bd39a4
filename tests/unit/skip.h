/* skip: leave a test that cannot run here, with its reason in the log. cmocka's own skip() is a
 * failure to meson: it prints "not ok … # SKIP". After <cmocka.h>. */
#pragma once

#define SKIP_BECAUSE(reason)                                                                       \
	do {                                                                                       \
		print_message("# skipped: %s\n", reason);                                          \
		return;                                                                            \
	} while (0)
