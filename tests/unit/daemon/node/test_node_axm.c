#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/node/node_axm.h"
#include "daemon/node/node_message.h"

static struct node_message msg;

static int parse(const char *line, struct node_axm *ret)
{
	node_message_done(&msg);
	assert_int_equal(node_message_parse(line, strlen(line), &msg), 0);
	assert_int_equal(msg.kind, NODE_MESSAGE_TYPED);
	return node_axm_parse(&msg, ret);
}

static int end(void **state)
{
	node_message_done(&msg);
	return 0;
}

static void an_action_and_its_reply(void **state)
{
	struct node_axm axm;

	assert_int_equal(parse("{\"type\":\"axm:action\",\"data\":{\"action_name\":\"gc\","
			       "\"action_type\":\"custom\",\"opts\":{\"a\":1},\"arity\":1}}",
			       &axm),
			 0);
	assert_int_equal(axm.kind, NODE_AXM_ACTION);
	assert_string_equal(axm.name, "gc");
	assert_int_equal(json_integer_value(json_object_get(axm.value, "a")), 1);

	assert_int_equal(parse("{\"type\":\"axm:reply\",\"data\":{\"return\":[1],"
			       "\"action_name\":\"gc\"}}",
			       &axm),
			 0);
	assert_int_equal(axm.kind, NODE_AXM_REPLY);
	assert_string_equal(axm.name, "gc");
	assert_int_equal(json_array_size(axm.value), 1);

	assert_int_equal(parse("{\"type\":\"axm:action\",\"data\":{\"action_name\":7}}", &axm),
			 -EBADMSG);
	assert_int_equal(parse("{\"type\":\"axm:reply\"}", &axm), -EBADMSG);
}

static void check_metric(const json_t *metrics, const char *name, const char *value,
			 const char *unit)
{
	char buf[32];
	const char *got;

	assert_int_equal(node_axm_metric(json_object_get(metrics, name), buf, sizeof(buf), &got),
			 0);
	assert_string_equal(buf, value);
	if (unit)
		assert_string_equal(got, unit);
	else
		assert_null(got);
}

static void metrics(void **state)
{
	struct node_axm axm;
	const char *unit;
	char buf[4];

	assert_int_equal(parse("{\"type\":\"axm:monitor\",\"data\":{"
			       "\"Heap\":{\"value\":\"12.5\",\"unit\":\"MiB\"},\"n\":{\"value\":3},"
			       "\"f\":{\"value\":0.25},\"bad\":{\"value\":{}},\"worse\":1}}",
			       &axm),
			 0);
	assert_int_equal(axm.kind, NODE_AXM_MONITOR);
	check_metric(axm.value, "Heap", "12.5", "MiB");
	check_metric(axm.value, "n", "3", NULL);
	check_metric(axm.value, "f", "0.25", NULL);
	assert_int_equal(node_axm_metric(json_object_get(axm.value, "bad"), buf, 4, &unit),
			 -EBADMSG);
	assert_int_equal(node_axm_metric(json_object_get(axm.value, "worse"), buf, 4, &unit),
			 -EBADMSG);
	assert_int_equal(parse("{\"type\":\"axm:monitor\",\"data\":[1]}", &axm), -EBADMSG);
}

static void what_the_app_says_of_itself_and_of_its_failures(void **state)
{
	struct node_axm axm;

	assert_int_equal(
		parse("{\"type\":\"axm:option:configuration\",\"data\":{\"a\":true}}", &axm), 0);
	assert_int_equal(axm.kind, NODE_AXM_OPTIONS);
	assert_true(json_is_true(json_object_get(axm.value, "a")));

	assert_int_equal(parse("{\"type\":\"process:exception\",\"data\":{\"message\":\"no\","
			       "\"stack\":\"at x\"}}",
			       &axm),
			 0);
	assert_int_equal(axm.kind, NODE_AXM_EXCEPTION);
	assert_string_equal(axm.name, "no");
	assert_string_equal(axm.text, "at x");
}

static void any_other_type_is_an_event(void **state)
{
	struct node_axm axm;

	assert_int_equal(parse("{\"type\":\"order:paid\",\"data\":5}", &axm), 0);
	assert_int_equal(axm.kind, NODE_AXM_EVENT);
	assert_string_equal(axm.name, "order:paid");
	assert_int_equal(json_integer_value(axm.value), 5);
	assert_int_equal(parse("{\"type\":\"bare\"}", &axm), 0);
	assert_null(axm.value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_action_and_its_reply),
		cmocka_unit_test(metrics),
		cmocka_unit_test(what_the_app_says_of_itself_and_of_its_failures),
		cmocka_unit_test(any_other_type_is_an_event),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
