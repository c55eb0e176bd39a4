#include "tests/unit/daemon/control/control_fixture.h"

#include "daemon/store/history.h"

static int set_up(void **state)
{
	control_fixture_set_up(state);
	fixture.api.history =
		history_create(&fixture.fx.handles, fixture.bus, fixture.fx.home, -1, "boot", 30);
	return 0;
}

static int tear_down(void **state)
{
	history_close(fixture.api.history, DEADLINE_MS);
	return control_fixture_tear_down(state);
}

static void publish(const char *app, int code)
{
	struct event event = {.type = EVENT_APP_EXIT,
			      .cause = CAUSE_OPERATOR,
			      .pm_id = 4,
			      .number = 2,
			      .pid = 9,
			      .code = code,
			      .signal = -1,
			      .time_us = clock_wall_us()};

	snprintf(event.app, sizeof(event.app), "%s", app);
	snprintf(event.detail, sizeof(event.detail), "said \"bye\" \xff");
	bus_publish(fixture.bus, &event);
	turn();
}

/* The events of the answer to history.events with these parameters. */
static json_t *ask(struct client *client, const char *params)
{
	char line[256];
	json_t *root, *events;

	snprintf(line, sizeof(line), "{\"id\":1,\"method\":\"history.events\",\"params\":%s}\n",
		 params);
	client_send(client, line);
	root = json_loads(client_line(client), 0, NULL);
	events = json_incref(json_object_get(json_object_get(root, "result"), "events"));
	assert_true(json_is_array(events));
	json_decref(root);
	return events;
}

static void what_happened_is_told_as_it_is_on_the_wire(void **state)
{
	struct client client;
	json_t *events, *event;

	client_greet(&client);
	publish("web", 42);
	events = ask(&client, "{}");
	assert_int_equal(json_array_size(events), 1);
	event = json_array_get(events, 0);
	assert_int_equal(json_integer_value(json_object_get(event, "id")), 1);
	assert_string_equal(json_string_value(json_object_get(event, "event")), "exit");
	assert_string_equal(json_string_value(json_object_get(event, "app")), "web");
	assert_string_equal(json_string_value(json_object_get(event, "cause")), "operator");
	assert_int_equal(json_integer_value(json_object_get(event, "code")), 42);
	assert_true(json_is_null(json_object_get(event, "signal")));
	assert_string_equal(json_string_value(json_object_get(event, "detail")),
			    "said \"bye\" \\xff");
	json_decref(events);
	client_close(&client);
}

static void a_query_may_be_narrowed(void **state)
{
	struct client client;
	json_t *events;
	char params[128];
	int64_t between_us;

	client_greet(&client);
	publish("web", 1);
	between_us = clock_wall_us() + 1;
	while (clock_wall_us() <= between_us)
		;
	publish("api", 2);
	publish("web", 3);
	events = ask(&client, "{\"app\":\"web\"}");
	assert_int_equal(json_array_size(events), 2);
	json_decref(events);
	events = ask(&client, "{\"limit\":1000000}"); /* as many as the daemon gives */
	assert_int_equal(json_array_size(events), 3);
	json_decref(events);
	events = ask(&client, "{\"limit\":1}");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(events, 0), "code")), 3);
	json_decref(events);
	snprintf(params, sizeof(params), "{\"since\":%lld}", (long long)between_us);
	events = ask(&client, params);
	assert_int_equal(json_array_size(events), 2);
	json_decref(events);
	snprintf(params, sizeof(params), "{\"until\":%lld}", (long long)between_us);
	events = ask(&client, params);
	assert_int_equal(json_array_size(events), 1);
	json_decref(events);
	client_close(&client);
}

static void expect_bad(struct client *client, const char *params, const char *why)
{
	char line[1024];

	snprintf(line, sizeof(line), "{\"id\":1,\"method\":\"history.events\",\"params\":%s}\n",
		 params);
	client_send(client, line);
	client_expect(client, "\"code\":\"bad-params\"");
	assert_non_null(strstr(client->line, why));
}

static void wrong_parameters_are_named(void **state)
{
	struct client client;
	char long_name[600] = "{\"app\":\"";

	client_greet(&client);
	expect_bad(&client, "{\"limit\":0}", "'limit'");
	expect_bad(&client, "{\"limit\":-1}", "'limit'");
	expect_bad(&client, "{\"limit\":\"5\"}", "'limit'");
	expect_bad(&client, "{\"since\":\"today\"}", "'since'");
	expect_bad(&client, "{\"until\":1.5}", "'until'");
	expect_bad(&client, "{\"app\":7}", "'app'");
	memset(long_name + strlen(long_name), 'x', 300);
	strcat(long_name, "\"}");
	expect_bad(&client, long_name, "'app'");
	client_close(&client);
}

static void without_history_the_store_is_to_blame(void **state)
{
	struct history *history = fixture.api.history;
	struct client client;

	fixture.api.history = NULL;
	client_greet(&client);
	client_send(&client, "{\"id\":1,\"method\":\"history.events\",\"params\":{}}\n");
	client_expect(&client, "\"code\":\"store\"");
	client_close(&client);
	fixture.api.history = history;
}

static void a_question_may_outlive_the_client(void **state)
{
	static const char question[] = "{\"id\":1,\"method\":\"history.events\",\"params\":{}}\n";
	struct client client;

	client_greet(&client);
	client_push(&client, question, strlen(question));
	client_close(&client);
	turn();
	server_destroy(fixture.server);
	fixture.server = NULL;
	turn(); /* the answer comes when the history is closed, at the latest */
	assert_non_null(fixture.api.history);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_happened_is_told_as_it_is_on_the_wire),
		TEST(a_query_may_be_narrowed),
		TEST(wrong_parameters_are_named),
		TEST(without_history_the_store_is_to_blame),
		TEST(a_question_may_outlive_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
