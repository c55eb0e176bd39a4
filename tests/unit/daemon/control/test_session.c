#include "tests/unit/daemon/control/control_fixture.h"

#include "shared/ipc/protocol.h"

/* Handlers of this test: app.stop waits until the test lets it go, app.list gives a big answer,
 * app.reset counts. */

static struct request *held[256];
static size_t held_count;
static unsigned resets;

void api_app_stop(struct request *req)
{
	held[held_count++] = req;
}

void api_app_list(struct request *req)
{
	_cleanup_(mem_freep) char *big = mem_zalloc((8 << 20) + 1);

	memset(big, 'x', 8 << 20);
	request_reply(req, json_pack("{s:s}", "big", big));
}

void api_app_reset(struct request *req)
{
	resets++;
	request_reply(req, NULL);
}

static void let_go(void)
{
	for (size_t i = 0; i < held_count; i++)
		request_reply(held[i], json_pack("{s:i}", "nth", (int)i));
	held_count = 0;
}

static int set_up(void **state)
{
	held_count = 0;
	resets = 0;
	return control_fixture_set_up(state);
}

static void a_client_says_hello_and_asks(void **state)
{
	struct client client;

	client_greet(&client);
	client_send(&client, PING);
	client_expect(&client, PONG);
	client_send(&client, PING);
	client_expect(&client, PONG);
	client_close(&client);
}

static void a_line_may_come_byte_by_byte(void **state)
{
	struct client client;
	char byte[2] = "";

	client_connect(&client);
	for (const char *p = HELLO PING; *p; p++) {
		byte[0] = *p;
		client_send(&client, byte);
	}
	client_expect(&client, "hello");
	client_expect(&client, PONG);
	client_close(&client);
}

static void expect_refusal(const char *text, const char *why)
{
	struct client client;

	client_greet(&client);
	client_send(&client, text);
	client_expect(&client, why);
	client_expect_close(&client);
	client_close(&client);
	expect_service();
}

static void nonsense_is_refused(void **state)
{
	expect_refusal("GET / HTTP/1.1\r\n\r\n", "not JSON");
	expect_refusal("[]\n", "bad-request");
	expect_refusal("{}\n", "neither a request");
	expect_refusal("\n", "bad-request");
	expect_refusal("{\"id\":1,\"result\":{}}\n", "bad-request");
	expect_refusal("{\"id\":1,\"method\":\"daemon.ping\",\"id\":2}\n", "bad-request");
	expect_refusal(HELLO, "the first line, and no other");
}

static void a_deep_request_is_refused(void **state)
{
	_cleanup_(str_done) struct str deep = {};

	str_append(&deep, "{\"id\":1,\"method\":\"app.stop\",\"params\":{\"targets\":");
	str_append_repeat(&deep, '[', 100000);
	str_append(&deep, "\n");
	expect_refusal(str_cstr(&deep), "nested deeper");
}

static void a_nul_byte_is_refused(void **state)
{
	struct client client;

	client_greet(&client);
	assert_int_equal(client_push(&client, "{\"id\":\0", 7), 7);
	client_expect(&client, "NUL");
	client_expect_close(&client);
	client_close(&client);
}

static void a_request_before_hello_is_refused(void **state)
{
	struct client client;

	client_connect(&client);
	client_send(&client, PING);
	client_expect(&client, "hello");
	client_expect_close(&client);
	client_close(&client);
}

static void another_major_version_gets_hello_and_reason(void **state)
{
	struct client client;

	client_connect(&client);
	client_send(&client, "{\"hello\":{\"protocol\":[2,0],\"version\":\"9\"}}\n");
	client_expect(&client, "\"protocol\":[1,0],\"version\":\"0.1.0\"");
	client_expect(&client, "protocol 1 is spoken here, not 2");
	client_expect_close(&client);
	client_close(&client);
}

static void a_later_minor_version_is_welcome(void **state)
{
	struct client client;

	client_connect(&client);
	client_send(&client, "{\"hello\":{\"protocol\":[1,9],\"version\":\"9\",\"new\":1}}\n" PING);
	client_expect(&client, "\"protocol\":[1,0]");
	client_expect(&client, PONG);
	client_close(&client);
}

