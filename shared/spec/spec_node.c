#include "shared/spec/spec_node.h"

#include <errno.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"
#include "shared/option/node.h"

static const struct ignored {
	const char *name, *why;
} ignored[] = {
#define IGNORED(name, why) {#name, why},
#include "shared/spec/pm2_ignored.def"
#undef IGNORED
};

_Static_assert(ARRAY_SIZE(ignored) <= 64, "warned_ignored has a bit for each");

static bool has_dot_part(const char *name)
{
	for (const char *part = name; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (part[0] == '.' && (part[1] == '\0' || part[1] == '/' ||
				       (part[1] == '.' && (part[2] == '\0' || part[2] == '/'))))
			return true;
	}
	return false;
}

static bool has_control(const char *name)
{
	size_t len = strlen(name), step;
	uint32_t code;

	for (size_t i = 0; i < len; i += step) {
		step = utf8_decode(name + i, len - i, &code);
		if (!step || utf8_harmful(code) || code == '\t')
			return true;
	}
	return false;
}

const char *spec_node_bad_name(const char *name)
{
	if (!*name)
		return "must not be empty";
	if (strcmp(name, "all") == 0)
		return "must not be 'all', which names every app";
	if (has_control(name))
		return "must not have newlines or other control characters in it";
	if (*name == '/')
		return "must not begin with '/', which begins a pattern";
	if (has_dot_part(name))
		return "must not have '.' or '..' as a part between slashes";
	return NULL;
}

static bool is_name(enum spec_option option)
{
	return option == SPEC_name || option == SPEC_namespace || option == SPEC_name_prefix;
}

static int check_name(struct spec_node_reader *reader, const struct node *node)
{
	const char *bad = spec_node_bad_name(node->text);

	if (!bad)
		return 0;
	diagnostics_add(reader->diags, DIAGNOSTIC_ERROR, reader->file, node->line, node->column,
			NULL, "%s %s", node->key, bad);
	return -EINVAL;
}

static void warn(struct spec_node_reader *reader, const struct node *node, const char *text)
{
	if (!reader->silent)
		diagnostics_add(reader->diags, DIAGNOSTIC_WARNING, reader->file, node->key_line,
				node->key_column, NULL, "'%s' %s", node->key, text);
}

static bool is_default(const struct option *opt, const struct app_spec *spec)
{
	struct app_spec plain = {};
	bool same;

	option_set_default(opt, &plain);
	same = option_equal(opt, spec, &plain);
	option_done(opt, &plain);
	return same;
}

static void warn_not_yet(struct spec_node_reader *reader, const struct option *opt,
			 const struct node *node, const struct app_spec *spec)
{
	uint64_t bit = UINT64_C(1) << (opt->index % 64);

	if (opt->index == SPEC_exec_mode && spec->exec_mode == SPEC_EXEC_CLUSTER &&
	    !reader->warned_cluster) {
		reader->warned_cluster = true;
		warn(reader, node, "is not yet obeyed for cluster: the app runs in fork mode");
	}
	if (opt->status == OPTION_OBEYED || (reader->warned[opt->index / 64] & bit) ||
	    is_default(opt, spec))
		return;
	reader->warned[opt->index / 64] |= bit;
	warn(reader, node, "is not yet obeyed");
}

/* A text names one variable, a list has parts of names (PM2's rule): kept apart by a '=' in front.
 */
static void mark_exact(struct strlist *names)
{
	for (size_t i = 0; i < names->count; i++) {
		char *exact = *names->items[i] == '=' ? NULL : mem_printf("=%s", names->items[i]);

		if (!exact)
			continue;
		free(names->items[i]);
		names->items[i] = exact;
	}
}

static int read_option(struct spec_node_reader *reader, const struct option *opt,
		       const struct node *node, struct app_spec *spec)
{
	bool is_null = node->kind == NODE_NULL;

	if (is_null ||
	    (reader->merge && node->kind == NODE_STRING && strcmp(node->text, "null") == 0)) {
		if (reader->merge)
			app_spec_unset(spec, (enum spec_option)opt->index);
		return 0;
	}
	if (option_set_node(opt, spec, node, reader->diags, reader->file) < 0)
		return -EINVAL;
	if (opt->index == SPEC_filter_env && node->kind == NODE_STRING)
		mark_exact(&spec->filter_env.list);
	app_spec_mark_given(spec, (enum spec_option)opt->index);
	warn_not_yet(reader, opt, node, spec);
	return is_name((enum spec_option)opt->index) ? check_name(reader, node) : 0;
}

