#include "cli/targets.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/connect.h"
#include "cli/request.h"
#include "cli/specs.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/model/json_text.h"
#include "shared/spec/ecosystem.h"

static bool may_be_script(const char *word)
{
	struct stat st;

	return (strchr(word, '/') || *path_extension(word)) && !ecosystem_is_file_name(word) &&
	       stat(word, &st) == 0 && S_ISREG(st.st_mode);
}

/* 0 when instances have this name or script, -ENOENT when none has. */
static int look_up(struct command_context *ctx, const char *target)
{
	json_t *targets = json_array(), *params = json_object(), *reply = NULL;
	struct pmc_error err = {};
	int r;

	json_array_append_new(targets, json_text(target));
	json_object_set_new(params, "targets", targets);
	r = request_call(ctx->connect, "app.list", params, NULL, NULL, &reply, &err);
	json_decref(reply);
	return r;
}

json_t *targets_word(struct command_context *ctx, const char *word)
{
	_cleanup_(mem_freep) char *path = may_be_script(word) ? path_absolute(word) : NULL;
	struct pmc_error err = {};

	/* what goes wrong here goes wrong again where the word is used, and is said there */
	if (path && connect_or_start(ctx->connect, &err) == 0 && look_up(ctx, word) == -ENOENT &&
	    look_up(ctx, path) == 0)
		return json_text(path);
	return json_text(word);
}

int targets_list(struct command_context *ctx, json_t **ret_targets)
{
	const struct strlist *words = &ctx->args->words;
	json_t *targets = json_array();

	for (size_t i = 0; i < words->count; i++) {
		int r;

		if (ecosystem_is_file_name(words->items[i]))
			r = specs_add_names(ctx, words->items[i], targets);
		else
			r = specs_refuse_file_flags(ctx, words->items[i]);
		if (r == 0 && !ecosystem_is_file_name(words->items[i]))
			json_array_append_new(targets, targets_word(ctx, words->items[i]));
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
