#include "cli/convert.h"

#include <string.h>

#include "cli/convert_note.h"
#include "cli/yaml_out.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/app_spec.h"

/* Where the members of an app stand: below `apps:`, behind a dash or a name. */
#define APP_INDENT 4

static void append_head(const struct convert_source *source, struct str *out)
{
	_cleanup_(str_done) struct str name = {};

	yaml_out_text(source->name, &name);
	str_append(out, "# yaml-language-server: $schema=" PMC_SCHEMA_PATH "\n");
	str_appendf(out, "# Made of %s by `pmc convert`.\n", str_cstr(&name));
	str_append(out, "# Relative paths are relative to this file; PM2 took them from the "
			"directory of the command.\n");
	if (source->evaluated)
		str_append(out, "# What was computed there has the value it had when it was "
				"converted, secrets too.\n");
}

/* One line: what is commented out must not become several. */
static void append_as_comment(const struct convert_note *note, const struct node *node,
			      struct str *out)
{
	json_t *json = node_to_json(node);
	_cleanup_(mem_freep) char *value =
		json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);

	str_append_repeat(out, ' ', APP_INDENT);
	str_append(out, "# ");
	yaml_out_text(note->key, out);
	str_appendf(out, ": %s  # %s\n", value ? value : "", note->text ? note->text : "");
	json_decref(json);
}

/* The members that mean something first, so that the dash has one to stand before. */
static void append_app(const struct node *app, const struct app_spec *spec, bool dash,
		       struct str *out)
{
	_cleanup_(str_done) struct str comments = {};

	for (size_t i = 0; i < app->count; i++) {
		const struct node *node = app->items[i];
		struct convert_note note;

		convert_note(node, spec, &note);
		if (note.comment) {
			append_as_comment(&note, node, &comments);
		} else {
			str_append(out, dash ? "  - " : "    ");
			yaml_out_text(note.key, out);
			str_append_char(out, ':');
			yaml_out_value(node, APP_INDENT, note.text, out);
			dash = false;
		}
		convert_note_done(&note);
	}
	str_append(out, str_cstr(&comments));
}

static bool is_single(const struct node *apps)
{
	for (size_t i = 0; apps->kind == NODE_MAP && i < apps->count; i++) {
		const struct option *opt = option_find(&app_spec_table, apps->items[i]->key);

		if (opt && opt->index == SPEC_script && apps->items[i]->text)
			return true;
	}
	return false;
}

static void append_apps(const struct convert_source *source, const struct node *apps,
			struct str *out)
{
	bool single = is_single(apps);
	size_t count = single ? 1 : apps->count;

	str_append(out, "apps:\n");
	for (size_t i = 0; i < count; i++) {
		const struct node *app = single ? apps : apps->items[i];
		bool named = !single && apps->kind == NODE_MAP;

		if (i > 0)
			str_append_char(out, '\n');
		if (named) {
			str_append(out, "  ");
			yaml_out_text(app->key, out);
			str_append(out, ":\n");
		}
		append_app(app, source->apps && i < source->count ? &source->apps[i] : NULL, !named,
			   out);
	}
}

static bool names_apps(const char *key)
{
	return strcmp(key, "apps") == 0 || strcmp(key, "pm2") == 0 || strcmp(key, "pmc") == 0;
}

/* A key of a file that we know beside the apps; others become the user's own. */
static bool is_known_beside(const char *key)
{
	static const char *const words[] = {"include", "defaults", "deploy", "static"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(key, words[i]) == 0)
			return true;
	}
	return str_starts(key, "x-") || *key == '.';
}

static void append_beside(const struct node *node, struct str *out)
{
	bool pm2 = strcmp(node->key, "deploy") == 0 || strcmp(node->key, "static") == 0;
	bool known = is_known_beside(node->key);
	_cleanup_(mem_freep) char *key = mem_printf("%s%s", known ? "" : "x-", node->key);

	yaml_out_text(key, out);
	str_append_char(out, ':');
	yaml_out_value(node, 0,
		       pm2     ? "not yet obeyed"
		       : known ? NULL
			       : "not of pmc: kept under a key that is not looked at",
		       out);
}

void convert_tree(const struct convert_source *source, const struct node *root, struct str *out)
{
	const struct node *apps = NULL;
	bool beside = false;

	append_head(source, out);
	for (size_t i = 0; root->kind == NODE_MAP && i < root->count; i++) {
		const char *key = root->items[i]->key;

		if (names_apps(key))
			apps = root->items[i];
		beside = beside || names_apps(key) || strcmp(key, "include") == 0;
	}
	for (size_t i = 0; beside && i < root->count; i++) {
		if (!names_apps(root->items[i]->key))
			append_beside(root->items[i], out);
	}
	if (apps || !beside)
		append_apps(source, apps ? apps : root, out);
}
