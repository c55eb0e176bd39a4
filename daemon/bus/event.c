#include "daemon/bus/event.h"

#include <errno.h>
#include <string.h>

#include "shared/base/mem.h"

static const char *const type_names[] = {
#define EVENT(id, name, doc) [EVENT_##id] = name,
#include "shared/ipc/events.def"
#undef EVENT
};

static const char *const cause_names[] = {
	[CAUSE_NONE] = "",	   [CAUSE_OPERATOR] = "operator",
	[CAUSE_CRASH] = "crash",   [CAUSE_STOP_EXIT_CODE] = "stop_exit_code",
	[CAUSE_EXEC] = "exec",	   [CAUSE_DAEMON] = "daemon",
	[CAUSE_MEMORY] = "memory", [CAUSE_DEPENDENCY] = "dependency",
};

static int find_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

const char *event_type_name(enum event_type type)
{
	return type_names[type];
}

int event_type_from_name(const char *name, enum event_type *ret_type)
{
	int index = find_name(type_names, ARRAY_SIZE(type_names), name);

	if (index < 0)
		return index;
	*ret_type = (enum event_type)index;
	return 0;
}

const char *event_cause_name(enum event_cause cause)
{
	return cause_names[cause];
}

int event_cause_from_name(const char *name, enum event_cause *ret_cause)
{
	int index = find_name(cause_names, ARRAY_SIZE(cause_names), name);

	if (index < 0)
		return index;
	*ret_cause = (enum event_cause)index;
	return 0;
}
