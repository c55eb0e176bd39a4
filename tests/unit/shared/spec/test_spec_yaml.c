#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/resource.h>

#include "shared/base/diagnostics.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_yaml.h"

/* `yaml` reads as this JSON. */
static void reads_as(const char *yaml, const char *json)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *node = NULL;
	_cleanup_(mem_freep) char *written = NULL;
	json_t *tree;

	if (spec_yaml_parse(yaml, strlen(yaml), "a.yml", &diags, &node) < 0)
		fail_msg("%s: %s", yaml, diags.items[0].message);
	tree = node_to_json(node);
	written = json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(tree);
	assert_string_equal(written, json);
}

/* Refused with one message at this place. */
static void refused(const char *yaml, size_t len, int line, int column, const char *message)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *node = NULL;

	assert_int_equal(spec_yaml_parse(yaml, len, "a.yml", &diags, &node), -EINVAL);
	assert_int_equal(diags.count, 1);
	assert_string_equal(diags.items[0].message, message);
	assert_int_equal(diags.items[0].line, line);
	assert_int_equal(diags.items[0].column, column);
}

static void refused_text(const char *yaml, int line, int column, const char *message)
{
	refused(yaml, strlen(yaml), line, column, message);
}

static void scalars_keep_their_kind(void **state)
{
	reads_as("[1, 1.5, true, yes, ~, '1', \"true\", 10s, x]",
		 "[1,1.5,true,\"yes\",null,\"1\",\"true\",\"10s\",\"x\"]");
	reads_as("a: !!str 1\nb: !!int '2'\n", "{\"a\":\"1\",\"b\":2}");
	reads_as("a: |\n  one\n  two\nb: >-\n  x\n  y\n", "{\"a\":\"one\\ntwo\\n\",\"b\":\"x y\"}");
}

static void json_is_yaml(void **state)
{
	reads_as("{\"apps\": [{\"name\": \"a\\u00e4\", \"port\": 80}]}",
		 "{\"apps\":[{\"name\":\"aä\",\"port\":80}]}");
}

static void aliases_stand_for_their_anchor(void **state)
{
	reads_as("a: &x {k: [1]}\nb: *x\n", "{\"a\":{\"k\":[1]},\"b\":{\"k\":[1]}}");
	reads_as("- &x 1\n- &x 2\n- *x\n", "[1,2,2]");
}

static void merge_keys_fill_what_is_not_there(void **state)
{
	reads_as("a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}\n",
		 "{\"a\":{\"x\":1,\"y\":1},\"b\":{\"y\":2,\"x\":1}}");
	reads_as("- &a {x: 1}\n- &b {x: 2, y: 2}\n- {<<: [*a, *b]}\n",
		 "[{\"x\":1},{\"x\":2,\"y\":2},{\"x\":1,\"y\":2}]");
	reads_as("{'<<': {x: 1}}", "{\"<<\":{\"x\":1}}");
	reads_as("- {<<: &a {x: 1}}\n- *a\n", "[{\"x\":1},{\"x\":1}]");
	refused_text("a: {<<: 1}\n", 1, 9, "'<<' takes a map, or a list of maps");
}

static void places_are_those_of_the_text(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *node = NULL;
	const char *yaml = "# one\napps:\n  - näme: \"ä\"\n    port:  80\n";
	const struct node *port;

	assert_int_equal(spec_yaml_parse(yaml, strlen(yaml), NULL, &diags, &node), 0);
	port = node->items[0]->items[0]->items[1];
	assert_string_equal(port->key, "port");
	assert_int_equal(port->key_line, 4);
	assert_int_equal(port->key_column, 5);
	assert_int_equal(port->line, 4);
	assert_int_equal(port->column, 12);
}

static void doubled_keys_are_named_and_the_rest_is_read(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *node = NULL;
	const char *yaml = "a: 1\nb: 2\na: &x 3\nc: *x\n";

	assert_int_equal(spec_yaml_parse(yaml, strlen(yaml), NULL, &diags, &node), -EINVAL);
	assert_int_equal(diags.count, 1);
	assert_string_equal(diags.items[0].message, "'a' is given twice; the first is in line 1");
	assert_int_equal(diags.items[0].line, 3);
	assert_int_equal(node->count, 3);
	assert_string_equal(node_get(node, "a")->text, "1");
	assert_string_equal(node_get(node, "c")->text, "3");
}

static void what_is_no_text_is_refused(void **state)
{
	refused("a: \xff\xfe", 5, 1, 4, "the file is not valid UTF-8 here");
	refused("a: 1\nb: \0", 9, 2, 4, "a NUL byte: the file is no text in UTF-8");
	refused_text("a: \"x\\0y\"", 1, 4, "a NUL byte in a text: nothing here can hold one");
	refused_text("\"x\\0y\": 1", 1, 1, "a NUL byte in a key");
	refused("\xff\xfe{\0}\0", 6, 1, 1, "the file is not valid UTF-8 here");
	refused_text("", 0, 0, "the file is empty");
	refused_text("# only this\n", 0, 0, "the file is empty");
}

