/* One of a few values: bool, enum, octal. */
#include "shared/option/option_type.h"

#include <string.h>

#include "shared/base/units.h"

static bool set_bool(const struct option_reader *reader, void *value, const struct node *node)
{
	_cleanup_(str_done) struct str shown = {};

	if (!option_type_scalar(reader, node, "true or false"))
		return false;
	if (units_parse_bool(node->text, value, NULL) < 0)
		return option_type_complain(reader, node, "write true, false, yes, no, on or off",
					    "%s is not a boolean", option_type_show(node, &shown));
	return true;
}

static json_t *bool_to_json(const struct option *opt, const void *value)
{
	return json_boolean(*(const bool *)value);
}

static void format_bool(const struct option *opt, const void *value, struct str *out)
{
	str_append(out, *(const bool *)value ? "true" : "false");
}

static bool bool_equal(const void *a, const void *b)
{
	return *(const bool *)a == *(const bool *)b;
}

static json_t *bool_schema(const struct option *opt)
{
	return json_pack("{s[{ss}{s[ssss]}]}", "anyOf", "type", "boolean", "enum", "yes", "no",
			 "on", "off");
}

/* Is `word` one of the alternatives of "fork|fork_mode"? */
static bool is_choice(const char *alternatives, const char *word)
{
	size_t len = strlen(word);

	if (!len || strchr(word, '|'))
		return false;
	for (const char *p = alternatives; p; p = strchr(p, '|')) {
		p += *p == '|';
		if (strncmp(p, word, len) == 0 && (p[len] == '|' || p[len] == '\0'))
			return true;
	}
	return false;
}

static int canonical_len(const char *alternatives)
{
	return (int)strcspn(alternatives, "|");
}

static void list_choices(const struct option *opt, const char *between, const char *last,
			 struct str *out)
{
	for (size_t i = 0; opt->choices[i]; i++) {
		if (i)
			str_append(out, opt->choices[i + 1] ? between : last);
		str_appendf(out, "%.*s", canonical_len(opt->choices[i]), opt->choices[i]);
	}
}

static bool set_enum(const struct option_reader *reader, void *value, const struct node *node)
{
	_cleanup_(str_done) struct str shown = {}, hint = {};

	str_append(&hint, "write ");
	list_choices(reader->opt, ", ", " or ", &hint);
	if (!option_type_scalar(reader, node, "a word"))
		return false;
	for (int i = 0; reader->opt->choices[i]; i++) {
		if (is_choice(reader->opt->choices[i], node->text)) {
			*(int *)value = i;
			return true;
		}
	}
	return option_type_complain(reader, node, str_cstr(&hint), "%s is not one of its words",
				    option_type_show(node, &shown));
}

static void format_enum(const struct option *opt, const void *value, struct str *out)
{
	const char *choice = opt->choices[*(const int *)value];

	str_appendf(out, "%.*s", canonical_len(choice), choice);
}

static json_t *enum_to_json(const struct option *opt, const void *value)
{
	const char *choice = opt->choices[*(const int *)value];

	return json_stringn(choice, (size_t)canonical_len(choice));
}

static bool enum_equal(const void *a, const void *b)
{
	return *(const int *)a == *(const int *)b;
}

static json_t *enum_schema(const struct option *opt)
{
	_cleanup_(str_done) struct str all = {};
	json_t *words = json_array();
	char *save = NULL;

	for (size_t i = 0; opt->choices[i]; i++)
		str_appendf(&all, "%s|", opt->choices[i]);
	for (char *word = strtok_r(all.data, "|", &save); word; word = strtok_r(NULL, "|", &save))
		json_array_append_new(words, json_string(word));
	return json_pack("{so}", "enum", words);
}

static bool set_octal(const struct option_reader *reader, void *value, const struct node *node)
{
	_cleanup_(str_done) struct str shown = {};
	const char *digits;
	long number;

	if (!option_type_scalar(reader, node, "an octal number"))
		return false;
	digits = node->text + (strncmp(node->text, "0o", 2) == 0 ? 2 : 0);
	if (!*digits || strlen(digits) > 6 || strspn(digits, "01234567") != strlen(digits))
		return option_type_complain(reader, node, "write digits from 0 to 7, such as 022",
					    "%s is not an octal number",
					    option_type_show(node, &shown));
	number = strtol(digits, NULL, 8);
	if (number > reader->opt->max)
		return option_type_complain(
			reader, node, NULL, "%s is more than the most allowed, %lo",
			option_type_show(node, &shown), (unsigned long)reader->opt->max);
	*(int *)value = (int)number;
	return true;
}

static void format_octal(const struct option *opt, const void *value, struct str *out)
{
	if (*(const int *)value >= 0)
		str_appendf(out, "%04o", (unsigned)*(const int *)value);
}

static json_t *octal_to_json(const struct option *opt, const void *value)
{
	_cleanup_(str_done) struct str text = {};

	format_octal(opt, value, &text);
	return text.len ? json_string(text.data) : json_null();
}

static json_t *octal_schema(const struct option *opt)
{
	return json_pack("{s[ss] ss}", "type", "string", "integer", "pattern", "^(0o)?[0-7]{1,6}$");
}

const struct option_type_ops option_choice_bool = {
	.word = "true|false",
	.size = sizeof(bool),
	.set = set_bool,
	.to_json = bool_to_json,
	.format = format_bool,
	.equal = bool_equal,
	.schema = bool_schema,
};
const struct option_type_ops option_choice_enum = {
	.word = "word",
	.size = sizeof(int),
	.set = set_enum,
	.to_json = enum_to_json,
	.format = format_enum,
	.equal = enum_equal,
	.schema = enum_schema,
};
const struct option_type_ops option_choice_octal = {
	.word = "octal",
	.size = sizeof(int),
	.set = set_octal,
	.to_json = octal_to_json,
	.format = format_octal,
	.equal = enum_equal,
	.schema = octal_schema,
};
