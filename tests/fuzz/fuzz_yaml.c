/* An ecosystem file that nobody checked: whatever it says, it is refused with places, or its specs
 * hold what specs promise. */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/str.h"
#include "shared/spec/ecosystem.h"
#include "shared/spec/spec_json.h"
#include "shared/spec/spec_node.h"
#include "tests/fuzz/fuzz.h"

/* What is sent to the daemon is what was read. */
static void assert_sent_whole(const struct app_spec *spec)
{
	struct diagnostics diags = {};
	json_t *json = spec_json_write(spec);
	struct app_spec again;

	assert(spec_json_read(json, &again, &diags, NULL) == 0);
	assert(app_spec_equal(spec, &again));
	app_spec_done(&again);
	json_decref(json);
	diagnostics_done(&diags);
}

static void assert_startable(const struct ecosystem *eco)
{
	for (size_t i = 0; i < eco->count; i++) {
		const struct app_spec *spec = &eco->apps[i];

		assert(spec->name && !spec_node_bad_name(spec->name));
		assert(spec->script && *spec->script && spec->interpreter);
		assert(spec->script[0] == '/' || !strchr(spec->script, '/'));
		assert(spec->cwd && spec->cwd[0] == '/');
		for (size_t k = 0; k < i; k++)
			assert(strcmp(eco->apps[k].name, spec->name) != 0);
		assert_sent_whole(spec);
	}
}

static void take(const char *name, const char *text, size_t size)
{
	const struct ecosystem_options options = {.caller_dir = "/nonexistent/caller"};
	struct diagnostics diags = {};
	struct str shown = {};
	struct ecosystem eco;
	int r = ecosystem_parse(name, text, size, &options, &eco, &diags);

	assert((r < 0) == (diags.errors > 0));
	assert(r == 0 || eco.count == 0);
	diagnostics_format(&diags, str_cstr(&eco.source), eco.source.len, &shown);
	assert_startable(&eco);
	str_done(&shown);
	ecosystem_done(&eco);
	diagnostics_done(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	setenv("PATH", "", 1); /* no node: what is no strict JSON is not evaluated */
	take("/nonexistent/eco.yml", (const char *)data, size);
	take("/nonexistent/eco.json", (const char *)data, size);
	return 0;
}