/* env_NAME is no row of the table: any name is allowed. */
static int read_profile(struct spec_node_reader *reader, const struct node *node,
			struct app_spec *spec)
{
	struct app_spec holder = {};

	if (option_set_node(&app_spec_table.rows[SPEC_env], &holder, node, reader->diags,
			    reader->file) < 0)
		return -EINVAL;
	app_spec_set_profile(spec, node->key + strlen("env_"), &holder.env);
	keyval_done(&holder.env);
	return 0;
}

bool spec_node_is_ignored(const char *key)
{
	_cleanup_(mem_freep) char *snake = strlen(key) < 64 ? option_snake(key) : NULL;

	for (size_t i = 0; snake && i < ARRAY_SIZE(ignored); i++) {
		if (strcmp(ignored[i].name, snake) == 0)
			return true;
	}
	return false;
}

static bool read_ignored(struct spec_node_reader *reader, const struct node *node)
{
	_cleanup_(mem_freep) char *snake = strlen(node->key) < 64 ? option_snake(node->key) : NULL;
	_cleanup_(mem_freep) char *text = NULL;

	for (size_t i = 0; snake && i < ARRAY_SIZE(ignored); i++) {
		if (strcmp(ignored[i].name, snake) != 0)
			continue;
		text = mem_printf("is accepted from PM2, has no effect: %s", ignored[i].why);
		if (!(reader->warned_ignored >> i & 1))
			warn(reader, node, text);
		reader->warned_ignored |= UINT64_C(1) << i;
		return true;
	}
	return false;
}

static int read_unknown(struct spec_node_reader *reader, const struct node *node)
{
	bool room =
		reader->diags->count < DIAGNOSTICS_MAX; /* a suggestion costs more than the rest */
	const char *near = room ? option_suggest(&app_spec_table, node->key) : NULL;
	_cleanup_(mem_freep) char *hint = near ? mem_printf("did you mean '%s'?", near) : NULL;
	_cleanup_(str_done) struct str shown = {};

	utf8_fit(&shown, node->key, 60);
	diagnostics_add(reader->diags, reader->lenient ? DIAGNOSTIC_WARNING : DIAGNOSTIC_ERROR,
			reader->file, node->key_line, node->key_column, hint, "unknown option '%s'",
			str_cstr(&shown));
	return reader->lenient ? 0 : -EINVAL;
}

static int read_known(struct spec_node_reader *reader, const struct option *opt,
		      const struct node *node, const struct node **seen, struct app_spec *spec)
{
	const struct node *before = seen[opt->index];

	seen[opt->index] = node;
	if (!before)
		return read_option(reader, opt, node, spec);
	diagnostics_add(reader->diags, DIAGNOSTIC_ERROR, reader->file, node->key_line,
			node->key_column, NULL, "'%s' and '%s' are the same option", before->key,
			node->key);
	return -EINVAL;
}

const struct node *spec_node_find(const struct node *map, enum spec_option option)
{
	for (size_t i = 0; map->kind == NODE_MAP && i < map->count; i++) {
		const struct node *node = map->items[i];
		const struct option *opt = option_find(&app_spec_table, node->key);

		if (opt && opt->index == (unsigned)option && node->kind != NODE_NULL)
			return node;
	}
	return NULL;
}

int spec_node_read(struct spec_node_reader *reader, const struct node *map, struct app_spec *spec)
{
	const struct node *seen[SPEC_OPTION_COUNT] = {};
	int result = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct node *node = map->items[i];
		const struct option *opt = option_find(&app_spec_table, node->key);
		int r;

		if (opt)
			r = read_known(reader, opt, node, seen, spec);
		else if (str_starts(node->key, "env_") && node->key[4])
			r = read_profile(reader, node, spec);
		else
			r = read_ignored(reader, node) ? 0 : read_unknown(reader, node);
		if (r < 0)
			result = r;
	}
	return result;
}
