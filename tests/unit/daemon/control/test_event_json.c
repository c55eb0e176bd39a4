#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/bus/event.h"
#include "daemon/control/event_json.h"
#include "shared/base/mem.h"

static void assert_json(const struct event *event, const char *expected)
{
	json_t *object = event_json(event);
	_cleanup_(mem_freep) char *text = json_dumps(object, JSON_COMPACT);

	assert_string_equal(text, expected);
	json_decref(object);
}

static void an_exit_has_all_its_facts(void **state)
{
	struct event event = {.id = 5,
			      .time_us = 1700000000000001,
			      .type = EVENT_APP_EXIT,
			      .cause = CAUSE_CRASH,
			      .app = "web",
			      .pm_id = 0,
			      .number = 1,
			      .pid = 812,
			      .code = -1,
			      .signal = 11,
			      .core = true,
			      .detail = "killed"};

	assert_json(&event,
		    "{\"id\":5,\"time_us\":1700000000000001,\"event\":\"exit\",\"app\":\"web\","
		    "\"pm_id\":0,\"number\":1,\"pid\":812,\"code\":null,\"signal\":11,"
		    "\"core\":true,\"cause\":\"crash\",\"detail\":\"killed\"}");
}

static void an_event_of_the_daemon_has_no_app(void **state)
{
	struct event event = {.id = 6,
			      .time_us = 7,
			      .type = EVENT_ENGINE_STARTED,
			      .pm_id = -1,
			      .number = -1,
			      .code = -1,
			      .signal = -1};

	assert_json(&event,
		    "{\"id\":6,\"time_us\":7,\"event\":\"engine started\",\"app\":\"\","
		    "\"pm_id\":null,\"number\":null,\"pid\":null,\"code\":null,\"signal\":null,"
		    "\"core\":false,\"cause\":\"\",\"detail\":\"\"}");
}

static void bytes_that_are_no_utf8_are_written_out(void **state)
{
	struct event event = {.type = EVENT_APP_ERRORED, .detail = "caf\xe9"};
	json_t *object = event_json(&event);

	assert_string_equal(json_string_value(json_object_get(object, "detail")), "caf\\xe9");
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exit_has_all_its_facts),
		cmocka_unit_test(an_event_of_the_daemon_has_no_app),
		cmocka_unit_test(bytes_that_are_no_utf8_are_written_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
