#include "shared/option/option_limits.h"

#include "tests/unit/shared/option/sample.h"

static void limits_by_name(void **state)
{
	struct sample sample;
	json_t *json = json_pack("{si ss ss}", "nofile", 1024, "core", "unlimited", "as", "2G");

	sample_init(&sample);
	assert_int_equal(option_set_json(&sample_rows[SAMPLE_limits], &sample, json, NULL), 0);
	assert_true(sample.limits.of[SPEC_LIMIT_NOFILE].given);
	assert_int_equal(sample.limits.of[SPEC_LIMIT_NOFILE].value, 1024);
	assert_true(sample.limits.of[SPEC_LIMIT_CORE].value == SPEC_LIMIT_UNLIMITED);
	assert_int_equal(sample.limits.of[SPEC_LIMIT_AS].value, 2LL << 30);
	assert_false(sample.limits.of[SPEC_LIMIT_STACK].given);
	json_decref(json);
	sample_done(&sample);
}

static void limits_as_words(void **state)
{
	sample_takes(SAMPLE_limits, "nofile=1024,core=unlimited", "nofile=1024 core=unlimited");
	sample_takes(SAMPLE_limits, "stack=8M cpu_time=60", "stack=8M cpu_time=60");
	sample_refuses(SAMPLE_limits, "nofile", "limits: 'nofile' is not NAME=limit");
}

static void limits_of_a_cgroup_are_kept_free(void **state)
{
	sample_refuses_json(
		SAMPLE_limits, "{'cpu': 1}",
		"limits: 'cpu' is kept for limits of a cgroup, which are not yet obeyed");
	sample_refuses_json(
		SAMPLE_limits, "{'pids': 1}",
		"limits: 'pids' is kept for limits of a cgroup, which are not yet obeyed");
	sample_refuses_json(
		SAMPLE_limits, "{'io': 1}",
		"limits: 'io' is kept for limits of a cgroup, which are not yet obeyed");
}

static void every_mistake_of_the_map_is_named(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	json_t *json = json_pack("{si si ss}", "nofil", 1, "nproc", -1, "core", "much");
	_cleanup_(node_destroyp) struct node *node = node_from_json(json);
	struct sample sample;

	sample_init(&sample);
	assert_int_equal(
		option_set_node(&sample_rows[SAMPLE_limits], &sample, node, &diags, "a.yml"),
		-EINVAL);
	assert_int_equal(diags.errors, 3);
	assert_string_equal(diags.items[0].message, "limits: unknown limit 'nofil'");
	assert_string_equal(diags.items[0].hint, "did you mean 'nofile'?");
	assert_string_equal(diags.items[1].message, "limits: '-1' is no value for the limit nproc");
	assert_string_equal(diags.items[2].message,
			    "limits: 'much' is no value for the limit core");
	assert_false(sample.limits.of[SPEC_LIMIT_NPROC].given);
	json_decref(json);
	sample_done(&sample);
}

static void names_and_resources_agree(void **state)
{
	assert_string_equal(option_limits_name(SPEC_LIMIT_NOFILE), "nofile");
	assert_int_equal(option_limits_resource(SPEC_LIMIT_NOFILE), RLIMIT_NOFILE);
	assert_string_equal(option_limits_name(SPEC_LIMIT_CPU_TIME), "cpu_time");
	assert_int_equal(option_limits_resource(SPEC_LIMIT_CPU_TIME), RLIMIT_CPU);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_by_name),
		cmocka_unit_test(limits_as_words),
		cmocka_unit_test(limits_of_a_cgroup_are_kept_free),
		cmocka_unit_test(every_mistake_of_the_map_is_named),
		cmocka_unit_test(names_and_resources_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
