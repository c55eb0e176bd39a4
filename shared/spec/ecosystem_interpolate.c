#include "shared/spec/ecosystem_interpolate.h"

#include <errno.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/ecosystem_apps.h"
#include "shared/spec/interpolate.h"

struct walk {
	struct ecosystem_apps *apps;
	const struct ecosystem_apps_file *file;
	struct interpolate scope;
	bool other_profile;
};

/* Whether it was a number or a switch is seen in what it became. */
static void set_text(struct node *node, char *text)
{
	enum node_kind kind = node_plain_kind(text);

	free(node->text);
	node->text = text;
	if (kind == NODE_BOOL || kind == NODE_NUMBER)
		node->kind = kind;
}

static void replace(struct walk *walk, struct node *node)
{
	struct pmc_error err = {};
	struct str text = {};
	int r = interpolate_append(&walk->scope, node->text, &text, &err);

	if (r == 0) {
		set_text(node, str_steal(&text));
		return;
	}
	str_done(&text);
	if (r == -E2BIG ||
	    (!walk->other_profile && (r != -ENOENT || !walk->apps->options->names_only)))
		ecosystem_apps_complain(walk->file, node, err.hint[0] ? err.hint : NULL, "%s",
					err.message);
}

static bool is_for_others(const char *key)
{
	return str_starts(key, "x-") || *key == '.' || strcmp(key, "deploy") == 0 ||
	       strcmp(key, "static") == 0;
}

static bool is_other_profile(const struct walk *walk, const char *key)
{
	return str_starts(key, "env_") && !option_find(&app_spec_table, key) &&
	       !str_equal(key + strlen("env_"), walk->apps->options->profile);
}

static void look_at(struct walk *walk, struct node *node);

/* The values of a map; `top`: of the file. */
static void look_at_map(struct walk *walk, struct node *map, bool top)
{
	for (size_t i = 0; i < map->count; i++) {
		struct node *node = map->items[i];
		bool before = walk->other_profile;

		if (top && is_for_others(node->key))
			continue;
		walk->other_profile |= is_other_profile(walk, node->key);
		look_at(walk, node);
		walk->other_profile = before;
	}
}

static void look_at(struct walk *walk, struct node *node)
{
	if (node->kind == NODE_STRING && interpolate_wanted(node->text))
		replace(walk, node);
	else if (node->kind == NODE_MAP)
		look_at_map(walk, node, false);
	for (size_t i = 0; node->kind == NODE_LIST && i < node->count; i++)
		look_at(walk, node->items[i]);
}

void ecosystem_interpolate(struct ecosystem_apps *apps, const struct ecosystem_apps_file *file,
			   struct node *root)
{
	struct walk walk = {.apps = apps, .file = file};

	walk.scope = (struct interpolate){.scopes = {apps->options->caller_env},
					  .budget = ECOSYSTEM_APPS_BYTES_MAX - apps->spent};
	if (root->kind == NODE_MAP)
		look_at_map(&walk, root, true);
	else
		look_at(&walk, root);
	apps->spent = ECOSYSTEM_APPS_BYTES_MAX - walk.scope.budget;
}