static void a_wrong_call_is_answered_and_the_client_stays(void **state)
{
	struct client client;

	client_greet(&client);
	client_send(&client, "{\"id\":3,\"method\":\"app.stob\",\"params\":{}}\n");
	client_expect(&client, "{\"id\":3,\"error\":{\"code\":\"unknown-method\"");
	client_send(&client, "{\"id\":4,\"method\":\"app.stop\",\"params\":{}}\n");
	client_expect(&client, "\"code\":\"bad-params\"");
	client_send(&client,
		    "{\"id\":5,\"method\":\"app.stop\",\"params\":{\"targets\":[],\"x\":1}}\n");
	client_expect(&client, "\"code\":\"bad-params\"");
	client_send(&client, PING);
	client_expect(&client, PONG);
	client_close(&client);
}

static void a_line_over_the_limit_is_refused(void **state)
{
	_cleanup_(str_done) struct str line = {};

	str_append_repeat(&line, 'x', PROTOCOL_REQUEST_MAX + 10);
	expect_refusal(str_cstr(&line), "may be 1048576 bytes long");
}

static void a_gigabyte_without_newline_is_cut_off(void **state)
{
	_cleanup_(str_done) struct str chunk = {};
	int64_t deadline_ms = clock_now_ms() + DEADLINE_MS;
	struct client client;
	size_t sent = 0;

	str_append_repeat(&chunk, 'y', 1 << 20);
	client_greet(&client);
	while (sent < (size_t)1 << 30 && !client.closed && clock_now_ms() < deadline_ms) {
		sent += client_push(&client, chunk.data, chunk.len);
		turn();
		client_pull(&client);
	}
	assert_true(client.closed);
	assert_true(sent < 4 << 20);
	client_close(&client);
	expect_service();
}

static void who_says_nothing_is_dropped(void **state)
{
	struct client client;
	int64_t begin_ms = clock_now_ms();

	client_connect(&client);
	client_expect(&client, "no hello within 200 ms");
	client_expect_close(&client);
	assert_in_range(clock_now_ms() - begin_ms, IDLE_MS - 20, DEADLINE_MS);
	client_close(&client);
}

static void half_a_line_and_then_silence_is_dropped(void **state)
{
	struct client client;

	client_greet(&client);
	client_send(&client, "{\"id\":1,\"meth");
	client_expect(&client, "no end of the line within 200 ms");
	client_expect_close(&client);
	client_close(&client);
}

static void drops_of_a_line_do_not_keep_it_alive(void **state)
{
	struct client client;
	int64_t begin_ms = clock_now_ms();

	client_greet(&client);
	while (!client.closed && clock_now_ms() - begin_ms < DEADLINE_MS) {
		client_push(&client, " ", 1);
		turn();
		client_pull(&client);
	}
	assert_true(client.closed);
	client_close(&client);
}

