/* A text with ${…} that nobody checked: a message, or a text within its budget. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/keyval.h"
#include "shared/base/str.h"
#include "shared/spec/interpolate.h"
#include "tests/fuzz/fuzz.h"

#define BUDGET 100000

static void assert_escaped_is_itself(const char *text)
{
	_cleanup_(str_done) struct str escaped = {}, out = {};
	struct interpolate in = {.budget = SIZE_MAX};

	interpolate_escape(text, &escaped);
	assert(interpolate_append(&in, str_cstr(&escaped), &out, NULL) == 0);
	assert(strcmp(str_cstr(&out), text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(mem_freep) char *text = mem_strndup((const char *)data, size);
	_cleanup_(keyval_done) struct keyval near = {}, far = {};
	_cleanup_(str_done) struct str out = {};
	struct interpolate in = {.scopes = {&near, &far}, .budget = BUDGET};
	struct pmc_error err = {};
	int r;

	keyval_set(&near, "A", "${A}${B}$$");
	keyval_set(&near, "EMPTY", "");
	keyval_set(&far, "A", "far");
	keyval_set(&far, "B", "a longer value than its name, to make texts grow");
	r = interpolate_append(&in, text, &out, &err);
	assert(r == 0 || r == -ENOENT || r == -EINVAL || r == -E2BIG);
	assert((r < 0) == (err.message[0] != '\0'));
	assert(out.len + in.budget == BUDGET);
	if (r == 0 && !interpolate_wanted(text))
		assert(strcmp(str_cstr(&out), text) == 0);
	assert_escaped_is_itself(text);
	return 0;
}
