/* What needs a real node is tried in tests/integration/faults/test_formats.py too; here a shell
 * script stands for it where it must do what node never does. */
#include "tests/unit/shared/spec/folder.h"

#include <errno.h>

#include "shared/base/child.h"
#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_js.h"

static const struct pmc_error no_json = {.message = "no JSON", .line = 4, .column = 2};

/* The tree as compact JSON, or the messages. */
static void check(int r, struct diagnostics *diags, struct node *root, const char *expected)
{
	_cleanup_(str_done) struct str shown = {};

	assert_int_equal(r, diags->errors ? -EINVAL : 0);
	diagnostics_format(diags, NULL, 0, &shown);
	if (root) {
		json_t *json = node_to_json(root);
		_cleanup_(mem_freep) char *dump = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

		str_append(&shown, dump);
		json_decref(json);
	}
	assert_string_equal(str_cstr(&shown), expected);
	node_destroy(root);
	diagnostics_done(diags);
}

static void expression_gives(const char *text, const char *expected)
{
	struct diagnostics diags = {};
	struct node *root;
	int r = spec_js_expression(text, strlen(text), "f", &no_json, &diags, &root);

	check(r, &diags, root, expected);
}

/* A file in the current directory, which is the test's folder. */
static void file_gives(void **state, const char *name, const char *text, const char *expected)
{
	struct diagnostics diags = {};
	struct node *root;
	int r;

	folder_put(*state, name, text, strlen(text), 0600);
	r = spec_js_load(name, &diags, &root);
	check(r, &diags, root, expected);
}

static int enter(void **state)
{
	if (folder_make(state) < 0)
		return -1;
	return chdir(*state);
}

static int leave(void **state)
{
	return chdir("/") < 0 ? -1 : folder_remove(state);
}

static void looser_json_is_an_expression(void **state)
{
	expression_gives("// c\n{a: 'x', /* c */ \"b\": [1, 2,],}\n// end",
			 "{\"a\":\"x\",\"b\":[1,2]}");
	expression_gives("{a: ['x', 'y'].join('')}", "{\"a\":\"xy\"}");
	expression_gives("\xef\xbb\xbf{a: 1}", "{\"a\":1}");
	expression_gives("{a: 1\n 2}",
			 "f:2:2: SyntaxError: Unexpected number; it is no strict JSON "
			 "either: line 4, column 2: no JSON\n");
	expression_gives("{a: nope}", "f:1:5: ReferenceError: nope is not defined\n");
}

static void what_a_file_exports(void **state)
{
	file_gives(state, "a.config.js", "module.exports = {apps: [1]}", "{\"apps\":[1]}");
	file_gives(state, "b.config.cjs", "exports.apps = [2]", "{\"apps\":[2]}");
	file_gives(state, "c.config.mjs", "export default {apps: [3]}", "{\"apps\":[3]}");
	file_gives(state, "d.config.mjs", "export const apps = [4]", "{\"apps\":[4]}");
	file_gives(state, "e.config.js", "module.exports = async () => ({apps: [5]})",
		   "{\"apps\":[5]}");
	file_gives(state, "f.config.mjs", "export default Promise.resolve({apps: [6]})",
		   "{\"apps\":[6]}");
	file_gives(state, "g.config.js", "exports.__esModule = true; exports.default = {apps: [7]}",
		   "{\"apps\":[7]}");
	file_gives(state, "h.config.js", "module.exports = {a: Infinity, b: undefined, c: null}",
		   "{\"a\":\"Infinity\",\"c\":null}");
	file_gives(state, "j.config.js", "exports.a = [/x\\/y/i]; exports.value = 1",
		   "j.config.js: warning: the regular expression /x\\/y/i is taken as the text "
		   "between its slashes; options take patterns as texts: '*.log', 'tmp'\n"
		   "{\"a\":[\"x\\\\/y\"],\"value\":1}");
	file_gives(state, "i.config.js", "// nothing",
		   "i.config.js: it exports no apps; write module.exports = { apps: [ … ] }\n");
}

