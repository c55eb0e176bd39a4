#include "cli/cmd.h"

#include <errno.h>
#include <unistd.h>

#include "cli/instances.h"
#include "cli/jlist.h"
#include "cli/listing.h"
#include "cli/out/json.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

/* One line without a newline, whatever the options: scripts parse it. */
static int run(struct command_context *ctx)
{
	_cleanup_(str_done) struct str text = {}, harmless = {};
	const struct str *out;
	json_t *reply = NULL;
	struct listing listing;
	int r = instances_describe(ctx, true, &reply);

	if (r == 0)
		r = instances_read(ctx, reply, &listing);
	if (r == 0) {
		jlist_append(&text, listing.views, listing.count, json_object_get(reply, "env"));
		listing_done(&listing);
		if (isatty(STDOUT_FILENO))
			json_append_harmless(text.data, text.len, &harmless);
		out = harmless.len > 0 ? &harmless : &text;
		r = fdio_write_all(STDOUT_FILENO, out->data, out->len);
		r = r < 0 && r != -EPIPE;
	}
	json_decref(reply);
	return r;
}

const struct command cmd_jlist = {
	.name = "jlist",
	.summary = "Print all apps as JSON, with the members PM2 has.",
	.doc = "One line without a newline at its end. Values of variables whose names look like "
	       "secrets are "
	       "masked unless --show-secrets is given.",
	.group = GROUP_LOOK,
	.flags = COMMAND_FLAGS(FLAG_show_secrets),
	.run = run,
};
