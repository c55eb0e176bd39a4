#include "tests/unit/shared/spec/folder.h"

#include <errno.h>

#include "shared/base/diagnostics.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_file.h"

/* The tree of a text under this name as compact JSON, or its messages. */
static void gives(const char *name, const char *text, const char *expected)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *root = NULL;
	_cleanup_(str_done) struct str shown = {};
	int r = spec_file_parse(name, text, strlen(text), &diags, &root);

	assert_int_equal(r, diags.errors ? -EINVAL : 0);
	diagnostics_format(&diags, NULL, 0, &shown);
	if (root) {
		json_t *json = node_to_json(root);
		_cleanup_(mem_freep) char *dump = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

		str_append(&shown, dump);
		json_decref(json);
	}
	assert_string_equal(str_cstr(&shown), expected);
}

static void the_name_tells_the_format(void **state)
{
	assert_int_equal(spec_file_format("a/eco.yml"), SPEC_FILE_YAML);
	assert_int_equal(spec_file_format("eco.yaml"), SPEC_FILE_YAML);
	assert_int_equal(spec_file_format("eco.json"), SPEC_FILE_JSON);
	assert_int_equal(spec_file_format("eco.json5"), SPEC_FILE_JSON);
	assert_int_equal(spec_file_format("-"), SPEC_FILE_JSON);
	assert_int_equal(spec_file_format("../package.json"), SPEC_FILE_PACKAGE);
	assert_int_equal(spec_file_format("my-package.json"), SPEC_FILE_JSON);
	assert_int_equal(spec_file_format("ecosystem.config.js"), SPEC_FILE_JAVASCRIPT);
	assert_int_equal(spec_file_format("x.config.ts"), SPEC_FILE_JAVASCRIPT);
	assert_int_equal(spec_file_format("x.config.mjs"), SPEC_FILE_JAVASCRIPT);
	assert_int_equal(spec_file_format("x.config.cjs"), SPEC_FILE_JAVASCRIPT);
	assert_int_equal(spec_file_format("server.js"), SPEC_FILE_OTHER);
	assert_int_equal(spec_file_format("config.js"), SPEC_FILE_OTHER);
	assert_int_equal(spec_file_format("--"), SPEC_FILE_OTHER);
}

static void only_yaml_is_strict(void **state)
{
	assert_true(spec_file_is_strict("a.yml"));
	assert_false(spec_file_is_strict("a.json"));
	assert_false(spec_file_is_strict("package.json"));
	assert_false(spec_file_is_strict("a.config.js"));
	assert_false(spec_file_is_strict("-"));
}

static void a_text_is_read_by_its_format(void **state)
{
	gives("a.yml", "a: [1, x]\n", "{\"a\":[1,\"x\"]}");
	gives("a.json", "{\"a\": [1, \"x\"]}", "{\"a\":[1,\"x\"]}");
	gives("stdin", "{\"a\": 1}", "{\"a\":1}");
	gives("a.json", "", "a.json: the file is empty\n");
	gives("a.config.js", " \n", "a.config.js: the file is empty\n");
	gives("a.config.js", "module.exports = '\xff'",
	      "a.config.js:1:19: the file is not valid UTF-8 here\n");
}

static void of_package_json_only_our_key_counts(void **state)
{
	gives("package.json", "{\"name\": \"x\", \"pm2\": {\"script\": \"a.js\"}, \"main\": 1}",
	      "{\"pm2\":{\"script\":\"a.js\"}}");
	gives("package.json", "{\"pmc\": [{\"script\": \"a.js\"}]}",
	      "{\"pmc\":[{\"script\":\"a.js\"}]}");
	gives("package.json", "{\"pm2\": {\"apps\": [{\"script\": \"a.js\"}]}, \"x\": {}}",
	      "{\"apps\":[{\"script\":\"a.js\"}]}");
	gives("package.json", "{\"pm2\": [1], \"pmc\": [2]}", "{\"pm2\":[1],\"pmc\":[2]}");
	gives("package.json", "{\"name\": \"x\"}",
	      "package.json: says nothing about apps: it has no key pm2 or pmc; add \"pm2\": { "
	      "\"apps\": [ … ] }, or name another file\n");
	gives("package.json", "[]",
	      "package.json: says nothing about apps: it has no key pm2 or pmc; add \"pm2\": { "
	      "\"apps\": [ … ] }, or name another file\n");
}

static void without_node_the_looser_formats_say_what_is_missing(void **state)
{
	_cleanup_(mem_freep) char *path = mem_strdup(getenv("PATH"));

	assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
	gives("a.json", "{\n  apps: []\n}",
	      "a.json:2:3: string or '}' expected near 'apps'; JSON with comments, single quotes "
	      "or keys without quotes is read by node, and no node is in PATH\n");
	gives("a.config.js", "module.exports = {}",
	      "a.config.js: files in JavaScript are read by node, and no node is in PATH; install "
	      "Node.js or set PATH; or write the apps as .yml or .json\n");
	assert_int_equal(setenv("PATH", path, 1), 0);
}

static void I04_what_is_no_file_is_refused_at_once(void **state)
{
	static const char *const ends[] = {"yml", "json", "config.js", "config.ts"};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		_cleanup_(diagnostics_done) struct diagnostics diags = {};
		_cleanup_(mem_freep) char *fifo = mem_printf("%s/fifo.%s", (char *)*state, ends[i]);
		_cleanup_(mem_freep) char *dir = mem_printf("%s/dir.%s", (char *)*state, ends[i]);
		_cleanup_(mem_freep) char *none = mem_printf("%s/none.%s", (char *)*state, ends[i]);
		struct str source = {};
		struct node *root;

		assert_int_equal(mkfifo(fifo, 0600), 0);
		assert_int_equal(mkdir(dir, 0700), 0);
		assert_int_equal(spec_file_load(fifo, &source, &diags, &root), -EINVAL);
		assert_int_equal(spec_file_load(dir, &source, &diags, &root), -EINVAL);
		assert_int_equal(spec_file_load(none, &source, &diags, &root), -EINVAL);
		assert_int_equal(diags.errors, 3);
		assert_string_equal(diags.items[0].message, "cannot be read: not a regular file");
		assert_string_equal(diags.items[1].message, "cannot be read: is a directory");
		assert_string_equal(diags.items[2].message,
				    "cannot be read: no such file or directory");
		str_done(&source);
	}
}

static void a_file_is_read_with_its_source(void **state)
{
	_cleanup_(mem_freep) char *path = folder_add(*state, "a.json", "{\"a\": 1}", 8, 0600);
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *root = NULL;
	_cleanup_(str_done) struct str source = {};

	assert_int_equal(spec_file_load(path, &source, &diags, &root), 0);
	assert_string_equal(str_cstr(&source), "{\"a\": 1}");
	assert_string_equal(node_get(root, "a")->text, "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_tells_the_format),
		cmocka_unit_test(only_yaml_is_strict),
		cmocka_unit_test(a_text_is_read_by_its_format),
		cmocka_unit_test(of_package_json_only_our_key_counts),
		cmocka_unit_test(without_node_the_looser_formats_say_what_is_missing),
		cmocka_unit_test_setup_teardown(I04_what_is_no_file_is_refused_at_once, folder_make,
						folder_remove),
		cmocka_unit_test_setup_teardown(a_file_is_read_with_its_source, folder_make,
						folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
