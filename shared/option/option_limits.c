#include "shared/option/option_limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/strlist.h"
#include "shared/base/units.h"
#include "shared/option/option_type.h"

static const struct limit_row {
	const char *name;
	int resource;
	bool is_size; /* bytes; else a count, or seconds */
} rows[] = {
	[SPEC_LIMIT_NOFILE] = {"nofile", RLIMIT_NOFILE, false},
	[SPEC_LIMIT_NPROC] = {"nproc", RLIMIT_NPROC, false},
	[SPEC_LIMIT_CORE] = {"core", RLIMIT_CORE, true},
	[SPEC_LIMIT_STACK] = {"stack", RLIMIT_STACK, true},
	[SPEC_LIMIT_MEMLOCK] = {"memlock", RLIMIT_MEMLOCK, true},
	[SPEC_LIMIT_FSIZE] = {"fsize", RLIMIT_FSIZE, true},
	[SPEC_LIMIT_DATA] = {"data", RLIMIT_DATA, true},
	[SPEC_LIMIT_AS] = {"as", RLIMIT_AS, true},
	[SPEC_LIMIT_CPU_TIME] = {"cpu_time", RLIMIT_CPU, false},
};

const char *option_limits_name(enum spec_limit limit)
{
	return rows[limit].name;
}

int option_limits_resource(enum spec_limit limit)
{
	return rows[limit].resource;
}

static int find_limit(const char *name)
{
	for (int i = 0; i < SPEC_LIMIT_COUNT; i++)
		if (strcmp(rows[i].name, name) == 0)
			return i;
	return -1;
}

static bool complain_name(const struct option_reader *reader, const struct node *place,
			  const char *name)
{
	_cleanup_(mem_freep) char *hint = NULL;
	unsigned best = 3;

	if (strcmp(name, "cpu") == 0 || strcmp(name, "pids") == 0 || strcmp(name, "io") == 0)
		return option_type_complain(
			reader, place, strcmp(name, "cpu") == 0 ? "did you mean 'cpu_time'?" : NULL,
			"'%s' is kept for limits of a cgroup, which are not yet obeyed", name);
	for (int i = 0; strlen(name) < 32 && i < SPEC_LIMIT_COUNT; i++) {
		unsigned distance = str_distance(name, rows[i].name, best);

		if (distance < best) {
			best = distance;
			free(hint);
			hint = mem_printf("did you mean '%s'?", rows[i].name);
		}
	}
	if (!hint)
		hint = mem_strdup("the limits are nofile, nproc, core, stack, memlock, fsize, "
				  "data, as and cpu_time");
	return option_type_complain(reader, place, hint, "unknown limit '%.40s'", name);
}

static bool set_limit(const struct option_reader *reader, struct spec_limits *limits,
		      const char *name, const struct node *place, const char *text)
{
	int which = find_limit(name), r;
	int64_t number;

	if (which < 0)
		return complain_name(reader, place, name);
	limits->of[which].given = true;
	limits->of[which].value = SPEC_LIMIT_UNLIMITED;
	if (strcmp(text, "unlimited") == 0)
		return true;
	r = rows[which].is_size ? units_parse_size(text, &number, NULL)
				: units_parse_int(text, &number, NULL);
	if (r < 0 || number < 0)
		return option_type_complain(reader, place,
					    rows[which].is_size
						    ? "write a size such as 64M, or unlimited"
						    : "write a whole number, or unlimited",
					    "'%.40s' is no value for the limit %s", text, name);
	limits->of[which].value = (uint64_t)number;
	return true;
}

static bool set_words(const struct option_reader *reader, struct spec_limits *limits,
		      const struct node *node)
{
	_cleanup_(strlist_done) struct strlist words = {};
	bool good = true;

	strlist_split(&words, node->text, ", \t\r\n");
	for (size_t i = 0; i < words.count; i++) {
		char *equals = strchr(words.items[i], '=');

		if (!equals)
			return option_type_complain(reader, node,
						    "write a map, or nofile=1024 core=unlimited",
						    "'%.40s' is not NAME=limit", words.items[i]);
		*equals = '\0';
		good &= set_limit(reader, limits, words.items[i], node, equals + 1);
	}
	return good;
}

static bool set_limits(const struct option_reader *reader, void *value, const struct node *node)
{
	bool good = true;

	if (node->kind != NODE_MAP)
		return option_type_scalar(reader, node, "a map of limits") &&
		       set_words(reader, value, node);
	for (size_t i = 0; i < node->count; i++) {
		const struct node *item = node->items[i];
		struct node at_key = {
			.kind = NODE_STRING, .line = item->key_line, .column = item->key_column};

		if (find_limit(item->key) < 0)
			good &= complain_name(reader, &at_key, item->key);
		else
			good &= option_type_scalar(reader, item, "a limit") &&
				set_limit(reader, value, item->key, item, item->text);
	}
	return good;
}

static json_t *limits_to_json(const struct option *opt, const void *value)
{
	const struct spec_limits *limits = value;
	json_t *json = json_object();

	for (int i = 0; i < SPEC_LIMIT_COUNT; i++) {
		if (!limits->of[i].given)
			continue;
		json_object_set_new(json, rows[i].name,
				    limits->of[i].value == SPEC_LIMIT_UNLIMITED
					    ? json_string("unlimited")
					    : json_integer((json_int_t)limits->of[i].value));
	}
	return json;
}

static void format_limits(const struct option *opt, const void *value, struct str *out)
{
	const struct spec_limits *limits = value;
	const char *between = "";

	for (int i = 0; i < SPEC_LIMIT_COUNT; i++) {
		if (!limits->of[i].given)
			continue;
		str_appendf(out, "%s%s=", between, rows[i].name);
		between = " ";
		if (limits->of[i].value == SPEC_LIMIT_UNLIMITED)
			str_append(out, "unlimited");
		else if (rows[i].is_size)
			units_format_size(out, (int64_t)limits->of[i].value);
		else
			str_appendf(out, "%" PRIu64, limits->of[i].value);
	}
}

static bool limits_equal(const void *a, const void *b)
{
	const struct spec_limits *x = a, *y = b;

	for (int i = 0; i < SPEC_LIMIT_COUNT; i++)
		if (x->of[i].given != y->of[i].given || x->of[i].value != y->of[i].value)
			return false;
	return true;
}

static json_t *limits_schema(const struct option *opt)
{
	json_t *members = json_object();

	for (int i = 0; i < SPEC_LIMIT_COUNT; i++)
		json_object_set_new(members, rows[i].name,
				    json_pack("{s[ss]}", "type", "integer", "string"));
	return json_pack("{ss so sb}", "type", "object", "properties", members,
			 "additionalProperties", 0);
}

const struct option_type_ops option_limits_map = {
	.word = "NAME=limit",
	.size = sizeof(struct spec_limits),
	.set = set_limits,
	.to_json = limits_to_json,
	.format = format_limits,
	.equal = limits_equal,
	.schema = limits_schema,
};
