#include "cli/instances.h"

#include <errno.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/connect.h"
#include "cli/listing.h"
#include "cli/out/json.h"
#include "cli/request.h"

static json_t *targets(struct command_context *ctx)
{
	json_t *params = json_object();

	if (ctx->args->words.count > 0)
		json_object_set_new(params, "targets", act_words(ctx, 0));
	return params;
}

int instances_describe(struct command_context *ctx, bool lean, json_t **ret_reply)
{
	json_t *params = targets(ctx);

	if (!json_object_get(params, "targets"))
		json_object_set_new(params, "targets", json_pack("[s]", "all"));
	if (ctx->flags->show_secrets)
		json_object_set_new(params, "show_secrets", json_true());
	if (lean)
		json_object_set_new(params, "lean", json_true());
	return act_ask(ctx, "app.describe", params, ret_reply);
}

int instances_read(struct command_context *ctx, json_t *reply, struct listing *ret_listing)
{
	struct pmc_error err = {};
	int r = listing_read(reply, ret_listing, &err);

	return r < 0 ? say_error(&ctx->say, &err) : 0;
}

static int read_views(struct command_context *ctx, json_t *reply, struct listing *ret_listing)
{
	int r = instances_read(ctx, reply, ret_listing);

	json_decref(reply);
	return r;
}

int instances_ask(struct command_context *ctx, struct listing *ret_listing)
{
	json_t *reply = NULL;
	int r = instances_describe(ctx, false, &reply);

	return r ? r : read_views(ctx, reply, ret_listing);
}

int instances_print_json(struct command_context *ctx)
{
	json_t *reply = NULL;
	int r = instances_describe(ctx, false, &reply);

	if (r == 0)
		json_print(STDOUT_FILENO, json_object_get(reply, "instances"), true, true);
	json_decref(reply);
	return r;
}

int instances_list(struct command_context *ctx, struct listing *ret_listing)
{
	struct pmc_error err = {};
	json_t *reply = NULL;
	int r = act_connect(ctx);

	if (r != 0)
		return r;
	r = request_call(ctx->connect, "app.list", targets(ctx), NULL, NULL, &reply, &err);
	if (r == -ENOENT) {
		*ret_listing = (struct listing){};
		return 0;
	}
	if (r < 0)
		return say_error(&ctx->say, &err);
	return read_views(ctx, reply, ret_listing);
}
