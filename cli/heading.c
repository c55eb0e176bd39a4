#include "cli/heading.h"

#include <string.h>

#include "cli/out/json.h"
#include "cli/out/say.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"

/* Rows of one kind: what was done, to which app (NULL: any). */
struct group {
	const json_t *rows;
	const char *did, *name;
};

static bool is_in(const struct group *group, const json_t *row)
{
	return str_equal(json_get_text(row, "did", NULL), group->did) &&
	       (!group->name || str_equal(json_get_text(row, "name", NULL), group->name));
}

static json_int_t id_of(const json_t *row)
{
	return json_integer_value(json_object_get(row, "pm_id"));
}

/* The next larger id; rows come as they were done. -1: there is none. */
static json_int_t next_id(const struct group *group, json_int_t before)
{
	json_int_t next = -1;
	const json_t *row;
	size_t i;

	json_array_foreach(group->rows, i, row)
	{
		json_int_t id = id_of(row);

		if (is_in(group, row) && id > before && (next < 0 || id < next))
			next = id;
	}
	return next;
}

static void print_action(const struct say *say, const struct group *group, const char *word)
{
	/* PM2 has one action for what is started again, running or not */
	const char *action = strcmp(group->did, "start") == 0 ? "restart" : group->did;
	_cleanup_(str_done) struct str ids = {};

	for (json_int_t id = next_id(group, -1); id >= 0; id = next_id(group, id))
		str_appendf(&ids, "%s%" JSON_INTEGER_FORMAT, ids.len > 0 ? ", " : "", id);
	if (ids.len > 0)
		say_info(say, "Applying action %sProcessId on app [%s](ids: [ %s ])", action, word,
			 str_cstr(&ids));
}

static void print_launched(const struct say *say, const struct group *group)
{
	const json_t *row;
	size_t i, count = 0;

	json_array_foreach(group->rows, i, row) count +=
		is_in(group, row) && json_is_true(json_object_get(row, "ok"));
	if (count > 0)
		say_info(say, "App [%s] launched (%zu instances)", group->name, count);
}

/* The names of apps that this was done to, in the order of the rows. */
static void names_of(const struct group *group, struct strlist *ret_names)
{
	const json_t *row;
	size_t i;

	json_array_foreach(group->rows, i, row)
	{
		const char *name = json_get_text(row, "name", NULL);

		if (name && is_in(group, row) && !strlist_has(ret_names, name))
			strlist_add(ret_names, name);
	}
}

static void print_each(const struct say *say, struct group group, bool launched)
{
	_cleanup_(strlist_done) struct strlist names = {};

	names_of(&group, &names);
	for (size_t i = 0; i < names.count; i++) {
		group.name = names.items[i];
		if (launched)
			print_launched(say, &group);
		else
			print_action(say, &group, group.name);
	}
}

static void print_scaling(const struct say *say, const json_t *rows)
{
	const struct group up = {rows, "start", NULL}, down = {rows, "delete", NULL};

	if (next_id(&up, -1) >= 0)
		say_info(say, "Scaling up application");
	else if (next_id(&down, -1) >= 0)
		say_info(say, "Scaling down application");
}

static void print_resets(const struct say *say, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (json_object_get(row, "pm_id"))
			say_info(say, "Resetting meta for process id %" JSON_INTEGER_FORMAT,
				 id_of(row));
	}
}

void heading_print(const struct say *say, const char *method, const json_t *targets,
		   const json_t *rows)
{
	static const char *const done[] = {"restart", "reload", "stop", "delete", "start"};
	bool adds = strcmp(method, "app.start") == 0 || strcmp(method, "list.resurrect") == 0;
	const char *word = json_array_size(targets) == 1
				   ? json_string_value(json_array_get(targets, 0))
				   : NULL;

	if (strcmp(method, "app.reset") == 0) {
		print_resets(say, rows);
		return;
	}
	if (strcmp(method, "app.scale") == 0) {
		print_scaling(say, rows);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(done); i++) {
		const struct group group = {rows, done[i], NULL};

		if (word)
			print_action(say, &group, word);
		else
			print_each(say, group, adds && strcmp(done[i], "start") == 0);
	}
}
