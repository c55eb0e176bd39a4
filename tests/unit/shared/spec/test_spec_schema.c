#include "shared/spec/spec_schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/spec/app_spec.h"

static void every_option_is_there_with_its_text_and_default(void **state)
{
	json_t *app = spec_schema_app(), *properties = json_object_get(app, "properties");

	for (size_t i = 0; i < app_spec_table.count; i++) {
		const struct option *opt = &app_spec_table.rows[i];
		json_t *schema = json_object_get(properties, opt->name);
		const char *text = json_string_value(json_object_get(schema, "description"));

		assert_non_null(text);
		assert_true(str_starts(text, opt->doc));
		assert_int_equal(opt->def != NULL, json_object_get(schema, "default") != NULL);
		for (const char *const *alias = opt->aliases; alias && *alias; alias++)
			assert_non_null(json_object_get(properties, *alias));
	}
	json_decref(app);
}

static void some_entries_as_an_editor_sees_them(void **state)
{
	json_t *app = spec_schema_app(), *properties = json_object_get(app, "properties");
	_cleanup_(mem_freep) char *nice =
		json_dumps(json_object_get(properties, "nice"), JSON_COMPACT);
	_cleanup_(mem_freep) char *full =
		json_dumps(json_object_get(properties, "log_full"), JSON_COMPACT);
	_cleanup_(mem_freep) char *vizion =
		json_dumps(json_object_get(properties, "vizion"), JSON_COMPACT);

	assert_string_equal(nice,
			    "{\"type\":[\"integer\",\"string\"],\"pattern\":\"^[+-]?[0-9]+$\","
			    "\"minimum\":-20,\"maximum\":19,\"description\":"
			    "\"Scheduling priority, from -20 (most urgent, needs root) to 19.\"}");
	assert_non_null(strstr(full, "{\"enum\":[\"block\",\"drop\"]"));
	assert_non_null(strstr(full, "\"default\":\"block\""));
	assert_string_equal(vizion, "{\"deprecated\":true,\"description\":"
				    "\"Of PM2, has no effect: no version control data is read.\"}");
	json_decref(app);
}

/* Every "$ref" of the schema leads somewhere. */
static void check_refs(json_t *root, json_t *json)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_array(json))
		json_array_foreach(json, i, item) check_refs(root, item);
	json_object_foreach(json, key, item)
	{
		if (strcmp(key, "$ref") != 0) {
			check_refs(root, item);
			continue;
		}
		_cleanup_(mem_freep) char *path = mem_strdup(json_string_value(item));
		json_t *at = root;
		char *save = NULL;

		assert_true(str_starts(path, "#/"));
		for (char *part = strtok_r(path + 2, "/", &save); part;
		     part = strtok_r(NULL, "/", &save))
			at = json_object_get(at, part);
		assert_non_null(at);
	}
}

static void the_file_has_all_its_shapes(void **state)
{
	json_t *file = spec_schema_file();

	assert_true(json_is_object(file));
	const json_t *otherwise = json_object_get(file, "else");

	assert_true(json_is_object(json_object_get(file, "then")));
	assert_true(json_is_object(json_object_get(otherwise, "then")));
	assert_true(json_is_object(json_object_get(otherwise, "else")));
	check_refs(file, file);
	json_decref(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_is_there_with_its_text_and_default),
		cmocka_unit_test(some_entries_as_an_editor_sees_them),
		cmocka_unit_test(the_file_has_all_its_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
