#include "daemon/control/event_json.h"

#include <string.h>

#include "daemon/bus/event.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

static json_t *text(const char *s)
{
	_cleanup_(str_done) struct str escaped = {};
	size_t len = strlen(s);

	if (utf8_valid(s, len))
		return json_string_nocheck(s);
	utf8_escape(&escaped, s, len, true);
	return json_string(str_cstr(&escaped));
}

static json_t *number_or_null(int value, int none)
{
	return value == none ? json_null() : json_integer(value);
}

json_t *event_json(const struct event *event)
{
	json_t *object = json_object();

	json_object_set_new(object, "id", json_integer((json_int_t)event->id));
	json_object_set_new(object, "time_us", json_integer(event->time_us));
	json_object_set_new(object, "event", json_string(event_type_name(event->type)));
	json_object_set_new(object, "app", text(event->app));
	json_object_set_new(object, "pm_id", number_or_null(event->pm_id, -1));
	json_object_set_new(object, "number", number_or_null(event->number, -1));
	json_object_set_new(object, "pid", number_or_null(event->pid, 0));
	json_object_set_new(object, "code", number_or_null(event->code, -1));
	json_object_set_new(object, "signal", number_or_null(event->signal, -1));
	json_object_set_new(object, "core", json_boolean(event->core));
	json_object_set_new(object, "cause", json_string(event_cause_name(event->cause)));
	json_object_set_new(object, "detail", text(event->detail));
	return object;
}
