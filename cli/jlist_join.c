#include "cli/jlist_join.h"

#include <stdlib.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"

char *jlist_join_text(const json_t *members)
{
	char *text = json_dumps(members, JSON_COMPACT | JSON_EMBED);

	return text ? text : mem_zalloc(1);
}

static bool is_taken(const struct jlist_part *parts, size_t before, const char *name)
{
	for (size_t i = 0; i < before; i++) {
		if (json_object_get(parts[i].members, name))
			return true;
	}
	return false;
}

static bool is_written(const struct jlist_part *parts, size_t which, const char *name,
		       const json_t *value)
{
	return !(parts[which].patch && json_is_null(value)) && !is_taken(parts, which, name);
}

static bool have_one_in_common(json_t *a, json_t *b)
{
	bool a_is_smaller = json_object_size(a) < json_object_size(b);
	const char *name;
	json_t *value;

	json_object_foreach(a_is_smaller ? a : b, name, value)
	{
		if (json_object_get(a_is_smaller ? b : a, name))
			return true;
	}
	return false;
}

static bool all_are_written(const struct jlist_part *parts, size_t which)
{
	const char *name;
	json_t *value;

	if (parts[which].patch) {
		json_object_foreach(parts[which].members, name,
				    value) if (json_is_null(value)) return false;
	}
	for (size_t i = 0; i < which; i++) {
		if (have_one_in_common(parts[i].members, parts[which].members))
			return false;
	}
	return true;
}

/* The text of those members that no part before has. New string. */
static char *text_of_rest(const struct jlist_part *parts, size_t which)
{
	json_t *rest = json_object(), *value;
	const char *name;
	char *text;

	json_object_foreach(parts[which].members, name, value)
	{
		if (is_written(parts, which, name, value))
			json_object_set_nocheck(rest, name, value);
	}
	text = jlist_join_text(rest);
	json_decref(rest);
	return text;
}

void jlist_join(struct str *out, const struct jlist_part *parts, size_t count)
{
	size_t begin = out->len;

	str_append_char(out, '{');
	for (size_t i = 0; i < count; i++) {
		_cleanup_(mem_freep) char *own = NULL;
		const char *text = parts[i].text;

		if (parts[i].hides)
			continue;
		if (!all_are_written(parts, i))
			text = own = text_of_rest(parts, i);
		else if (!text)
			text = own = jlist_join_text(parts[i].members);
		if (*text && out->len > begin + 1)
			str_append_char(out, ',');
		str_append(out, text);
	}
	str_append_char(out, '}');
}
