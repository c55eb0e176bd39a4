/* Numbers, switches and words: duration, size, int, bool, enum, octal. */
#include "shared/option/option_type.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "shared/base/units.h"

typedef int (*parse_fn)(const char *text, int64_t *ret_value, struct pmc_error *err);
typedef void (*format_fn)(struct str *out, int64_t value);

static void format_plain(struct str *out, int64_t value)
{
	str_appendf(out, "%" PRId64, value);
}

static bool in_bounds(const struct option_reader *reader, const struct node *node, int64_t value,
		      format_fn format)
{
	const struct option *opt = reader->opt;
	_cleanup_(str_done) struct str shown = {}, bound = {};

	if ((!opt->min && !opt->max) || (value >= opt->min && value <= opt->max))
		return true;
	format(&bound, value < opt->min ? opt->min : opt->max);
	return option_type_complain(
		reader, node, NULL, "%s is %s %s", option_type_show(node, &shown),
		value < opt->min ? "less than the least allowed," : "more than the most allowed,",
		str_cstr(&bound));
}

static bool set_number(const struct option_reader *reader, int64_t *value, const struct node *node,
		       parse_fn parse, format_fn format, const char *what, const char *hint)
{
	_cleanup_(str_done) struct str shown = {};
	int r;

	if (!option_type_scalar(reader, node, what))
		return false;
	r = parse(node->text, value, NULL);
	if (r == -ERANGE)
		return option_type_complain(reader, node, NULL, "%s is out of range",
					    option_type_show(node, &shown));
	if (r < 0)
		return option_type_complain(reader, node, hint, "%s is not %s",
					    option_type_show(node, &shown), what);
	return in_bounds(reader, node, *value, format);
}

static bool set_duration(const struct option_reader *reader, void *value, const struct node *node)
{
	return set_number(reader, value, node, units_parse_duration, units_format_duration,
			  "a duration", "write 500ms, 10s, 5m, 1h30m or a number of milliseconds");
}

static bool set_size(const struct option_reader *reader, void *value, const struct node *node)
{
	return set_number(reader, value, node, units_parse_size, units_format_size, "a size",
			  "write 512K, 100M, 0.5G or a number of bytes");
}

static bool set_int(const struct option_reader *reader, void *value, const struct node *node)
{
	return set_number(reader, value, node, units_parse_int, format_plain, "a whole number",
			  NULL);
}

static json_t *number_to_json(const struct option *opt, const void *value)
{
	return json_integer(*(const int64_t *)value);
}

static void format_duration(const struct option *opt, const void *value, struct str *out)
{
	units_format_duration(out, *(const int64_t *)value);
}

static void format_size(const struct option *opt, const void *value, struct str *out)
{
	units_format_size(out, *(const int64_t *)value);
}

static void format_int(const struct option *opt, const void *value, struct str *out)
{
	format_plain(out, *(const int64_t *)value);
}

static bool number_equal(const void *a, const void *b)
{
	return *(const int64_t *)a == *(const int64_t *)b;
}

static json_t *int_schema(const struct option *opt)
{
	json_t *schema = json_pack("{ss}", "type", "integer");

	if (opt->min || opt->max) {
		json_object_set_new(schema, "minimum", json_integer(opt->min));
		json_object_set_new(schema, "maximum", json_integer(opt->max));
	}
	return schema;
}

static json_t *unit_schema(const struct option *opt, const char *pattern)
{
	json_t *number = json_pack("{ss sI}", "type", "number", "minimum", (json_int_t)opt->min);
	json_t *text = json_pack("{ss ss}", "type", "string", "pattern", pattern);

	if (opt->max)
		json_object_set_new(number, "maximum", json_integer(opt->max));
	return json_pack("{s[oo]}", "anyOf", number, text);
}

static json_t *duration_schema(const struct option *opt)
{
	return unit_schema(opt, "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d)?)+$");
}

static json_t *size_schema(const struct option *opt)
{
	return unit_schema(opt, "^[0-9]+(\\.[0-9]+)?([kKmMgGtT]([iI]?[bB])?|[bB])?$");
}

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

	for (const char *p = alternatives; p; p = strchr(p, '|')) {
		p += *p == '|';
		if (strncmp(p, word, len) == 0 && (p[len] == '|' || p[len] == '\0'))
			return len > 0;
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

const struct option_type_ops option_scalar_duration = {
	.word = "duration",
	.size = sizeof(int64_t),
	.set = set_duration,
	.to_json = number_to_json,
	.format = format_duration,
	.equal = number_equal,
	.schema = duration_schema,
};
const struct option_type_ops option_scalar_size = {
	.word = "size",
	.size = sizeof(int64_t),
	.set = set_size,
	.to_json = number_to_json,
	.format = format_size,
	.equal = number_equal,
	.schema = size_schema,
};
const struct option_type_ops option_scalar_int = {
	.word = "number",
	.size = sizeof(int64_t),
	.set = set_int,
	.to_json = number_to_json,
	.format = format_int,
	.equal = number_equal,
	.schema = int_schema,
};
const struct option_type_ops option_scalar_bool = {
	.word = "true|false",
	.size = sizeof(bool),
	.set = set_bool,
	.to_json = bool_to_json,
	.format = format_bool,
	.equal = bool_equal,
	.schema = bool_schema,
};
const struct option_type_ops option_scalar_enum = {
	.word = "word",
	.size = sizeof(int),
	.set = set_enum,
	.to_json = enum_to_json,
	.format = format_enum,
	.equal = enum_equal,
	.schema = enum_schema,
};
const struct option_type_ops option_scalar_octal = {
	.word = "octal",
	.size = sizeof(int),
	.set = set_octal,
	.to_json = octal_to_json,
	.format = format_octal,
	.equal = enum_equal,
	.schema = octal_schema,
};
