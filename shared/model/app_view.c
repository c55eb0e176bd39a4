#include "shared/model/app_view.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/model/json_text.h"

enum member_type { INT, UNSIGNED, INT64, DOUBLE, BOOL, STRING, STATE, JSON };
enum member_part { KEY, SHORT, DUE, WHOLE };

static const struct member {
	const char *name;
	enum member_type type;
	enum member_part part;
	size_t offset;
} members[] = {
#define MEMBER(type, name, part) {#name, type, part, offsetof(struct app_view, name)},
#include "shared/model/app_view.def"
#undef MEMBER
};

/* One member of one view, as whatever it is. */
union place {
	void *any;
	int *i;
	unsigned *u;
	int64_t *i64;
	double *d;
	bool *b;
	char **s;
	enum instance_state *state;
	json_t **json;
};

static union place place_of(struct app_view *view, const struct member *member)
{
	return (union place){.any = (char *)view + member->offset};
}

void app_view_done(struct app_view *view)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		union place at = place_of(view, &members[i]);

		if (members[i].type == STRING)
			free(*at.s);
		else if (members[i].type == JSON)
			json_decref(*at.json);
	}
	*view = (struct app_view){};
}

static json_t *member_to_json(enum member_type type, union place at)
{
	switch (type) {
	case INT:
		return json_integer(*at.i);
	case UNSIGNED:
		return json_integer(*at.u);
	case INT64:
		return json_integer(*at.i64);
	case DOUBLE:
		return json_real(isfinite(*at.d) ? *at.d : 0);
	case BOOL:
		return json_boolean(*at.b);
	case STRING:
		return json_text(*at.s);
	case STATE:
		return json_string(state_word(*at.state));
	case JSON:
		return *at.json ? json_incref(*at.json) : json_null();
	}
	unreachable();
}

json_t *app_view_to_json(const struct app_view *view, bool whole)
{
	struct app_view copy =
		*view; /* the places are not const, what they point to is only read */
	json_t *json = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (whole || members[i].part != WHOLE)
			json_object_set_new_nocheck(
				json, members[i].name,
				member_to_json(members[i].type, place_of(&copy, &members[i])));
	}
	return json;
}

static int take_integer(json_t *value, json_int_t min, json_int_t max, json_int_t *ret_value)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < min || number > max)
		return -EBADMSG;
	*ret_value = number;
	return 0;
}

static int take_number(enum member_type type, json_t *value, union place at)
{
	json_int_t number;

	if (type == INT) {
		if (take_integer(value, INT_MIN, INT_MAX, &number) < 0)
			return -EBADMSG;
		*at.i = (int)number;
	} else if (type == UNSIGNED) {
		if (take_integer(value, 0, UINT_MAX, &number) < 0)
			return -EBADMSG;
		*at.u = (unsigned)number;
	} else if (type == INT64) {
		if (take_integer(value, INT64_MIN, INT64_MAX, &number) < 0)
			return -EBADMSG;
		*at.i64 = number;
	} else {
		if (!json_is_number(value))
			return -EBADMSG;
		*at.d = json_number_value(value);
	}
	return 0;
}

static int take_string(json_t *value, char **ret_text)
{
	if (json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return -EBADMSG;
	*ret_text = mem_strdup(json_string_value(value));
	return 0;
}

static int take_member(enum member_type type, json_t *value, union place at)
{
	switch (type) {
	case INT:
	case UNSIGNED:
	case INT64:
	case DOUBLE:
		return take_number(type, value, at);
	case BOOL:
		*at.b = json_is_true(value);
		return json_is_boolean(value) ? 0 : -EBADMSG;
	case STRING:
		return take_string(value, at.s);
	case STATE:
		if (!json_is_string(value))
			return -EBADMSG;
		return state_from_word(json_string_value(value), at.state) < 0 ? -EBADMSG : 0;
	case JSON:
		*at.json = json_is_null(value) ? NULL : json_incref(value);
		return 0;
	}
	unreachable();
}

/* They mostly come in our order: the search begins behind the last one found. */
static const struct member *find_member(const char *name, size_t *at)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const struct member *member = &members[(*at + i) % ARRAY_SIZE(members)];

		if (strcmp(member->name, name) != 0)
			continue;
		*at += i + 1;
		return member;
	}
	return NULL;
}

const char *app_view_member_name(enum app_view_member member)
{
	return members[member].name;
}

int app_view_member_find(const char *name)
{
	size_t at = 0;
	const struct member *member = find_member(name, &at);

	return member && member->part != WHOLE ? (int)(member - members) : -ENOENT;
}

static int take(struct app_view *view, const char *name, json_t *value, size_t *at,
		struct pmc_error *err)
{
	const struct member *member = find_member(name, at);

	if (!member || take_member(member->type, value, place_of(view, member)) == 0)
		return 0;
	app_view_done(view);
	return pmc_error_set(err, -EBADMSG, "'%s' of an instance is not what it should be", name);
}

int app_view_from_row(json_t *row, json_t *names, struct app_view *ret_view, struct pmc_error *err)
{
	struct app_view view = {.next_start_ms = -1};
	json_t *value;
	size_t i, at = 0;

	if (!json_is_array(row) || json_array_size(row) != json_array_size(names))
		return pmc_error_set(err, -EBADMSG,
				     "a row has a value for each member, this one has not");
	json_array_foreach(row, i, value)
	{
		const char *name = json_string_value(json_array_get(names, i));
		int r = name && !json_is_null(value) ? take(&view, name, value, &at, err) : 0;

		if (r < 0)
			return r;
	}
	*ret_view = view;
	return 0;
}

int app_view_from_json(json_t *json, struct app_view *ret_view, struct pmc_error *err)
{
	struct app_view view = {.next_start_ms = -1};
	const char *name;
	json_t *value;
	size_t at = 0;

	if (!json_is_object(json))
		return pmc_error_set(err, -EBADMSG, "an instance is an object, this is not");
	json_object_foreach(json, name, value)
	{
		int r = take(&view, name, value, &at, err);

		if (r < 0)
			return r;
	}
	*ret_view = view;
	return 0;
}
