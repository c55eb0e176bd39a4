#include "shared/spec/ecosystem_find.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_file.h"
#include "shared/spec/spec_json_text.h"

static const char *const names[] = {
	"ecosystem.config.js",	"ecosystem.config.cjs",
	"ecosystem.config.mjs", "ecosystem.config.ts",
	"ecosystem.json",	"ecosystem.yml",
	"ecosystem.yaml",	"pmc.yml",
	"package.json",
};

/* Almost every project has a package.json: is this one about apps, too? */
static bool package_has_apps(const char *name)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *root = NULL;
	_cleanup_(str_done) struct str text = {};
	struct pmc_error syntax = {};

	if (fdio_read_file(AT_FDCWD, name, SPEC_FILE_MAX, &text, NULL) < 0)
		return false;
	spec_json_text_parse(str_cstr(&text), text.len, NULL, &diags, &root, &syntax);
	return root && (node_get(root, "pm2") || node_get(root, "pmc"));
}

static bool is_there(const char *name)
{
	struct stat st;

	if (stat(name, &st) < 0 || S_ISDIR(st.st_mode))
		return false;
	return spec_file_format(name) != SPEC_FILE_PACKAGE || package_has_apps(name);
}

struct ecosystem_find ecosystem_find_file(void)
{
	struct ecosystem_find found = {};

	for (size_t i = 0; i < ARRAY_SIZE(names) && !found.next; i++) {
		if (!is_there(names[i]))
			continue;
		if (found.name)
			found.next = names[i];
		else
			found.name = names[i];
	}
	return found;
}

char *ecosystem_find_names(void)
{
	struct str text = {};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		str_appendf(&text, "%s%s", i ? ", " : "", names[i]);
	return str_steal(&text);
}
