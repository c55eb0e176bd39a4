#include "shared/option/option_type.h"

#include "tests/unit/shared/option/sample.h"

static void a_mistake_has_the_key_as_written_and_its_place(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(node_destroyp) struct node *node = node_create(NODE_STRING, "x\x1b[2J");
	struct sample sample;

	node->key = mem_strdup("Wait");
	node->line = 7;
	node->column = 5;
	sample_init(&sample);
	assert_int_equal(
		option_set_node(&sample_rows[SAMPLE_wait], &sample, node, &diags, "eco.yml"),
		-EINVAL);
	assert_int_equal(diags.count, 1);
	assert_string_equal(diags.items[0].file, "eco.yml");
	assert_int_equal(diags.items[0].line, 7);
	assert_int_equal(diags.items[0].column, 5);
	assert_string_equal(diags.items[0].message, "Wait: 'x\\x1b[2J' is not a duration");
	sample_done(&sample);
}

static void long_values_are_cut_in_messages(void **state)
{
	_cleanup_(node_destroyp) struct node *node = node_create(NODE_STRING, NULL);
	_cleanup_(str_done) struct str text = {}, shown = {};

	str_append_repeat(&text, 'x', 1000);
	node->text = str_steal(&text);
	assert_true(strlen(option_type_show(node, &shown)) < 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mistake_has_the_key_as_written_and_its_place),
		cmocka_unit_test(long_values_are_cut_in_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
