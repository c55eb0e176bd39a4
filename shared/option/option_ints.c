/* A list of whole numbers: a number, "1 2", a list. */
#include "shared/option/option_type.h"

#include <inttypes.h>
#include <string.h>

#include "shared/base/strlist.h"
#include "shared/base/units.h"
#include "shared/option/spec_value.h"

static bool add_int(const struct option_reader *reader, struct spec_ints *ints,
		    const struct node *node, const char *text)
{
	const struct option *opt = reader->opt;
	int64_t number;

	if (units_parse_int(text, &number, NULL) < 0)
		return option_type_complain(reader, node, NULL, "'%.40s' is not a whole number",
					    text);
	if ((opt->min || opt->max) && (number < opt->min || number > opt->max))
		return option_type_complain(reader, node, NULL,
					    "%" PRId64 " is not between %" PRId64 " and %" PRId64,
					    number, opt->min, opt->max);
	ints->items[ints->count++] = number;
	return true;
}

static bool set_ints(const struct option_reader *reader, void *value, const struct node *node)
{
	_cleanup_(strlist_done) struct strlist words = {};
	struct spec_ints *ints = value;
	bool good = option_list_names.set(reader, &words, node);

	if (!good || !words.count)
		return good;
	ints->items = mem_resize(NULL, words.count, sizeof(*ints->items));
	for (size_t i = 0; i < words.count; i++)
		good &= add_int(reader, ints, node->kind == NODE_LIST ? node->items[i] : node,
				words.items[i]);
	return good;
}

static json_t *ints_to_json(const struct option *opt, const void *value)
{
	const struct spec_ints *ints = value;
	json_t *json = json_array();

	for (size_t i = 0; i < ints->count; i++)
		json_array_append_new(json, json_integer(ints->items[i]));
	return json;
}

static void format_ints(const struct option *opt, const void *value, struct str *out)
{
	const struct spec_ints *ints = value;

	for (size_t i = 0; i < ints->count; i++)
		str_appendf(out, "%s%" PRId64, i ? " " : "", ints->items[i]);
}

static bool ints_equal(const void *a, const void *b)
{
	const struct spec_ints *x = a, *y = b;

	return x->count == y->count &&
	       (!x->count || memcmp(x->items, y->items, x->count * sizeof(*x->items)) == 0);
}

static void ints_copy(void *to, const void *from)
{
	const struct spec_ints *source = from;
	struct spec_ints *target = to;

	target->count = source->count;
	target->items = source->count
				? mem_dup(source->items, source->count * sizeof(*source->items))
				: NULL;
}

static void ints_done(void *value)
{
	struct spec_ints *ints = value;

	free(ints->items);
	*ints = (struct spec_ints){};
}

static json_t *ints_schema(const struct option *opt)
{
	return json_pack("{s[{s[ss]}{ss s{ss}}]}", "anyOf", "type", "string", "integer", "type",
			 "array", "items", "type", "integer");
}

const struct option_type_ops option_ints_list = {
	.word = "numbers",
	.size = sizeof(struct spec_ints),
	.set = set_ints,
	.to_json = ints_to_json,
	.format = format_ints,
	.equal = ints_equal,
	.copy = ints_copy,
	.done = ints_done,
	.schema = ints_schema,
};
