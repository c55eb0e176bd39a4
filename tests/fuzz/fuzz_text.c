/* What people and programs write, on its way to a terminal, a command line or a number. The first
 * byte chooses; the rest is the text. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/glob.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/base/units.h"
#include "shared/base/utf8.h"
#include "tests/fuzz/fuzz.h"

static void assert_harmless(const struct str *text, bool newlines)
{
	uint32_t code;

	for (size_t at = 0; at < text->len;) {
		size_t step = utf8_decode(text->data + at, text->len - at, &code);

		assert(step > 0);
		assert(!utf8_harmful(code) || (newlines && code == '\n'));
		at += step;
	}
}

static void take_terminal(const char *text, size_t len)
{
	_cleanup_(str_done) struct str escaped = {}, kept = {};

	utf8_escape(&escaped, text, len, false);
	assert_harmless(&escaped, false);
	assert(utf8_width(text, len) == utf8_width(str_cstr(&escaped), escaped.len));
	utf8_escape(&kept, text, len, true);
	assert_harmless(&kept, true);
	for (unsigned columns = 0; columns < 12; columns++) {
		_cleanup_(str_done) struct str cell = {};
		unsigned used = utf8_fit(&cell, text, columns);

		assert_harmless(&cell, false);
		assert(used <= columns && used == utf8_width(str_cstr(&cell), cell.len));
	}
}

static void take_diagnostic(const char *text, size_t len)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(str_done) struct str out = {};
	int line = len > 0 ? (unsigned char)text[0] % 8 : 1,
	    column = len > 1 ? (unsigned char)text[1] : 1;

	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "f", line, column, "hint", "%s", text);
	diagnostics_add(&diags, DIAGNOSTIC_WARNING, "f", column, line * 100, NULL, "w");
	diagnostics_format(&diags, text, len, &out);
	assert_harmless(&out, true);
}

static void take_numbers(const char *text)
{
	_cleanup_(str_done) struct str again = {};
	int64_t value, back;
	int signal;
	bool flag;

	if (units_parse_duration(text, &value, NULL) == 0) {
		units_format_duration(&again, value);
		assert(units_parse_duration(again.data, &back, NULL) == 0 && back == value);
	}
	str_clear(&again);
	if (units_parse_size(text, &value, NULL) == 0) {
		units_format_size(&again, value);
		assert(units_parse_size(again.data, &back, NULL) == 0 && back == value);
	}
	units_parse_int(text, &value, NULL);
	units_parse_bool(text, &flag, NULL);
	if (units_parse_signal(text, &signal, NULL) == 0)
		assert(signal > 0 && units_signal_name(signal)[0]);
}

static void take_words(const char *text)
{
	_cleanup_(strlist_done) struct strlist words = {};
	struct pmc_error err = {};

	if (strlist_split_words(&words, text, &err) < 0)
		assert(words.count == 0 && err.column > 0);
	else if (words.count)
		assert(!words.items[words.count]);
}

static void take_path(const char *text)
{
	_cleanup_(mem_freep) char *joined = path_join("/srv/app", text),
				  *again = path_join("/", joined);
	_cleanup_(mem_freep) char *name = path_clean_name(text), *dir = path_dir(text);
	_cleanup_(mem_freep) char *home = path_expand_home(text);

	assert(joined[0] == '/' && strcmp(joined, again) == 0);
	assert(!strstr(joined, "//") && !strstr(joined, "/../") && !strstr(joined, "/./"));
	assert(name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) <= 200);
	assert(dir[0] && path_base(text) >= text && path_extension(text) >= path_base(text) &&
	       home);
}

/* Pattern and text are parted by a newline. */
static void take_glob(char *text)
{
	char *behind = strchr(text, '\n');

	if (behind)
		*behind++ = '\0';
	glob_matches(text, behind ? behind : text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(mem_freep) char *text =
		size ? mem_strndup((const char *)data + 1, size - 1) : NULL;
	_cleanup_(str_done) struct str out = {};

	if (!size)
		return 0;
	switch (data[0] % 7) {
	case 0:
		take_terminal(text, strlen(text));
		break;
	case 1:
		take_diagnostic(text, strlen(text));
		break;
	case 2:
		take_numbers(text);
		break;
	case 3:
		take_words(text);
		break;
	case 4:
		take_path(text);
		break;
	case 5:
		take_glob(text);
		break;
	default:
		clock_format(&out, text, (int64_t)size * INT64_C(86400123456));
		break;
	}
	return 0;
}
