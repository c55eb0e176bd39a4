#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/node/node_message.h"
#include "shared/base/error.h"
#include "shared/base/mem.h"

static struct node_message parse(const char *line)
{
	struct node_message msg;

	assert_int_equal(node_message_parse(line, strlen(line), &msg), 0);
	return msg;
}

static void check_kind(const char *line, enum node_message_kind kind)
{
	struct node_message msg = parse(line);

	assert_int_equal(msg.kind, kind);
	assert_false(msg.with_handle);
	assert_int_equal(msg.len, strlen(line));
	assert_memory_equal(msg.text, line, msg.len);
	node_message_done(&msg);
}

static void nodes_own_messages_are_told_from_the_apps(void **state)
{
	check_kind("{\"cmd\":\"NODE_CLUSTER\",\"act\":\"online\",\"seq\":0}", NODE_MESSAGE_CLUSTER);
	check_kind("{\"cmd\":\"NODE_HANDLE_ACK\"}", NODE_MESSAGE_ACK);
	check_kind("{\"cmd\":\"NODE_HANDLE_NACK\"}", NODE_MESSAGE_NACK);
	check_kind("{\"cmd\":\"NODE_PMC\",\"act\":\"drain\",\"v\":1}", NODE_MESSAGE_DRAINS);
	check_kind("{\"cmd\":\"NODE_NEW\"}", NODE_MESSAGE_IGNORED);
	check_kind("{\"cmd\":\"NODE_\"}", NODE_MESSAGE_OTHER); /* not longer than the prefix */
	check_kind("{\"cmd\":\"XNODE_CLUSTER\"}", NODE_MESSAGE_OTHER);
	check_kind("{\"cmd\":7}", NODE_MESSAGE_OTHER);
	check_kind("[\"NODE_CLUSTER\"]", NODE_MESSAGE_OTHER);
	check_kind("\"ready\"", NODE_MESSAGE_READY);
	check_kind("\"Ready\"", NODE_MESSAGE_OTHER);
	check_kind("null", NODE_MESSAGE_OTHER);
	check_kind("{\"type\":\"axm:monitor\",\"data\":{}}", NODE_MESSAGE_TYPED);
	check_kind("{\"type\":7}", NODE_MESSAGE_OTHER);
	check_kind("{\"type\":\"\"}", NODE_MESSAGE_OTHER);
}

static void what_javascript_can_say_is_understood(void **state)
{
	struct node_message msg;

	check_kind("[12345678901234567890]", NODE_MESSAGE_OTHER);
	check_kind("\"a\\u0000b\"", NODE_MESSAGE_OTHER);

	msg = parse(
		"{\"type\":\"t\",\"data\":\"cut \\ud83d off, \\\\ud83d, \\ude00 \\ud83d\\ude00\"}");
	assert_int_equal(msg.kind, NODE_MESSAGE_TYPED);
	assert_string_equal(json_string_value(msg.data),
			    "cut \xef\xbf\xbd off, \\ud83d, \xef\xbf\xbd \xf0\x9f\x98\x80");
	assert_memory_equal(msg.text, "{\"type\":\"t\",\"data\":\"cut \\ufffd off,", 35);
	node_message_done(&msg);
}

static void rubbish_is_refused(void **state)
{
	static const char *const rubbish[] = {"",     "{",    "hello",	"{}{}",	     "\"\\ud83d",
					      "[1,]", "\xff", "\x02{}", "\"\\ud8\"", "1 2"};
	struct node_message msg;

	for (size_t i = 0; i < ARRAY_SIZE(rubbish); i++)
		assert_int_equal(node_message_parse(rubbish[i], strlen(rubbish[i]), &msg),
				 -EBADMSG);
}

static void a_message_with_a_handle_is_taken_out_of_its_envelope(void **state)
{
	struct node_message msg = parse("{\"cmd\":\"NODE_HANDLE\",\"type\":\"net.Socket\","
					"\"msg\":{\"type\":\"conn\",\"data\":1},\"key\":\"x\"}");

	assert_true(msg.with_handle);
	assert_int_equal(msg.kind, NODE_MESSAGE_TYPED);
	assert_string_equal(msg.type, "conn");
	assert_string_equal(msg.text, "{\"type\":\"conn\",\"data\":1}");
	node_message_done(&msg);

	msg = parse("{\"cmd\":\"NODE_HANDLE\"}");
	assert_true(msg.with_handle);
	assert_int_equal(msg.kind, NODE_MESSAGE_OTHER);
	assert_string_equal(msg.text, "null");
	node_message_done(&msg);

	assert_true(node_message_head_has_handle("{\"cmd\":\"NODE_HANDLE\",\"type\":\"n", 31));
	assert_false(node_message_head_has_handle("{\"cmd\":\"NODE_HANDLE_ACK\"}", 25));
	assert_false(node_message_head_has_handle("{\"cmd\":", 7));
}

static void check_line(const char *value, const char *expected)
{
	json_t *json = json_loads(value, JSON_DECODE_ANY, NULL);
	size_t len;
	_cleanup_(mem_freep) char *line = node_message_line(json, &len, NULL);

	assert_string_equal(line, expected);
	assert_int_equal(len, strlen(line));
	json_decref(json);
}

static void what_we_send_is_one_line(void **state)
{
	_cleanup_(mem_freep) char *line = NULL;
	size_t len;

	check_line("\"shutdown\"", NODE_MESSAGE_SHUTDOWN);
	check_line("{ \"a\" : [ 1,\n2 ] }", "{\"a\":[1,2]}\n");
	check_line("\"two\\nlines\"", "\"two\\nlines\"\n");
	check_line("null", "null\n");
	line = node_message_trigger("gc \"now\"", NULL, &len);
	assert_string_equal(line, "{\"msg\":\"gc \\\"now\\\"\"}\n");
	free(line);
	line = node_message_trigger("\xff", "7", &len);
	assert_string_equal(line, "{\"msg\":\"\\\\xff\",\"opts\":\"7\"}\n");
}

static void nobody_can_send_nodes_own_messages(void **state)
{
	json_t *json = json_pack("{s:s, s:s}", "cmd", "NODE_CLUSTER", "act", "disconnect");
	struct pmc_error err = {};
	size_t len;

	assert_null(node_message_line(json, &len, &err));
	assert_string_equal(err.message, "a message whose cmd begins with NODE_ is Node's own");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_own_messages_are_told_from_the_apps),
		cmocka_unit_test(what_javascript_can_say_is_understood),
		cmocka_unit_test(rubbish_is_refused),
		cmocka_unit_test(a_message_with_a_handle_is_taken_out_of_its_envelope),
		cmocka_unit_test(what_we_send_is_one_line),
		cmocka_unit_test(nobody_can_send_nodes_own_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
