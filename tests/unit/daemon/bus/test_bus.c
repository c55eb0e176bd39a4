#include "tests/unit/daemon/loop_fixture.h"

#include "daemon/bus/bus.h"

struct story {
	struct loop_fixture fx;
	struct bus *bus;
	struct bus_subscription *first, *second;
	char heard[256]; /* the details of all events, in order, each with a mark of who heard it */
	uint64_t last_id;
	bool enough;
	int echoes;
};

static struct story story;

static int set_up(void **state)
{
	(void)state;
	story = (struct story){};
	loop_fixture_set_up(&story.fx);
	story.bus = bus_create(&story.fx.handles);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bus_destroy(story.bus);
	loop_fixture_tear_down(&story.fx);
	return 0;
}

static void publish(const char *detail)
{
	struct event event = {.type = EVENT_APP_ONLINE};

	snprintf(event.detail, sizeof(event.detail), "%s", detail);
	bus_publish(story.bus, &event);
}

static void hear(const char *who, const struct event *event)
{
	strcat(strcat(story.heard, who), event->detail);
	story.last_id = event->id;
	story.enough = strchr(story.heard, '.') != NULL;
}

static void first_hears(const struct event *event, void *owner)
{
	hear("1", event);
}

static void second_hears(const struct event *event, void *owner)
{
	hear("2", event);
}

static void two_listen(void)
{
	story.first = bus_subscribe(story.bus, first_hears, NULL);
	story.second = bus_subscribe(story.bus, second_hears, NULL);
}

static void nothing_is_delivered_inside_publish(void **state)
{
	two_listen();
	publish("a");
	publish(".");
	assert_string_equal(story.heard, "");
	loop_fixture_wait(&story.fx, &story.enough);
	assert_string_equal(story.heard, "1a2a1.2.");
}

static void publish_from_timer(uv_timer_t *timer)
{
	publish(".");
	uv_close((uv_handle_t *)timer, NULL);
}

static void an_event_of_a_timer_does_not_wait_for_io(void **state)
{
	uv_timer_t timer;

	two_listen();
	uv_timer_init(&story.fx.loop, &timer);
	uv_timer_start(&timer, publish_from_timer, 1, 0);
	uv_run(&story.fx.loop, UV_RUN_ONCE);
	uv_run(&story.fx.loop, UV_RUN_ONCE);
	assert_string_equal(story.heard, "1.2.");
	assert_false(uv_loop_alive(&story.fx.loop)); /* and a quiet bus keeps nothing awake */
}

static void echo_hears(const struct event *event, void *owner)
{
	hear("e", event);
	if (story.echoes++ < 3)
		publish("x");
}

static void what_a_subscriber_publishes_comes_in_a_later_turn(void **state)
{
	struct bus_subscription *echo = bus_subscribe(story.bus, echo_hears, NULL);

	publish("a");
	uv_run(&story.fx.loop, UV_RUN_NOWAIT);
	assert_string_equal(story.heard, "ea");
	uv_run(&story.fx.loop, UV_RUN_NOWAIT);
	assert_string_equal(story.heard, "eaex");
	bus_drain(story.bus);
	assert_string_equal(story.heard, "eaexexex");
	bus_unsubscribe(echo);
}

static void ender_hears(const struct event *event, void *owner)
{
	hear("x", event);
	bus_unsubscribe(*(struct bus_subscription **)owner);
	bus_unsubscribe(story.second);
}

static void a_subscriber_may_end_itself_and_others(void **state)
{
	static struct bus_subscription *ender;

	ender = bus_subscribe(story.bus, ender_hears, &ender);
	two_listen();
	publish("a");
	publish("b");
	bus_drain(story.bus);
	assert_string_equal(story.heard, "xa1a1b");
	bus_unsubscribe(story.first);
	publish("c");
	bus_drain(story.bus);
	assert_string_equal(story.heard, "xa1a1b");
}

static void joiner_hears(const struct event *event, void *owner)
{
	hear("j", event);
	if (!story.first)
		story.first = bus_subscribe(story.bus, first_hears, NULL);
}

static void who_joins_during_delivery_hears_the_next_one(void **state)
{
	bus_subscribe(story.bus, joiner_hears, NULL);
	publish("a");
	publish("b");
	bus_drain(story.bus);
	assert_string_equal(story.heard, "jajb1b");
}

static void ids_go_on_from_what_history_has(void **state)
{
	two_listen();
	publish("a");
	bus_drain(story.bus);
	assert_int_equal(story.last_id, 1);
	publish("b"); /* number 2, on its way */
	bus_set_last_id(story.bus, 1000);
	bus_drain(story.bus);
	assert_int_equal(story.last_id, 1002);
	publish("c");
	bus_drain(story.bus);
	assert_int_equal(story.last_id, 1003);
}

static void time_hears(const struct event *event, void *owner)
{
	*(int64_t *)owner = event->time_us;
}

static void the_time_of_the_fact_is_kept_and_a_missing_one_filled_in(void **state)
{
	struct event event = {.time_us = 42};
	int64_t seen = 0;

	bus_subscribe(story.bus, time_hears, &seen);
	bus_publish(story.bus, &event);
	bus_drain(story.bus);
	assert_int_equal(seen, 42);
	publish("now");
	bus_drain(story.bus);
	assert_true(seen > INT64_C(1600000000) * 1000000);
}

static void the_end_delivers_what_is_queued(void **state)
{
	two_listen();
	publish("a");
	bus_destroy(story.bus);
	assert_string_equal(story.heard, "1a2a");
	story.bus = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_delivered_inside_publish),
		TEST(an_event_of_a_timer_does_not_wait_for_io),
		TEST(what_a_subscriber_publishes_comes_in_a_later_turn),
		TEST(a_subscriber_may_end_itself_and_others),
		TEST(who_joins_during_delivery_hears_the_next_one),
		TEST(ids_go_on_from_what_history_has),
		TEST(the_time_of_the_fact_is_kept_and_a_missing_one_filled_in),
		TEST(the_end_delivers_what_is_queued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
