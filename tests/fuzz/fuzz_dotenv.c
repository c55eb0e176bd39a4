/* An env file that nobody checked: refused with places and nothing set, or variables that a process
 * can be given. */
#include <assert.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/keyval.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"
#include "shared/option/option.h"
#include "shared/spec/dotenv.h"
#include "tests/fuzz/fuzz.h"

static void assert_good(const struct keyval *vars)
{
	for (size_t i = 0; i < vars->count; i++) {
		const struct keyval_pair *pair = &vars->pairs[i];

		assert(*pair->name && !strpbrk(pair->name, "= \t\r\n'\"`#$"));
		assert(strlen(pair->name) + strlen(pair->value) < OPTION_STRING_MAX);
		assert(utf8_valid(pair->value, strlen(pair->value)));
	}
}

static void assert_places(const struct diagnostics *diags)
{
	for (size_t i = 0; i < diags->count; i++) {
		assert(diags->items[i].file && *diags->items[i].message);
		assert(diags->items[i].line > 0 && diags->items[i].column > 0);
	}
}

/* Quoted as the file wants it, each value reads back to itself. */
static void assert_reads_back(const struct keyval *vars)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(keyval_done) struct keyval again = {};
	_cleanup_(str_done) struct str text = {};

	for (size_t i = 0; i < vars->count; i++)
		if (!strpbrk(vars->pairs[i].value, "'\r"))
			str_appendf(&text, "export %s = '%s' # comment\n", vars->pairs[i].name,
				    vars->pairs[i].value);
	if (text.len > DOTENV_FILE_MAX)
		return;
	assert(dotenv_parse(str_cstr(&text), text.len, "again", NULL, &again, &diags) == 0);
	for (size_t i = 0; i < again.count; i++)
		assert(str_equal(keyval_get(vars, again.pairs[i].name), again.pairs[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(keyval_done) struct keyval vars = {}, outer = {};
	_cleanup_(str_done) struct str shown = {};
	int r;

	keyval_set(&outer, "HOME", "/srv/it's");
	r = dotenv_parse((const char *)data, size, ".env", &outer, &vars, &diags);
	assert((r < 0) == (diags.errors > 0));
	assert(r == 0 || vars.count == 0);
	assert_good(&vars);
	assert_places(&diags);
	assert_reads_back(&vars);
	diagnostics_format(&diags, (const char *)data, size, &shown);
	return 0;
}
