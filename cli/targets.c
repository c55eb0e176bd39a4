#include "cli/targets.h"

#include "cli/act.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/specs.h"
#include "shared/model/json_text.h"
#include "shared/spec/ecosystem.h"

static void add_names(json_t *targets, json_t *apps)
{
	json_t *app;
	size_t i;

	json_array_foreach(apps, i, app)
		json_array_append(targets, json_object_get(json_object_get(app, "spec"), "name"));
}

int targets_list(struct command_context *ctx, json_t **ret_targets)
{
	const struct strlist *words = &ctx->args->words;
	json_t *targets = json_array();

	for (size_t i = 0; i < words->count; i++) {
		json_t *apps;
		int r;

		if (!ecosystem_is_file_name(words->items[i])) {
			json_array_append_new(targets, json_text(words->items[i]));
			continue;
		}
		apps = json_array();
		r = specs_add_file(ctx, words->items[i], apps);
		if (r == 0)
			add_names(targets, apps);
		json_decref(apps);
		if (r != 0) {
			json_decref(targets);
			return r;
		}
	}
	*ret_targets = targets;
	return 0;
}

int targets_act(struct command_context *ctx, const char *method, json_t *params)
{
	json_t *targets;
	int r = targets_list(ctx, &targets);

	if (r != 0) {
		json_decref(params);
		return r;
	}
	if (!params)
		params = json_object();
	json_object_set_new(params, "targets", targets);
	return act_on_targets(ctx, method, params, NULL);
}
