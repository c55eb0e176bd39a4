#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <float.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/ipc/message.h"
#include "shared/ipc/protocol.h"

/* Parse a line as message_*() made it, newline included. */
static struct message parse_line(char *line, const size_t *len)
{
	struct message msg;

	assert_int_equal(strlen(line), *len);
	assert_ptr_equal(strchr(line, '\n'), line + *len - 1);
	assert_int_equal(message_parse(line, *len - 1, &msg, NULL), 0);
	free(line);
	return msg;
}

static void assert_refused(const char *line, const char *why)
{
	struct message msg = {.id = 99};
	struct pmc_error err = {};

	assert_int_equal(message_parse(line, strlen(line), &msg, &err), -EBADMSG);
	assert_int_equal(msg.id, 99);
	if (!strstr(err.message, why))
		fail_msg("%s: '%s' does not say '%s'", line, err.message, why);
}

static void a_request_comes_back_as_it_went(void **state)
{
	json_t *params = json_pack("{s:[s, s]}", "targets", "web", "zwei");
	struct message msg;
	size_t len;

	msg = parse_line(message_request(7, "app.stop", params, &len), &len);
	assert_int_equal(msg.kind, MESSAGE_REQUEST);
	assert_int_equal(msg.id, 7);
	assert_string_equal(msg.method, "app.stop");
	assert_true(json_equal(msg.body, params));
	message_done(&msg);
	json_decref(params);
}

static void without_parameters_they_are_an_empty_object(void **state)
{
	static const char line[] = "{\"id\":1,\"method\":\"daemon.ping\"}";
	struct message msg;
	size_t len;

	msg = parse_line(message_request(1, "daemon.ping", NULL, &len), &len);
	assert_true(json_is_object(msg.body));
	message_done(&msg);
	assert_int_equal(message_parse(line, strlen(line), &msg, NULL), 0);
	assert_true(json_is_object(msg.body));
	message_done(&msg);
}

static void a_hello_names_protocol_and_version(void **state)
{
	struct message msg;
	size_t len;

	msg = parse_line(message_hello("0.1.0", 0, &len), &len);
	assert_int_equal(msg.kind, MESSAGE_HELLO);
	assert_string_equal(json_string_value(json_object_get(msg.body, "version")), "0.1.0");
	assert_int_equal(
		json_integer_value(json_array_get(json_object_get(msg.body, "protocol"), 0)),
		PROTOCOL_MAJOR);
	assert_null(json_object_get(msg.body, "engine_pid"));
	message_done(&msg);
	msg = parse_line(message_hello("0.1.0", 7, &len), &len);
	assert_int_equal(json_integer_value(json_object_get(msg.body, "engine_pid")), 7);
	message_done(&msg);
}

static void replies_and_events_come_back_as_they_went(void **state)
{
	json_t *body = json_pack("{s:s, s:f, s:I}", "name", "wörker \"x\"\n", "cpu", 12.3, "big",
				 (json_int_t)INT64_MAX);
	struct message msg;
	size_t len;

	msg = parse_line(message_progress(3, body, &len), &len);
	assert_int_equal(msg.kind, MESSAGE_PROGRESS);
	assert_int_equal(msg.id, 3);
	assert_true(json_equal(msg.body, body));
	message_done(&msg);
	msg = parse_line(message_result(-5, body, &len), &len);
	assert_int_equal(msg.kind, MESSAGE_RESULT);
	assert_int_equal(msg.id, -5);
	assert_true(json_equal(msg.body, body));
	message_done(&msg);
	msg = parse_line(message_event(body, &len), &len);
	assert_int_equal(msg.kind, MESSAGE_EVENT);
	assert_true(json_equal(msg.body, body));
	message_done(&msg);
	msg = parse_line(message_dropped(5, &len), &len);
	assert_int_equal(msg.kind, MESSAGE_DROPPED);
	assert_int_equal(json_integer_value(msg.body), 5);
	message_done(&msg);
	json_decref(body);
}

static void the_largest_and_smallest_figures_come_back_exactly(void **state)
{
	json_t *body =
		json_pack("{s:f, s:f, s:f}", "max", DBL_MAX, "min", DBL_TRUE_MIN, "tenth", 0.1);
	struct message msg;
	size_t len;

	msg = parse_line(message_event(body, &len), &len);
	assert_true(json_equal(msg.body, body));
	message_done(&msg);
	json_decref(body);
}

static void an_error_carries_what_a_person_needs(void **state)
{
	struct pmc_error err = {};
	struct message msg;
	size_t len;

	pmc_error_set(&err, -ENOENT, "no app '%s'", "w\xff");
	pmc_error_hint(&err, "did you mean 'web'?");
	pmc_error_at(&err, "eco.yml", 3, 4);
	msg = parse_line(message_error(9, "not-found", &err, &len), &len);
	assert_int_equal(msg.kind, MESSAGE_ERROR);
	assert_int_equal(msg.id, 9);
	assert_string_equal(json_string_value(json_object_get(msg.body, "code")), "not-found");
	assert_string_equal(json_string_value(json_object_get(msg.body, "message")),
			    "no app 'w\\xff'");
	assert_string_equal(json_string_value(json_object_get(msg.body, "hint")),
			    "did you mean 'web'?");
	assert_int_equal(json_integer_value(json_object_get(msg.body, "line")), 3);
	message_done(&msg);
	msg = parse_line(message_error(9, "internal", NULL, &len), &len);
	assert_string_equal(json_string_value(json_object_get(msg.body, "message")), "internal");
	assert_null(json_object_get(msg.body, "hint"));
	message_done(&msg);
}

