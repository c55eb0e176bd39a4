#include "cli/cmd.h"

#include <string.h>
#include <unistd.h>

#include "cli/instances.h"
#include "cli/listing.h"
#include "cli/out/json.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

static void append_variable(const char *name, const json_t *value, const struct style *style,
			    struct str *out)
{
	const char *text = json_string_value(value);

	utf8_escape(out, name, strlen(name), false);
	str_append(out, ": ");
	str_append(out, style_begin(style, STYLE_GOOD));
	utf8_escape(out, text ? text : "", text ? json_string_length(value) : 0, false);
	str_append(out, style_end(style, STYLE_GOOD));
	str_append_char(out, '\n');
}

static int run(struct command_context *ctx)
{
	_cleanup_(str_done) struct str text = {};
	struct listing listing;
	const char *name;
	json_t *value;
	int r;

	r = instances_ask(ctx, &listing);
	if (r != 0)
		return r;
	if (ctx->flags->json && listing.count > 0) {
		json_print(STDOUT_FILENO, listing.views[0].env, true, true);
	} else if (listing.count > 0) {
		json_object_foreach(listing.views[0].env, name, value)
			append_variable(name, value, &ctx->say.out, &text);
		r = say_text(&ctx->say, str_cstr(&text), text.len);
	}
	listing_done(&listing);
	return r;
}

const struct command cmd_env = {
	.name = "env",
	.summary = "Print the environment of an app, as its next start gets it.",
	.args = "<app|id>",
	.doc = "Values of variables whose names look like secrets are masked unless --show-secrets "
	       "is given.",
	.group = GROUP_LOOK,
	.target = TARGET_APPS,
	.min_words = 1,
	.max_words = 1,
	.flags = COMMAND_FLAGS(FLAG_json, FLAG_show_secrets),
	.run = run,
};
