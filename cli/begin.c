#include "cli/begin.h"

#include "cli/act.h"
#include "cli/command.h"
#include "cli/specs.h"
#include "shared/ipc/protocol.h"

/* What surrounds the apps of a request, generously. */
#define REQUEST_MARGIN 4096

int begin_worse(int a, int b)
{
	return a > b ? a : b; /* 0, 1, 130 */
}

/* Move apps from `apps` at `*at` on into a request as long as they fit; always at least one: the
 * daemon then says that it is too large. */
static json_t *next_batch(json_t *apps, size_t *at)
{
	json_t *batch = json_array();
	size_t bytes = 0;

	while (*at < json_array_size(apps)) {
		json_t *app = json_array_get(apps, *at);
		size_t size = json_dumpb(app, NULL, 0, JSON_COMPACT) + 1;

		if (json_array_size(batch) > 0 &&
		    bytes + size > PROTOCOL_REQUEST_MAX - REQUEST_MARGIN)
			break;
		bytes += size;
		json_array_append(batch, app);
		(*at)++;
	}
	return batch;
}

int begin_apps(struct command_context *ctx, json_t *apps, bool update_env)
{
	size_t at = 0;
	int r = 0;

	while (r != COMMAND_INTERRUPTED && at < json_array_size(apps)) {
		json_t *params = json_object();

		json_object_set_new(params, "apps", next_batch(apps, &at));
		if (update_env)
			json_object_set_new(params, "update", json_string("env"));
		r = begin_worse(r, act_call(ctx, "app.start", params, NULL, NULL));
	}
	json_decref(apps);
	return r;
}

int begin_targets(struct command_context *ctx, const char *method, json_t *targets)
{
	struct pmc_error err = {};
	json_t *params = json_object(), *options;

	json_object_set_new(params, "targets", targets);
	if (specs_options(ctx, &options, &err) < 0) {
		json_decref(params);
		return say_error(&ctx->say, &err);
	}
	if (json_object_size(options) > 0)
		json_object_set(params, "options", options);
	json_decref(options);
	if (ctx->flags->update_env)
		json_object_set_new(params, "env", act_environment(ctx));
	return act_call(ctx, method, params, NULL, NULL);
}