static void what_is_no_message_is_refused_with_a_reason(void **state)
{
	assert_refused("", "not JSON");
	assert_refused("{", "not JSON");
	assert_refused("{} x", "not JSON");
	assert_refused("5", "not JSON");
	assert_refused("[]", "an object");
	assert_refused("{}", "neither");
	assert_refused("{\"id\":1}", "neither");
	assert_refused("{\"method\":\"a\"}", "integer 'id'");
	assert_refused("{\"id\":1.5,\"method\":\"a\"}", "integer 'id'");
	assert_refused("{\"id\":\"1\",\"result\":{}}", "integer 'id'");
	assert_refused("{\"id\":1,\"method\":5}", "wrong type");
	assert_refused("{\"id\":1,\"result\":[]}", "wrong type");
	assert_refused("{\"hello\":1}", "wrong type");
	assert_refused("{\"dropped\":\"5\"}", "wrong type");
	assert_refused("{\"id\":1,\"method\":\"a\",\"params\":[]}", "not an object");
	assert_refused("{\"id\":1,\"method\":\"a\",\"extra\":0}", "'extra'");
	assert_refused("{\"id\":1,\"method\":\"a\",\"result\":{}}", "both");
}

static void hostile_json_is_refused(void **state)
{
	assert_refused("{\"id\":1,\"method\":\"a\",\"method\":\"b\"}", "duplicate");
	assert_refused("{\"id\":1,\"method\":\"a\",\"params\":{\"x\":1,\"x\":2}}", "duplicate");
	assert_refused("{\"id\":1,\"method\":\"\xff\"}", "unable to decode");
	assert_refused("{\"id\":1,\"method\":\"\\u0000\"}", "not JSON");
	assert_refused("{\"id\":99999999999999999999,\"method\":\"a\"}", "not JSON");
	assert_refused("{\"id\":1,\"method\":\"a\",\"params\":{\"x\":1e999}}", "not JSON");
}

static void nested(struct str *line, const char *open, const char *close, int depth)
{
	str_append(line, "{\"event\":{\"x\":");
	for (int i = 0; i < depth - 2; i++)
		str_append(line, open);
	str_append(line, "1");
	for (int i = 0; i < depth - 2; i++)
		str_append(line, close);
	str_append(line, "}}");
}

static void nesting_has_an_end(void **state)
{
	_cleanup_(str_done) struct str fits = {}, deep = {}, open = {};
	struct message msg;

	nested(&fits, "{\"a\":", "}", PROTOCOL_DEPTH_MAX);
	assert_int_equal(message_parse(fits.data, fits.len, &msg, NULL), 0);
	message_done(&msg);
	nested(&deep, "[", "]", PROTOCOL_DEPTH_MAX + 1);
	assert_refused(deep.data, "nested deeper");
	str_append_repeat(&open, '[', 1000000);
	assert_refused(open.data, "nested deeper");
}

static void brackets_in_strings_nest_nothing(void **state)
{
	_cleanup_(str_done) struct str line = {};
	struct message msg;

	str_append(&line, "{\"event\":{\"a\\\"\\\\\":\"");
	str_append_repeat(&line, '[', 500);
	str_append(&line, "\\\"");
	str_append_repeat(&line, '{', 500);
	str_append(&line, "\\\\\"}}");
	assert_int_equal(message_parse(line.data, line.len, &msg, NULL), 0);
	message_done(&msg);
}

static void a_client_ignores_what_a_later_daemon_adds(void **state)
{
	static const char line[] = "{\"id\":1,\"result\":{\"new\":1},\"took_ms\":5}";
	struct message msg;

	assert_int_equal(message_parse(line, strlen(line), &msg, NULL), 0);
	assert_int_equal(msg.kind, MESSAGE_RESULT);
	message_done(&msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_back_as_it_went),
		cmocka_unit_test(without_parameters_they_are_an_empty_object),
		cmocka_unit_test(a_hello_names_protocol_and_version),
		cmocka_unit_test(replies_and_events_come_back_as_they_went),
		cmocka_unit_test(the_largest_and_smallest_figures_come_back_exactly),
		cmocka_unit_test(an_error_carries_what_a_person_needs),
		cmocka_unit_test(what_is_no_message_is_refused_with_a_reason),
		cmocka_unit_test(hostile_json_is_refused),
		cmocka_unit_test(nesting_has_an_end),
		cmocka_unit_test(brackets_in_strings_nest_nothing),
		cmocka_unit_test(a_client_ignores_what_a_later_daemon_adds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
