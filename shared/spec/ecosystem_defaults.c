#include "shared/spec/ecosystem_defaults.h"

#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/option/node.h"
#include "shared/spec/ecosystem_apps.h"
#include "shared/spec/ecosystem_env.h"
#include "shared/spec/ecosystem_resolve.h"
#include "shared/spec/spec_node.h"

void ecosystem_defaults_init(struct ecosystem_defaults *defaults,
			     const struct ecosystem_defaults *outer)
{
	*defaults = (struct ecosystem_defaults){};
	if (!outer) {
		app_spec_init(&defaults->spec);
		return;
	}
	*defaults = *outer;
	app_spec_copy(&defaults->spec, &outer->spec);
}

void ecosystem_defaults_done(struct ecosystem_defaults *defaults)
{
	app_spec_done(&defaults->spec);
}

static void complain(struct spec_node_reader *reader, const struct node *at, const char *hint,
		     const char *text)
{
	diagnostics_add(reader->diags, DIAGNOSTIC_ERROR, reader->file, at->line, at->column, hint,
			"%s", text);
}

/* What is one app's own. */
static bool refuse_own(struct spec_node_reader *reader, const struct node *node)
{
	const enum spec_option own[] = {SPEC_name, SPEC_script};
	bool refused = false;

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		const struct node *said = spec_node_find(node, own[i]);

		if (!said)
			continue;
		complain(reader, said, NULL, "'name' and 'script' belong to one app, not to all");
		refused = true;
	}
	return refused;
}

void ecosystem_defaults_read(struct ecosystem_defaults *defaults, struct spec_node_reader *reader,
			     const char *base_dir, const struct node *node)
{
	struct app_spec *spec = &defaults->spec, outer = {};
	const struct node *env_file;

	if (node->kind != NODE_MAP) {
		complain(reader, node, NULL, "'defaults' must be a map of options");
		return;
	}
	if (refuse_own(reader, node))
		return;
	ecosystem_env_take(&outer, spec);
	spec_node_read(reader, node, spec);
	ecosystem_env_put_under(spec, &outer);
	app_spec_done(&outer);
	ecosystem_resolve_paths(spec, base_dir);
	defaults->bytes += ecosystem_apps_weigh(node);
	env_file = spec_node_find(node, SPEC_env_file);
	if (env_file) {
		defaults->env_file_in = reader->file;
		defaults->env_file_line = env_file->line;
		defaults->env_file_column = env_file->column;
	}
}
