#include "shared/spec/spec_schema.h"

#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/spec/app_spec.h"

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
	return json_pack("{so ss}", "$ref", json_sprintf("#/$defs/app/properties/%s", opt->name),
			 "description", "Another word of PM2's.");
}

json_t *spec_schema_app(void)
{
	json_t *properties = json_object();

	for (size_t i = 0; i < app_spec_table.count; i++) {
		const struct option *opt = &app_spec_table.rows[i];

		json_object_set_new(properties, opt->name, describe(opt));
		for (const char *const *alias = opt->aliases; alias && *alias; alias++)
			json_object_set_new(properties, *alias, describe_alias(opt));
	}
#define IGNORED(name, why)                                                                         \
	json_object_set_new(properties, #name,                                                     \
			    json_pack("{sb ss}", "deprecated", 1, "description",                   \
				      "Of PM2, has no effect: " why "."));
#include "shared/spec/pm2_ignored.def"
#undef IGNORED
	return json_pack("{ss so s{s{ss ss}} sb}", "type", "object", "properties", properties,
			 "patternProperties", "^env_", "type", "object", "description",
			 "Variables of a profile. Not yet obeyed.", "additionalProperties", 0);
}

json_t *spec_schema_file(void)
{
	static const char app[] = "#/$defs/app", apps[] = "#/$defs/apps", type[] = "type";
	json_t *list = json_pack("{ss s{ss}}", type, "array", "items", "$ref", app);
	json_t *map = json_pack("{ss s{ss}}", type, "object", "additionalProperties", "$ref", app);
	json_t *shapes = json_pack("{s[o{ss}o]}", "anyOf", list, "$ref", app, map);
	json_t *file = json_pack("{ss s{s{ss}s{ss}s{ss}}}", type, "object", "properties", "apps",
				 "$ref", apps, "pm2", "$ref", apps, "pmc", "$ref", apps);

	return json_pack("{ss ss s{soso} s[o{ss}{sss{ss}}]}", "$schema",
			 "https://json-schema.org/draft/2020-12/schema", "title", "Apps for pmc",
			 "$defs", "app", spec_schema_app(), "apps", shapes, "anyOf", file, "$ref",
			 app, type, "array", "items", "$ref", app);
}
