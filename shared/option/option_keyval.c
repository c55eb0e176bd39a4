/* NAME=value pairs: environments. */
#include "shared/option/option_type.h"

#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/keyval.h"
#include "shared/base/strlist.h"

static bool good_name(const struct option_reader *reader, const struct node *item, const char *name,
		      size_t len)
{
	if (!len)
		return option_type_complain(reader, item, NULL, "a variable must have a name");
	if (memchr(name, '=', len))
		return option_type_complain(reader, item, NULL, "the name '%.*s' has a '=' in it",
					    (int)(len > 40 ? 40 : len), name);
	return true;
}

/* Scalars as they are written, null as nothing, lists and maps as JSON text. */
static bool set_pair(const struct option_reader *reader, struct keyval *kv, const struct node *item)
{
	_cleanup_(mem_freep) char *text = NULL;

	if (!good_name(reader, item, item->key, strlen(item->key)) ||
	    (item->text && item->kind != NODE_NULL && !option_type_scalar(reader, item, "a text")))
		return false;
	if (item->kind == NODE_LIST || item->kind == NODE_MAP) {
		json_t *json = node_to_json(item);

		text = json_dumps(json, JSON_COMPACT);
		json_decref(json);
		if (!text)
			return option_type_complain(reader, item, NULL,
						    "%s cannot be written as JSON", item->key);
	} else {
		text = mem_strdup(item->text);
	}
	if (strlen(item->key) + strlen(text) + 1 > OPTION_STRING_MAX)
		return option_type_complain(reader, item, NULL,
					    "%s is %zu bytes long, at most %d are allowed",
					    item->key, strlen(text), OPTION_STRING_MAX);
	keyval_set(kv, item->key, text);
	return true;
}

static bool set_words(const struct option_reader *reader, struct keyval *kv,
		      const struct node *node)
{
	_cleanup_(strlist_done) struct strlist words = {};
	struct pmc_error err = {};

	if (!option_type_scalar(reader, node, "a map"))
		return false;
	if (strlist_split_words(&words, node->text, &err) < 0)
		return option_type_complain(reader, node, NULL, "%s", err.message);
	if (words.count > OPTION_ENTRIES_MAX)
		return option_type_complain(reader, node, NULL,
					    "%zu entries, at most %d are allowed", words.count,
					    OPTION_ENTRIES_MAX);
	for (size_t i = 0; i < words.count; i++) {
		char *equals = strchr(words.items[i], '=');

		if (!equals || equals == words.items[i])
			return option_type_complain(reader, node,
						    "write a map, or NAME=value NAME=value",
						    "'%.40s' is not NAME=value", words.items[i]);
		*equals = '\0';
		keyval_set(kv, words.items[i], equals + 1);
	}
	return true;
}

static bool set_keyval(const struct option_reader *reader, void *value, const struct node *node)
{
	bool good = true;

	if (node->kind != NODE_MAP)
		return set_words(reader, value, node);
	if (node->count > OPTION_ENTRIES_MAX)
		return option_type_complain(reader, node, NULL,
					    "%zu entries, at most %d are allowed", node->count,
					    OPTION_ENTRIES_MAX);
	for (size_t i = 0; i < node->count; i++)
		good &= set_pair(reader, value, node->items[i]);
	return good;
}

static json_t *keyval_to_json(const struct option *opt, const void *value)
{
	const struct keyval *kv = value;
	json_t *json = json_object();

	for (size_t i = 0; i < kv->count; i++)
		json_object_set_new(json, kv->pairs[i].name, json_string(kv->pairs[i].value));
	return json;
}

static void format_keyval(const struct option *opt, const void *value, struct str *out)
{
	const struct keyval *kv = value;

	for (size_t i = 0; i < kv->count; i++) {
		_cleanup_(str_done) struct str pair = {};

		str_appendf(&pair, "%s=%s", kv->pairs[i].name, kv->pairs[i].value);
		if (i)
			str_append_char(out, ' ');
		option_quote(pair.data, out);
	}
}

static bool pairs_equal(const void *a, const void *b)
{
	return keyval_equal(a, b);
}

static void pairs_copy(void *to, const void *from)
{
	keyval_copy(to, from);
}

static void pairs_done(void *value)
{
	keyval_done(value);
}

static json_t *keyval_schema(const struct option *opt)
{
	return option_type_schema("object");
}

const struct option_type_ops option_keyval_pairs = {
	.word = "NAME=value",
	.size = sizeof(struct keyval),
	.set = set_keyval,
	.to_json = keyval_to_json,
	.format = format_keyval,
	.equal = pairs_equal,
	.copy = pairs_copy,
	.done = pairs_done,
	.schema = keyval_schema,
};
