/* Numbers: duration, size, int. */
#include "shared/option/option_type.h"

#include <errno.h>
#include <inttypes.h>

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
	json_t *schema =
		json_pack("{s[ss] ss}", "type", "integer", "string", "pattern", "^[+-]?[0-9]+$");

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

const struct option_type_ops option_number_duration = {
	.word = "duration",
	.size = sizeof(int64_t),
	.set = set_duration,
	.to_json = number_to_json,
	.format = format_duration,
	.equal = number_equal,
	.schema = duration_schema,
};
const struct option_type_ops option_number_size = {
	.word = "size",
	.size = sizeof(int64_t),
	.set = set_size,
	.to_json = number_to_json,
	.format = format_size,
	.equal = number_equal,
	.schema = size_schema,
};
const struct option_type_ops option_number_int = {
	.word = "number",
	.size = sizeof(int64_t),
	.set = set_int,
	.to_json = number_to_json,
	.format = format_int,
	.equal = number_equal,
	.schema = int_schema,
};
