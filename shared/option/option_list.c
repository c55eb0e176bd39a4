/* Lists of texts: words, names, words or a switch. */
#include "shared/option/option_type.h"

#include <string.h>

#include "shared/base/error.h"
#include "shared/base/strlist.h"
#include "shared/base/units.h"
#include "shared/option/spec_value.h"

static bool few_enough(const struct option_reader *reader, const struct node *node, size_t count)
{
	if (count <= OPTION_ENTRIES_MAX)
		return true;
	return option_type_complain(reader, node, NULL, "%zu entries, at most %d are allowed",
				    count, OPTION_ENTRIES_MAX);
}

static bool short_enough(const struct option_reader *reader, const struct node *node, size_t len)
{
	if (len <= OPTION_STRING_MAX)
		return true;
	return option_type_complain(reader, node, NULL, "%zu bytes long, at most %d are allowed",
				    len, OPTION_STRING_MAX);
}

/* The scalars of a list, each as it is. */
static bool add_items(const struct option_reader *reader, struct strlist *list,
		      const struct node *node)
{
	bool good = few_enough(reader, node, node->count);

	for (size_t i = 0; good && i < node->count; i++) {
		const struct node *item = node->items[i];

		good = option_type_scalar(reader, item, "a text") &&
		       short_enough(reader, item, strlen(item->text));
		if (good)
			strlist_add(list, item->text);
	}
	return good;
}

static bool set_words(const struct option_reader *reader, void *value, const struct node *node)
{
	struct pmc_error err = {};

	if (node->kind == NODE_LIST)
		return add_items(reader, value, node);
	if (!option_type_scalar(reader, node, "a text or a list"))
		return false;
	if (strlist_split_arguments(value, node->text, &err) < 0)
		return option_type_complain(reader, node, err.hint[0] ? err.hint : NULL, "%s",
					    err.message);
	return few_enough(reader, node, ((struct strlist *)value)->count);
}

static bool set_names(const struct option_reader *reader, void *value, const struct node *node)
{
	if (node->kind == NODE_LIST)
		return add_items(reader, value, node);
	if (!option_type_scalar(reader, node, "names or a list"))
		return false;
	strlist_split(value, node->text, ", \t\r\n");
	return few_enough(reader, node, ((struct strlist *)value)->count);
}

static json_t *words_to_json(const struct option *opt, const void *value)
{
	const struct strlist *list = value;
	json_t *json = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(json, json_string(list->items[i]));
	return json;
}

static void format_words(const struct option *opt, const void *value, struct str *out)
{
	const struct strlist *list = value;

	for (size_t i = 0; i < list->count; i++) {
		if (i)
			str_append_char(out, ' ');
		option_quote(list->items[i], out);
	}
}

static void format_names(const struct option *opt, const void *value, struct str *out)
{
	const struct strlist *list = value;

	for (size_t i = 0; i < list->count; i++)
		str_appendf(out, "%s%s", i ? ", " : "", list->items[i]);
}

static bool words_equal(const void *a, const void *b)
{
	return strlist_equal(a, b);
}

static void words_copy(void *to, const void *from)
{
	strlist_copy(to, from);
}

static void words_done(void *value)
{
	strlist_done(value);
}

static json_t *words_schema(const struct option *opt)
{
	return json_pack("{s[{s[ss]}{ss s{s[sss]}}]}", "anyOf", "type", "string", "number", "type",
			 "array", "items", "type", "string", "number", "boolean");
}

static bool set_list_or_bool(const struct option_reader *reader, void *value,
			     const struct node *node)
{
	struct spec_bool_or_list *both = value;

	if (node->kind != NODE_LIST &&
	    !option_type_scalar(reader, node, "true, false, a text or a list"))
		return false;
	if (node->kind != NODE_LIST && units_parse_bool(node->text, &both->on, NULL) == 0)
		return true;
	both->on = true;
	return set_words(reader, &both->list, node);
}

static json_t *list_or_bool_to_json(const struct option *opt, const void *value)
{
	const struct spec_bool_or_list *both = value;

	return both->list.count ? words_to_json(opt, &both->list) : json_boolean(both->on);
}

static void format_list_or_bool(const struct option *opt, const void *value, struct str *out)
{
	const struct spec_bool_or_list *both = value;
	bool on;

	if (!both->list.count)
		str_append(out, both->on ? "true" : "false");
	else if (both->list.count == 1 && units_parse_bool(both->list.items[0], &on, NULL) == 0)
		str_appendf(out, "'%s'",
			    both->list.items[0]); /* a path of this name, not a switch */
	else
		format_words(opt, &both->list, out);
}

static bool list_or_bool_equal(const void *a, const void *b)
{
	const struct spec_bool_or_list *x = a, *y = b;

	return x->on == y->on && strlist_equal(&x->list, &y->list);
}

static void list_or_bool_copy(void *to, const void *from)
{
	const struct spec_bool_or_list *source = from;
	struct spec_bool_or_list *target = to;

	target->on = source->on;
	strlist_copy(&target->list, &source->list);
}

static void list_or_bool_done(void *value)
{
	strlist_done(&((struct spec_bool_or_list *)value)->list);
}

static json_t *list_or_bool_schema(const struct option *opt)
{
	return json_pack("{s[ssss]}", "type", "boolean", "string", "array", "number");
}

const struct option_type_ops option_list_strlist = {
	.word = "words",
	.size = sizeof(struct strlist),
	.set = set_words,
	.to_json = words_to_json,
	.format = format_words,
	.equal = words_equal,
	.copy = words_copy,
	.done = words_done,
	.schema = words_schema,
};
const struct option_type_ops option_list_names = {
	.word = "names",
	.size = sizeof(struct strlist),
	.set = set_names,
	.to_json = words_to_json,
	.format = format_names,
	.equal = words_equal,
	.copy = words_copy,
	.done = words_done,
	.schema = words_schema,
};
const struct option_type_ops option_list_or_bool = {
	.word = "words|true",
	.size = sizeof(struct spec_bool_or_list),
	.set = set_list_or_bool,
	.to_json = list_or_bool_to_json,
	.format = format_list_or_bool,
	.equal = list_or_bool_equal,
	.copy = list_or_bool_copy,
	.done = list_or_bool_done,
	.schema = list_or_bool_schema,
};
