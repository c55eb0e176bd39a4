#include "shared/spec/spec_schema.h"

#include <string.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/spec/app_spec.h"

#define OPTIONS "#/$defs/options"

static json_t *default_of(const struct option *opt)
{
	struct app_spec spec = {};
	json_t *json;

	option_set_default(opt, &spec);
	json = option_to_json(opt, &spec);
	option_done(opt, &spec);
	return json;
}

static json_t *describe(const struct option *opt)
{
	json_t *schema = option_schema(opt);

	json_object_set_new(schema, "description",
			    json_sprintf("%s%s", opt->doc,
					 opt->status == OPTION_NOT_YET ? " Not yet obeyed." : ""));
	if (opt->def)
		json_object_set_new(schema, "default", default_of(opt));
	return schema;
}

static json_t *describe_alias(const struct option *opt)
{
	return json_pack("{so ss}", "$ref", json_sprintf(OPTIONS "/properties/%s", opt->name),
			 "description", "Another word of PM2's.");
}

/* max_restarts → maxRestarts; NULL when it is the same. New string. */
static char *camel(const char *key)
{
	_cleanup_(str_done) struct str out = {};

	for (const char *p = key; *p; p++) {
		if (*p == '_' && p[1] >= 'a' && p[1] <= 'z')
			str_append_char(&out, (char)(*++p - 'a' + 'A'));
		else
			str_append_char(&out, *p);
	}
	return str_equal(out.data, key) ? NULL : str_steal(&out);
}

/* As a pattern, so that an editor takes the spelling and does not offer it. */
static void add_camel(json_t *patterns, const char *key, const struct option *opt)
{
	_cleanup_(mem_freep) char *spelling = camel(key);
	_cleanup_(mem_freep) char *pattern = spelling ? mem_printf("^%s$", spelling) : NULL;

	if (pattern)
		json_object_set_new(patterns, pattern, describe_alias(opt));
}

static void add_option(const struct option *opt, json_t *properties, json_t *patterns)
{
	json_object_set_new(properties, opt->name, describe(opt));
	add_camel(patterns, opt->name, opt);
	for (const char *const *alias = opt->aliases; alias && *alias; alias++) {
		json_object_set_new(properties, *alias, describe_alias(opt));
		add_camel(patterns, *alias, opt);
	}
}

static void add_ignored(const char *name, const char *why, json_t *properties, json_t *patterns)
{
	_cleanup_(mem_freep) char *spelling = camel(name);
	_cleanup_(mem_freep) char *pattern = spelling ? mem_printf("^%s$", spelling) : NULL;
	json_t *schema = json_pack("{sb so}", "deprecated", 1, "description",
				   json_sprintf("Of PM2, has no effect: %s.", why));

	json_object_set(properties, name, schema);
	if (pattern)
		json_object_set(patterns, pattern, schema);
	json_decref(schema);
}

/* env_NAME, but for options that are called so (env_file). New string. */
static char *profile_pattern(void)
{
	_cleanup_(str_done) struct str out = {};

	str_append(&out, "^env_");
	for (size_t i = 0; i < app_spec_table.count; i++) {
		if (str_starts(app_spec_table.rows[i].name, "env_"))
			str_appendf(&out, "(?!%s$)", app_spec_table.rows[i].name + strlen("env_"));
	}
	str_append_char(&out, '.');
	return str_steal(&out);
}

json_t *spec_schema_app(void)
{
	json_t *properties = json_object();
	_cleanup_(mem_freep) char *profiles = profile_pattern();
	json_t *patterns = json_pack("{s{ss ss}}", profiles, "type", "object", "description",
				     "Variables of a profile (pmc start --env NAME), over env.");

	for (size_t i = 0; i < app_spec_table.count; i++)
		add_option(&app_spec_table.rows[i], properties, patterns);
#define IGNORED(name, why) add_ignored(#name, why, properties, patterns);
#include "shared/spec/pm2_ignored.def"
#undef IGNORED
	return json_pack("{ss so so sb}", "type", "object", "properties", properties,
			 "patternProperties", patterns, "additionalProperties", 0);
}

