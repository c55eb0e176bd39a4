#include "tests/unit/shared/option/sample.h"

static void values_become_texts(void **state)
{
	sample_takes_json(SAMPLE_env, "{'A': 'x y', 'B': 80, 'C': true, 'D': null}",
			  "'A=x y' B=80 C=true D=");
	sample_takes_json(SAMPLE_env, "{'A': [1, {'b': 'c'}], 'B': {}}",
			  "'A=[1,{\"b\":\"c\"}]' 'B={}'");
	sample_takes_json(SAMPLE_env, "{'A': 1.5}", "A=1.5");
}

static void words_are_pairs_too(void **state)
{
	sample_takes(SAMPLE_env, "A=1 'B=x y' C=", "A=1 'B=x y' C=");
	sample_refuses(SAMPLE_env, "A=1 B", "env: 'B' is not NAME=value");
	sample_refuses(SAMPLE_env, "=1", "env: '=1' is not NAME=value");
	sample_refuses_json(SAMPLE_env, "['A=1']", "env: expected a map, found a list");
}

static void a_name_must_be_one(void **state)
{
	sample_refuses_json(SAMPLE_env, "{'': 'x'}", "env: a variable must have a name");
	sample_refuses_json(SAMPLE_env, "{'A=B': 'x'}", "env: the name 'A=B' has a '=' in it");
}

static void a_variable_longer_than_the_kernel_takes_is_refused(void **state)
{
	_cleanup_(mem_freep) char *value = mem_zalloc(OPTION_STRING_MAX);
	struct sample sample;
	struct pmc_error err = {};
	json_t *json;

	memset(value, 'x', OPTION_STRING_MAX - 1);
	json = json_pack("{ss}", "A", value);
	sample_init(&sample);
	assert_int_equal(option_set_json(&sample_rows[SAMPLE_env], &sample, json, &err), -EINVAL);
	assert_string_equal(err.message, "env: A is 131070 bytes long, at most 131071 are allowed");
	json_decref(json);
	sample_done(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_become_texts),
		cmocka_unit_test(words_are_pairs_too),
		cmocka_unit_test(a_name_must_be_one),
		cmocka_unit_test(a_variable_longer_than_the_kernel_takes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
