/* How many copies of an app: N, max, 0 (= max), -N (CPUs minus N), N%. */
#include "shared/option/option_type.h"

#include <string.h>
#include <strings.h>

#include "shared/base/units.h"
#include "shared/option/spec_value.h"

#define PERCENT_MAX 1000

static const char hint[] = "write a number, max, -1 (all CPUs but one) or a percentage such as 50%";

static bool set_percent(const struct option_reader *reader, struct spec_instances *value,
			const struct node *node)
{
	_cleanup_(mem_freep) char *digits = mem_strndup(node->text, strlen(node->text) - 1);
	_cleanup_(str_done) struct str shown = {};
	int64_t number;

	if (units_parse_int(digits, &number, NULL) < 0 || number < 1 || number > PERCENT_MAX)
		return option_type_complain(reader, node, hint,
					    "%s is not a percentage from 1%% to %d%%",
					    option_type_show(node, &shown), PERCENT_MAX);
	*value = (struct spec_instances){.kind = INSTANCES_PERCENT, .n = (int)number};
	return true;
}

static bool set_instances(const struct option_reader *reader, void *value, const struct node *node)
{
	struct spec_instances *instances = value;
	const struct option *opt = reader->opt;
	_cleanup_(str_done) struct str shown = {};
	int64_t number;

	if (!option_type_scalar(reader, node, "a number of instances"))
		return false;
	if (strcasecmp(node->text, "max") == 0) {
		instances->kind = INSTANCES_MAX;
		return true;
	}
	if (str_ends(node->text, "%"))
		return set_percent(reader, instances, node);
	if (units_parse_int(node->text, &number, NULL) < 0)
		return option_type_complain(reader, node, hint, "%s is not a number of instances",
					    option_type_show(node, &shown));
	if (number > opt->max || number < -opt->max)
		return option_type_complain(reader, node, NULL,
					    "%s is more than the most allowed, %d",
					    option_type_show(node, &shown), (int)opt->max);
	instances->kind = number > 0 ? INSTANCES_COUNT : INSTANCES_MAX;
	instances->n = (int)number;
	return true;
}

static void format_instances(const struct option *opt, const void *value, struct str *out)
{
	const struct spec_instances *instances = value;

	switch (instances->kind) {
	case INSTANCES_PERCENT:
		str_appendf(out, "%d%%", instances->n);
		return;
	case INSTANCES_MAX:
		if (!instances->n) {
			str_append(out, "max");
			return;
		}
		break;
	case INSTANCES_COUNT:
		break;
	}
	str_appendf(out, "%d", instances->n);
}

static json_t *instances_to_json(const struct option *opt, const void *value)
{
	const struct spec_instances *instances = value;
	_cleanup_(str_done) struct str text = {};

	format_instances(opt, value, &text);
	if (instances->kind == INSTANCES_PERCENT ||
	    (instances->kind == INSTANCES_MAX && !instances->n))
		return json_string(text.data);
	return json_integer(instances->n);
}

static bool instances_equal(const void *a, const void *b)
{
	const struct spec_instances *x = a, *y = b;

	return x->kind == y->kind && x->n == y->n;
}

static json_t *instances_schema(const struct option *opt)
{
	return json_pack("{s[{ss si si}{ss ss}]}", "anyOf", "type", "integer", "minimum",
			 (int)-opt->max, "maximum", (int)opt->max, "type", "string", "pattern",
			 "^(max|-?[0-9]+%?)$");
}

const struct option_type_ops option_instances_count = {
	.word = "N|max|-N|N%",
	.size = sizeof(struct spec_instances),
	.set = set_instances,
	.to_json = instances_to_json,
	.format = format_instances,
	.equal = instances_equal,
	.schema = instances_schema,
};
