#include "cli/convert_note.h"

#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/app_spec.h"
#include "shared/spec/spec_node.h"

/* Where PM2 does something else by the same words (issues of PM2: see its quirks). */
static const struct meaning {
	enum spec_option option;
	const char *text;
} meanings[] = {
	{SPEC_max_restarts, "failed starts are counted within restart_window (15m)"},
	{SPEC_wait_ready, "not ready in time is a failed start; PM2 took it for ready"},
	{SPEC_cron_restart, "does not start what you stopped; PM2 did"},
};

void convert_note_done(struct convert_note *note)
{
	free(note->text);
	*note = (struct convert_note){};
}

/* What the reader of files has to say about it: no effect, not yet obeyed, unknown. */
static char *reader_says(const struct node *node)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(app_spec_done) struct app_spec spec;
	struct spec_node_reader reader = {.diags = &diags, .lenient = true};
	struct node copy = *node, *items[] = {&copy};
	struct node map = {.kind = NODE_MAP, .items = items, .count = 1};
	const char *text, *quote;

	app_spec_init(&spec);
	spec_node_read(&reader, &map, &spec);
	if (diags.count == 0)
		return NULL;
	text = diags.items[0].message;
	quote = *text == '\'' ? strstr(text + 1, "' ") : NULL; /* the key, which stands beside it */
	text = quote ? quote + 2 : text;
	return diags.items[0].hint ? mem_printf("%s; %s", text, diags.items[0].hint)
				   : mem_strdup(text);
}

static bool is_falsy(const struct node *node)
{
	return node->text && (strcmp(node->text, "0") == 0 || strcmp(node->text, "false") == 0);
}

/* For keys with an underscore PM2 takes 0 and false for "not given". */
static bool pm2_drops(const struct option *opt, const struct node *node)
{
	struct app_spec given = {}, plain = {};
	bool differs;

	if (!strchr(opt->name, '_') || !is_falsy(node))
		return false;
	option_set_default(opt, &given);
	option_set_default(opt, &plain);
	differs = app_spec_set_text(&given, (enum spec_option)opt->index, node->text, NULL) == 0 &&
		  !option_equal(opt, &given, &plain);
	option_done(opt, &given);
	option_done(opt, &plain);
	return differs;
}

/* PM2 means cluster mode by `instances` where the interpreter is node. */
static bool meant_cluster(const struct app_spec *spec)
{
	return spec && !app_spec_is_given(spec, SPEC_exec_mode) &&
	       spec->exec_mode == SPEC_EXEC_FORK && spec->interpreter &&
	       strcmp(path_base(spec->interpreter), "node") == 0;
}

static const char *meaning_of(const struct option *opt, const struct node *node,
			      const struct app_spec *spec)
{
	if (pm2_drops(opt, node))
		return "as it says; PM2 took this for not given";
	if (opt->index == SPEC_instances && meant_cluster(spec))
		return "PM2 meant cluster mode by this: add exec_mode: cluster if you do";
	for (size_t i = 0; !is_falsy(node) && i < ARRAY_SIZE(meanings); i++) {
		if (opt->index == meanings[i].option)
			return meanings[i].text;
	}
	return NULL;
}

void convert_note(const struct node *node, const struct app_spec *spec,
		  struct convert_note *ret_note)
{
	const struct option *opt = option_find(&app_spec_table, node->key);
	bool profile = str_starts(node->key, "env_") && node->key[4];

	*ret_note = (struct convert_note){.key = opt ? opt->name : node->key};
	if (node->kind == NODE_NULL) {
		ret_note->comment = true;
		ret_note->text = mem_strdup("not given");
		return;
	}
	if (profile && !opt)
		return;
	ret_note->text = reader_says(node);
	ret_note->comment = !opt;
	if (!ret_note->text && opt)
		ret_note->text = mem_strdup(meaning_of(opt, node, spec));
}
