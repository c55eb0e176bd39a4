/* golden: what a screen must look like, byte by byte, in files beside the tests. UPDATE_GOLDEN=1
 * writes them anew: `UPDATE_GOLDEN=1 meson test -C build --suite unit`; look at the difference
 * before it is committed. */
#pragma once
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <string.h>

#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

static const unsigned golden_widths[] = {40, 80, 120, 200};

/* No line may be wider than the terminal. */
static inline void golden_fits(const struct str *text, unsigned width)
{
	for (const char *line = str_cstr(text); *line;) {
		size_t len = strcspn(line, "\n");

		if (utf8_width(line, len) > width)
			fail_msg("wider than %u: %.*s", width, (int)len, line);
		line += len + (line[len] == '\n');
	}
}

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

/* The same for a text in colours: in the file an escape byte is `\e`. */
static inline void golden_compare_colored(const char *name, const struct str *text)
{
	_cleanup_(str_done) struct str readable = {};

	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] == '\033')
			str_append(&readable, "\\e");
		else
			str_append_char(&readable, text->data[i]);
	}
	golden_compare(name, &readable);
}

/* `text` as drawn for a terminal of this width: it fits, and is as in the file "NAME-WIDTH.txt". */
static inline void golden_compare_width(const char *name, unsigned width, const struct str *text)
{
	_cleanup_(mem_freep) char *file = mem_printf("%s-%u.txt", name, width);

	golden_fits(text, width);
	golden_compare(file, text);
}
