/* A pmcd.ini that nobody checked: refused with lines and nothing changed, or settings within their
 * bounds. */
#include <assert.h>

#include "shared/base/diagnostics.h"
#include "shared/base/str.h"
#include "shared/config/settings.h"
#include "tests/fuzz/fuzz.h"

static void assert_within_bounds(const struct settings *settings)
{
	for (size_t i = 0; i < settings_table.count; i++) {
		const struct option *opt = &settings_table.rows[i];
		struct str shown = {};
		struct settings again;

		settings_init(&again);
		option_format(opt, settings, &shown);
		assert(option_set_text(opt, &again, str_cstr(&shown), NULL) == 0);
		assert(option_equal(opt, settings, &again));
		settings_done(&again);
		str_done(&shown);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diagnostics diags = {};
	struct settings settings, before;
	int r;

	settings_init(&settings);
	settings_init(&before);
	r = settings_parse(&settings, (const char *)data, size, "pmcd.ini", &diags);
	assert((r < 0) == (diags.errors > 0));
	for (size_t i = 0; r < 0 && i < settings_table.count; i++)
		assert(option_equal(&settings_table.rows[i], &settings, &before));
	assert_within_bounds(&settings);
	settings_done(&settings);
	settings_done(&before);
	diagnostics_done(&diags);
	return 0;
}
