#include "shared/option/option.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/option/option_type.h"

/* No name or alias is as long; what is longer needs no look. */
#define KEY_MAX 48

static const struct option_type_ops *const types[] = {
	[OPTION_DURATION] = &option_number_duration,
	[OPTION_SIZE] = &option_number_size,
	[OPTION_INT] = &option_number_int,
	[OPTION_BOOL] = &option_choice_bool,
	[OPTION_STRING] = &option_text_string,
	[OPTION_PATH] = &option_text_path,
	[OPTION_PATH_OR_BOOL] = &option_text_path_or_bool,
	[OPTION_ENUM] = &option_choice_enum,
	[OPTION_OCTAL] = &option_choice_octal,
	[OPTION_STRLIST] = &option_list_strlist,
	[OPTION_NAMES] = &option_list_names,
	[OPTION_LIST_OR_BOOL] = &option_list_or_bool,
	[OPTION_INTLIST] = &option_ints_list,
	[OPTION_KEYVAL] = &option_keyval_pairs,
	[OPTION_INSTANCES] = &option_instances_count,
	[OPTION_LIMITS] = &option_limits_map,
	[OPTION_SIGNALS] = &option_signals_sequence,
};

static void *member(const struct option *opt, void *base)
{
	return (char *)base + opt->offset;
}

static const void *const_member(const struct option *opt, const void *base)
{
	return (const char *)base + opt->offset;
}

int option_set_node(const struct option *opt, void *base, const struct node *node,
		    struct diagnostics *diags, const char *file)
{
	const struct option_type_ops *type = types[opt->type];
	struct option_reader reader = {
		.diags = diags, .file = file, .opt = opt, .key = node->key ? node->key : opt->name};
	_Alignas(max_align_t) char fresh[OPTION_VALUE_MAX] = {};

	if (!type->set(&reader, fresh, node)) {
		if (type->done)
			type->done(fresh);
		return -EINVAL;
	}
	option_done(opt, base);
	memcpy(member(opt, base), fresh, type->size);
	return 0;
}

/* Set from a node made for the purpose; the first mistake becomes the error. */
static int set_one(const struct option *opt, void *base, const struct node *node,
		   struct pmc_error *err)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	int r = option_set_node(opt, base, node, &diags, NULL);

	if (r < 0) {
		pmc_error_set(err, r, "%s", diags.items[0].message);
		if (diags.items[0].hint)
			pmc_error_hint(err, "%s", diags.items[0].hint);
	}
	return r;
}

int option_set_text(const struct option *opt, void *base, const char *text, struct pmc_error *err)
{
	_cleanup_(node_destroyp) struct node *node = node_create(NODE_STRING, text);

	return set_one(opt, base, node, err);
}

int option_set_json(const struct option *opt, void *base, json_t *json, struct pmc_error *err)
{
	_cleanup_(node_destroyp) struct node *node = node_from_json(json);

	return set_one(opt, base, node, err);
}

void option_set_default(const struct option *opt, void *base)
{
	int r;

	option_done(opt, base);
	memset(member(opt, base), 0, types[opt->type]->size);
	if (opt->def) {
		r = option_set_text(opt, base, opt->def, NULL);
		assert(r ==
		       0); /* a default of our own table is valid: held by the test of every row */
	} else if (opt->type == OPTION_OCTAL) {
		*(int *)member(opt, base) = -1;
	}
}

json_t *option_to_json(const struct option *opt, const void *base)
{
	return types[opt->type]->to_json(opt, const_member(opt, base));
}

void option_format(const struct option *opt, const void *base, struct str *out)
{
	types[opt->type]->format(opt, const_member(opt, base), out);
}

bool option_equal(const struct option *opt, const void *a, const void *b)
{
	return types[opt->type]->equal(const_member(opt, a), const_member(opt, b));
}

void option_copy(const struct option *opt, void *to, const void *from)
{
	const struct option_type_ops *type = types[opt->type];

	if (type->copy)
		type->copy(member(opt, to), const_member(opt, from));
	else
		memcpy(member(opt, to), const_member(opt, from), type->size);
}

void option_done(const struct option *opt, void *base)
{
	if (types[opt->type]->done)
		types[opt->type]->done(member(opt, base));
}

json_t *option_schema(const struct option *opt)
{
	return types[opt->type]->schema(opt);
}

void option_type_word(const struct option *opt, struct str *out)
{
	if (opt->type != OPTION_ENUM) {
		str_append(out, types[opt->type]->word);
		return;
	}
	for (size_t i = 0; opt->choices[i]; i++)
		str_appendf(out, "%s%.*s", i ? "|" : "", (int)strcspn(opt->choices[i], "|"),
			    opt->choices[i]);
}

void option_quote(const char *word, struct str *out)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,";

	if (*word && strspn(word, plain) == strlen(word)) {
		str_append(out, word);
		return;
	}
	str_append_char(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			str_append(out, "'\\''");
		else
			str_append_char(out, *word);
	}
	str_append_char(out, '\'');
}

char *option_snake(const char *key)
{
	struct str out = {};

	for (const char *p = key; *p; p++) {
		if (isupper((unsigned char)*p) && p > key)
			str_append_char(&out, '_');
		str_append_char(&out, (char)tolower((unsigned char)*p));
	}
	return str_steal(&out);
}

static const struct option *find_exact(const struct option_table *table, const char *key)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option *opt = &table->rows[i];

		if (strcmp(opt->name, key) == 0)
			return opt;
		for (const char *const *alias = opt->aliases; alias && *alias; alias++)
			if (strcmp(*alias, key) == 0)
				return opt;
	}
	return NULL;
}

const struct option *option_find(const struct option_table *table, const char *key)
{
	const struct option *opt = find_exact(table, key);
	_cleanup_(mem_freep) char *snake = NULL;

	if (opt || strchr(key, '_') || strlen(key) > KEY_MAX || !islower((unsigned char)*key))
		return opt;
	snake = option_snake(key);
	return find_exact(table, snake);
}

const struct option *option_find_flag(const struct option_table *table, const char *flag,
				      bool *ret_negated)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option *opt = &table->rows[i];
		bool negated = opt->type == OPTION_BOOL && str_starts(flag, "no-");

		if (!opt->flag || (strcmp(opt->flag, flag) != 0 &&
				   !(negated && strcmp(opt->flag, flag + 3) == 0)))
			continue;
		*ret_negated = negated && strcmp(opt->flag, flag) != 0;
		return opt;
	}
	return NULL;
}

const struct option *option_find_short(const struct option_table *table, char flag)
{
	for (size_t i = 0; flag && i < table->count; i++)
		if (table->rows[i].short_flag == flag)
			return &table->rows[i];
	return NULL;
}

const char *option_suggest(const struct option_table *table, const char *key)
{
	_cleanup_(mem_freep) char *snake = NULL;
	const char *nearest = NULL;
	unsigned best;

	if (strlen(key) > KEY_MAX)
		return NULL;
	snake = option_snake(key);
	for (char *p = snake; *p; p++)
		if (*p == '-' || *p == ' ')
			*p = '_';
	best = strlen(snake) < 5 ? 2 : 4; /* short words have too many neighbours */
	for (size_t i = 0; i < table->count; i++) {
		unsigned distance = str_distance(snake, table->rows[i].name, best);

		if (distance < best) {
			best = distance;
			nearest = table->rows[i].name;
		}
	}
	return nearest;
}
