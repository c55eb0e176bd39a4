#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/conf_store.h"
#include "cli/connect.h"

static int change(struct command_context *ctx, struct conf_store *store, struct pmc_error *err)
{
	struct home *home = &ctx->connect->home;
	int r = home_find(home, err);

	if (r == 0)
		r = conf_store_open(home, store, err);
	if (r == 0)
		r = conf_store_unset(store, ctx->args->words.items[0], err);
	return r < 0 ? r : conf_store_write(store, err);
}

static int run(struct command_context *ctx)
{
	struct conf_store store = CONF_STORE_NONE;
	struct pmc_error err = {};
	int r = change(ctx, &store, &err);

	conf_store_done(&store);
	if (r < 0)
		return say_error(&ctx->say, &err);
	say_info(&ctx->say, "%s is unset", ctx->args->words.items[0]);
	return 0;
}

const struct command cmd_unset = {
	.name = "unset",
	.summary = "Forget a key of `pmc set`; `all` forgets every one.",
	.args = "<key|all>",
	.doc = "Restarts nothing: an app keeps its variables until it gets a new environment.",
	.group = GROUP_REST,
	.min_words = 1,
	.max_words = 1,
	.run = run,
};
