#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_json_text.h"
#include "shared/spec/spec_yaml.h"

/* "line:column" of the value, behind the key its own. */
static void show(const struct node *node, struct str *out)
{
	if (node->key)
		str_appendf(out, "%s@%d:%d=", node->key, node->key_line, node->key_column);
	if (node->text)
		str_append(out, node->text);
	else
		str_append_char(out, node->kind == NODE_LIST ? '[' : '{');
	str_appendf(out, "@%d:%d", node->line, node->column);
	for (size_t i = 0; i < node->count; i++) {
		str_append_char(out, ' ');
		show(node->items[i], out);
	}
	if (!node->text)
		str_append_char(out, node->kind == NODE_LIST ? ']' : '}');
}

static void reads_as(const char *text, const char *expected)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *root = NULL;
	_cleanup_(str_done) struct str shown = {};
	struct pmc_error syntax = {};

	assert_int_equal(spec_json_text_parse(text, strlen(text), "f", &diags, &root, &syntax), 0);
	show(root, &shown);
	assert_string_equal(str_cstr(&shown), expected);
}

/* No strict JSON: the message and its place. */
static void is_no_json(const char *text, const char *expected)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(mem_freep) char *found = NULL;
	struct pmc_error syntax = {};
	struct node *root;

	assert_int_equal(spec_json_text_parse(text, strlen(text), "f", &diags, &root, &syntax),
			 -EBADMSG);
	assert_null(root);
	assert_int_equal(diags.count, 0);
	found = mem_printf("%d:%d: %s", syntax.line, syntax.column, syntax.message);
	assert_string_equal(found, expected);
}

static void is_refused(const char *text, size_t len, const char *expected)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *root = NULL;
	_cleanup_(str_done) struct str shown = {};
	struct pmc_error syntax = {};

	assert_int_equal(spec_json_text_parse(text, len, "f", &diags, &root, &syntax), -EINVAL);
	diagnostics_format(&diags, NULL, 0, &shown);
	assert_string_equal(str_cstr(&shown), expected);
}

static void every_value_has_its_place(void **state)
{
	reads_as("{\"a\": 1,\n \"b\" : [true, null,\n\t-1.50e3 ], \"c\":{}}",
		 "{@1:1 a@1:2=1@1:7 b@2:2=[@2:8 true@2:9 @2:15 -1.50e3@3:2] c@3:13={@3:17}}");
	reads_as("\"x\"", "x@1:1");
	reads_as(" [ ] ", "[@1:2]");
}

static void columns_count_characters(void **state)
{
	reads_as("[\"h\u00e9\u00e9\", 1]", "[@1:1 h\u00e9\u00e9@1:2 1@1:9]");
}

static void a_byte_order_mark_and_carriage_returns_are_nothing(void **state)
{
	reads_as("\xef\xbb\xbf{\"a\":\r\n1}\r\n", "{@1:1 a@1:2=1@2:1}");
}

static void texts_mean_what_json_says(void **state)
{
	reads_as("[\"a\\n\\\"b\\\\\", \"\\u00e9\\ud83d\\ude00\", \",]}:\", \"\"]",
		 "[@1:1 a\n\"b\\@1:2 \u00e9\U0001f600@1:14 ,]}:@1:36 @1:44]");
	reads_as("{\"a\\u0062\": \"/* no comment */\"}", "{@1:1 ab@1:2=/* no comment */@1:13}");
}

static void numbers_keep_their_text(void **state)
{
	reads_as("[1.10, 9007199254740993, 0]", "[@1:1 1.10@1:2 9007199254740993@1:8 0@1:26]");
}

static void the_place_of_a_syntax_error_is_where_its_token_begins(void **state)
{
	is_no_json("{\n  \"a\": foo\n}", "2:8: invalid token near 'foo'");
	is_no_json("{a: 1}", "1:2: string or '}' expected near 'a'");
	is_no_json("{\"a\": 'x'}", "1:7: invalid token near '''");
	is_no_json("{\"a\": \"b\"\n \"cc\": 1}", "2:2: '}' expected near '\"cc\"'");
	is_no_json("// no\n{}", "1:1: invalid token near '/'");
	is_no_json("{\"a\": 1,}", "1:9: string or '}' expected near '}'");
	is_no_json("{\"\u00e9\": 1} x", "1:10: end of file expected near 'x'");
	is_no_json("{\"a\":1", "1:7: '}' expected near end of file");
	is_no_json(",", "1:1: unexpected token near ','");
}

static void a_doubled_key_is_a_mistake_and_the_first_is_kept(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *root = NULL;
	struct pmc_error syntax = {};
	const char *text = "{\"b\": 0, \"a\": 1,\n\"a\": 2, \"\\u0061\": 3}";

	assert_int_equal(spec_json_text_parse(text, strlen(text), "f", &diags, &root, &syntax),
			 -EINVAL);
	assert_int_equal(diags.errors, 2);
	assert_int_equal(diags.items[0].line, 2);
	assert_int_equal(diags.items[0].column, 1);
	assert_string_equal(diags.items[0].message, "'a' is given twice; the first is in line 1");
	assert_int_equal(root->count, 2);
	assert_string_equal(node_get(root, "a")->text, "1");
}

static void what_no_looser_reader_could_take_is_refused_at_once(void **state)
{
	is_refused("", 0, "f: the file is empty\n");
	is_refused(" \n\t\r\n", 5, "f: the file is empty\n");
	is_refused("[\"\xff\"]", 5, "f:1:3: the file is not valid UTF-8 here\n");
	is_refused("[1,\n\0]", 6, "f:2:1: a NUL byte: the file is no text in UTF-8\n");
	is_refused("[1,\n \"\\u0000\"]", 14,
		   "f:2:2: a NUL byte in a text: nothing here can hold one\n");
	is_refused("[1e999]", 7, "f:1:2: real number overflow near '1e999'\n");
}

static void limits_are_those_of_yaml(void **state)
{
	_cleanup_(str_done) struct str deep = {}, wide = {};

	str_append_repeat(&deep, '[', SPEC_YAML_DEPTH_MAX);
	str_append_repeat(&deep, ']', SPEC_YAML_DEPTH_MAX);
	{
		_cleanup_(diagnostics_done) struct diagnostics diags = {};
		_cleanup_(node_destroyp) struct node *root = NULL;
		struct pmc_error syntax = {};

		assert_int_equal(
			spec_json_text_parse(deep.data, deep.len, "f", &diags, &root, &syntax), 0);
	}
	str_clear(&deep);
	str_append_repeat(&deep, '[', 100000);
	is_refused(deep.data, deep.len, "f:1:65: nested deeper than 64 levels\n");
	str_append(&wide, "[0");
	for (int i = 0; i < SPEC_YAML_NODES_MAX; i++)
		str_append(&wide, ",0");
	str_append_char(&wide, ']');
	is_refused(wide.data, wide.len, "f:1:199999: more than 100000 values\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_has_its_place),
		cmocka_unit_test(columns_count_characters),
		cmocka_unit_test(a_byte_order_mark_and_carriage_returns_are_nothing),
		cmocka_unit_test(texts_mean_what_json_says),
		cmocka_unit_test(numbers_keep_their_text),
		cmocka_unit_test(the_place_of_a_syntax_error_is_where_its_token_begins),
		cmocka_unit_test(a_doubled_key_is_a_mistake_and_the_first_is_kept),
		cmocka_unit_test(what_no_looser_reader_could_take_is_refused_at_once),
		cmocka_unit_test(limits_are_those_of_yaml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
