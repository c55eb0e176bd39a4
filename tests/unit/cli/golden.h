/* golden: what a screen must look like, byte by byte, in files beside the tests. UPDATE_GOLDEN=1
 * writes them anew: look at the difference before it is committed. */
#pragma once
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

/* Compare `text` with the file of this name in GOLDEN_DIR. */
static inline void golden_compare(const char *name, const struct str *text)
{
	_cleanup_(str_done) struct str expected = {};
	_cleanup_(mem_freep) char *path = mem_printf("%s/%s", GOLDEN_DIR, name);

	if (getenv("UPDATE_GOLDEN")) {
		_cleanup_(fdio_closep) int fd =
			open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		assert_int_equal(fdio_write_all(fd, text->data, text->len), 0);
		return;
	}
	assert_int_equal(fdio_read_file(AT_FDCWD, path, 1 << 20, &expected, NULL), 0);
	assert_string_equal(str_cstr(text), str_cstr(&expected));
}
