#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/base/mem.h"
#include "shared/option/node.h"

static void json_survives_the_way_through(void **state)
{
	const char *text =
		"{\"a\":[1,-2.5,\"x\",true,false,null,{}],\"b\":{\"c\":9007199254740993}}";
	json_t *json = json_loads(text, 0, NULL), *again;
	_cleanup_(node_destroyp) struct node *node = node_from_json(json);
	_cleanup_(mem_freep) char *written = NULL;

	again = node_to_json(node);
	written = json_dumps(again, JSON_COMPACT);
	assert_string_equal(written, text);
	json_decref(json);
	json_decref(again);
}

static void children_are_found_by_key(void **state)
{
	_cleanup_(node_destroyp) struct node *map = node_create(NODE_MAP, NULL);
	_cleanup_(node_destroyp) struct node *list = node_create(NODE_LIST, NULL);

	for (int i = 0; i < 10; i++) {
		struct node *child = node_create(NODE_NUMBER, "1");

		child->key = mem_printf("k%d", i);
		node_add(map, child);
	}
	assert_ptr_equal(node_get(map, "k7"), map->items[7]);
	assert_null(node_get(map, "k10"));
	assert_null(node_get(list, "k7"));
}

static void plain_scalars_by_the_core_schema(void **state)
{
	static const struct {
		const char *text;
		enum node_kind kind;
	} rows[] = {
		{"", NODE_NULL},	 {"~", NODE_NULL},	    {"null", NODE_NULL},
		{"nULL", NODE_STRING},	 {"true", NODE_BOOL},	    {"False", NODE_BOOL},
		{"yes", NODE_STRING},	 {"off", NODE_STRING},	    {"10", NODE_NUMBER},
		{"-1.5e3", NODE_NUMBER}, {".5", NODE_NUMBER},	    {"0x1F", NODE_NUMBER},
		{"0o17", NODE_NUMBER},	 {"0x", NODE_STRING},	    {"1.2.3", NODE_STRING},
		{"10s", NODE_STRING},	 {"+", NODE_STRING},	    {"-", NODE_STRING},
		{"1e", NODE_STRING},	 {"infinity", NODE_STRING}, {"1-2", NODE_STRING},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (node_plain_kind(rows[i].text) != rows[i].kind)
			fail_msg("'%s' is taken for kind %d", rows[i].text,
				 node_plain_kind(rows[i].text));
}

static void numbers_json_does_not_know_become_texts(void **state)
{
	_cleanup_(node_destroyp) struct node *node = node_create(NODE_NUMBER, "0o17");
	json_t *json = node_to_json(node);

	assert_string_equal(json_string_value(json), "0o17");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_survives_the_way_through),
		cmocka_unit_test(children_are_found_by_key),
		cmocka_unit_test(plain_scalars_by_the_core_schema),
		cmocka_unit_test(numbers_json_does_not_know_become_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
