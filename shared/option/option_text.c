/* Texts: string, path, path or switch. */
#include "shared/option/option_type.h"

#include <string.h>

#include "shared/base/error.h"
#include "shared/base/units.h"

static bool set_text(const struct option_reader *reader, char **value, const struct node *node,
		     const char *what)
{
	const struct option *opt = reader->opt;
	size_t most = opt->max ? (size_t)opt->max : OPTION_STRING_MAX;
	struct pmc_error err = {};

	if (!option_type_scalar(reader, node, what))
		return false;
	if (strlen(node->text) > most)
		return option_type_complain(reader, node, NULL,
					    "%zu bytes long, at most %zu are allowed",
					    strlen(node->text), most);
	if ((int64_t)strlen(node->text) < opt->min)
		return option_type_complain(reader, node, NULL, "must not be empty");
	if (opt->check && opt->check(node->text, &err) < 0)
		return option_type_complain(reader, node, err.hint[0] ? err.hint : NULL, "%s",
					    err.message);
	*value = mem_strdup(node->text);
	return true;
}

static bool set_string(const struct option_reader *reader, void *value, const struct node *node)
{
	return set_text(reader, value, node, "a text");
}

static bool set_path(const struct option_reader *reader, void *value, const struct node *node)
{
	if (!option_type_scalar(reader, node, "a path"))
		return false;
	if (!*node->text)
		return option_type_complain(reader, node, NULL, "the path must not be empty");
	return set_text(reader, value, node, "a path");
}

static bool set_path_or_bool(const struct option_reader *reader, void *value,
			     const struct node *node)
{
	bool on;

	if (!option_type_scalar(reader, node, "a path, true or false"))
		return false;
	if (!*node->text || strlen(node->text) == 1 || units_parse_bool(node->text, &on, NULL) < 0)
		return set_path(reader, value, node);
	*(char **)value = on ? mem_strdup("true") : NULL;
	return true;
}

static json_t *text_to_json(const struct option *opt, const void *value)
{
	const char *text = *(char *const *)value;

	return text ? json_string(text) : json_null();
}

static json_t *path_or_bool_to_json(const struct option *opt, const void *value)
{
	const char *text = *(char *const *)value;

	if (!text || strcmp(text, "true") == 0)
		return json_boolean(text != NULL);
	return json_string(text);
}

static void format_text(const struct option *opt, const void *value, struct str *out)
{
	const char *text = *(char *const *)value;

	if (text)
		str_append(out, text);
}

static void format_path_or_bool(const struct option *opt, const void *value, struct str *out)
{
	const char *text = *(char *const *)value;

	str_append(out, text ? text : "false");
}

static bool text_equal(const void *a, const void *b)
{
	return str_equal(*(char *const *)a, *(char *const *)b);
}

static void text_copy(void *to, const void *from)
{
	*(char **)to = mem_strdup(*(char *const *)from);
}

static void text_done(void *value)
{
	free(*(char **)value);
	*(char **)value = NULL;
}

static json_t *text_schema(const struct option *opt)
{
	json_t *schema = json_pack("{s[ss]}", "type", "string", "number");

	if (opt->min)
		json_object_set_new(schema, "minLength", json_integer(opt->min));
	if (opt->max)
		json_object_set_new(schema, "maxLength", json_integer(opt->max));
	return schema;
}

static json_t *path_schema(const struct option *opt)
{
	return json_pack("{ss si}", "type", "string", "minLength", 1);
}

static json_t *path_or_bool_schema(const struct option *opt)
{
	return json_pack("{s[ss]}", "type", "string", "boolean");
}

const struct option_type_ops option_text_string = {
	.word = "text",
	.size = sizeof(char *),
	.set = set_string,
	.to_json = text_to_json,
	.format = format_text,
	.equal = text_equal,
	.copy = text_copy,
	.done = text_done,
	.schema = text_schema,
};
const struct option_type_ops option_text_path = {
	.word = "path",
	.size = sizeof(char *),
	.set = set_path,
	.to_json = text_to_json,
	.format = format_text,
	.equal = text_equal,
	.copy = text_copy,
	.done = text_done,
	.schema = path_schema,
};
const struct option_type_ops option_text_path_or_bool = {
	.word = "path|true",
	.size = sizeof(char *),
	.set = set_path_or_bool,
	.to_json = path_or_bool_to_json,
	.format = format_path_or_bool,
	.equal = text_equal,
	.copy = text_copy,
	.done = text_done,
	.schema = path_or_bool_schema,
};
