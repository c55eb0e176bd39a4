#include "cli/cmd.h"

#include <unistd.h>

#include "cli/out/json.h"
#include "shared/spec/spec_schema.h"

static int run(struct command_context *ctx)
{
	json_t *schema = spec_schema_file();
	int r = json_print(STDOUT_FILENO, schema, true, true);

	json_decref(schema);
	return r < 0;
}

const struct command cmd_schema = {
	.name = "schema",
	.summary = "Print the JSON Schema of ecosystem files, for editors.",
	.doc = "Draft 2020-12. Installed as share/pmc/ecosystem.schema.json; a file names it in "
	       "its "
	       "first line: # yaml-language-server: $schema=PATH. Starts no daemon.",
	.group = GROUP_FILES,
	.run = run,
};
