#include "cli/cmd.h"

#include <unistd.h>

#include "cli/act.h"
#include "cli/instances.h"
#include "cli/listing.h"
#include "cli/listing_mini.h"
#include "cli/listing_sort.h"
#include "cli/out/json.h"
#include "cli/out/screen.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

/* The daemon leaves out what says nothing; who reads JSON wants every member. */
static json_t *complete(const struct listing *listing)
{
	json_t *instances = json_array();

	for (size_t i = 0; i < listing->count; i++)
		json_array_append_new(instances, app_view_to_json(&listing->views[i], false));
	return instances;
}

static int print_json(struct command_context *ctx, const struct listing *listing)
{
	json_t *instances = complete(listing);

	json_print(STDOUT_FILENO, instances, true, true);
	json_decref(instances);
	return 0;
}

/* One picture: asked for, sorted, drawn. The exit code. */
static int draw(struct command_context *ctx, struct str *out)
{
	struct listing listing;
	struct pmc_error err = {};
	int r = ctx->flags->mini_list ? instances_ask(ctx, &listing)
				      : instances_list(ctx, &listing);

	if (r != 0)
		return r;
	if (listing_sort(&listing, ctx->flags->sort, &err) < 0)
		r = say_error(&ctx->say, &err);
	else if (ctx->flags->json)
		r = print_json(ctx, &listing);
	else if (ctx->flags->mini_list)
		listing_mini_render(&listing, out);
	else
		listing_append(ctx, &listing, out);
	listing_done(&listing);
	return r;
}

/* Again and again, until the reader goes, the terminal hangs up, or Ctrl-C. */
static int watch(struct command_context *ctx)
{
	_cleanup_(screen_done) struct screen screen = {.fd = STDOUT_FILENO};
	int r;

	do {
		_cleanup_(str_done) struct str text = {};

		r = draw(ctx, &text);
		if (r != 0)
			return r;
		r = screen_show(&screen, str_cstr(&text));
	} while (r == 0 && screen_wait(&screen, ctx->flags->interval_ms));
	return 0;
}

static int run(struct command_context *ctx)
{
	_cleanup_(str_done) struct str text = {};
	const struct flags *flags = ctx->flags;
	int r;

	if (flags->watch)
		return watch(ctx);
	if (!flags->json && !flags->sort && !flags->mini_list) {
		r = act_connect(ctx);
		return r ? r : listing_show(ctx);
	}
	r = draw(ctx, &text);
	return r ? r : say_text(&ctx->say, str_cstr(&text), text.len);
}

const struct command cmd_list = {
	.name = "list",
	.aliases = COMMAND_ALIASES("ls", "l", "ps", "status"),
	.summary = "Show all apps in a table.",
	.doc = "The table fits the terminal: where it is narrow, columns are left out. Apps that "
	       "were given up or wait for a restart have their reason below.",
	.group = GROUP_DAILY,
	.flags = COMMAND_FLAGS(FLAG_json, FLAG_sort, FLAG_mini_list, FLAG_watch, FLAG_interval),
	.run = run,
};