static void mistakes_have_nodes_message_and_the_place_in_the_file(void **state)
{
	file_gives(state, "a.config.js", "const x = 1;\n\n  null.x;\n",
		   "a.config.js:3:8: TypeError: Cannot read properties of null (reading 'x')\n");
	file_gives(state, "b.config.js", "module.exports = {\n  a: 1 2 }",
		   "b.config.js:2:8: SyntaxError: Unexpected number\n");
	file_gives(state, "c.config.mjs", "export default {\n  a: 1 2 }",
		   "c.config.mjs:2:8: SyntaxError: Unexpected number\n");
	file_gives(state, "d.config.js", "throw 'a text'", "d.config.js: thrown: a text\n");
	file_gives(state, "e.config.js", "module.exports = {a: 1n}",
		   "e.config.js: TypeError: Do not know how to serialize a BigInt\n");
}

static void limits_of_the_result_are_those_of_trees(void **state)
{
	file_gives(state, "a.config.js",
		   "let a = 1; for (let i = 0; i < 100; i++) a = [a]; module.exports = a",
		   "a.config.js: nested deeper than 64 levels\n");
	file_gives(state, "b.config.js", "module.exports = Array(200000).fill(0)",
		   "b.config.js: more than 100000 values\n");
	file_gives(state, "c.config.js", "module.exports = ['x'.repeat(5 << 20)]",
		   "c.config.js: what it exports is larger than 4 MiB\n");
}

/* Another node: this shell script. Set up by need_fake(). */
static void as_node(void **state, const char *script)
{
	_cleanup_(mem_freep) char *text = mem_printf("#!/bin/sh\n%s\n", script);

	folder_put(*state, "node", text, strlen(text), 0700);
}

static char *old_path;

static int need_fake(void **state)
{
	old_path = mem_strdup(getenv("PATH"));
	if (folder_make(state) < 0 || setenv("PATH", *state, 1) < 0)
		return -1;
	return chdir(*state);
}

static int leave_fake(void **state)
{
	int r = setenv("PATH", old_path, 1);

	free(old_path);
	return r < 0 ? -1 : leave(state);
}

static void a_node_that_does_not_answer(void **state)
{
	as_node(state, "exit 9");
	expression_gives("x", "f: node ended with exit code 9 before the apps were known; it must "
			      "not end node, nor wait for what never comes\n");
	as_node(state, "kill -11 $$");
	expression_gives("x", "f: node was ended by signal 11 before the apps were known; it must "
			      "not end node, nor wait for what never comes\n");
	as_node(state, "printf '{\"value\"' >&3");
	expression_gives("x", "f: ':' expected near end of file\n");
	as_node(state, "echo '[1]' >&3");
	expression_gives("x", "f: it exports no apps; write module.exports = { apps: [ … ] }\n");
}

static void a_node_too_old_for_typescript_is_named(void **state)
{
	as_node(state, "echo '{\"old\":\"20.1.0\"}' >&3");
	file_gives(state, "a.config.ts", "x",
		   "a.config.ts: Node.js 20.1.0 cannot read TypeScript: 22.6 or newer can; update "
		   "Node.js, or write the file as .js, .yml or .json\n");
}

static void a_node_that_must_be_told_about_typescript_is_told(void **state)
{
	as_node(state, "case $1 in\n"
		       "--experimental-strip-types) echo '{\"value\":{\"a\":1}}' >&3 ;;\n"
		       "*) echo '{\"strip\":true}' >&3 ;;\n"
		       "esac");
	file_gives(state, "a.config.ts", "x", "{\"a\":1}");
}

int main(void)
{
	_cleanup_(mem_freep) char *node = child_find("node");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(looser_json_is_an_expression, enter, leave),
		cmocka_unit_test_setup_teardown(what_a_file_exports, enter, leave),
		cmocka_unit_test_setup_teardown(
			mistakes_have_nodes_message_and_the_place_in_the_file, enter, leave),
		cmocka_unit_test_setup_teardown(limits_of_the_result_are_those_of_trees, enter,
						leave),
		cmocka_unit_test_setup_teardown(a_node_that_does_not_answer, need_fake, leave_fake),
		cmocka_unit_test_setup_teardown(a_node_too_old_for_typescript_is_named, need_fake,
						leave_fake),
		cmocka_unit_test_setup_teardown(a_node_that_must_be_told_about_typescript_is_told,
						need_fake, leave_fake),
	};

	if (!node) {
		puts("1..0 # SKIP there is no node in PATH");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