/* `script` under each of its names: one of them must be there. */
static json_t *script_required(void)
{
	const struct option *opt = &app_spec_table.rows[SPEC_script];
	json_t *any = json_pack("[{s[s]}]", "required", opt->name);

	for (const char *const *alias = opt->aliases; alias && *alias; alias++)
		json_array_append_new(any, json_pack("{s[s]}", "required", *alias));
	return any;
}

static json_t *ref(const char *to)
{
	return json_pack("{so}", "$ref", json_sprintf("#/$defs/%s", to));
}

/* if … then … else …: one shape is chosen, so that an editor tells the mistakes of that one only.
 */
static json_t *choose(json_t *test, json_t *then, json_t *otherwise)
{
	return json_pack("{so so so}", "if", test, "then", then, "else", otherwise);
}

static json_t *is_list(void)
{
	return json_pack("{ss}", "type", "array");
}

static json_t *list_of_apps(void)
{
	return json_pack("{ss si so}", "type", "array", "minItems", 1, "items", ref("app"));
}

/* A list, one app (`script` is a text), or a map from names to apps. */
static json_t *apps(void)
{
	const struct option *opt = &app_spec_table.rows[SPEC_script];
	json_t *any = json_array();
	json_t *map = json_pack("{ss si so}", "type", "object", "minProperties", 1,
				"additionalProperties", ref("app"));
	json_t *test;

	json_array_append_new(any, json_pack("{s[s] s{s{ss}}}", "required", opt->name, "properties",
					     opt->name, "type", "string"));
	for (const char *const *alias = opt->aliases; alias && *alias; alias++)
		json_array_append_new(any, json_pack("{s[s] s{s{ss}}}", "required", *alias,
						     "properties", *alias, "type", "string"));
	test = json_pack("{ss so}", "type", "object", "anyOf", any);
	return choose(is_list(), list_of_apps(), choose(test, ref("app"), map));
}

static json_t *apps_key(const char *text)
{
	return json_pack("{ss ss}", "$ref", "#/$defs/apps", "description", text);
}

static json_t *file_properties(void)
{
	json_t *keys = json_object();

	json_object_set_new(keys, "apps",
			    apps_key("The apps: a list, or a map from names to apps."));
	json_object_set_new(keys, "pm2", apps_key("PM2's other word for apps."));
	json_object_set_new(keys, "pmc", apps_key("The same, as package.json has it."));
	json_object_set_new(
		keys, "include",
		json_pack("{s[ss] s{ss} ss}", "type", "string", "array", "items", "type", "string",
			  "description",
			  "Other ecosystem files whose apps are taken too: a path, a pattern, or a "
			  "list of them, relative to this file."));
	json_object_set_new(
		keys, "defaults",
		json_pack("{ss ss}", "$ref", OPTIONS, "description",
			  "Options of every app of this file that does not give them."));
	json_object_set_new(keys, "deploy",
			    json_pack("{ss}", "description", "Of PM2, not yet obeyed."));
	json_object_set_new(keys, "static",
			    json_pack("{ss}", "description", "Of PM2, not yet obeyed."));
	return keys;
}

/* One of the keys that make a map a file rather than a single app. */
static json_t *is_file(void)
{
	return json_pack("{s[{s[s]}{s[s]}{s[s]}{s[s]}]}", "anyOf", "required", "apps", "required",
			 "pm2", "required", "pmc", "required", "include");
}

static json_t *file(void)
{
	return json_pack("{ss so s{s{ss}} sb}", "type", "object", "properties", file_properties(),
			 "patternProperties", "^(x-|\\.)", "description", "Yours: not looked at.",
			 "additionalProperties", 0);
}

json_t *spec_schema_file(void)
{
	json_t *one = json_pack("{ss so}", "$ref", OPTIONS, "anyOf", script_required());
	json_t *defs = json_pack("{so so so so}", "options", spec_schema_app(), "app", one, "apps",
				 apps(), "file", file());
	json_t *schema = json_pack("{ss ss ss so}", "$schema",
				   "https://json-schema.org/draft/2020-12/schema", "title",
				   "Ecosystem file of pmc", "description",
				   "Apps that pmc starts and keeps running.", "$defs", defs);
	json_t *shapes =
		choose(is_list(), list_of_apps(), choose(is_file(), ref("file"), ref("app")));

	json_object_update(schema, shapes);
	json_decref(shapes);
	return schema;
}
