#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <string.h>

#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_js_place.h"

/* "key@line:column=line:column" of every key whose place is known, in the order of the tree. */
static void show(const struct node *node, struct str *out)
{
	if (node->key && node->key_line)
		str_appendf(out, "%s%s@%d:%d=%d:%d", out->len ? " " : "", node->key, node->key_line,
			    node->key_column, node->line, node->column);
	for (size_t i = 0; i < node->count; i++)
		show(node->items[i], out);
}

static struct node *guess(const char *text, const char *value)
{
	json_t *json = json_loads(value, JSON_DECODE_ANY, NULL);
	struct node *root;

	assert_non_null(json);
	root = node_from_json(json);
	json_decref(json);
	spec_js_place_guess(text, strlen(text), root);
	return root;
}

static void places(const char *text, const char *value, const char *expected)
{
	_cleanup_(node_destroyp) struct node *root = guess(text, value);
	_cleanup_(str_done) struct str shown = {};

	show(root, &shown);
	assert_string_equal(str_cstr(&shown), expected);
}

static void keys_that_are_written_once_are_found(void **state)
{
	places("module.exports = {\n  a: 1,\n  'b' : {\n\tc: 2}}", "{\"a\":1,\"b\":{\"c\":2}}",
	       "a@2:3=2:6 b@3:3=3:9 c@4:2=4:5");
	places("({\"max_restarts\":\n 1})", "{\"max_restarts\":1}", "max_restarts@1:3=2:2");
	places("\xef\xbb\xbf{a: 1}", "{\"a\":1}", "a@1:2=1:5");
	places("{h\u00e9: 1, b: 2}", "{\"h\u00e9\":1,\"b\":2}", "h\u00e9@1:2=1:6 b@1:9=1:12");
}

static void keys_that_are_written_as_often_as_the_tree_has_them(void **state)
{
	places("[{n: 1}, {n: 2}]", "[{\"n\":1},{\"n\":2}]", "n@1:3=1:6 n@1:11=1:14");
}

static void what_is_in_doubt_has_no_place(void **state)
{
	places("x = {n: 1}; [x, x, {m: 3}]", "[{\"n\":1},{\"n\":1},{\"m\":3}]", "m@1:21=1:24");
	places("{n: 1, o: y ? n : 2}", "{\"n\":1,\"o\":2}", "o@1:8=1:11");
	places("{n, ['m']: 1}", "{\"n\":1}", "");
}

static void comments_and_texts_are_no_keys(void **state)
{
	places("// a: 1\n/* a: 2 */ {a: 'a: 3', b: `a: 4`, c: \"\\\"a: 5\"}",
	       "{\"a\":\"x\",\"b\":\"x\",\"c\":\"x\"}", "a@2:13=2:16 b@2:24=2:27 c@2:35=2:38");
	places("{a: 'open", "{\"a\":1}", "a@1:2=1:5");
	places("{a: 1 /* open", "{\"a\":1}", "a@1:2=1:5");
	places("", "{\"a\":1}", "");
}

static void an_app_of_a_list_stands_where_its_first_key_does(void **state)
{
	_cleanup_(node_destroyp) struct node *root =
		guess("{apps: [\n {name: 'x'},\n make()]}",
		      "{\"apps\":[{\"name\":\"x\"},{\"script\":\"y\"}]}");
	const struct node *apps = node_get(root, "apps");

	assert_int_equal(apps->items[0]->line, 2);
	assert_int_equal(apps->items[0]->column, 3);
	assert_int_equal(apps->items[1]->line, 1);
	assert_int_equal(apps->items[1]->column, 8);
	assert_int_equal(node_get(apps->items[1], "script")->line, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_are_written_once_are_found),
		cmocka_unit_test(keys_that_are_written_as_often_as_the_tree_has_them),
		cmocka_unit_test(what_is_in_doubt_has_no_place),
		cmocka_unit_test(comments_and_texts_are_no_keys),
		cmocka_unit_test(an_app_of_a_list_stands_where_its_first_key_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