static void line_ends_and_marks_of_other_systems_are_taken(void **state)
{
	reads_as("a: 1\r\nb: x\r\n", "{\"a\":1,\"b\":\"x\"}");
	reads_as("\xef\xbb\xbf"
		 "a: 1\nb: 2\n",
		 "{\"a\":1,\"b\":2}");
}

static void syntax_has_a_place_and_a_hint(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct node *node = NULL;
	const char *yaml = "a:\n\tb: 1\n";

	assert_int_equal(spec_yaml_parse(yaml, strlen(yaml), NULL, &diags, &node), -EINVAL);
	assert_null(node);
	assert_int_equal(diags.items[0].line, 2);
	assert_string_equal(diags.items[0].hint, "tabs must not indent: use blanks");
	refused_text("a: [1, 2\n", 2, 1,
		     "did not find expected ',' or ']' while parsing a flow sequence");
	refused_text("a: 1\n---\nb: 1\n", 2, 1, "a second document: one is read");
	refused_text("? [a]\n: 1\n", 1, 3, "a key must be a text");
	refused_text("a: *x\n", 1, 4, "nothing is called '&x' above");
	refused_text("a: &x [*x]\n", 1, 8, "'*x' stands inside of what it stands for");
	refused_text("a: !mine x\n", 1, 4, "unknown tag '!mine'");
}

/* Ten texts, ten times each of the line before, eight times. */
static void billion_laughs(struct str *out)
{
	str_append(out, "a: &a [x,x,x,x,x,x,x,x,x,x]\n");
	for (char c = 'b'; c < 'j'; c++) {
		str_appendf(out, "%c: &%c [", c, c);
		for (int i = 0; i < 10; i++)
			str_appendf(out, "%s*%c", i ? "," : "", c - 1);
		str_append(out, "]\n");
	}
}

static void deep(struct str *out)
{
	str_append_repeat(out, '[', 5000);
}

static void wide(struct str *out)
{
	str_append(out, "a: [");
	for (int i = 0; i < 1300000; i++)
		str_append(out, "[],");
	str_append(out, "]");
}

static void large_text_often(struct str *out)
{
	str_append(out, "a: &a \"");
	str_append_repeat(out, 'x', 1000000);
	str_append(out, "\"\nb: [");
	for (int i = 0; i < 50000; i++)
		str_append(out, "*a,");
	str_append(out, "]\n");
}

static void many_anchors(struct str *out)
{
	for (int i = 0; i < 50000; i++)
		str_appendf(out, "a%d: &a%d 1\n", i, i);
}

static void merges_of_merges(struct str *out)
{
	str_append(out, "a: &a {");
	for (int i = 0; i < 300; i++)
		str_appendf(out, "k%d: 1,", i);
	str_append(out, "}\nb: {<<: [");
	for (int i = 0; i < 400; i++)
		str_append(out, "*a,");
	str_append(out, "]}\n");
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED false
#endif

/* CPU time of this process so far; and that nothing cost more than I02 allows. */
static int64_t cpu_ms(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	if (!SANITIZED)
		assert_true(usage.ru_maxrss < 64 * 1024);
	return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void I02_bombs_are_refused_cheaply_by_a_named_limit(void **state)
{
	static const struct {
		void (*make)(struct str *out);
		const char *limit;
	} bombs[] = {
		{billion_laughs, "more than 100000 values, aliases counted as what they stand for"},
		{deep, "nested deeper than 64 levels"},
		{wide, "more than 100000 values, aliases counted as what they stand for"},
		{large_text_often,
		 "more than 8 MiB of text, aliases counted as what they stand for"},
		{many_anchors, "more than 1000 anchors"},
		{merges_of_merges,
		 "more than 100000 values, aliases counted as what they stand for"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bombs); i++) {
		_cleanup_(diagnostics_done) struct diagnostics diags = {};
		_cleanup_(str_done) struct str text = {};
		_cleanup_(node_destroyp) struct node *node = NULL;
		int64_t began_ms;

		bombs[i].make(&text);
		began_ms = cpu_ms();
		assert_int_equal(spec_yaml_parse(text.data, text.len, NULL, &diags, &node),
				 -EINVAL);
		assert_int_equal(diags.count, 1);
		assert_string_equal(diags.items[0].message, bombs[i].limit);
		assert_true(cpu_ms() - began_ms < 1000 || SANITIZED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_keep_their_kind),
		cmocka_unit_test(json_is_yaml),
		cmocka_unit_test(aliases_stand_for_their_anchor),
		cmocka_unit_test(merge_keys_fill_what_is_not_there),
		cmocka_unit_test(places_are_those_of_the_text),
		cmocka_unit_test(doubled_keys_are_named_and_the_rest_is_read),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(line_ends_and_marks_of_other_systems_are_taken),
		cmocka_unit_test(syntax_has_a_place_and_a_hint),
		cmocka_unit_test(I02_bombs_are_refused_cheaply_by_a_named_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