static void on_time(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

static void a_quiet_client_may_stay_and_wakes_nobody(void **state)
{
	struct client client;
	uv_timer_t timer;
	bool over = false;

	client_greet(&client);
	client_send(&client, PING);
	client_expect(&client, PONG);
	uv_timer_init(&fixture.fx.loop, &timer);
	timer.data = &over;
	uv_timer_start(&timer, on_time, 3 * IDLE_MS, 0);
	loop_fixture_wait(&fixture.fx, &over);
	uv_close((uv_handle_t *)&timer, NULL);
	turn();
	assert_int_equal(uv_backend_timeout(&fixture.fx.loop), -1); /* no timer */
	client_send(&client, PING);
	client_expect(&client, PONG);
	client_close(&client);
}

static void many_requests_in_one_write_are_all_answered(void **state)
{
	_cleanup_(str_done) struct str lines = {};
	struct client client;

	for (int i = 0; i < 1000; i++)
		str_appendf(&lines,
			    "{\"id\":%d,\"method\":\"app.reset\",\"params\":{\"targets\":[]}}\n",
			    i);
	client_greet(&client);
	client_send(&client, str_cstr(&lines));
	for (int i = 0; i < 1000; i++) {
		char expected[32];

		snprintf(expected, sizeof(expected), "{\"id\":%d,", i);
		client_expect(&client, expected);
	}
	assert_int_equal(resets, 1000);
	client_close(&client);
}

static void requests_under_way_are_bounded(void **state)
{
	struct client client;

	client_greet(&client);
	for (int i = 0; i < 100; i++)
		client_send(&client,
			    "{\"id\":1,\"method\":\"app.stop\",\"params\":{\"targets\":[]}}\n");
	assert_int_equal(held_count, 64);
	expect_service(); /* the others do not notice */
	let_go();
	for (int i = 0; i < 64; i++)
		client_expect(&client, "nth");
	assert_int_equal(held_count, 36);
	let_go();
	for (int i = 0; i < 36; i++)
		client_expect(&client, "nth");
	client_close(&client);
}

static void progress_comes_before_the_result(void **state)
{
	struct client client;

	client_greet(&client);
	client_send(&client, "{\"id\":9,\"method\":\"app.stop\",\"params\":{\"targets\":[]}}\n");
	assert_int_equal(held_count, 1);
	request_progress(held[0], json_pack("{s:i}", "pm_id", 0));
	client_expect(&client, "{\"id\":9,\"progress\":{\"pm_id\":0}}");
	let_go();
	client_expect(&client, "{\"id\":9,\"result\":{\"nth\":0}}");
	client_close(&client);
}

static void work_goes_on_when_the_client_has_gone(void **state)
{
	struct client client;

	client_greet(&client);
	client_send(&client, "{\"id\":9,\"method\":\"app.stop\",\"params\":{\"targets\":[]}}\n");
	client_close(&client);
	turn();
	assert_int_equal(held_count, 1);
	request_progress(held[0], json_pack("{s:i}", "pm_id", 0)); /* meets the closed socket */
	turn();
	assert_true(request_gone(held[0]));
	turn();
	assert_int_equal(server_clients(fixture.server), 0);
	let_go();
	expect_service();
}

static void a_request_may_outlive_the_server(void **state)
{
	struct client client;

	client_greet(&client);
	client_send(&client, "{\"id\":9,\"method\":\"app.stop\",\"params\":{\"targets\":[]}}\n");
	server_destroy(fixture.server);
	fixture.server = NULL;
	turn();
	assert_true(request_gone(held[0]));
	let_go();
	client_expect_close(&client);
	client_close(&client);
}

static void who_only_stops_writing_still_gets_answers(void **state)
{
	struct client client;

	client_greet(&client);
	client_send(&client,
		    PING "{\"id\":9,\"method\":\"app.stop\",\"params\":{\"targets\":[]}}\n" PING);
	assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
	turn();
	client_expect(&client, PONG);
	client_expect(&client, PONG);
	let_go();
	client_expect(&client, "{\"id\":9,\"result\"");
	client_expect_close(&client);
	client_close(&client);
}

static void who_does_not_read_is_dropped_and_bounded(void **state)
{
	_cleanup_(str_done) struct str lines = {};
	struct client client;
	bool gone = false;
	int64_t begin_ms = clock_now_ms();

	for (int i = 0; i < 100; i++)
		str_append(&lines, "{\"id\":1,\"method\":\"app.list\",\"params\":{}}\n");
	client_greet(&client);
	client_push(&client, lines.data, lines.len); /* 800 MiB of answers, one of which is made */
	expect_service();
	while (!gone && clock_now_ms() - begin_ms < DEADLINE_MS) {
		uv_run(&fixture.fx.loop, UV_RUN_NOWAIT);
		gone = server_clients(fixture.server) == 0;
	}
	assert_true(gone);
	assert_in_range(clock_now_ms() - begin_ms, STALL_MS - 20, DEADLINE_MS);
	client_close(&client);
}

static void who_reads_slowly_gets_everything(void **state)
{
	struct client client;
	char buf[200000];
	size_t got = 0;

	client_greet(&client);
	client_send(&client, "{\"id\":1,\"method\":\"app.list\",\"params\":{}}\n");
	while (got < 8 << 20) { /* now and then some of it, each time well within the limit */
		ssize_t n = recv(client.fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n == 0)
			fail_msg("dropped after %zu bytes", got);
		got += n > 0 ? (size_t)n : 0;
		uv_run(&fixture.fx.loop, UV_RUN_NOWAIT);
	}
	client_close(&client);
}

/* --- events --- */

static void publish(const char *app, int code)
{
	struct event event = {.type = EVENT_APP_EXIT,
			      .cause = CAUSE_CRASH,
			      .pid = 812,
			      .code = code,
			      .signal = -1};

	snprintf(event.app, sizeof(event.app), "%s", app);
	bus_publish(fixture.bus, &event);
}

static void follow(struct client *client, const char *params)
{
	char line[128];

	client_greet(client);
	snprintf(line, sizeof(line), "{\"id\":1,\"method\":\"events.follow\",\"params\":%s}\n",
		 params);
	client_send(client, line);
	client_expect(client, "{\"id\":1,\"result\":{}}");
}

static void who_follows_gets_events(void **state)
{
	struct client client;

	follow(&client, "{}");
	publish("web", 42);
	client_expect(&client, "{\"event\":{\"id\":1,\"time_us\":");
	assert_non_null(strstr(client.line,
			       "\"event\":\"exit\",\"app\":\"web\",\"pm_id\":0,\"number\":0,"
			       "\"pid\":812,\"code\":42,\"signal\":null,\"core\":false,"
			       "\"cause\":\"crash\",\"detail\":\"\"}}"));
	client_send(&client, PING); /* and may ask on */
	client_expect(&client, PONG);
	client_close(&client);
}

static void who_follows_one_app_gets_no_others(void **state)
{
	struct client client;

	follow(&client, "{\"app\":\"web\"}");
	publish("api", 1);
	publish("web", 2);
	client_expect(&client, "\"code\":2,");
	client_close(&client);
}

static void a_follower_that_pauses_is_told_what_it_missed(void **state)
{
	unsigned seen = 0, missed = 0;
	struct client client;

	follow(&client, "{}");
	for (int i = 0; i < 20000; i++) {
		publish("web", i);
		if (i % 100 == 0)
			turn();
	}
	turn();
	expect_service();
	while (seen + missed < 20000) {
		const char *line = client_line(&client);

		assert_non_null(line); /* it is not dropped for pausing */
		if (sscanf(line, "{\"dropped\":%u}", &missed) != 1)
			seen++;
	}
	assert_true(missed > 0);
	publish("web", 77777);
	client_expect(&client, "\"code\":77777,");
	client_close(&client);
}

static void a_follower_may_go_at_any_time(void **state)
{
	struct client client;

	follow(&client, "{}");
	publish("web", 1);
	client_close(&client);
	publish("web", 2);
	turn();
	publish("web", 3);
	turn();
	turn();
	assert_int_equal(server_clients(fixture.server), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, control_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_client_says_hello_and_asks),
		TEST(a_line_may_come_byte_by_byte),
		TEST(nonsense_is_refused),
		TEST(a_deep_request_is_refused),
		TEST(a_nul_byte_is_refused),
		TEST(a_request_before_hello_is_refused),
		TEST(another_major_version_gets_hello_and_reason),
		TEST(a_later_minor_version_is_welcome),
		TEST(a_wrong_call_is_answered_and_the_client_stays),
		TEST(a_line_over_the_limit_is_refused),
		TEST(a_gigabyte_without_newline_is_cut_off),
		TEST(who_says_nothing_is_dropped),
		TEST(half_a_line_and_then_silence_is_dropped),
		TEST(drops_of_a_line_do_not_keep_it_alive),
		TEST(a_quiet_client_may_stay_and_wakes_nobody),
		TEST(many_requests_in_one_write_are_all_answered),
		TEST(requests_under_way_are_bounded),
		TEST(progress_comes_before_the_result),
		TEST(work_goes_on_when_the_client_has_gone),
		TEST(a_request_may_outlive_the_server),
		TEST(who_only_stops_writing_still_gets_answers),
		TEST(who_does_not_read_is_dropped_and_bounded),
		TEST(who_reads_slowly_gets_everything),
		TEST(who_follows_gets_events),
		TEST(who_follows_one_app_gets_no_others),
		TEST(a_follower_that_pauses_is_told_what_it_missed),
		TEST(a_follower_may_go_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
