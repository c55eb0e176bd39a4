/* A value for an option, from a flag or a request. The first byte chooses the option; the rest is
 * the text, and JSON if it is. What is taken can be shown, copied and sent, and is the same
 * afterwards. */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/spec/app_spec.h"
#include "tests/fuzz/fuzz.h"

static void assert_same_by_text(const struct option *opt, const struct app_spec *spec)
{
	struct str shown = {};
	struct app_spec again;

	app_spec_init(&again);
	option_format(opt, spec, &shown);
	/* nothing is shown for what is empty, and not every option takes an empty text */
	if (shown.len) {
		assert(option_set_text(opt, &again, shown.data, NULL) == 0);
		assert(option_equal(opt, spec, &again));
	}
	app_spec_done(&again);
	str_done(&shown);
}

static void assert_same_by_json(const struct option *opt, const struct app_spec *spec)
{
	json_t *json = option_to_json(opt, spec);
	struct app_spec again, copy = {};

	assert(json);
	app_spec_init(&again);
	if (!json_is_null(json)) {
		assert(option_set_json(opt, &again, json, NULL) == 0);
		assert(option_equal(opt, spec, &again));
	}
	json_decref(json);
	option_copy(opt, &copy, spec);
	assert(option_equal(opt, spec, &copy));
	option_done(opt, &copy);
	app_spec_done(&again);
}

static void check(const struct option *opt, int r, const struct app_spec *spec,
		  const struct pmc_error *err)
{
	struct app_spec untouched;

	app_spec_init(&untouched);
	if (r < 0) {
		assert(err->message[0]);
		assert(option_equal(opt, spec, &untouched));
	} else {
		assert_same_by_text(opt, spec);
		assert_same_by_json(opt, spec);
	}
	app_spec_done(&untouched);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct option *opt =
		size ? &app_spec_table.rows[data[0] % app_spec_table.count] : NULL;
	struct pmc_error err = {};
	struct app_spec spec;
	json_t *json;
	char *text;

	if (!opt)
		return 0;
	text = mem_strndup((const char *)data + 1, size - 1);
	app_spec_init(&spec);
	check(opt, option_set_text(opt, &spec, text, &err), &spec, &err);
	json = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	if (json) {
		option_set_default(opt, &spec);
		check(opt, option_set_json(opt, &spec, json, &err), &spec, &err);
	}
	option_find(&app_spec_table, text);
	option_suggest(&app_spec_table, text);
	json_decref(json);
	app_spec_done(&spec);
	free(text);
	return 0;
}
